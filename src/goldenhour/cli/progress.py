"""How far something is, on the terminal, with the time left; of grading also files, frames of each clip, and speed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text


@contextmanager
def counted(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error, if that is a terminal; it is told how many are done, and of how many."""
    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task(what, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


class _Speed(ProgressColumn):
    """So many a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.1f} {task.fields['unit']}" if task.speed else "")


class GradingProgress:
    """Bars on standard error while it is entered, if that is a terminal; may be told from several threads."""

    def __init__(self, files: int) -> None:
        console = Console(stderr=True)
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Speed(), TimeRemainingColumn()
        self._bars = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._lock = threading.Lock()
        self._clips: dict[Path, TaskID] = {}
        self._files = self._bars.add_task("Grading", total=files, unit="files/s", visible=files > 1)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def frame(self, clip: Path, done: int, expected: int | None) -> None:
        """So many frames of a clip are done."""
        with self._lock:
            if clip not in self._clips:
                self._clips[clip] = self._bars.add_task(clip.name, total=expected, unit="fps")
            self._bars.update(self._clips[clip], completed=done)

    def file(self) -> None:
        """One more file is done; the bars of clips go when all their frames are."""
        with self._lock:
            self._bars.advance(self._files)
            for clip, bar in list(self._clips.items()):
                if self._bars.tasks[self._bars.task_ids.index(bar)].finished:
                    self._bars.remove_task(bar)
                    del self._clips[clip]
