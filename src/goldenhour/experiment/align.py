"""Does the offline score agree with the online rate? Each arm's scores beside its completion.

``goldenhour evaluate`` scores offline. The paper found that students that score higher offline do better online. Two
arms can only agree or not; with three and more Kendall's rank correlation says how far.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from goldenhour.experiment.comparison import Estimate
from goldenhour.experiment.definition import Arm, ExperimentError
from goldenhour.experiment.page import table_html
from goldenhour.experiment.plots import Point, scatter_plot
from goldenhour.experiment.report import Report
from goldenhour.experiment.tables import NOTHING, Table, interval, share
from goldenhour.experiment.verdict import percent
from goldenhour.tools.plain_data import plain_data
from goldenhour.tools.report_page import report_page
from goldenhour.tools.sentences import names

PRIMARY = "overall"
CEILING = "ceiling"


@dataclass(frozen=True)
class AlignedArm:
    """An arm's scores offline, each 0 to 1 with its interval, and its completion rate online."""

    name: str
    candidate: str
    scores: dict[str, Estimate]
    rate: Estimate


@dataclass(frozen=True)
class Alignment:
    """All arms that were evaluated; ``agreement``: Kendall's tau of overall score and rate, 1 where all pairs agree."""

    experiment: str
    arms: list[AlignedArm]
    agreement: float
    sentence: str


def align(report: Report, evaluations: Sequence[str]) -> Alignment:
    """Put the ``evaluations`` (FILE, or ARM=FILE) beside the arms; raises ExperimentError.

    In a FILE alone an arm is looked for by its own name and by its student's folder; with ARM=FILE the file's only
    student is meant, or the one of the arm's name.
    """
    found: dict[str, AlignedArm] = {}
    for given in evaluations:
        name, _, path = given.rpartition("=")
        candidates = _read(Path(path))
        arms = [report.experiment.arm(name)] if name else list(report.experiment.arms)
        for arm in arms:
            candidate = _candidate(arm, candidates, alone=bool(name))
            if candidate is not None:
                found[arm.name] = _aligned(arm, candidate, report)
            elif name:
                known = names(one["name"] for one in candidates)
                raise ExperimentError(
                    f"{path} has several students and none named {name}: {known}; name one file an arm"
                )
    if len(found) < 2:
        raise ExperimentError(
            f"of the arms {names(report.experiment.weights)} only {len(found)} are in these evaluations, not two;"
            " say which is whose with --evaluation ARM=report.json"
        )
    ordered = [found[arm.name] for arm in report.experiment.arms if arm.name in found]
    tau = kendall([arm.scores[PRIMARY].value for arm in ordered], [arm.rate.value for arm in ordered])
    return Alignment(report.experiment.name, ordered, tau, _sentence(ordered, tau, report))


def kendall(one: Sequence[float], other: Sequence[float]) -> float:
    """Kendall's tau: concordant less discordant pairs to all pairs; a tie counts for neither."""
    pairs = list(combinations(range(len(one)), 2))
    signs = [math.copysign(1, d) if (d := (one[i] - one[j]) * (other[i] - other[j])) else 0.0 for i, j in pairs]
    return sum(signs) / len(pairs)


def align_data(alignment: Alignment) -> dict[str, Any]:
    """All numbers, for JSON."""
    return {"kind": "experiment alignment", **plain_data(alignment)}


def align_table(alignment: Alignment) -> Table:
    """A row an arm."""
    listed = list(dict.fromkeys(name for arm in alignment.arms for name in arm.scores))
    rows = [
        (
            arm.name,
            arm.candidate,
            share(arm.rate.value),
            interval(arm.rate),
            *(f"{arm.scores[name].value:.3f}" if name in arm.scores else NOTHING for name in listed),
        )
        for arm in alignment.arms
    ]
    columns = ("arm", "evaluated as", "completion", "95 % interval", *listed)
    return Table(f"Offline and online, {alignment.experiment}", alignment.sentence, columns, rows)


def align_page(alignment: Alignment) -> str:
    """A page with the drawing and the table."""
    points = [Point(arm.name, arm.scores[PRIMARY], arm.rate) for arm in alignment.arms]
    title = f"Offline and online: {alignment.experiment}"
    drawn = scatter_plot("Completion rate by offline score", points, ("overall score, offline", "completion"), percent)
    return report_page(
        title,
        [
            f"<h1>{title}</h1>",
            f'<p class="verdict">{alignment.sentence}</p>',
            drawn,
            table_html(align_table(alignment)),
        ],
    )


def show_alignment(alignment: Alignment) -> None:
    """Print the table."""
    from rich.console import Console  # noqa: PLC0415 - slow to import

    from goldenhour.experiment.terminal import show_table  # noqa: PLC0415

    show_table(Console(), align_table(alignment))


def _read(path: Path) -> list[dict[str, Any]]:
    """The evaluations of a report by ``goldenhour evaluate``; raises ExperimentError."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["kind"] != "evaluation":
            raise ExperimentError(
                f"{path} is no evaluation but {data['kind']}; name a report.json of goldenhour evaluate"
            )
        evaluations = list(data["evaluations"])
        if not all(isinstance(one[key], str) for one in evaluations for key in ("name", "kind")):
            raise TypeError
        return evaluations
    except OSError as error:
        raise ExperimentError(f"{path} cannot be read: {error.strerror}; make it with: goldenhour evaluate") from None
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        if isinstance(error, ExperimentError):
            raise
        raise ExperimentError(f"{path} is no evaluation; name a report.json of goldenhour evaluate") from None


def _candidate(arm: Arm, candidates: Sequence[dict[str, Any]], alone: bool) -> dict[str, Any] | None:
    known = {arm.name, arm.student, arm.folder.name if arm.folder else None}
    named = next((one for one in candidates if one["name"] in known), None)
    if named is not None:
        return named
    kind = "student" if arm.student is not None else CEILING
    of_kind = [one for one in candidates if one["kind"] == kind]
    return of_kind[0] if len(of_kind) == 1 and (alone or kind == CEILING) else None


def _aligned(arm: Arm, candidate: dict[str, Any], report: Report) -> AlignedArm:
    try:
        scored = next(iter(candidate["subsets"].values()))
        scores = {
            name: Estimate(value, _number(scored["low"].get(name)), _number(scored["high"].get(name)))
            for name, value in scored["scores"].items()
            if isinstance(value, float) and math.isfinite(value)
        }
        rate = next(counts.rate for counts in report.arms if counts.name == arm.name)
        return AlignedArm(arm.name, candidate["name"], {PRIMARY: scores.pop(PRIMARY), **scores}, rate)
    except (KeyError, AttributeError, StopIteration, TypeError):
        raise ExperimentError(f"the evaluation of {arm.name} lacks its scores; evaluate it again") from None


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


def _sentence(arms: Sequence[AlignedArm], tau: float, report: Report) -> str:
    """Who is first, as far as that is decided online; whatever blocks the verdicts stands before it."""
    blocked = "".join(f"{verdict.sentence} " for verdict in report.verdicts[:1] if verdict.kind == "blocked")
    best_offline = max(arms, key=lambda arm: arm.scores[PRIMARY].value).name
    best_online = max(arms, key=lambda arm: arm.rate.value).name
    same = (
        "Offline and online put the same arm first" if best_offline == best_online else "They disagree about the first"
    )
    named = best_online if best_offline == best_online else f"{best_offline} offline, {best_online} online"
    known = {verdict.arm: verdict.kind for verdict in report.verdicts}
    decided = all(known.get(arm.name, "better") in ("better", "worse") for arm in arms)
    yet = "" if decided else ", but online they are not told apart yet"
    return f"{blocked}{same}: {named}; Kendall's tau over {len(arms)} arms is {tau:+.2f}{yet}."
