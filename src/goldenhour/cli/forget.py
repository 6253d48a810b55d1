"""``goldenhour forget``: everything of a user, and what was made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from goldenhour.cli.events import StoreUrl


def forget(
    user: Annotated[str, typer.Argument(help="The name by which the user is known to whoever writes events.")],
    store: StoreUrl = None,
    datasets: Annotated[
        list[Path] | None, typer.Option(help="Folder of datasets; may be repeated. Default: in your data folder.")
    ] = None,
    models: Annotated[
        list[Path] | None, typer.Option(help="Folder of students; may be repeated. Default: in your data folder.")
    ] = None,
) -> None:
    """Delete everything of a user from the event store, and list the datasets and students that have their rows.

    [bold]Examples[/bold]

    goldenhour forget jane

    goldenhour forget jane --datasets data/ --models students/
    """
    from goldenhour.forget import forget as forget_everywhere  # noqa: PLC0415 - only some commands need a database

    found = forget_everywhere(user, store, datasets, models)
    if any(found.deleted.values()):
        typer.echo("deleted: " + ", ".join(f"{table} {count:,}" for table, count in found.deleted.items() if count))
    else:
        typer.echo("deleted: nothing; the store has no events of a user by this name")
    for dataset in found.datasets:
        typer.echo(f"dataset with their rows, build it again: {dataset}")
    for student in found.students:
        typer.echo(f"student made of their rows, train it again: {student}")
    for sentence in found.unsure:
        typer.echo(f"goldenhour: {sentence}", err=True)
