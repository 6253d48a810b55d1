"""``goldenhour serve``: the HTTP API and the web editor."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from goldenhour.cli.events import StoreUrl
from goldenhour.teacher.settings import load_endpoint
from goldenhour.tools.extras import needs


def serve(
    host: Annotated[str, typer.Option(help="Address to listen at; others than this machine's need a token.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(help="0: any that is free.")] = 8000,
    token: Annotated[
        str, typer.Option(envvar="GOLDENHOUR_TOKEN", show_envvar=True, help="What requests must bring.")
    ] = "",
    name: Annotated[
        list[str] | None, typer.Option(help="Another host name of this server, as behind a proxy; repeatable.")
    ] = None,
    student: Annotated[Path | None, typer.Option(help="Folder of the student that answers. Default: built in.")] = None,
    store: StoreUrl = None,
    unsure: Annotated[
        float, typer.Option(help="Ask a teacher where the student's confidence, 0 to 1, is below. 0: never.")
    ] = 0.0,
    teacher_url: Annotated[str | None, typer.Option(help="Its endpoint. Default: GOLDENHOUR_TEACHER_URL.")] = None,
    teacher_model: Annotated[str | None, typer.Option(help="Default: GOLDENHOUR_TEACHER_MODEL.")] = None,
    teacher_seconds: Annotated[float, typer.Option(min=0.1, help="Then the student's answer is given.")] = 5.0,
    experiment: Annotated[
        Path | None, typer.Option(help="File of the experiment to run. Default: the one started over HTTP, if any.")
    ] = None,
) -> None:
    """Serve the HTTP API (docs/api.md) and the web editor, on this machine; stop it with Ctrl+C.

    It prints its address. What is asked, shown and exported is logged in the event store.

    [bold]Examples[/bold]

    goldenhour serve

    goldenhour serve --port 0 --student students/mine --store events.sqlite

    goldenhour serve --unsure 0.4 --teacher-url http://127.0.0.1:8600/v1 --teacher-model recorded

    goldenhour serve --experiment experiments/new_student.yaml

    GOLDENHOUR_TOKEN=secret goldenhour serve --host 0.0.0.0 --name grade.example.com
    """
    with needs("serve"):
        from goldenhour.serve.listener import serve as listen  # noqa: PLC0415 - not part of the plain install
        from goldenhour.serve.settings import Settings  # noqa: PLC0415

    settings = Settings(
        host=host,
        port=port,
        token=token,
        names=tuple(name or ()),
        student=student,
        store=store,
        unsure=unsure,
        teacher=load_endpoint(os.environ, Path.cwd(), teacher_url, teacher_model),
        teacher_seconds=teacher_seconds,
        experiment=experiment,
    )
    listen(settings, lambda address: typer.echo(f"Golden Hour: {address}"))
