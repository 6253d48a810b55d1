"""``goldenhour dataset``: from what was shown and exported to training data."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from goldenhour.cli.events import StoreUrl
from goldenhour.tools.extras import needs
from goldenhour.tools.whole_file import write_text

dataset = typer.Typer(
    help="Datasets: the best-exported answer to each intent, split into train, dev and test.",
    epilog="Start with: goldenhour dataset build --from recorded -o data/v1",
    no_args_is_help=True,
)


class Source(StrEnum):
    """Where answers come from."""

    events = "events"
    recorded = "recorded"


class Select(StrEnum):
    """What is chosen among."""

    per_tool = "per-tool"
    joint = "joint"


class By(StrEnum):
    """How few observations are weighed."""

    shrinkage = "shrinkage"
    wilson = "wilson"
    max = "max"


@dataset.command()
def build(
    out: Annotated[Path, typer.Option("-o", "--out", help="The folder to make.")],
    source: Annotated[Source, typer.Option("--from", help="The event store, or the recorded answers.")] = Source.events,
    store: StoreUrl = None,
    select: Annotated[
        Select, typer.Option(help="The best part of each tool (the paper's), or the best whole answer.")
    ] = Select.per_tool,
    by: Annotated[By, typer.Option(help="Export rate: shrunk to the rest, Wilson's bound, or plain.")] = By.shrinkage,
    force: Annotated[bool, typer.Option("--force", help="Replace the dataset that is there.")] = False,
) -> None:
    """Choose for each intent the answer that was exported best, and write training files; prints where they are.

    [bold]Examples[/bold]

    goldenhour dataset build --from recorded -o data/recorded

    goldenhour dataset build --select joint --by wilson -o data/v1
    """
    with needs("data"):
        from goldenhour.dataset.build import build_from_recorded, build_from_store  # noqa: PLC0415 - slow to import
        from goldenhour.events import open_store  # noqa: PLC0415

    if source is Source.recorded:
        build_from_recorded(out, force)
    else:
        with open_store(store, create=False) as opened:
            build_from_store(out, opened, select.value, by.value, force)
    typer.echo(str(out))


@dataset.command()
def show(
    folder: Annotated[Path, typer.Argument(help="A dataset.")],
    svg: Annotated[Path | None, typer.Option(help="Draw the summary into this file, too.")] = None,
) -> None:
    """Summarise a dataset in tables and bars.

    [bold]Examples[/bold]

    goldenhour dataset show data/v1 --svg data/v1.svg
    """
    from rich.console import Console  # noqa: PLC0415 - slow to import

    with needs("data"):
        from goldenhour.dataset.folder import load_dataset  # noqa: PLC0415
        from goldenhour.dataset.summary import summary  # noqa: PLC0415

    console = Console(record=svg is not None)
    console.print(summary(load_dataset(folder)))
    if svg:
        write_text(svg, console.export_svg(title=str(folder)))
