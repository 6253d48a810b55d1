"""Which photos and clips a command line names, and where each of them goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from goldenhour.render.clip import CLIP_SUFFIXES
from goldenhour.tools.errors import UserError


def find_files(
    named: Sequence[Path], recursive: bool, out: str | None
) -> tuple[list[tuple[Path, str | None]], list[str]]:
    """Each file with the output that ``editing.edit`` takes for it; and a sentence for each name that is not one.

    Several files, and those in folders, go into the folder ``out``, where they lie as below the folder that was named.
    Raises a UserError where it is one file.
    """
    files: list[tuple[Path, Path]] = []  # each with the folder, below the one that was named, in which it lies
    failures = []
    for path in named:
        if not path.is_dir():
            files.append((path, Path()))
        elif not recursive:
            failures.append(f"{path} is a folder; add -r to grade what is in it")
        elif out is None:
            failures.append(f"say where the graded files of the folder {path} go: add -o FOLDER/")
        else:
            files += [(file, file.parent.relative_to(path)) for file in _in_folder(path, Path(out))]
    if out is None or (len(files) + len(failures) == 1 and not any(path.is_dir() for path in named)):
        return [(file, out) for file, _ in files], failures
    folder = _folder(out)
    return [(file, f"{folder / inside}/") for file, inside in files], failures


def _in_folder(folder: Path, out: Path) -> Iterator[Path]:
    """The files below a folder, by suffix, in order of their names; an output folder inside it is left out."""
    from goldenhour.render.encode import ENCODERS  # noqa: PLC0415 - help should not wait for the codecs

    inner = out.resolve() if folder.resolve() in out.resolve().parents else None
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        known = path.suffix.lower() in {*ENCODERS, *CLIP_SUFFIXES}
        if known and path.is_file() and not hidden and inner not in path.resolve().parents:
            yield path


def _folder(out: str) -> Path:
    """The output folder of several files."""
    from goldenhour.render.encode import ENCODERS  # noqa: PLC0415

    path = Path(out)
    if path.is_file() or (path.suffix.lower() in {*ENCODERS, *CLIP_SUFFIXES} and not path.is_dir()):
        raise UserError(f"{out} is one file; several graded files need a folder, as in -o graded/")
    return path
