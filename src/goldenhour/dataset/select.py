"""Of the answers that were shown for an intent, the one that was exported best (the paper's step 1)."""

from __future__ import annotations

from typing import Literal, get_args

import polars as pl

from goldenhour.dataset.estimate import Estimator, score
from goldenhour.dataset.observed import Observed

Selection = Literal["per-tool", "joint"]
SELECTIONS: tuple[Selection, ...] = get_args(Selection)


def select_answers(observed: Observed, selection: Selection, estimator: Estimator) -> pl.DataFrame:
    """The chosen part of each tool for each intent: intent_key, tool, data (JSON or null), shown, exported.

    ``per-tool`` (the paper's) chooses each tool's part by itself; ``joint`` chooses among whole answers, so that parts
    shown together stay together. What was never exported is never chosen: then the row is missing.
    """
    if selection == "joint":
        best = _best(observed.answers, ["intent_key"], "recipe", estimator)
        chosen = best.join(observed.recipes, on="recipe")
    else:
        tools = [
            _best(counts, ["intent_key", "tool"], "part", estimator)
            for (_,), counts in observed.parts.partition_by("tool", as_dict=True).items()
        ]
        data = observed.recipes.select("part", "data").unique("part")
        chosen = pl.concat([observed.parts.clear(), *tools]).join(data, on="part")
    return chosen.select("intent_key", "tool", "data", "shown", "exported").sort("intent_key", "tool")


def _best(counts: pl.DataFrame, group: list[str], answer: str, estimator: Estimator) -> pl.DataFrame:
    """The best row of each group; of equal scores the one shown more often, then the smaller hash: always the same."""
    scores = score(estimator, counts["shown"].to_numpy(), counts["exported"].to_numpy())
    exported = counts.with_columns(pl.Series("score", scores)).filter(pl.col("exported") > 0)
    best = exported.sort(["score", "shown", answer], descending=[True, True, False])
    return best.unique(group, keep="first", maintain_order=True).drop("score")
