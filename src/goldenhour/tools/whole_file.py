"""A file or folder appears when it is whole, or not at all."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from goldenhour.tools.errors import UserError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A temporary name beside ``path``, which takes its place at the end; after any error, Ctrl+C too, it is removed.

    Raises OSError where the folder is missing or closed.
    """
    temporary = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        temporary.touch(exist_ok=False)
        yield temporary
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str, error: type[UserError] = UserError) -> None:
    """Write text as UTF-8 with plain line ends, wholly; where that fails, raise ``error`` with a sentence."""
    try:
        with whole_file(path) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")
    except OSError as reason:
        raise error(f"{path} cannot be written: {reason.strerror}; choose another place") from None


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """A new folder beside ``folder``, which takes its place at the end; after any error, Ctrl+C too, it is removed.

    What was in its place goes, so look before. Raises OSError.
    """
    building = folder.with_name(f".{secrets.token_hex(8)}.part")
    try:
        building.mkdir(parents=True)
        yield building
        if folder.exists():
            shutil.rmtree(folder)
        building.rename(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)
