"""``goldenhour study``: what is worth how much, over several seeds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from goldenhour.cli.saying import say
from goldenhour.tools.errors import UserError

if TYPE_CHECKING:
    from goldenhour.augment.trainers import Family

study = typer.Typer(
    help="Studies: how good students get with less data.",
    epilog="Start with: goldenhour study low-data --fractions 0.125 --seeds 1",
    no_args_is_help=True,
)


@study.callback()
def _study() -> None:
    pass


@study.command()
def low_data(
    out: Annotated[Path, typer.Option("-o", "--out", help="The study's folder.")] = Path("studies/low-data"),
    config: Annotated[Path | None, typer.Option(help="YAML file of the student's settings.")] = None,
    seeds: Annotated[str, typer.Option(help="Each draws a part of the data and trains on it.")] = "1,2,3",
    fractions: Annotated[str, typer.Option(help="Shares of the data.")] = "0.125,0.25,0.5,1",
    family: Annotated[str, typer.Option(help="direct, seq2seq or causal.")] = "direct",
    epochs: Annotated[float | None, typer.Option(help="How often all rows are seen, at most.")] = None,
    same_steps: Annotated[
        bool, typer.Option("--same-steps", help="See fewer rows more often: as many steps as all of the data takes.")
    ] = False,
    least: Annotated[float, typer.Option(help="Similarity that a neighbour has to its parent, at least.")] = 0.65,
    most: Annotated[float, typer.Option(help="The same, at most.")] = 0.97,
    each: Annotated[int, typer.Option(min=1, help="Neighbours a parent, at most.")] = 3,
) -> None:
    """Train students on parts of the recorded answers, without and with one round of augmentation; draw the curve.

    Each student is scored on the dev and the test split and deleted; nothing is chosen by the test split. The same
    command goes on where a study was stopped. Two processes may share a folder if their seeds differ.

    [bold]Examples[/bold]

    goldenhour study low-data -o studies/low-data --config training/study.yaml

    goldenhour study low-data --fractions 0.125,1 --seeds 1,2,3,4,5
    """
    from goldenhour.augment.refusals import Band  # noqa: PLC0415 - slow to import
    from goldenhour.augment.similarity import Similarity  # noqa: PLC0415
    from goldenhour.augment.study import Study, first_answers, low_data  # noqa: PLC0415
    from goldenhour.augment.study_report import write_study  # noqa: PLC0415
    from goldenhour.augment.trainers import trainer  # noqa: PLC0415
    from goldenhour.students.examples import read_examples  # noqa: PLC0415
    from goldenhour.students.settings import read_settings  # noqa: PLC0415

    shares = _numbers("fractions", fractions)
    drawn = _numbers("seeds", seeds)
    if not all(0 < share <= 1 for share in shares):
        raise UserError(f"--fractions {fractions!r} must be shares of the data, above 0 and at most 1")
    if not all(seed.is_integer() and seed >= 0 for seed in drawn):
        raise UserError(f"--seeds {seeds!r} must be whole numbers, 0 or more")
    if family not in ("direct", "seq2seq", "causal"):
        raise UserError(f"--family {family} is none; choose direct, seq2seq or causal")
    chosen = cast("Family", family)
    settings = read_settings(trainer(chosen).settings, config, {"epochs": epochs})
    plan = Study(chosen, settings, tuple(shares), tuple(map(int, drawn)), Band(least, most, each), same_steps)
    held_back = {split: first_answers(split) for split in ("dev", "test")}
    try:
        low_data(out, plan, read_examples(), held_back, Similarity(), say)
    except KeyboardInterrupt:
        raise UserError(f"stopped; the same command goes on in {out}") from None
    for path in write_study(out):
        typer.echo(str(path))


def _numbers(option: str, text: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.replace(",", " ").split()]
    except ValueError:
        numbers = []
    if not numbers:
        raise UserError(f"--{option} {text!r} must be numbers, such as --{option} 1,2,3")
    return list(dict.fromkeys(numbers))
