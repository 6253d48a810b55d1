"""Temporary folders: one for the server, in it one for each request; none outlives what it is for."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from contextlib import suppress
from functools import partial
from pathlib import Path

from goldenhour.serve.problems import Problem

_PREFIX = "goldenhour-media-"
_OWNER = "server.pid"


class Folders:
    """The server's own folder, below the system's place for temporary files, which the variable TMPDIR can name."""

    def __init__(self) -> None:
        self._root: Path | None = None
        self._last = 0

    def start(self) -> None:
        """Make the folder, and remove those of servers that were killed."""
        sweep()
        self._root = Path(tempfile.mkdtemp(prefix=_PREFIX))
        (self._root / _OWNER).write_text(str(os.getpid()), encoding="ascii")

    def stop(self) -> None:
        """Remove the folder with all that is in it."""
        if self._root is not None:
            shutil.rmtree(self._root, ignore_errors=True)
            self._root = None

    def new(self) -> Path:
        """A new folder; raises Problem (507) where the disk is full, 503 when the server does not run."""
        if self._root is None:
            raise Problem(503, "the server is stopping; try again later")
        self._last += 1
        folder = self._root / str(self._last)
        try:
            folder.mkdir(mode=0o700)
        except OSError as error:
            raise Problem(507, f"the server has no room for files ({error.strerror}); try again later") from error
        return folder

    def remove(self, folder: Path) -> None:
        """Remove a folder that `new` made, in another thread: a large file takes its time."""
        asyncio.get_running_loop().run_in_executor(None, partial(shutil.rmtree, folder, ignore_errors=True))


def sweep() -> None:
    """Remove the folders of servers of this user that are gone."""
    for root in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError, ValueError):
            if root.is_symlink() or not _is_own(root):
                continue
            pid = int((root / _OWNER).read_text(encoding="ascii"))
            if not _lives(pid):
                shutil.rmtree(root, ignore_errors=True)


def _is_own(root: Path) -> bool:
    return not hasattr(os, "getuid") or root.stat().st_uid == os.getuid()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
