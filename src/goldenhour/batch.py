"""Many pictures by one recipe: where each goes is decided before the first is touched, and all cores are kept busy.

One picture to a core, each on one thread, beats all cores on one picture after the other: decoding and encoding, a
third of the time, take one core. Threads and not processes: all that is slow runs outside Python's lock, and a process
would take a second to start, and its own table and memory. A picture's pixels do not depend on the number of threads.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from threading import Event, Lock, current_thread, main_thread
from types import FrameType
from typing import TypeAlias

import cv2

from goldenhour.editing import edit, file_identity, is_clip, output_path
from goldenhour.render.clip_codecs import Encoding
from goldenhour.render.kernel import available_threads, share_cores
from goldenhour.tools import Recipe, UserError

ClipProgress: TypeAlias = Callable[[Path, int, int | None], None]  # clip, frames done, frames expected
Errand: TypeAlias = tuple[Path, str | None]  # a picture, and the `out` of `editing.edit`


class _GivenUpError(Exception):
    """A clip was interrupted."""


def edit_all(
    errands: Sequence[Errand],
    chosen: Recipe,
    label: str,
    *,
    jobs: int | None = None,
    force: bool = False,
    quality: int | None = None,
    encoding: Encoding | None = None,
    progress: ClipProgress | None = None,
) -> Generator[Path | str]:
    """Grade pictures, ``jobs`` at a time (default: one a core); yields, in order, where each is or why it is not.

    ``label`` names what goes beside its original; ``progress`` is told of every frame of a clip. Never more than
    ``jobs`` pictures are in memory, and one clip, since an encoder takes all cores. After Ctrl+C no further picture is
    begun, those that were begun are finished and yielded, a clip is given up, and KeyboardInterrupt is raised.
    """
    encoding = encoding or Encoding()
    jobs = jobs or available_threads()
    at_once = max(1, min(jobs, len(errands)))
    cores = max(1, min(jobs, available_threads()) // at_once)
    interrupted, one_clip = Event(), Lock()

    def run(errand: Errand, target: Path | str) -> Path | str | None:
        path, out = errand
        if interrupted.is_set():
            return None
        if isinstance(target, str):
            return target
        each_frame = partial(_tell, path, progress, interrupted)
        try:
            with one_clip if is_clip(path) else nullcontext():
                return edit(
                    path, chosen, out or target, force=force, quality=quality, encoding=encoding, progress=each_frame
                )
        except (UserError, OSError) as error:
            return str(error)
        except _GivenUpError:
            return None

    targets = list(_targets(errands, label, force, encoding.codec))
    threads_before = cv2.getNumThreads()
    pool = ThreadPoolExecutor(at_once, "goldenhour-batch", share_cores, (cores,))
    try:
        cv2.setNumThreads(cores)  # of the whole process
        with _ctrl_c_sets(interrupted):
            for work in [pool.submit(run, *work) for work in zip(errands, targets, strict=True)]:
                if (outcome := work.result()) is not None:
                    yield outcome
        if interrupted.is_set():
            raise KeyboardInterrupt
    finally:
        interrupted.set()
        pool.shutdown(cancel_futures=True)
        cv2.setNumThreads(threads_before)


def _tell(path: Path, progress: ClipProgress | None, interrupted: Event, done: int, expected: int | None) -> None:
    """After each frame of a clip: tell how far it is, or give it up."""
    if interrupted.is_set():
        raise _GivenUpError
    if progress:
        progress(path, done, expected)


@contextmanager
def _ctrl_c_sets(event: Event) -> Iterator[None]:
    """Ctrl+C sets the event, where it would raise an exception in the midst of anything; a second one does raise it.

    Only the main thread may arrange that (Python, ``signal``); where Ctrl+C means something else, it goes on to.
    """

    def handle(number: int, frame: FrameType | None) -> None:
        if event.is_set():
            signal.default_int_handler(number, frame)
        event.set()

    if current_thread() is not main_thread() or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _targets(errands: Sequence[Errand], label: str, force: bool, codec: str | None) -> Iterator[Path | str]:
    """Where each picture goes, or the sentence why it must not go there.

    No picture may take the place of another one of the batch, graded or not, whichever comes first.
    """
    originals = {file_identity(photo) for photo, _ in errands} - {None}
    taken: dict[Path, Path] = {}
    for photo, out in errands:
        target = output_path(photo, out, label, codec)
        place, there = target.resolve(), file_identity(target)
        if place in taken:
            yield f"{photo} would overwrite the graded {taken[place]}; grade it by itself"
        elif there in originals and not force:
            yield f"{target} is an original; choose another output, or add --force to overwrite it"
        elif there in originals and there != file_identity(photo):
            yield f"{photo} would overwrite {target}, which is graded too; choose another output"
        else:
            taken[place] = photo
            yield target
