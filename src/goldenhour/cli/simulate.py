"""``goldenhour simulate``: an event store full of simulated users, to test and to plan with, and to try experiments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from goldenhour.cli.events import StoreUrl
from goldenhour.cli.saying import say
from goldenhour.tools.errors import UserError
from goldenhour.tools.extras import needs

if TYPE_CHECKING:
    import numpy as np

    from goldenhour.events import Store
    from goldenhour.experiment.definition import Arm, Experiment
    from goldenhour.simulate.projects import Answerer
    from goldenhour.tools import Recipe


def simulate(
    users: Annotated[int, typer.Option(min=1, help="How many.")] = 1_000,
    seed: Annotated[int, typer.Option(min=0, help="The same one gives the same events.")] = 0,
    projects: Annotated[float, typer.Option(min=1, help="Of each user, on average.")] = 10,
    variants: Annotated[int, typer.Option(min=1, max=50, help="Answers that the teacher varies an intent by.")] = 6,
    days: Annotated[int, typer.Option(min=1, max=3_650, help="Over which the projects are spread.")] = 30,
    experiment: Annotated[
        Path | None, typer.Option(help="File of an experiment whose arms answer, from its start until today.")
    ] = None,
    completes: Annotated[
        list[str] | None,
        typer.Option(metavar="ARM=SHARE", help="Of what an arm's users would export, only so much is; repeatable."),
    ] = None,
    store: StoreUrl = None,
) -> None:
    """Fill an event store with simulated users. Nothing that comes of it says anything about people.

    They type the recorded intents, are shown the recorded answers and variations of them, and export what looks like
    what they wanted. In an experiment each is answered by the student of their arm, or for a teacher by the recorded
    answers, and the store knows the experiment, so that it can be reported on.

    [bold]Examples[/bold]

    goldenhour simulate --users 1000 --seed 1 --store try.sqlite

    goldenhour simulate --experiment student-v2.yaml --completes student=0.9 --store try.sqlite
    """
    from rich.console import Console  # noqa: PLC0415 - slow to import
    from rich.progress import track  # noqa: PLC0415

    with needs("data"):
        import numpy as np  # noqa: PLC0415

        from goldenhour.events import open_store  # noqa: PLC0415
        from goldenhour.experiment.assignment import assign  # noqa: PLC0415
        from goldenhour.experiment.definition import check_arms, load_experiment  # noqa: PLC0415
        from goldenhour.experiment.domain import domain_of  # noqa: PLC0415
        from goldenhour.experiment.registry import register  # noqa: PLC0415
        from goldenhour.simulate import Simulation, answered_by_arm, in_arms, of_recorded, simulate  # noqa: PLC0415
        from goldenhour.simulate.projects import FIRST_DAY  # noqa: PLC0415

    definition = check_arms(load_experiment(experiment)) if experiment else None
    shares = _shares(completes or (), definition)
    days = _past_days(definition, days) if definition else days
    wanted, answer = of_recorded(variants, seed)
    if definition:

        @cache
        def arm_of(user: str) -> str:
            return assign(definition, user).name

        answer = answered_by_arm(arm_of, {arm.name: _answerer(arm, answer) for arm in definition.arms})
    first_day = definition.start if definition else FIRST_DAY
    simulation = Simulation(users=users, seed=seed, projects_per_user=projects, first_day=first_day, days=days)
    random, console = np.random.default_rng([seed, 1]), Console(stderr=True)
    with open_store(store) as opened:
        _warn_of_people(opened)
        if definition:
            register(opened, definition)
        events = simulate(simulation, wanted, answer)
        quiet = not console.is_terminal
        told = track(events, "Users", users, console=console, transient=True, disable=quiet)
        about = cache(domain_of)
        noted = (in_arms(user, definition.name, arm_of, about, shares, random) if definition else user for user in told)
        written = opened.write(event for user in noted for event in user)
    typer.echo(f"{written:,} events of {users:,} simulated users in {opened.place}")


def _warn_of_people(store: Store) -> None:
    counts = store.counts()
    if people := counts.projects - counts.simulated:
        say(
            f"{store.place} has projects of people ({people:,}), and simulated ones come beside them; "
            "for practice name a store of its own, as in --store try.sqlite"
        )


def _past_days(experiment: Experiment, days: int) -> int:
    """So many days from the start on as have passed, for nobody reports on the future; raises UserError for none."""
    now = datetime.now(UTC)
    passed = (now - experiment.start).days
    if passed < 1:
        raise UserError(
            f"the experiment {experiment.name} starts at {experiment.start:%Y-%m-%d %H:%M %Z}, and simulated users "
            "fill whole days that have passed since; "
            f"to try it, write start: {now - timedelta(days=days):%Y-%m-%d} in a copy of its file"
        )
    if passed < days:
        say(f"the projects are spread over the whole days since the start of {experiment.name}: {passed}, not {days}")
    return min(days, passed)


def _shares(given: Sequence[str], experiment: Experiment | None) -> dict[str, float]:
    """How much of what they would each arm's users export, by the arm's name; raises UserError."""
    if given and experiment is None:
        raise UserError("--completes is about the arms of an experiment; name its file with --experiment")
    shares = {}
    for one in given:
        name, _, text = one.rpartition("=")
        try:
            share = float(text)
        except ValueError:
            share = -1
        if not name or not 0 <= share <= 1:
            raise UserError(f"--completes is {one!r}; write an arm and a share from 0 to 1, as in student=0.9")
        if experiment:
            shares[experiment.arm(name).name] = share
    return shares


def _answerer(arm: Arm, teacher: Answerer) -> Answerer:
    """Who answers in an arm: its student; a teacher's part is played by the recorded answers."""
    if arm.student is None:
        return teacher
    from goldenhour.cli.recipe import choose_student  # noqa: PLC0415

    student, name = choose_student(arm.folder), arm.folder.name if arm.folder else arm.student

    @cache
    def recipe(intent: str) -> Recipe:
        return student.predict([intent])[0].recipe

    def answer(_user: str, intent: str, _random: np.random.Generator) -> tuple[Recipe, str]:
        return recipe(intent), name

    return answer
