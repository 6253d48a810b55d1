"""``goldenhour teacher``: a teacher of one's own to practise with."""

from __future__ import annotations

import os
from typing import Annotated

import typer

teacher = typer.Typer(
    help="A teacher to practise with.", epilog="Start with: goldenhour teacher serve", no_args_is_help=True
)


@teacher.callback()
def _group() -> None:
    pass


@teacher.command()
def serve(
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 8600,
    delay: Annotated[float, typer.Option(min=0, max=600, help="Seconds before each reply.")] = 0,
    rate_429: Annotated[float, typer.Option("--rate-429", help="Share of requests, 0 to 1, that are too many.")] = 0,
    rate_500: Annotated[float, typer.Option("--rate-500", help="Share that the server fails at.")] = 0,
    cut: Annotated[float, typer.Option(help="Share of replies whose connection ends in their midst.")] = 0,
    malformed: Annotated[float, typer.Option(help="Share in faulty JSON.")] = 0,
    truncated: Annotated[float, typer.Option(help="Share that ends early.")] = 0,
    wrong_names: Annotated[float, typer.Option(help="Share with wrong names of tools, parameters and looks.")] = 0,
    prose: Annotated[float, typer.Option(help="Share in prose.")] = 0,
    retry_after: Annotated[float, typer.Option(min=0, help="Seconds that are asked for with 429.")] = 1,
    no_tools: Annotated[bool, typer.Option("--no-tools", help="Refuse function tools.")] = False,
    no_json_schema: Annotated[bool, typer.Option("--no-json-schema", help="Refuse response_format.")] = False,
    seed: Annotated[int, typer.Option(help="The same faults for the same seed.")] = 0,
) -> None:
    """Serve the recorded answers on this machine, in OpenAI's protocol, with faults as real servers have them.

    If GOLDENHOUR_TEACHER_KEY is set, requests need that key. An intent that is not recorded gets the answer to the
    most similar one. Stop it with Ctrl+C.

    [bold]Examples[/bold]

    goldenhour teacher serve

    goldenhour teacher serve --port 8601 --delay 2 --rate-429 0.2 --malformed 0.1 --no-tools
    """
    from goldenhour.teacher.faults import Faults  # noqa: PLC0415 - help should not wait for it
    from goldenhour.teacher.server import Manner, PracticeServer  # noqa: PLC0415
    from goldenhour.teacher.settings import PREFIX  # noqa: PLC0415

    faults = Faults(rate_429, rate_500, cut, malformed, truncated, wrong_names, prose)
    key = os.environ.get(f"{PREFIX}KEY", "")
    manner = Manner(faults, delay, not no_tools, not no_json_schema, key, retry_after, seed=seed)
    with PracticeServer(port, manner) as server:
        typer.echo(f"{PREFIX}URL={server.url} {PREFIX}MODEL=recorded")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            typer.echo(f"{server.replies:,} replies to {server.requests:,} requests", err=True)
