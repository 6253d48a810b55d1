"""What a low-data study found: intervals over seeds, the gain beside the paper's, the curve; as JSON, Markdown, SVG."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from goldenhour.augment.mistakes import AugmentError
from goldenhour.augment.study import ASKED, AUGMENTED, DEFINITION, VARIANTS, WITHOUT, read_runs
from goldenhour.augment.study_plot import curve
from goldenhour.tools.whole_file import write_text

# the paper's low-data study: overall scores of its student by share of the data, without and with one round
PAPER = {WITHOUT: {0.125: 0.52, 1.0: 0.72}, AUGMENTED: {0.125: 0.65}}
# quantiles 0.975 of Student's t (Gosset 1908) by degrees of freedom; beyond nine that of nine, which is a little wide
T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
SPLITS = ("dev", "test")
REACHED = (1.0, 0.95)  # shares of the full-data score, for each of which a share of the data suffices

Value = dict[str, float | None]


def write_study(folder: Path) -> list[Path]:
    """Write ``study.svg``, ``study.md`` and, last, ``study.json`` from all runs in a folder; raises AugmentError."""
    runs = read_runs(folder)
    if not runs:
        raise AugmentError(f"{folder} has no finished run: repeat the command that began it")
    found = summary(runs) | {"definition": json.loads((folder / DEFINITION).read_text(encoding="utf-8"))}
    texts = {
        "study.svg": curve(found["points"]["test"], PAPER),
        "study.md": as_markdown(found),
        "study.json": json.dumps(found | {"runs": runs}, indent=2) + "\n",
    }
    for name, text in texts.items():
        write_text(folder / name, text, AugmentError)
    return [folder / name for name in texts]


def summary(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The study's numbers by split: the points of its curves, the gains, and how much data suffices."""
    points = {split: _points(runs, split) for split in SPLITS}
    return {
        "points": points,
        "gains": {split: list(_gains(runs, split)) for split in SPLITS},
        "reached": {split: _reached(points[split]) for split in SPLITS},
        "paper": {
            variant: {f"{fraction:g}": score for fraction, score in row.items()} for variant, row in PAPER.items()
        },
        "seeds": sorted({run["seed"] for run in runs}),
    }


def mean_over_seeds(values: Sequence[float]) -> Value:
    """The mean with its 95 % interval by Student's t; no interval for one value."""
    mean = math.fsum(values) / len(values)
    if len(values) < 2:
        return {"value": mean, "low": None, "high": None, "seeds": len(values)}
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
    half = T[min(len(values) - 1, len(T)) - 1] * deviation / math.sqrt(len(values))
    return {"value": mean, "low": mean - half, "high": mean + half, "seeds": len(values)}


def crossing(points: Sequence[tuple[float, float]], target: float) -> float | None:
    """The smallest share at which a curve of (share, score) reaches a score, straight between logarithms of shares.

    None if it does nowhere; the first share if it does there already.
    """
    points = sorted(points)
    if points and points[0][1] >= target:
        return points[0][0]
    for (left, below), (right, above) in pairwise(points):
        if below < target <= above:
            part = (target - below) / (above - below)
            return float(left * (right / left) ** part)
    return None


def _scores(runs: Sequence[Mapping[str, Any]], split: str, variant: str) -> dict[float, dict[int, float]]:
    """Overall scores of a variant by share of the data and seed."""
    found: dict[float, dict[int, float]] = {}
    for run in runs:
        if run["variant"] == variant:
            found.setdefault(run["fraction"], {})[run["seed"]] = run[split]["overall"]
    return found


def _points(runs: Sequence[Mapping[str, Any]], split: str) -> dict[str, list[dict[str, Any]]]:
    return {
        variant: [
            {"fraction": fraction, **mean_over_seeds(list(by_seed.values()))}
            for fraction, by_seed in sorted(_scores(runs, split, variant).items())
        ]
        for variant in VARIANTS
    }


def _gains(runs: Sequence[Mapping[str, Any]], split: str) -> Iterator[dict[str, Any]]:
    """Of each share and variant the relative gain over no augmentation, seed by seed."""
    without = _scores(runs, split, WITHOUT)
    for variant in (AUGMENTED, ASKED):
        for fraction, by_seed in sorted(_scores(runs, split, variant).items()):
            before = without.get(fraction, {})
            ratios = [score / before[seed] - 1 for seed, score in by_seed.items() if before.get(seed)]
            if ratios:
                yield {"fraction": fraction, "variant": variant, **mean_over_seeds(ratios)}


def _reached(points: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, dict[str, float | None]]:
    """Of each variant the share of the data that reaches the full-data score, and 95 % of it; all curves end there."""
    full = next((point["value"] for point in points[WITHOUT] if point["fraction"] == 1), None)
    if full is None:
        return {}
    curves = {
        variant: [(point["fraction"], point["value"]) for point in row if point["fraction"] < 1] + [(1.0, full)]
        for variant, row in points.items()
    }
    return {
        variant: {f"{share:g}": crossing(row, share * full) for share in REACHED} for variant, row in curves.items()
    }


def as_markdown(found: Mapping[str, Any]) -> str:
    """The page of a study."""
    definition = found["definition"]
    lines = [
        "# Low-data study",
        "",
        f"Students of the family {definition['family']}, seeds {', '.join(map(str, found['seeds']))}; means and 95 %"
        " intervals over seeds (Student's t). Each seed draws its own part of the data, and small parts lie within"
        " larger ones. The test split is reported only: nothing was chosen by it. Neighbours are recorded intents"
        " outside of the part; no language model was asked. The paper's scores are of other data.",
        "",
    ]
    for split in SPLITS:
        lines += [f"## Overall score, {split}", "", *_table(found["points"][split], found["gains"][split]), ""]
    lines += ["## How much of the data suffices", "", *_suffices(found["reached"]["test"]), ""]
    lines += ["![the curve](study.svg)", ""]
    lines += [f"- *{variant}*: {text}." for variant, text in VARIANTS.items()]
    return "\n".join(lines) + "\n"


def _table(points: Mapping[str, Sequence[Mapping[str, Any]]], gains: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    by_place = {(variant, point["fraction"]): point for variant, row in points.items() for point in row}
    gain = {(entry["variant"], entry["fraction"]): entry for entry in gains}
    names = [*VARIANTS, "gain, augmented", "gain, teacher-asked", "paper: without", "paper: augmented"]
    yield f"| share of the data | {' | '.join(names)} |"
    yield f"| --- |{' --- |' * len(names)}"
    for fraction in sorted({fraction for _, fraction in by_place}):
        cells = [with_interval(by_place.get((variant, fraction))) for variant in VARIANTS]
        cells += [with_interval(gain.get((variant, fraction)), "+.1%") for variant in (AUGMENTED, ASKED)]
        cells += [f"{score:.2f}" if (score := PAPER[v].get(fraction)) else "–" for v in (WITHOUT, AUGMENTED)]
        yield f"| {fraction:g} | {' | '.join(cells)} |"
    yield ""
    yield f"The paper's gain at 0.125 is {PAPER[AUGMENTED][0.125] / PAPER[WITHOUT][0.125] - 1:+.0%}."


def with_interval(mean: Mapping[str, Any] | None, form: str = ".3f") -> str:
    """What ``mean_over_seeds`` found, as text; a dash where there is nothing."""
    if mean is None:
        return "–"
    ends = [mean[end] for end in ("low", "high") if mean[end] is not None]
    interval = f" ({' to '.join(format(end, form) for end in ends)})" if ends else ""
    return f"{mean['value']:{form}}{interval}"


def _suffices(reached: Mapping[str, Mapping[str, float | None]]) -> Iterator[str]:
    if not reached:
        yield "The study has no run on all of the data."
        return
    yield f"| | {' | '.join(f'{share:.0%} of the full-data score' for share in REACHED)} |"
    yield f"| --- |{' --- |' * len(REACHED)}"
    for variant, shares in reached.items():
        cells = [f"{share:.2f}" if (share := shares[f"{wanted:g}"]) else "–" for wanted in REACHED]
        yield f"| {variant} | {' | '.join(cells)} |"
