"""A user's own looks: tables from other editors, kept in the data folder and rendered by the name ``user:NAME``.

Each is kept as ``looks/NAME.npz``, the numbers of a validated file (NumPy arrays, never pickled objects), because
that is read in a few milliseconds. The folder may be edited by people, so whatever is read from it is validated again.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from goldenhour.render.cube import read_cube
from goldenhour.render.hald import read_hald
from goldenhour.render.lut import MAX_CUBE, MAX_CURVE, Grid, LookError, Lut, plain_title
from goldenhour.tools import Recipe
from goldenhour.tools.data_folder import data_folder
from goldenhour.tools.sentences import shorten
from goldenhour.tools.toolset import USER_LOOK
from goldenhour.tools.whole_file import whole_file

Version: TypeAlias = tuple[Path, int, int, int]

_READERS = {".cube": read_cube, ".png": read_hald, ".tif": read_hald, ".tiff": read_hald}
_MAX_BYTES = (MAX_CUBE**3 + MAX_CURVE) * 3 * 8 + 10_000


def read_look(path: Path) -> Lut:
    """The table in a ``.cube`` file or a HaldCLUT picture; raises LookError, and nothing else."""
    if path.suffix.lower() not in _READERS:
        raise LookError(f"{path.name} is no look that can be read: a look is a .cube file or a HaldCLUT as .png")
    return _READERS[path.suffix.lower()](path)


def add_look(path: str | Path, name: str | None = None, force: bool = False) -> str:
    """Keep the look of a file under ``name`` (default: the file's, made simple); returns its full name, ``user:NAME``.

    A name has 1 to 64 of a-z, 0-9, - and _. Raises LookError for a file or name that won't do, and for a name that is
    taken unless ``force``.
    """
    path = Path(path)
    lut = read_look(path)
    simple = _simplified(path.stem) or _simplified(lut.title)
    if name is None and not simple:
        raise LookError(f"{path.name} makes no simple name: choose one, as in --name teal")
    target = _file(name if name is not None else simple)
    if target.exists() and not force:
        raise LookError(f"there is a look user:{target.stem} already; choose another --name, or --force to replace it")
    arrays: dict[str, Any] = {"title": np.array(lut.title)}
    for part, grid in (("curves", lut.curves), ("cube", lut.cube)):
        if grid:
            arrays |= {part: grid.points, f"{part}_domain": grid.domain}
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(target) as temporary, temporary.open("wb") as file:
            np.savez(file, **arrays)
    except OSError as error:
        raise LookError(f"the look cannot be kept in {target.parent}: {error.strerror}") from None
    return f"user:{target.stem}"


def remove_look(name: str) -> str:
    """Forget a user look, named with or without ``user:``; returns its full name. Raises LookError."""
    path = _file(name)
    try:
        path.unlink()
    except FileNotFoundError:
        raise _missing(path) from None
    except OSError as error:
        raise LookError(f"the look {path} cannot be removed: {error.strerror}") from None
    return f"user:{path.stem}"


def user_looks() -> list[str]:
    """The names of all user looks, ``user:NAME``, sorted."""
    names = (f"user:{path.stem}" for path in _folder().glob("*.npz"))
    return sorted(name for name in names if USER_LOOK.fullmatch(name))


def load_look(name: str) -> Lut:
    """A user look by its full name; raises LookError if there is none, or if its file is damaged."""
    return _load(look_version(name))


def look_version(name: str) -> Version:
    """What tells a user look from a later one of the same name; raises LookError if there is none."""
    path = _file(name)
    try:
        found = path.stat()
    except OSError:
        raise _missing(path) from None
    return path, found.st_mtime_ns, found.st_size, found.st_ino


def look_versions(recipe: Recipe) -> tuple[Version, ...]:
    """The versions of a recipe's user looks, if it has any: what is made from the recipe is good for as long."""
    return tuple(
        look_version(value) for value in recipe.values if isinstance(value, str) and USER_LOOK.fullmatch(value)
    )


@lru_cache(maxsize=4)  # of up to 50 MB
def _load(version: Version) -> Lut:
    path = version[0]
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            if sum(member.file_size for member in stored.zip.infolist()) > _MAX_BYTES:
                raise LookError("it is too large")
            grids = (_grid(stored, part) for part in ("curves", "cube"))
            return Lut(plain_title(str(stored["title"])), *grids)
    except Exception:  # a damaged file raises nearly everything
        raise LookError(f"the look user:{path.stem} is damaged: add it again with --force, or remove it") from None


def _grid(stored: Any, part: str) -> Grid | None:
    if part not in stored:
        return None
    points, domain = stored[part], stored[f"{part}_domain"]
    return Grid(points.astype(np.float64, casting="safe"), domain.astype(np.float64, casting="safe"))


def _folder() -> Path:
    return data_folder() / "looks"


def _file(name: str) -> Path:
    found = USER_LOOK.fullmatch(f"user:{name.removeprefix('user:')}")
    if not found:
        raise LookError(f"{shorten(name)} cannot be a look's name: choose 1 to 64 of a-z, 0-9, - and _, as in teal-1")
    return _folder() / f"{found[1]}.npz"


def _missing(path: Path) -> LookError:
    return LookError(
        f"there is no look user:{path.stem}: see `goldenhour looks list`, or add it by "
        f"`goldenhour looks add FILE --name {path.stem}`"
    )


def _simplified(text: str) -> str:
    """A name made of any text, or nothing if it has no Latin letters or digits."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9_]+", "-", plain).strip("-_")[:64]
