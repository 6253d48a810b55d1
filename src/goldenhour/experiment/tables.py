"""What a report shows in tables, once for the terminal and for the page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from goldenhour.experiment.comparison import Comparison, Estimate
from goldenhour.experiment.definition import GUARDRAILS
from goldenhour.experiment.guardrails import LATENCY, Guardrail
from goldenhour.experiment.report import Report
from goldenhour.experiment.verdict import percent

NOTHING = "–"


@dataclass(frozen=True)
class Table:
    """A title, a note on how to read it, headings, and rows of cells."""

    title: str
    note: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def share(value: float) -> str:
    """A share as a percentage, or a dash where nothing is known."""
    return percent(value) if math.isfinite(value) else NOTHING


def interval(estimate: Estimate, signed: bool = False) -> str:
    """Both ends of an interval of shares."""
    if not (math.isfinite(estimate.low) and math.isfinite(estimate.high)):
        return NOTHING
    form = "{:+.1f}" if signed else "{:.1f}"
    return f"{form.format(100 * estimate.low)} to {form.format(100 * estimate.high)} %"


def tables(report: Report) -> list[Table]:
    """All tables in the order in which they are shown; those without rows are left out."""
    made = [
        _arms(report),
        _comparisons(report),
        _sample(report),
        _guardrails(report),
        _segments(report),
        _oddities(report),
    ]
    return [table for table in made if table.rows]


def simulated(report: Report) -> str:
    """That users were simulated, where they were."""
    return f"{report.oddities.simulated_projects:,} of the projects are simulated: they say nothing about people."


def facts(report: Report) -> list[str]:
    """What the numbers are about, in sentences."""
    experiment = report.experiment
    days = (report.last - report.first).total_seconds() / 86_400
    said = [
        f"Users whom an arm first answered from {report.first:%Y-%m-%d %H:%M} to {report.last:%Y-%m-%d %H:%M} UTC"
        f" ({days:.1f} days); all that they had done by {report.made_at:%Y-%m-%d %H:%M} UTC counts. The control is"
        f" {experiment.control}, the margin {percent(experiment.margin)} of its rate,"
        f" planned are {experiment.planned_users:,} users an arm."
    ]
    if any(found.spared > 0 for found in report.comparisons):
        spared = ", ".join(f"{found.arm} {percent(found.spared)}" for found in report.comparisons)
        said.append(f"What users did before is taken into account (CUPED); of the variance it takes away: {spared}.")
    if len(report.registered.weights) > 1:
        changes = ", ".join(f"{at:%Y-%m-%d %H:%M}" for at, _ in report.registered.weights[1:])
        counted = report.registered.weights[-1][0]
        said.append(
            f"The weights changed on {changes}. Counted from {counted:%Y-%m-%d %H:%M}, when the weights last changed;"
            f" {report.oddities.users_before_new_weights:,} users before it are left out, for arms that grew at"
            " different times differ by their times."
        )
    if report.registered.ended:
        said.append(f"It ended on {report.registered.ended:%Y-%m-%d %H:%M} UTC; what began later does not count.")
    return said


def _arms(report: Report) -> Table:
    rows = [
        (
            arm.name,
            f"{arm.users:,}",
            f"{arm.started:,}",
            f"{arm.completed:,}",
            share(arm.rate.value),
            interval(arm.rate),
        )
        for arm in report.arms
    ]
    note = "A project is completed when it was exported. The interval is for one look, users as the unit."
    return Table("Completion", note, ("arm", "users", "started", "completed", "rate", "95 % interval"), rows)


def _comparisons(report: Report) -> Table:
    """A column an arm."""
    columns = [_comparison(found, report.planned[found.arm]) for found in report.comparisons]
    rows = [(what, *(column[what] for column in columns)) for what in columns[0]]
    note = (
        "What holds at any time holds however often one looks; what is for one look holds only at a size that was"
        " planned before."
    )
    heads = (f"beside {report.experiment.control}", *(found.arm for found in report.comparisons))
    return Table("Beside the control", note, heads, rows)


def _comparison(found: Comparison, planned: str | None) -> dict[str, str]:
    return {
        "share of its completion rate": share(found.anytime_ratio.value),
        "at any time": interval(found.anytime_ratio),
        "one look": interval(found.ratio),
        "difference": _points(found.difference.value),
        "at any time ": interval(found.anytime_difference, signed=True),
        "one look ": interval(found.difference, signed=True),
        "p, one look": _chance(found.pvalue),
        "verdict of one look at the planned size": planned or NOTHING,
    }


def _sample(report: Report) -> Table:
    sample = report.sample_ratio
    rows = [
        (name, f"{users:,}", f"{sample.expected[name]:,.1f}", f"{users - sample.expected[name]:+,.1f}")
        for name, users in sample.users.items()
    ]
    note = f"p = {sample.pvalue:.2g}; below 0.001 something loses users, and there is no verdict."
    return Table("Did users come as the weights say?", note, ("arm", "users", "expected", "difference"), rows)


def _guardrails(report: Report) -> Table:
    rows = [
        (
            _of(rail.arm, f"{rail.name.replace('_', ' ')}, {'ms' if rail.name == LATENCY else '%'}", report),
            _in_unit(rail, rail.control_value),
            _in_unit(rail, rail.value),
            f"{_in_unit(rail, rail.worse_by.low, True)} to {_in_unit(rail, rail.worse_by.high, True)}",
            NOTHING if rail.tolerated is None else _in_unit(rail, rail.tolerated),
            rail.state,
        )
        for rail in report.guardrails
    ]
    meaning = "; ".join(f"{name.replace('_', ' ')}: {what}" for name, what in GUARDRAILS.items())
    note = f"{meaning}. Intervals hold at any time."
    return Table(
        "Guardrails", note, ("guardrail", report.experiment.control, "arm", "worse by", "tolerated", "state"), rows
    )


def _segments(report: Report) -> Table:
    rows = [
        (
            _of(segment.arm, f"{segment.kind}: {segment.name}", report),
            f"{segment.users:,}",
            share(segment.control_rate),
            share(segment.rate),
            share(segment.ratio.value),
            interval(segment.ratio),
            _chance(segment.pvalue),
        )
        for segment in report.segments
    ]
    note = (
        "Corrected for looking at many: p by Holm, intervals by Bonferroni. Which tools an answer uses is the arm’s own"
        " doing, so tools say where it differs, not why."
    )
    columns = ("segment", "users", report.experiment.control, "arm", "ratio", "interval", "p")
    return Table("Where it differs", note, columns, rows)


def _oddities(report: Report) -> Table:
    rows = [(name.replace("_", " "), f"{number:,}") for name, number in asdict(report.oddities).items() if number]
    note = (
        "A user stays in the arm that answered first, what has no project is left out, and events belong together by"
        " their ids whatever their clocks say."
    )
    return Table("What was odd", note, ("what", "how many"), rows)


def _chance(pvalue: float | None) -> str:
    if pvalue is None or not math.isfinite(pvalue):
        return NOTHING
    return "<0.001" if pvalue < 1e-3 else f"{pvalue:.3f}"


def _of(arm: str, what: str, report: Report) -> str:
    """A label, with the arm where there are several."""
    return what if len(report.experiment.others) == 1 else f"{what}, {arm}"


def _points(value: float) -> str:
    return f"{100 * value:+.2f} points" if math.isfinite(value) else NOTHING


def _in_unit(rail: Guardrail, value: float, signed: bool = False) -> str:
    if not math.isfinite(value):
        return NOTHING
    number = value if rail.name == LATENCY else 100 * value
    return f"{number:+.2f}" if signed else f"{number:.2f}"
