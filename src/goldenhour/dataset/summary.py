"""A dataset in tables and bars, for the terminal and, drawn the same, as a picture."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from goldenhour.dataset.folder import SPLITS, Dataset
from goldenhour.tools.toolset import Choice, Toolset, default_toolset

SUBSETS = {"All": 1, "r3": 3, "r5": 5}  # the paper's: test rows whose chosen answer was exported so often
BAR = 30  # characters of the longest bar
_MOST = 12


def summary(dataset: Dataset) -> Group:
    """What the dataset is made of: sources, counts by split, tool, subset and domain, and what is chosen most."""
    toolset = default_toolset()
    parts: list[RenderableType] = [_sources(dataset), _used(dataset, toolset), _subsets(dataset, toolset)]
    domains = Counter(domain or "unknown" for domain in dataset.rows["domain"])
    parts.append(bars("domain", domains.most_common(_MOST)))
    for name, options in _choices(dataset, toolset).items():
        parts.append(bars(name, options.most_common(_MOST)))
    return Group(*parts)


def _sources(dataset: Dataset) -> Text:
    manifest = dataset.manifest
    lines = [
        f"{dataset.rows.height:,} intents from {manifest['source']}, {manifest['hash'][:12]}",
        f"intents of test that train all but repeats: {manifest['near_duplicates']['test_intents']:,}",
    ]
    if manifest["source"] == "events":
        lines.insert(1, f"best of {manifest['shown']:,} answers, {manifest['select']}, by {manifest['estimator']}")
        lines.append(f"intents of which nothing was exported: {manifest['never_exported']:,}")
    if manifest["simulated"]:
        lines.append("made of simulated users: it says nothing about people")
    return Text("\n".join(lines) + "\n")


def _used(dataset: Dataset, toolset: Toolset) -> Table:
    """The paper's table of counts."""
    table = Table(title="Used / All", title_justify="left")
    table.add_column("tool")
    for name in SPLITS:
        table.add_column(name, justify="right")
    for tool in toolset.tools:
        counts = (dataset.manifest["used"][name][tool.name] for name in SPLITS)
        table.add_row(tool.name, *(f"{used:,} / {known:,}" for used, known in counts))
    table.add_row("intents", *(f"{dataset.manifest['rows'][name]:,}" for name in SPLITS))
    return table


def _subsets(dataset: Dataset, toolset: Toolset) -> Table | Text:
    test = dataset.split("test")
    if test["exported"].null_count() == test.height:
        return Text("nobody was asked about these answers: there are no subsets r3 and r5\n")
    table = Table(title="Test rows by exports of the chosen answer", title_justify="left")
    table.add_column("tool")
    for name in SUBSETS:
        table.add_column(name, justify="right")
    for tool in toolset.tools:
        exported = test["exported"].struct.field(tool.name)
        table.add_row(tool.name, *(f"{(exported >= least).sum():,}" for least in SUBSETS.values()))
    return table


def _choices(dataset: Dataset, toolset: Toolset) -> Mapping[str, Counter[str]]:
    """How often each option of each choice was made."""
    found: dict[str, Counter[str]] = {
        slot.path: Counter() for slot in toolset.slots if isinstance(slot.parameter, Choice)
    }
    for recipe in map(json.loads, dataset.rows["recipe"]):
        for slot in toolset.slots:
            if slot.path in found and recipe[slot.tool] is not None:
                value = recipe[slot.tool]
                for key in slot.keys:
                    value = value[key]
                found[slot.path][value] += 1
    return found


def bars(title: str, counts: list[tuple[str, int]]) -> Table:
    """Counts as bars, the longest first."""
    table = Table(title=title, title_justify="left", box=None, show_header=False, padding=(0, 1))
    most = max((count for _, count in counts), default=1)
    for name, count in counts:
        table.add_row(name, f"{count:,}", "█" * max(1, round(BAR * count / most)))
    return table
