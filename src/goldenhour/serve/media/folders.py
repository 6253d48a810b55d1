"""Temporary folders: one for the server, in it one for each request; none outlives what it is for."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from contextlib import ExitStack, suppress
from functools import partial
from io import FileIO
from pathlib import Path
from typing import BinaryIO

from goldenhour.serve.problems import Problem

if sys.platform != "win32":
    import fcntl

SOURCE = "source"  # in each folder, for what came
_PREFIX = "goldenhour-media-"
_OWNER = "server.pid"  # locked while the server lives; a number alone may be another process's by now


class Folders:
    """The server's own folder, below the system's place for temporary files, which the variable TMPDIR can name."""

    def __init__(self) -> None:
        self._root: Path | None = None
        self._held = ExitStack()  # the lock
        self._last = 0

    def start(self) -> None:
        """Make the folder, and remove those of servers that were killed."""
        sweep()
        self._root = Path(tempfile.mkdtemp(prefix=_PREFIX))
        unlocked = self._root / f"{_OWNER}.new"  # which nobody sweeps
        owner = self._held.enter_context(unlocked.open("xb", buffering=0))
        owner.write(str(os.getpid()).encode())
        _lock(owner)
        unlocked.rename(self._root / _OWNER)

    def stop(self) -> None:
        """Remove the folder with all that is in it."""
        if self._root is not None:
            shutil.rmtree(self._root, ignore_errors=True)
            self._root = None
        self._held.close()

    def new(self) -> Path:
        """A new folder, with one for what came; raises Problem: 507 if the disk is full, 503 if the server stops."""
        if self._root is None:
            raise Problem(503, "the server is stopping; try again later")
        self._last += 1
        folder = self._root / str(self._last)
        try:
            folder.mkdir(mode=0o700)
            (folder / SOURCE).mkdir()
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise Problem(507, f"the server has no room for files ({error.strerror}); try again later") from error
        return folder

    def remove(self, folder: Path) -> None:
        """Remove a folder that `new` made, or one in it, in another thread: a large file takes its time."""
        asyncio.get_running_loop().run_in_executor(None, partial(shutil.rmtree, folder, ignore_errors=True))


def sweep() -> None:
    """Remove the folders of servers of this user that are gone."""
    for root in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if root.is_symlink() or not _is_own(root):
                continue
            with (root / _OWNER).open("r+b") as owner:
                if _lock(owner):
                    shutil.rmtree(root, ignore_errors=True)


def _is_own(root: Path) -> bool:
    return not hasattr(os, "getuid") or root.stat().st_uid == os.getuid()


def _lock(file: BinaryIO | FileIO) -> bool:
    """Lock a file as long as it is open; False where another does, and on Windows, where no uploads are taken."""
    if sys.platform == "win32":
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
