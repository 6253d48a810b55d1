"""The paper's step 1 as one call: from a store, or from the recorded answers, to a dataset folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from goldenhour.dataset.estimate import Estimator
from goldenhour.dataset.folder import DatasetError, write_dataset
from goldenhour.dataset.observed import observe
from goldenhour.dataset.rows import rows_from_recorded, rows_from_store
from goldenhour.dataset.select import Selection
from goldenhour.events import Store
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.tools import default_toolset, normalise


def build_from_recorded(folder: Path, force: bool = False) -> dict[str, Any]:
    """A dataset of the recorded answers, which carry no exports; returns its manifest. Raises DatasetError."""
    toolset = default_toolset()
    rows = rows_from_recorded(recorded_answers(), toolset)
    return write_dataset(folder, rows, toolset, {"source": "recorded", "simulated": False}, force=force)


def build_from_store(
    folder: Path,
    store: Store,
    selection: Selection = "per-tool",
    estimator: Estimator = "shrinkage",
    force: bool = False,
) -> dict[str, Any]:
    """A dataset of what users of a store exported; returns its manifest. Raises DatasetError, StoreError."""
    toolset = default_toolset()
    with store.reading() as connection:
        observed = observe(connection, toolset.hash)
    # of several answers to an intent the first tells its domain; later ones are second opinions
    domains = {normalise(answer.intent): answer.domain for answer in reversed(recorded_answers())}
    rows = rows_from_store(observed, selection, estimator, toolset, domains)
    if rows.is_empty():
        raise DatasetError(f"in {store.place} nothing was exported yet, so there is nothing to learn from")
    sources = {
        "source": "events",
        "simulated": observed.simulated,
        "select": selection,
        "estimator": estimator,
        "shown": int(observed.answers["shown"].sum()),
        "never_exported": observed.intents.height - rows.height,
    }
    return write_dataset(folder, rows, toolset, sources, [str(user) for user in observed.users], force)
