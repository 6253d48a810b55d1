"""``goldenhour events``: the store of what was shown, edited and exported."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from goldenhour.tools.extras import needs

if TYPE_CHECKING:
    from goldenhour.events.summary import Counts

StoreUrl: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--store",
        envvar="GOLDENHOUR_STORE",
        help="A file, or postgresql://USER:PASSWORD@HOST/DATABASE. Default: events.sqlite in your data folder.",
    ),
]

events = typer.Typer(
    help="The event store: what was shown to users, what they edited, what they exported.",
    epilog="Start with: goldenhour events show",
    no_args_is_help=True,
)


@events.command()
def show(store: StoreUrl = None) -> None:
    """Say what is in the store: users, projects, answers by source, exports, days (UTC).

    [bold]Examples[/bold]

    goldenhour events show

    goldenhour events show --store postgresql://me@localhost/goldenhour
    """
    with needs("data"):
        from goldenhour.events import open_store  # noqa: PLC0415 - only some commands need a database

    with open_store(store, create=False) as opened:
        typer.echo(f"store: {opened.place}")
        for line in _lines(opened.counts()):
            typer.echo(line)


def _lines(counts: Counts) -> list[str]:
    rate = "" if counts.completion_rate is None else f" ({counts.completion_rate:.1%})"
    lines = [
        f"users: {counts.users:,}",
        f"projects: {counts.projects:,} started, {counts.completed:,} completed{rate}",
        f"  photos: {counts.photos:,}, clips: {counts.clips:,}; simulated: {counts.simulated:,}",
        f"answers: {counts.answers:,}",
    ]
    for source in counts.sources:
        kinds = {"as fallback": source.fallbacks, "repaired": source.repaired, "refused": source.refused}
        said = "".join(f", {number:,} {kind}" for kind, number in kinds.items() if number)
        lines.append(f"  {source.model} {source.version}: {source.answers:,}{said}")
    lines += [f"edits: {counts.edits:,}", f"exports: {counts.exports:,}"]
    if counts.exposures:
        lines.append(f"exposures to arms of experiments: {counts.exposures:,}")
    if counts.waiting:
        lines.append(f"waiting for the start of their project: {counts.waiting:,}")
    if counts.first_day:
        lines.append(f"days: {counts.first_day} to {counts.last_day}")
    return lines


@events.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Made if need be; must not have an export yet.")],
    store: StoreUrl = None,
) -> None:
    """Write the whole store into a folder, a Parquet file a table; prints the number of rows of each.

    [bold]Examples[/bold]

    goldenhour events export backup/
    """
    with needs("data"):
        from goldenhour.events import open_store  # noqa: PLC0415
        from goldenhour.events.parquet import export_store  # noqa: PLC0415

    with open_store(store, create=False) as opened:
        for table, rows in export_store(opened, folder).items():
            typer.echo(f"{table}: {rows:,}")


@events.command("import")
def import_(
    folder: Annotated[Path, typer.Argument(help="That `goldenhour events export` wrote.")],
    store: StoreUrl = None,
) -> None:
    """Write an export into a store, new or not; what it has already stays as it is. Prints the rows of each table.

    [bold]Examples[/bold]

    goldenhour events import backup/ --store postgresql://me@localhost/goldenhour
    """
    with needs("data"):
        from goldenhour.events import open_store  # noqa: PLC0415
        from goldenhour.events.parquet import import_store  # noqa: PLC0415

    with open_store(store) as opened:
        for table, rows in import_store(opened, folder).items():
            typer.echo(f"{table}: {rows:,}")
