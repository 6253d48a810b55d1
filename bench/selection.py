"""Which way of choosing finds the hidden best answer: ``make selection`` writes docs/selection.json and a table.

Simulated users, whose tastes lie around a known best answer to each intent, export what looks like what they wanted.
From their exports alone each way chooses an answer; how far it looks from the best is what counts.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
from rich.console import Console
from rich.progress import track

from goldenhour.dataset.estimate import ESTIMATORS, Estimator
from goldenhour.dataset.observed import Observed, observe
from goldenhour.dataset.select import SELECTIONS, Selection, select_answers
from goldenhour.events import open_store
from goldenhour.simulate import Eye, Simulation, of_recorded, simulate
from goldenhour.tools import Recipe, default_toolset

USERS, PROJECTS, VARIANTS, SEED = 20_000, 10, 6, 0
BUCKETS = {"shown 1 to 5 times": (1, 5), "6 to 20": (6, 20), "21 and more": (21, 10**9)}
BEGIN, END = "<!-- selection -->", "<!-- end -->"
DOCS = Path(__file__).parent.parent / "docs"


def simulated() -> tuple[Observed, dict[str, Recipe], int]:
    """What a store of 200,000 projects says, the hidden best answers, and how many projects there were."""
    wanted, answer = of_recorded(VARIANTS, SEED)
    events = simulate(Simulation(users=USERS, projects_per_user=PROJECTS, seed=SEED), wanted, answer)
    with tempfile.TemporaryDirectory() as folder, open_store(str(Path(folder) / "events.sqlite")) as store:
        told = track(events, "Users", USERS, console=Console(stderr=True))
        store.write(event for user in told for event in user)
        with store.reading() as connection:
            return observe(connection, default_toolset().hash), dict(wanted), store.counts().projects


def chosen_recipes(observed: Observed, selection: Selection, estimator: Estimator) -> dict[str, Recipe]:
    """What one way chooses for each intent; a tool that nobody exported is not used."""
    tools = dict.fromkeys(tool.name for tool in default_toolset().tools)
    rows = select_answers(observed, selection, estimator).group_by("intent_key").agg("tool", "data")
    return {
        intent: Recipe.from_dict(
            tools | {tool: json.loads(part) for tool, part in zip(names, data, strict=True) if part is not None}
        )
        for intent, names, data in rows.iter_rows()
    }


def random_recipes(observed: Observed) -> dict[str, Recipe]:
    """Any answer that was shown, as often as it was shown."""
    random = np.random.default_rng(SEED)
    keys = observed.answers["shown"].to_numpy() / random.exponential(size=observed.answers.height)
    picked = (
        observed.answers.with_columns(pl.Series("key", keys))
        .sort("key", descending=True)
        .unique("intent_key", keep="first")
    )
    rows = picked.join(observed.recipes, on="recipe").group_by("intent_key").agg("tool", "data")
    return {
        intent: Recipe.from_dict(
            {tool: None if part is None else json.loads(part) for tool, part in zip(names, data, strict=True)}
        )
        for intent, names, data in rows.iter_rows()
    }


def main() -> None:
    """Simulate, choose in every way, print and write the distances."""
    observed, best, projects = simulated()
    ways = {"random answer": random_recipes(observed)} | {
        f"{estimator}, {selection}": chosen_recipes(observed, selection, estimator)
        for selection in SELECTIONS
        for estimator in ESTIMATORS
    }
    shown = dict(observed.answers.group_by("intent_key").agg(pl.col("shown").sum()).iter_rows())
    intents = sorted(set.intersection(*(set(way) for way in ways.values())))
    eye = Eye()
    table = {}
    for name, way in track(ways.items(), "Ways", console=Console(stderr=True)):
        distance = {intent: eye.distance(way[intent], best[intent]) for intent in intents}
        table[name] = {"all": float(np.mean(list(distance.values())))} | {
            bucket: float(np.mean([d for intent, d in distance.items() if low <= shown[intent] <= high]))
            for bucket, (low, high) in BUCKETS.items()
        }
    write(table, projects, len(intents))


def write(table: dict[str, dict[str, float]], projects: int, intents: int) -> None:
    """docs/selection.json, and the table in docs/dataset.md."""
    data = {"command": "make selection", "users": USERS, "projects": projects, "intents": intents, "seed": SEED}
    (DOCS / "selection.json").write_text(json.dumps(data | {"distance": table}, indent=2) + "\n", encoding="utf-8")
    headings = ["all", *BUCKETS]
    lines = [
        f"Printed by `make selection`: {projects:,} projects of {USERS:,} **simulated** users (they say nothing about "
        f"people), {VARIANTS} answers to an intent, {intents:,} intents. Mean CIEDE2000 between the chosen answer and "
        "the hidden best one, over all intents and by how often answers to an intent were shown; less is better.",
        "",
        f"| way | {' | '.join(headings)} |",
        "| --- |" + " ---: |" * len(headings),
        *(f"| {name} | {' | '.join(f'{row[heading]:.2f}' for heading in headings)} |" for name, row in table.items()),
    ]
    page = DOCS / "dataset.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(f"{BEGIN}\n")
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{after}", encoding="utf-8")
    Console().print("\n".join(lines))


if __name__ == "__main__":
    main()
