"""A server on its socket: started, told of, stopped. The editor's, and whatever else is an ASGI application."""

from __future__ import annotations

import contextlib
import gc
import logging
import socket
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp

from goldenhour.serve.app import create_app
from goldenhour.serve.patience import Patient
from goldenhour.serve.settings import Limits, ServeError, Settings

STOP_SECONDS = 1  # for requests that are being answered when the server is stopped
# of uvicorn's errors, what is none: clients go, and streams of progress are open when the server is stopped
_NO_ERRORS = ("ASGI callable returned without completing response", "Cancel %s running task")


def serve(settings: Settings, tell: Callable[[str], None]) -> None:
    """Serve until Ctrl+C; ``tell`` is told the address when it is listened at. Raises UserError."""
    with bind(settings.host, settings.port) as listening:

        def listens() -> None:
            gc.collect()
            gc.freeze()  # what is there now stays: looking through it again and again would delay answers
            tell(address_of(settings, listening))

        run(prepare(settings, listens), listening)


def address_of(settings: Settings, listening: socket.socket) -> str:
    """The URL of the server on a socket."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{listening.getsockname()[1]}"


def bind(host: str, port: int) -> socket.socket:
    """A socket at an address; raises ServeError where there is none to have."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise ServeError(f"there is no address {host}: {error.strerror}; choose another --host") from None
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as error:
        listening.close()
        reason = (error.strerror or str(error)).lower()
        raise ServeError(f"port {port} of {host} cannot be used: {reason}; choose another --port, or 0") from None
    return listening


class _NoError(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return not str(record.msg).startswith(_NO_ERRORS)


def prepare(settings: Settings, listens: Callable[[], None]) -> uvicorn.Server:
    """The server, with everything opened that it needs, to be run on a socket; raises UserError."""
    app = create_app(settings)
    return server_of(app, settings.limits, listens, app.state.media.stop)


def server_of(
    app: ASGIApp,
    limits: Limits,
    listens: Callable[[], None],
    stops: Callable[[], Awaitable[None]] | None = None,
) -> uvicorn.Server:
    """The server of an application; ``listens`` is called when it does, ``stops`` before its connections end."""
    config = uvicorn.Config(
        app,
        http=cast(Any, partial(Patient, limits)),
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=STOP_SECONDS,
        backlog=1_024,
    )
    logger = logging.getLogger("uvicorn.error")
    if not any(isinstance(one, _NoError) for one in logger.filters):
        logger.addFilter(_NoError())
    return _Server(config, listens, stops)


def run(server: uvicorn.Server, listening: socket.socket) -> None:
    """Serve on a socket until Ctrl+C."""
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it again when all is done
        server.run([listening])


class _Server(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, listens: Callable[[], None], stops: Callable[[], Awaitable[None]] | None
    ):
        super().__init__(config)
        self._listens, self._stops = listens, stops

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:  # and Ctrl+C is listened for: who is told may stop it at once
            self._listens()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._stops:
            await self._stops()  # else streams of progress would keep their connections
        await super().shutdown(sockets)
