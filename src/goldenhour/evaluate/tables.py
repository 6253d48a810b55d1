"""The tables of a report, made once, for the page and for Markdown alike."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from goldenhour.evaluate.evaluation import Evaluation, Scored
from goldenhour.evaluate.presets import PresetScores
from goldenhour.evaluate.prices import TeacherCost
from goldenhour.metrics import Measured, PaperScores
from goldenhour.tools import default_toolset

OTHER_DATA = "paper, measured on other data"
NONE = "–"
DECIMALS = {"colour_difference": 2, "tokens": 0}  # of those that are no shares


@dataclass(frozen=True)
class Cell:
    """A value as text, and its interval."""

    text: str = NONE
    interval: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of cells below columns (group, name); each row has a label and its kind, such as "floor"."""

    title: str
    note: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, str, tuple[Cell, ...]], ...]
    drawn: bool = False  # whether a plot shows the same


@dataclass(frozen=True)
class Findings:
    """Everything that is reported: the candidates, students first; presets by candidate; what the teacher charges."""

    evaluations: tuple[Evaluation, ...]
    presets: Mapping[str, PresetScores] = field(default_factory=dict)
    cost: TeacherCost | None = None


@cache
def paper() -> dict[str, Any]:
    """The paper's own numbers: its title, and rows with name, subset and overall."""
    file = resources.files("goldenhour.evaluate") / "paper.json"
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def tables(findings: Findings) -> list[Table]:
    """All tables, in the order of the page."""
    subsets = dict.fromkeys(name for evaluation in findings.evaluations for name in evaluation.subsets)
    made = [paper_table(findings.evaluations, subset) for subset in subsets]
    made += [further_table(findings), speed_table(findings)]
    if findings.presets:
        made.append(preset_table(findings))
    return [*made, domain_table(findings.evaluations), error_table(findings.evaluations)]


def paper_table(evaluations: Sequence[Evaluation], subset: str) -> Table:
    """The paper's table for one subset of the rows, with the paper's own rows."""
    tools = [tool.name for tool in default_toolset().tools]
    names = ("precision", "recall", "f1", "quality", "final")
    columns = (
        ("", "overall"),
        ("", "strict"),
        *((tool, name.capitalize() if name == "f1" else name) for tool in tools for name in names),
        ("", "rows"),
    )
    rows: list[tuple[str, str, tuple[Cell, ...]]] = []
    for evaluation in evaluations:
        scored = evaluation.subsets.get(subset)
        if scored is None:
            continue
        cells = [_of(scored, lambda scores: scores.overall), _of(scored, lambda scores: scores.strict)]
        cells += [_of(scored, _tool_score(tool, name)) for tool in tools for name in names]
        rows.append((evaluation.name, evaluation.kind, (*cells, Cell(f"{scored.rows:,}"))))
    for row in paper()["rows"]:
        if row["subset"] == subset:
            cells = [Cell(number(row["overall"])), *[Cell()] * (len(columns) - 1)]
            rows.append((row["name"], OTHER_DATA, tuple(cells)))
    note = (
        "F1 of “is the tool used?”; quality over the rows where both use it: accuracy of a choice, mean cosine of"
        " numbers; final: the harmonic mean of both; overall: the mean of the finals. Strict: the mean over the tools"
        " of the quality over all rows where the teacher uses the tool, a missed one counting 0. Small: 95 % bootstrap"
        " intervals."
    )
    return Table(f"The paper’s scores, {subset}", note, columns, tuple(rows))


def further_table(findings: Findings) -> Table:
    """What the paper does not measure."""
    measured = [_further(evaluation) for evaluation in findings.evaluations]
    names = tuple(dict.fromkeys(name for row in measured for name in row))
    rows = [
        (evaluation.name, evaluation.kind, tuple(row.get(name, Cell()) for name in names))
        for evaluation, row in zip(findings.evaluations, measured, strict=True)
    ]
    note = (
        "Colour difference: mean CIEDE2000 between the two results on the sample photos; about 1 can just be noticed."
        " Choices over the rows where both use the tool. Identical: the very answer of the teacher, to the number."
    )
    return Table("Further scores", note, names, tuple(rows))


def _further(evaluation: Evaluation) -> dict[tuple[str, str], Cell]:
    cells = {}
    for path, scores in evaluation.choices.items():
        for name, score in scores.items():
            cells[path, name.replace("_", " ")] = measured_cell(score)
    for name, score in evaluation.further.items():
        cells["", name.replace("_", " ")] = measured_cell(score, DECIMALS.get(name, 3))
    return cells


def speed_table(findings: Findings) -> Table:
    """Milliseconds, and dollars where somebody charges."""
    columns: list[tuple[str, str]] = [("", "ms an answer"), ("", "answers/s in batches")]
    if findings.cost:
        columns += [("", "tokens in"), ("", "tokens out"), ("", "$ per 1,000 answers")]
    blank = Cell()
    rows: list[tuple[str, str, tuple[Cell, ...]]] = []
    for evaluation in findings.evaluations:
        if evaluation.speed:
            cells = [Cell(f"{evaluation.speed.milliseconds:.2f}"), Cell(f"{evaluation.speed.per_second:,.0f}")]
            rows.append((evaluation.name, evaluation.kind, (*cells, *[blank] * (len(columns) - 2))))
    if cost := findings.cost:
        counts = (Cell(f"{cost.tokens_in:,.0f}"), Cell(f"{cost.tokens_out:,.0f}"), Cell(f"{cost.dollars:,.2f}"))
        rows.append(("teacher, an LLM at the given price", "estimated", (blank, blank, *counts)))
    note = (
        "Median of one at a time after warm-up, on this machine as it was. A student answers on one’s own machine:"
        " nobody charges for it."
    )
    return Table("Speed" + (" and cost" if findings.cost else ""), note, tuple(columns), tuple(rows))


def domain_table(evaluations: Sequence[Evaluation]) -> Table:
    """The overall score by the kind of intent."""
    return _by(
        evaluations,
        "Overall by domain",
        "The kinds of intents, those with most rows first; in brackets the rows that students were asked.",
        {name: f"{name} ({scored.rows:,})" for name, scored in evaluations[0].domains.items()},
        lambda evaluation: {name: _of(scored, lambda s: s.overall) for name, scored in evaluation.domains.items()},
    )


def error_table(evaluations: Sequence[Evaluation]) -> Table:
    """Mean absolute errors."""
    return _by(
        evaluations,
        "Mean absolute error by parameter",
        "In the toolset’s units, over the rows where both use the tool.",
        {path: path for path in evaluations[0].errors},
        lambda evaluation: {path: measured_cell(error, 1) for path, error in evaluation.errors.items()},
    )


def preset_table(findings: Findings) -> Table:
    """Agreement with people's presets: all, then by parameter."""
    kinds = {evaluation.name: evaluation.kind for evaluation in findings.evaluations}
    paths = dict.fromkeys(path for scores in findings.presets.values() for path in scores.by_parameter)
    columns = (("", "agreement"), ("", "moved"), ("", "cosine"), *(("agreement", path) for path in paths))
    rows = []
    for name, scores in findings.presets.items():
        cells = [measured_cell(score) for score in (scores.agreement, scores.moved, scores.cosine)]
        for path in paths:
            _, moved, agreeing = scores.by_parameter[path]
            cells.append(Cell(number(agreeing / moved), f"{agreeing:,} of {moved:,}") if moved else Cell())
        rows.append((name, str(kinds[name]), tuple(cells)))
    count = next(iter(findings.presets.values())).moved.rows
    note = (
        f"{count:,} presets, asked for by name. Of the numbers that they state, moved: the share that the candidate"
        " moves, too; agreement: of these, the share that it moves the same way. Cosine: of the stated numbers with its"
        " own, where their sizes count. A look that it chose instead moves no number."
    )
    return Table("Presets that people made", note, columns, tuple(rows))


def _by(
    evaluations: Sequence[Evaluation],
    title: str,
    note: str,
    labels: Mapping[str, str],
    cells: Callable[[Evaluation], Mapping[str, Cell]],
) -> Table:
    """A row a key, a column a candidate."""
    found = [cells(evaluation) for evaluation in evaluations]
    columns = tuple(("", evaluation.name) for evaluation in evaluations)
    rows = ((label, "", tuple(column.get(key, Cell()) for column in found)) for key, label in labels.items())
    return Table(title, note, columns, tuple(rows), drawn=True)


def _tool_score(tool: str, name: str) -> Callable[[PaperScores], float]:
    return lambda scores: float(getattr(scores.tools[tool], name))


def _of(scored: Scored, score: Callable[[PaperScores], float]) -> Cell:
    value = score(scored.scores)
    if math.isnan(value):
        return Cell()
    return Cell(number(value), f"{number(score(scored.low))} to {number(score(scored.high))}")


def measured_cell(measured: Measured, decimals: int = 3) -> Cell:
    """A mean with its interval."""
    if math.isnan(measured.value):
        return Cell()
    ends = f"{number(measured.low, decimals)} to {number(measured.high, decimals)}"
    return Cell(number(measured.value, decimals), ends)


def number(value: float, decimals: int = 3) -> str:
    """A number for people."""
    return f"{value:.{decimals}f}".replace("-", "−")


def markdown(table: Table) -> str:
    """The table in GitHub's Markdown, intervals in brackets."""
    heads = [" ".join(part for part in column if part) for column in table.columns]
    lines = [_line(["", *heads]), "| --- " + "| ---: " * len(heads) + "|"]
    for label, kind, cells in table.rows:
        texts = (f"{cell.text} ({cell.interval})" if cell.interval else cell.text for cell in cells)
        lines.append(_line([f"{label} ({kind})" if kind else label, *texts]))
    return f"## {table.title}\n\n{table.note}\n\n" + "\n".join(lines) + "\n"


def _line(texts: Iterable[str]) -> str:
    return "| " + " | ".join(plain(text) for text in texts) + " |"


def plain(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return "".join(f"\\{letter}" if letter in r"\`*_[]<>|&" else letter for letter in " ".join(text.split()))
