"""A dataset as a folder: Parquet for us, JSON lines for fine-tuning services, and a manifest that is written last.

| file | what is in it |
| --- | --- |
| ``train.parquet``, ``dev.parquet``, ``test.parquet`` | the rows, see ``rows.row_schema`` |
| ``chat/train.jsonl`` and so on | one conversation a row, as OpenAI's and other services fine-tune on |
| ``pairs/train.jsonl`` and so on | one prompt and target a row and tool, for encoder-decoders |
| ``near_duplicates.parquet`` | intents of test that train all but repeats |
| ``users.txt`` | the pseudonyms of those whose answers were counted, one a line |
| ``manifest.json`` | what the dataset is made of; a folder without it is not finished |
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from goldenhour.dataset.near_duplicates import near_duplicates
from goldenhour.teacher.text_form import data_text
from goldenhour.tools import Toolset, UserError, default_toolset
from goldenhour.tools.whole_file import whole_folder

SPLITS = ("train", "dev", "test")
MANIFEST = "manifest.json"


class DatasetError(UserError):
    """A dataset that cannot be built or read: one sentence naming the folder."""


@dataclass(frozen=True)
class Dataset:
    """The rows of all splits, and the manifest."""

    rows: pl.DataFrame
    manifest: dict[str, Any]

    def split(self, name: str) -> pl.DataFrame:
        """The rows of train, dev or test."""
        return self.rows.filter(pl.col("split") == name)


def write_dataset(
    folder: Path,
    rows: pl.DataFrame,
    toolset: Toolset,
    sources: dict[str, Any],
    users: Sequence[str] = (),
    force: bool = False,
) -> dict[str, Any]:
    """Write a dataset; returns its manifest. The folder appears when it is whole, or not at all.

    ``sources`` says what the rows were made from. Raises DatasetError where something is in the way (without ``force``)
    or cannot be written.
    """
    if folder.exists() and not (force and ((folder / MANIFEST).is_file() or not any(folder.iterdir()))):
        remedy = "it is no dataset" if force else "choose another one, or add --force to replace it"
        raise DatasetError(f"the folder {folder} exists already: {remedy}")
    try:
        with whole_folder(folder) as building:
            return _write_files(building, rows, toolset, sources, users)
    except (OSError, pl.exceptions.PolarsError) as error:  # Polars has its own for a full disk
        reason = getattr(error, "strerror", None) or error
        raise DatasetError(f"the dataset {folder} cannot be written: {reason}; choose another place") from None


def _write_files(
    folder: Path, rows: pl.DataFrame, toolset: Toolset, sources: dict[str, Any], users: Sequence[str]
) -> dict[str, Any]:
    for kind in ("chat", "pairs"):
        (folder / kind).mkdir()
    for name in SPLITS:
        split = rows.filter(pl.col("split") == name)
        split.write_parquet(folder / f"{name}.parquet")
        _write_lines(folder / "chat" / f"{name}.jsonl", chats(split, toolset))
        _write_lines(folder / "pairs" / f"{name}.jsonl", pairs(split, toolset))
    intents = {name: rows.filter(pl.col("split") == name)["intent_key"].to_list() for name in SPLITS}
    near = near_duplicates(intents["test"], intents["train"])
    near.write_parquet(folder / "near_duplicates.parquet")
    (folder / "users.txt").write_text("".join(f"{user}\n" for user in users), encoding="utf-8")
    manifest = {
        "kind": "dataset",
        "hash": content_hash(rows),
        "toolset": toolset.hash,
        **sources,
        "rows": {name: len(intents[name]) for name in SPLITS},
        "used": used_table(rows, toolset),
        "near_duplicates": {"pairs": near.height, "test_intents": near["test"].n_unique()},
        "users": {"count": len(users), "file": "users.txt"},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return manifest


def load_dataset(folder: Path) -> Dataset:
    """A dataset that was written; raises DatasetError if it is not whole, damaged, or made for another toolset."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        rows = pl.concat([pl.read_parquet(folder / f"{name}.parquet") for name in SPLITS]).sort("intent_key")
    except FileNotFoundError as error:
        missing = Path(error.filename).name if error.filename else "Parquet file of each split"
        raise DatasetError(f"{folder} is not a finished dataset: it has no {missing}") from None
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise DatasetError(f"the dataset {folder} is damaged: {error}") from None
    if manifest.get("toolset") != default_toolset().hash:
        raise DatasetError(f"the dataset {folder} was made for another toolset: build it anew")
    if content_hash(rows) != manifest.get("hash"):
        raise DatasetError(f"the dataset {folder} is damaged: its rows are not those of its manifest")
    return Dataset(rows, manifest)


def content_hash(rows: pl.DataFrame) -> str:
    """SHA-256 of the rows, the same on every machine, whatever their order was."""
    digest = hashlib.sha256()
    for row in rows.sort("intent_key").iter_rows(named=True):
        digest.update(json.dumps(row, sort_keys=True, ensure_ascii=False).encode() + b"\n")
    return digest.hexdigest()


def used_table(rows: pl.DataFrame, toolset: Toolset) -> dict[str, dict[str, list[int]]]:
    """The paper's table "Used / All": for each split and tool, in how many rows it is used, of how many it is known."""
    table: dict[str, dict[str, list[int]]] = {name: {tool.name: [0, 0] for tool in toolset.tools} for name in SPLITS}
    for split, recipe, exported in rows.select("split", "recipe", "exported").iter_rows():
        for tool, part in json.loads(recipe).items():
            if labelled(exported, tool):
                table[split][tool][0] += part is not None
                table[split][tool][1] += 1
    return table


def labelled(exported: dict[str, int] | None, tool: str) -> bool:
    """Whether a row says anything of a tool: it was recorded, or exported with that tool's part at least once."""
    return exported is None or exported[tool] > 0


def chats(rows: pl.DataFrame, toolset: Toolset) -> Iterator[dict[str, Any]]:
    """Conversations: the toolset's summary, the intent, the recipe; only rows whose every tool is known."""
    tools = ", ".join(tool.name for tool in toolset.tools)
    system = f"Turn what the user wants a picture to look like into one JSON object with the tools {tools}."
    for intent, recipe, exported in rows.select("intent", "recipe", "exported").iter_rows():
        if all(labelled(exported, tool.name) for tool in toolset.tools):
            messages = (("system", system), ("user", intent), ("assistant", data_text(json.loads(recipe))))
            yield {"messages": [{"role": role, "content": content} for role, content in messages]}


def pairs(rows: pl.DataFrame, toolset: Toolset) -> Iterator[dict[str, Any]]:
    """Prompts and targets, one for each tool: ``{"prompt": "adjust: morocco", "target": "{...}", ...}``."""
    for intent, recipe, rationale, exported in rows.select("intent", "recipe", "rationale", "exported").iter_rows():
        parts = json.loads(recipe)
        for tool in toolset.tools:
            if labelled(exported, tool.name):
                target = data_text(parts[tool.name])
                yield {"tool": tool.name, "prompt": pair_prompt(tool.name, intent), "target": target} | (
                    {"rationale": rationale} if rationale else {}
                )


def pair_prompt(tool: str, intent: str) -> str:
    """The concise prompt of one tool, for training and for asking alike."""
    return f"{tool}: {intent}"


def _write_lines(path: Path, rows: Iterator[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
