"""``goldenhour simulate``: an event store full of simulated users, to test and to plan with."""

from __future__ import annotations

from typing import Annotated

import typer

from goldenhour.cli.events import StoreUrl
from goldenhour.tools.extras import needs


def simulate(
    users: Annotated[int, typer.Option(min=1, help="How many.")] = 1_000,
    seed: Annotated[int, typer.Option(min=0, help="The same one gives the same events.")] = 0,
    projects: Annotated[float, typer.Option(min=1, help="Of each user, on average.")] = 10,
    variants: Annotated[int, typer.Option(min=1, max=50, help="Answers that the teacher varies an intent by.")] = 6,
    days: Annotated[int, typer.Option(min=1, help="Over which the projects are spread.")] = 30,
    store: StoreUrl = None,
) -> None:
    """Fill an event store with simulated users. Nothing that comes of it says anything about people.

    They type the recorded intents, are shown the recorded answers and variations of them, and export what looks like
    what they wanted.

    [bold]Examples[/bold]

    goldenhour simulate --users 1000 --seed 1 --store try.sqlite
    """
    from rich.console import Console  # noqa: PLC0415 - slow to import
    from rich.progress import track  # noqa: PLC0415

    with needs("data"):
        from goldenhour.events import open_store  # noqa: PLC0415
        from goldenhour.simulate import Simulation, of_recorded, simulate  # noqa: PLC0415

    simulation = Simulation(users=users, seed=seed, projects_per_user=projects, days=days)
    wanted, answer = of_recorded(variants, seed)
    console = Console(stderr=True)
    with open_store(store) as opened:
        events = simulate(simulation, wanted, answer)
        quiet = not console.is_terminal
        told = track(events, "Users", users, console=console, transient=True, disable=quiet)
        written = opened.write(event for user in told for event in user)
    typer.echo(f"{written:,} events of {users:,} simulated users in {opened.place}")
