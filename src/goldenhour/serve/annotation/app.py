"""The annotation page as a server of its own, behind the same door as the editor's."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, cast

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from goldenhour import __version__
from goldenhour.experiment.annotation import Annotation
from goldenhour.serve.annotation.router import add_annotation
from goldenhour.serve.guard import Guard
from goldenhour.serve.listener import STOP_SECONDS, address_of, bind
from goldenhour.serve.metrics import Metrics
from goldenhour.serve.patience import Patient
from goldenhour.serve.problems import add_problems
from goldenhour.serve.settings import Settings


def annotation_app(annotation: Annotation, settings: Settings) -> ASGIApp:
    """The application for one annotation; of the settings host, names and token count."""
    app = FastAPI(title="Golden Hour annotation", version=__version__, docs_url=None, redoc_url=None)
    add_problems(app)
    add_annotation(app, annotation)
    return Guard(app, settings, Metrics())


def serve_annotation(annotation: Annotation, settings: Settings, tell: Callable[[str], None]) -> None:
    """Serve until Ctrl+C; ``tell`` is told the server's address. Raises ServeError for a port in use."""
    config = uvicorn.Config(
        annotation_app(annotation, settings),
        http=cast(Any, partial(Patient, settings.limits)),
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    with bind(settings.host, settings.port) as listening:
        server = _Server(config, lambda: tell(address_of(settings, listening)))
        with suppress(KeyboardInterrupt):  # uvicorn raises it again when all is done
            server.run([listening])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, listens: Callable[[], None]):
        super().__init__(config)
        self._listens = listens

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:  # and Ctrl+C is listened for: who is told may stop it at once
            self._listens()
