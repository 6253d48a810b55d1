"""Forgetting a user: their rows leave the store, and the datasets and students that were made of them are named.

A dataset's ``manifest.json`` has ``kind`` "dataset", its ``hash``, and in ``users.file`` the name of a file beside it
with the ids of the users whose answers were counted, one a line. A student's ``student.json`` has its dataset's hash in
``dataset``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from goldenhour.tools.data_folder import data_folder
from goldenhour.tools.errors import UserError
from goldenhour.tools.extras import needs


@dataclass(frozen=True)
class Forgotten:
    """What was deleted, by table; what still has rows of the user; and sentences on what could not be told."""

    deleted: dict[str, int]
    datasets: list[Path]
    students: list[Path]
    unsure: list[str]


def forget(
    user: str, store: str | None = None, datasets: Sequence[Path] | None = None, models: Sequence[Path] | None = None
) -> Forgotten:
    """Delete everything of a user from a store, then look into folders for what was made of it.

    Without ``datasets`` and ``models`` these are the folders ``datasets`` and ``students`` in the user's data folder.
    Raises UserError.
    """
    with needs("data"):
        from goldenhour.events import open_store  # noqa: PLC0415 - goldenhour must start without a database

    datasets, models = _folders(datasets, "datasets"), _folders(models, "students")
    with open_store(store, create=False) as opened:
        deleted = opened.forget(user)
        return look_for(opened.user_id(user), deleted, datasets, models)


def look_for(user: UUID, deleted: dict[str, int], datasets: Sequence[Path], models: Sequence[Path]) -> Forgotten:
    """The datasets below folders that have rows of a user, and the students below others that were made of those."""
    found = Forgotten(deleted, [], [], [])
    hashes: dict[str, bool] = {}  # whether the user is in it
    for path, manifest in _manifests(datasets, "manifest.json", found.unsure):
        if manifest.get("kind") != "dataset":
            continue
        try:
            inside = user in _users(path.with_name(manifest["users"]["file"]))
            hashes[manifest["hash"]] = inside or hashes.get(manifest["hash"], False)
        except (KeyError, TypeError, ValueError, OSError):
            found.unsure.append(f"the dataset {path.parent} does not say whose rows it has")
            continue
        if inside:
            found.datasets.append(path.parent)
    for path, manifest in _manifests(models, "student.json", found.unsure):
        dataset = manifest.get("dataset")
        if dataset is None:
            continue
        if hashes.get(dataset):
            found.students.append(path.parent)
        elif dataset not in hashes:
            found.unsure.append(f"the student {path.parent} was made of a dataset that is not there ({dataset})")
    return found


def _folders(given: Sequence[Path] | None, default: str) -> list[Path]:
    if not given:
        folder = data_folder() / default
        return [folder] if folder.is_dir() else []
    for folder in given:
        if not folder.is_dir():
            raise UserError(f"there is no folder {folder}; nothing was deleted")
    return list(given)


def _manifests(folders: Sequence[Path], name: str, unsure: list[str]) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted({path.resolve() for folder in folders for path in folder.rglob(name)}):
        try:
            manifest = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            manifest = None
        if isinstance(manifest, dict):
            yield path, manifest
        else:
            unsure.append(f"{path} cannot be read")


def _users(path: Path) -> set[UUID]:
    return {UUID(line) for line in path.read_text(encoding="utf-8").split()}
