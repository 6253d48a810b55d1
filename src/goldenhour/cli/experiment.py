"""``goldenhour experiment``: A/B tests of who answers, decided by the completion of projects."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from goldenhour.cli.events import StoreUrl
from goldenhour.cli.saying import say
from goldenhour.tools.errors import UserError
from goldenhour.tools.extras import needs
from goldenhour.tools.whole_file import write_text

if TYPE_CHECKING:
    from goldenhour.experiment.plan import Traffic

experiment = typer.Typer(
    help="A/B tests: which arm answers whom, and which arm's projects are completed.",
    epilog="Start with: goldenhour experiment plan",
    no_args_is_help=True,
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="Of an experiment that was started.")]


@experiment.command()
def plan(
    margin: Annotated[float, typer.Option(min=0, help="The share of the control's rate that must be kept.")] = 0.97,
    truth: Annotated[float, typer.Option(min=0, help="The share that the arm reaches in truth.")] = 1.0,
    power: Annotated[float, typer.Option(help="The chance to see it.")] = 0.8,
    arms: Annotated[int, typer.Option(min=2, max=100, help="With the control.")] = 2,
    share: Annotated[
        float | None, typer.Option(min=0.001, help="Of the users, in the smallest arm. Default: the same in all.")
    ] = None,
    rate: Annotated[float | None, typer.Option(help="Completion rate. Default: as in the store.")] = None,
    projects: Annotated[float, typer.Option(help="Of a user; with --rate.")] = 3.5,
    users_a_day: Annotated[float, typer.Option(help="New ones; with --rate.")] = 1_000,
    window: Annotated[int, typer.Option(min=2, max=3_650, help="Days of the store to learn from.")] = 28,
    store: StoreUrl = None,
) -> None:
    """Say how many users tell the truth from the margin, and how many days that takes at the store's traffic.

    [bold]Examples[/bold]

    goldenhour experiment plan --margin 0.97

    goldenhour experiment plan --margin 1 --truth 0.961 --rate 0.25 --projects 3.5 --users-a-day 2000
    """
    with needs("experiments"):
        from goldenhour.experiment.comparison import ALPHA  # noqa: PLC0415 - slow to import
        from goldenhour.experiment.plan import assumed, every_look, one_look, users_needed  # noqa: PLC0415

    if share is None:
        share = 1 / arms
    if not share <= 1 / arms:
        raise UserError(
            f"--share is {share:g}, but the smallest of {arms} arms has {1 / arms:.3g} of the users at most; "
            "give its share, or leave it out where the arms are of equal size"
        )
    if margin == truth:
        raise UserError(
            f"no number of users tells a ratio of {truth:g} from {margin:g}: "
            f"say how good you think the arm is, other than --margin, as in --truth {0.96 * margin:g}"
        )
    found = assumed(rate, projects, users_a_day) if rate is not None else _traffic(store, window)
    alpha = ALPHA / (arms - 1)
    stretches = {"one look at the end": one_look(alpha), "looking every day": every_look(alpha)}
    sizes = {what: users_needed(found.spread, truth, margin, power, stretch=wide) for what, wide in stretches.items()}
    typer.echo(
        f"completion rate {found.rate:.1%}, {found.projects_per_user:.2f} projects a user, spread {found.spread:.2f}"
    )
    if found.simulated:
        typer.echo("all projects of the store are simulated: they say nothing about people")
    for what, users in sizes.items():
        days = found.days(users / share)
        how_long = "never at this traffic" if days == float("inf") else f"about {max(round(days), 1):,} days"
        typer.echo(f"{what}: {users:,} users an arm, {how_long}")


def _traffic(store: str | None, window: int) -> Traffic:
    from goldenhour.events import open_store  # noqa: PLC0415
    from goldenhour.experiment.plan import traffic  # noqa: PLC0415

    with open_store(store, create=False) as opened, opened.reading() as connection:
        return traffic(connection, timedelta(days=window))


@experiment.command()
def start(
    file: Annotated[Path, typer.Argument(help="The experiment's YAML.")],
    store: StoreUrl = None,
) -> None:
    """Keep an experiment in the store, so that it can be reported on and no longer change but in its weights.

    [bold]Examples[/bold]

    goldenhour experiment start student-v2.yaml
    """
    with needs("data"):
        from goldenhour.events import open_store  # noqa: PLC0415
        from goldenhour.experiment.definition import check_arms, load_experiment  # noqa: PLC0415
        from goldenhour.experiment.registry import register  # noqa: PLC0415

    definition = check_arms(load_experiment(file))
    with open_store(store) as opened:
        registered = register(opened, definition)
        shares = ", ".join(f"{name} {weight:.1%}" for name, weight in registered.experiment.weights.items())
        typer.echo(f"{definition.name} from {definition.start:%Y-%m-%d %H:%M %Z} on: {shares}; in {opened.place}")


@experiment.command()
def end(name: Name, store: StoreUrl = None) -> None:
    """End an experiment: what begins later does not count, and servers of this store stop running it within a minute.

    [bold]Examples[/bold]

    goldenhour experiment end student-v2
    """
    with needs("data"):
        from goldenhour.events import open_store  # noqa: PLC0415
        from goldenhour.experiment.registry import end as end_in  # noqa: PLC0415

    with open_store(store, create=False) as opened:
        ended = end_in(opened, name).ended
    typer.echo(f"{name} ended on {ended:%Y-%m-%d %H:%M %Z}")


@experiment.command("list")
def list_(store: StoreUrl = None) -> None:
    """List the experiments of a store, a line each: name, start, weights, planned users an arm.

    [bold]Examples[/bold]

    goldenhour experiment list
    """
    with needs("data"):
        from goldenhour.events import open_store  # noqa: PLC0415
        from goldenhour.experiment.registry import experiments  # noqa: PLC0415

    with open_store(store, create=False) as opened:
        found = experiments(opened)
    for registered in found:
        known = registered.experiment
        shares = ", ".join(f"{name} {weight:.1%}" for name, weight in known.weights.items())
        changes = f", other weights since {registered.reweighted:%Y-%m-%d}" if registered.reweighted else ""
        changes += f", ended on {registered.ended:%Y-%m-%d}" if registered.ended else ""
        typer.echo(
            f"{known.name}: from {known.start:%Y-%m-%d}, {shares}, {known.planned_users:,} users an arm{changes}"
        )
    if not found:
        say("no experiments yet; start one with: goldenhour experiment start FILE")


@experiment.command()
def assign(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of a started experiment, or its YAML file.")],
    users: Annotated[
        list[str] | None, typer.Argument(metavar="USER...", help="- reads names from standard input.")
    ] = None,
    store: StoreUrl = None,
) -> None:
    """Say in which arm users are: name, a tab, the arm.

    [bold]Examples[/bold]

    goldenhour experiment assign student-v2 jane john

    goldenhour experiment assign student-v2.yaml - < users.txt
    """
    with needs("data"):
        from goldenhour.events import open_store  # noqa: PLC0415
        from goldenhour.experiment.assignment import assign_many  # noqa: PLC0415
        from goldenhour.experiment.definition import load_experiment  # noqa: PLC0415
        from goldenhour.experiment.registry import find_experiment  # noqa: PLC0415

    if name.endswith((".yaml", ".yml")):
        definition = load_experiment(Path(name))
    else:
        with open_store(store, create=False) as opened:
            definition = find_experiment(opened, name).experiment
    named = typer.get_text_stream("stdin").read().splitlines() if users == ["-"] else users or []
    if not named:
        raise UserError("no users were named; name them, or give - and their names on standard input, one a line")
    for user, place in zip(named, assign_many(definition, named), strict=True):
        typer.echo(f"{user}\t{definition.arms[place].name}")


@experiment.command()
def report(
    name: Name,
    as_json: Annotated[bool, typer.Option("--json", help="Print all numbers as JSON.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write one page with everything, too.")] = None,
    store: StoreUrl = None,
) -> None:
    """Report on an experiment: what each arm's users completed, and one sentence of conclusion an arm.

    [bold]Examples[/bold]

    goldenhour experiment report student-v2

    goldenhour experiment report student-v2 --html report.html --json > report.json
    """
    with needs("experiments"):
        from goldenhour.events import open_store  # noqa: PLC0415
        from goldenhour.experiment.definition import ExperimentError  # noqa: PLC0415
        from goldenhour.experiment.page import page  # noqa: PLC0415
        from goldenhour.experiment.report import as_data, make_report  # noqa: PLC0415
        from goldenhour.experiment.terminal import show  # noqa: PLC0415

    with open_store(store, create=False) as opened:
        made = make_report(opened, name)
    if html is not None:
        write_text(html, page(made), ExperimentError)
    if as_json:
        typer.echo(json.dumps(as_data(made), indent=2, allow_nan=False))
    else:
        show(made)
        if html is not None:
            typer.echo(str(html))


@experiment.command()
def align(
    name: Name,
    evaluations: Annotated[
        list[str],
        typer.Option("--evaluation", metavar="ARM=REPORT.JSON", help="Of `goldenhour evaluate`; once an arm."),
    ],
    html: Annotated[Path | None, typer.Option(help="Draw it on a page, too.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    store: StoreUrl = None,
) -> None:
    """Put each arm's offline scores beside its online completion rate: do they rank the arms alike?

    [bold]Examples[/bold]

    goldenhour experiment align student-v2 --evaluation student=report/report.json --html align.html
    """
    with needs("experiments"):
        from goldenhour.events import open_store  # noqa: PLC0415
        from goldenhour.experiment.align import align, align_data, align_page, show_alignment  # noqa: PLC0415
        from goldenhour.experiment.definition import ExperimentError  # noqa: PLC0415
        from goldenhour.experiment.report import make_report  # noqa: PLC0415

    with open_store(store, create=False) as opened:
        made = align(make_report(opened, name), evaluations)
    if html is not None:
        write_text(html, align_page(made), ExperimentError)
    if as_json:
        typer.echo(json.dumps(align_data(made), indent=2, allow_nan=False))
    else:
        show_alignment(made)
