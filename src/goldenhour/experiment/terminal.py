"""A report on the terminal: the conclusion first, then the tables."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from goldenhour.experiment.report import Report
from goldenhour.experiment.tables import Table, facts, simulated, tables

STYLES = {"better": "bold green", "not worse": "bold green", "worse": "bold red", "blocked": "bold red"}


def show(report: Report) -> None:
    """Print it."""
    console = Console(highlight=False)
    for verdict in report.verdicts:
        console.print(Text(verdict.sentence, STYLES.get(verdict.kind, "bold yellow")))
    if report.oddities.simulated_projects:
        console.print(Text(simulated(report), "bold yellow"))
    for fact in facts(report):
        console.print(Text(fact, "dim"))
    for table in tables(report):
        show_table(console, table)


def show_table(console: Console, table: Table) -> None:
    """One table, numbers to the right."""
    grid = Grid(title=table.title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for place, column in enumerate(table.columns):
        grid.add_column(Text(column), justify="right" if place else "left", overflow="fold")
    for row in table.rows:
        grid.add_row(*map(Text, row))
    console.print()
    console.print(grid)
    console.print(Text(table.note, "dim"))
