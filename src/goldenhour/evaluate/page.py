"""The page of a report: one HTML file that needs nothing else. Whatever comes from outside is escaped."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby

from goldenhour.evaluate.evaluation import Evaluation, Scored
from goldenhour.evaluate.examples import Example, best, picture, worst
from goldenhour.evaluate.plots import PlotRow, dot_plot
from goldenhour.evaluate.tables import OTHER_DATA, Findings, Table, number, paper, tables
from goldenhour.metrics import Measured
from goldenhour.tools import Recipe, default_toolset, explain
from goldenhour.tools.report_page import head, report_page
from goldenhour.tools.toolset import Number


def page(findings: Findings, facts: Sequence[str], notes: Sequence[str]) -> str:
    """The whole page; ``facts`` say what was evaluated on, ``notes`` what must be known to trust the numbers."""
    shown = tables(findings)
    title = "How well the students answer"
    body = [
        f"<h1>{title}</h1>",
        *(f'<p class="note">{escape(fact)}</p>' for fact in facts),
        *(f'<p class="warning">{escape(note)}.</p>' for note in notes),
        f'<div class="heads">{"".join(map(_head, findings.evaluations))}</div>',
        f'<div class="plots">{_overall_plot(findings.evaluations)}{_domain_plot(findings.evaluations)}</div>',
        *(_table(table) for table in shown if not table.drawn),
        "<h2>Errors by parameter</h2>",
        f'<div class="plots">{"".join(_error_plots(findings.evaluations))}</div>',
        *(f"<details><summary>{escape(t.title)}, in numbers</summary>{_table(t)}</details>" for t in shown if t.drawn),
        *(_examples(evaluation) for evaluation in findings.evaluations if evaluation.kind == "student"),
    ]
    return report_page(title, body)


def _head(evaluation: Evaluation) -> str:
    overall = _overall(_all(evaluation))
    interval = f"{number(overall.low, 2)} to {number(overall.high, 2)}, {overall.rows:,} rows"
    return head(evaluation.name, number(overall.value, 2), interval)


def _all(evaluation: Evaluation) -> Scored:
    return next(iter(evaluation.subsets.values()))


def _overall(scored: Scored) -> Measured:
    return Measured(scored.scores.overall, scored.low.overall, scored.high.overall, scored.rows)


def _overall_plot(evaluations: Sequence[Evaluation]) -> str:
    rows: list[PlotRow] = [(evaluation.name, [_overall(_all(evaluation))]) for evaluation in evaluations]
    subset = next(iter(evaluations[0].subsets))
    rows += [
        (f"paper*: {row['name']}", (Measured(row["overall"], math.nan, math.nan, 0),))
        for row in paper()["rows"]
        if row["subset"] == subset
    ]
    return dot_plot(f"Overall (*{OTHER_DATA})", rows, ["overall"])


def _domain_plot(evaluations: Sequence[Evaluation]) -> str:
    rows: list[PlotRow] = [
        (name, [_overall(e.domains[name]) if name in e.domains else None for e in evaluations])
        for name in evaluations[0].domains
    ]
    return dot_plot("Overall by domain", rows, [evaluation.name for evaluation in evaluations])


def _error_plots(evaluations: Sequence[Evaluation]) -> Iterator[str]:
    for tool, slots in default_toolset().tool_slots.items():
        numbers = [slot for slot in slots if isinstance(slot.parameter, Number)]
        rows: list[PlotRow] = [
            (" ".join(slot.keys), [evaluation.errors.get(slot.path) for evaluation in evaluations]) for slot in numbers
        ]
        yield dot_plot(f"Mean absolute error, {tool}", rows, [evaluation.name for evaluation in evaluations], 1)


def _table(table: Table) -> str:
    groups = [(group, len(list(columns))) for group, columns in groupby(table.columns, lambda column: column[0])]
    edges = {place for place in range(1, len(table.columns)) if table.columns[place][0] != table.columns[place - 1][0]}
    heads = "".join(f"<th{_edge(place, edges)}>{escape(name)}</th>" for place, (_, name) in enumerate(table.columns))
    above = "".join(f'<th colspan="{count}">{escape(group)}</th>' for group, count in groups)
    top = f"<tr><th></th>{above}</tr>" if any(group for group, _ in groups) else ""
    rows = []
    for label, kind, cells in table.rows:
        small = f"<small>{escape(kind)}</small>" if kind else ""
        values = (
            f"<td{_edge(place, edges)}>{escape(cell.text)}<small>{escape(cell.interval)}</small></td>"
            for place, cell in enumerate(cells)
        )
        rows.append(f"<tr><th>{escape(label)}{small}</th>{''.join(values)}</tr>")
    return (
        f'<h2>{escape(table.title)}</h2><p class="note">{escape(table.note)}</p><div class="scroll" tabindex="0">'
        f"<table><thead>{top}<tr><th></th>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _edge(place: int, edges: Iterable[int]) -> str:
    return ' class="edge"' if place in edges else ""


def _examples(evaluation: Evaluation) -> str:
    parts = [f"<h2>Answers of {escape(evaluation.name)}</h2>"]
    for title, examples in (("The worst", worst(evaluation)), ("The best", best(evaluation))):
        parts.append(f"<h3>{title}</h3>")
        parts += map(_example, examples)
        if not examples:
            parts.append('<p class="note">No answer differs from the teacher’s.</p>')
    return "".join(parts)


def _example(example: Example) -> str:
    neutral = Recipe.neutral()
    scores = f"likeness {number(example.likeness, 2)}, CIEDE2000 {number(example.difference, 1)}"
    columns = (
        _picture(example, "before", neutral, ""),
        _picture(example, "student", example.student, _explained(example.student)),
        _picture(example, "teacher", example.teacher, _explained(example.teacher)),
    )
    return (
        f'<div class="example"><h4>{escape(example.intent)}<small>{scores}</small></h4>'
        f'<div class="triple">{"".join(columns)}</div></div>'
    )


def _picture(example: Example, who: str, recipe: Recipe, words: str) -> str:
    return f'<div><img alt="{who}" src="{picture(example.photo, recipe)}"><span>{who}</span>{words}</div>'


def _explained(recipe: Recipe) -> str:
    lines = explain(recipe) or ["changes nothing"]
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"
