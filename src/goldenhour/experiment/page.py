"""The page of a report: one HTML file that needs nothing else. Whatever comes from outside is escaped."""

from __future__ import annotations

from html import escape

from goldenhour.experiment.plots import Row, curve_plot, interval_plot
from goldenhour.experiment.report import Report
from goldenhour.experiment.tables import Table, facts, interval, share, simulated, tables
from goldenhour.experiment.verdict import Verdict, percent
from goldenhour.tools.report_page import head, report_page

GOOD, BAD = ("better", "not worse"), ("worse", "blocked")


def page(report: Report) -> str:
    """The whole page."""
    experiment = report.experiment
    marks = (experiment.margin, 1.0)
    body = [
        f"<h1>Experiment {escape(experiment.name)}</h1>",
        *map(_verdict, report.verdicts),
        *([f'<p class="warning">{escape(simulated(report))}</p>'] if report.oddities.simulated_projects else []),
        *(f'<p class="note">{escape(fact)}</p>' for fact in facts(report)),
        f'<div class="heads">{_heads(report)}</div>',
        '<div class="plots">',
        interval_plot(
            "Completion rate, 95 % intervals for one look",
            [(arm.name, arm.rate, place) for place, arm in enumerate(report.arms)],
            (),
            percent,
        ),
        interval_plot(f"Ratio to {experiment.control}", _ratios(report), marks, percent),
        *(
            curve_plot(
                f"{curve.arm}: ratio to {experiment.control}, anytime-valid",
                curve.users,
                curve.ratios,
                marks,
                percent,
                "users in the order in which they were first answered",
            )
            for curve in report.curves
        ),
        *(_segment_plot(report, kind) for kind in dict.fromkeys(segment.kind for segment in report.segments)),
        "</div>",
        *map(table_html, tables(report)),
    ]
    return report_page(f"Experiment {experiment.name}", body)


def table_html(table: Table) -> str:
    """A table with its title and note."""
    heads = "".join(f"<th>{escape(name)}</th>" for name in table.columns)
    rows = "".join(
        f"<tr><th>{escape(row[0])}</th>{''.join(f'<td>{escape(cell)}</td>' for cell in row[1:])}</tr>"
        for row in table.rows
    )
    return (
        f'<h2>{escape(table.title)}</h2><p class="note">{escape(table.note)}</p><div class="scroll" tabindex="0">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _verdict(verdict: Verdict) -> str:
    tone = "good" if verdict.kind in GOOD else "bad" if verdict.kind in BAD else "open"
    return f'<p class="verdict {tone}">{escape(verdict.sentence)}</p>'


def _heads(report: Report) -> str:
    heads = [(arm.name, share(arm.rate.value), f"{arm.users:,} users") for arm in report.arms]
    heads += [
        (f"{found.arm} of {report.experiment.control}", share(found.anytime_ratio.value), interval(found.anytime_ratio))
        for found in report.comparisons
    ]
    return "".join(head(*of) for of in heads)


def _ratios(report: Report) -> list[Row]:
    rows: list[Row] = []
    for place, found in enumerate(report.comparisons):
        rows += [
            (f"{found.arm}, at any time", found.anytime_ratio, place + 1),
            (f"{found.arm}, one look", found.ratio, place + 1),
        ]
        if found.spared > 0:
            rows.append((f"{found.arm}, one look, no history", found.plain_ratio, place + 1))
    return rows


def _segment_plot(report: Report, kind: str) -> str:
    arms = list(report.experiment.others)
    rows: list[Row] = [
        (
            segment.name if len(arms) == 1 else f"{segment.name}, {segment.arm}",
            segment.ratio,
            1 + arms.index(segment.arm),
        )
        for segment in report.segments
        if segment.kind == kind
    ]
    return interval_plot(f"Ratio by {kind}, corrected for many comparisons", rows, (1.0,), percent)
