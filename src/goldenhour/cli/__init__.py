"""The command line: one module a command."""

from __future__ import annotations

import sys
import warnings
from typing import Annotated

import typer

from goldenhour import __version__
from goldenhour.cli.annotate import annotate
from goldenhour.cli.augment import augment
from goldenhour.cli.dataset import dataset
from goldenhour.cli.edit import edit
from goldenhour.cli.evaluate import evaluate
from goldenhour.cli.events import events
from goldenhour.cli.experiment import experiment
from goldenhour.cli.forget import forget
from goldenhour.cli.looks import looks
from goldenhour.cli.preview import preview
from goldenhour.cli.recipe import recipe
from goldenhour.cli.serve import serve
from goldenhour.cli.simulate import simulate
from goldenhour.cli.study import study
from goldenhour.cli.teach import teach
from goldenhour.cli.teacher import teacher
from goldenhour.cli.tools import tools
from goldenhour.cli.train import train
from goldenhour.render.clip import ClipWarning
from goldenhour.tools.errors import UserError

app = typer.Typer(
    name="goldenhour",
    help="Say how your footage should look, in your own words, and see it graded at once.",
    epilog='Start with: goldenhour edit beach.jpg "golden hour"',
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_show_locals=False,
)
for command in (edit, preview, recipe, serve, tools, teach, augment, evaluate, simulate, forget):
    app.command()(command)
app.add_typer(looks, name="looks")
app.add_typer(teacher, name="teacher")
app.add_typer(events, name="events")
app.add_typer(dataset, name="dataset")
app.add_typer(experiment, name="experiment")
app.add_typer(train, name="train")
app.add_typer(study, name="study")
app.add_typer(annotate, name="annotate")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"goldenhour {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")] = False,
) -> None:
    pass


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    typer.echo(f"goldenhour: {message}", err=True)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; bad input is one sentence on standard error and exit code 2."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", ClipWarning)
            warnings.showwarning = _show_warning
            app(arguments)
    except UserError as error:
        typer.echo(f"goldenhour: {error}", err=True)
        sys.exit(2)
