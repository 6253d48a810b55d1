"""``goldenhour evaluate``: how well students answer, beside floors and a ceiling."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from goldenhour.tools.errors import UserError

if TYPE_CHECKING:
    from rich.progress import TaskID

    from goldenhour.evaluate.asking import Tell
    from goldenhour.evaluate.report import Report
    from goldenhour.teacher.cost import Prices


class Split(StrEnum):
    """Rows that no student may have seen."""

    test = "test"
    dev = "dev"


def evaluate(
    students: Annotated[
        list[Path] | None, typer.Argument(metavar="STUDENT...", help="Folders. Default: the built-in student.")
    ] = None,
    out: Annotated[Path, typer.Option("-o", "--out", help="The folder of the report.")] = Path("report"),
    data: Annotated[Path | None, typer.Option(help="A dataset's folder. Default: the recorded answers.")] = None,
    split: Annotated[Split, typer.Option(help="Which rows are asked.")] = Split.test,
    presets: Annotated[
        Path | None, typer.Option(help="Presets that people made (JSON lines): compare directions, too.")
    ] = None,
    price: Annotated[
        tuple[float, float] | None,
        typer.Option(metavar="IN OUT", help="The teacher's, in dollars per million tokens. Default: its settings."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Ask so many rows only, always the same.")] = None,
) -> None:
    """Score students against the teacher, beside floors and a ceiling; writes a page, Markdown and JSON.

    [bold]Examples[/bold]

    goldenhour evaluate students/mine -o report

    goldenhour evaluate students/mine students/v1 --data data/v1 --split dev -o report

    goldenhour evaluate --limit 100 --price 0.40 1.60 -o quick
    """
    from goldenhour.evaluate.report import DATA, PAGE, check_place, write_report  # noqa: PLC0415 - slow to import

    check_place(out)
    prices = _prices(price)
    try:
        with _progress() as tell:
            report = _evaluate(students or [], data, split, presets, prices, limit, tell)
        write_report(out, report)
    except KeyboardInterrupt:
        raise UserError(f"stopped; nothing was written to {out}") from None
    _say(report)
    typer.echo(str(out / PAGE))
    typer.echo(str(out / DATA))


def _evaluate(
    folders: list[Path],
    data: Path | None,
    split: Split,
    presets: Path | None,
    prices: Prices | None,
    limit: int | None,
    tell: Tell,
) -> Report:
    from goldenhour.evaluate.candidates import floors, students  # noqa: PLC0415
    from goldenhour.evaluate.evaluation import ceiling, evaluate  # noqa: PLC0415
    from goldenhour.evaluate.material import read_material  # noqa: PLC0415
    from goldenhour.evaluate.presets import compare_presets, read_presets  # noqa: PLC0415
    from goldenhour.evaluate.prices import teacher_cost  # noqa: PLC0415
    from goldenhour.evaluate.report import Report  # noqa: PLC0415
    from goldenhour.evaluate.sight import Sight  # noqa: PLC0415
    from goldenhour.evaluate.tables import Findings  # noqa: PLC0415

    asked = read_presets(presets) if presets else []
    given = students(folders)
    material = read_material(data, split.value, limit)
    candidates = [*given, *floors(material)]
    sight = Sight()
    evaluations = [evaluate(candidate, material, sight, tell) for candidate in candidates]
    scores = {candidate.name: compare_presets(candidate, asked) for candidate in candidates} if asked else {}
    cost = teacher_cost(material.rows, prices) if prices else None
    return Report(material, Findings((*evaluations, ceiling(sight, tell, limit)), scores, cost))


def _prices(given: tuple[float, float] | None) -> Prices | None:
    from goldenhour.teacher.cost import Prices  # noqa: PLC0415
    from goldenhour.teacher.settings import load_endpoint  # noqa: PLC0415

    if given is None:
        endpoint = load_endpoint(os.environ, Path.cwd())
        return endpoint.prices if endpoint else None
    if not all(0 <= dollars < float("inf") for dollars in given):
        raise UserError(f"--price is {given[0]:g} {given[1]:g}; it must be two prices of 0 or more, such as 0.40 1.60")
    return Prices(*given)


def _say(report: Report) -> None:
    """The overall scores, and what must be known to trust them, on standard error."""
    for evaluation in report.findings.evaluations:
        scored = next(iter(evaluation.subsets.values()))
        typer.echo(
            f"{evaluation.name}: overall {scored.scores.overall:.3f}"
            f" ({scored.low.overall:.3f} to {scored.high.overall:.3f}), strict {scored.scores.strict:.3f}",
            err=True,
        )
    for note in report.notes:
        typer.echo(f"goldenhour: {note}", err=True)


@contextmanager
def _progress() -> Iterator[Tell]:
    """A bar with the time left on standard error, if that is a terminal."""
    from rich.console import Console  # noqa: PLC0415 - slow to import
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    console = Console(stderr=True)
    columns = TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def tell(what: str, done: int, total: int) -> None:
            if what not in tasks:
                for task in tasks.values():
                    bars.remove_task(task)
                tasks.clear()
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done)

        yield tell
