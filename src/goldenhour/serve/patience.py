"""The server's side of a connection: patient only so far with whoever sends or takes too slowly, or is too many."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from goldenhour.serve.problems import PROBLEM, busy
from goldenhour.serve.settings import Limits

_PROBLEM = busy("too many are connected at once; connect again in a second")
_BODY = _PROBLEM.body()
_HEAD = f"HTTP/1.1 503 {_PROBLEM.title}\r\nContent-Type: {PROBLEM}\r\nContent-Length: {len(_BODY)}\r\n"
FULL = f"{_HEAD}Retry-After: 1\r\nConnection: close\r\n\r\n".encode() + _BODY


class Patient(HttpToolsProtocol):
    """Drops a connection that takes too long over a request's head, or leaves the response lying."""

    def __init__(self, limits: Limits, *arguments: Any, **named: Any):
        super().__init__(*arguments, **named)
        self._limits = limits
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is here."""
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections:
            transport.write(FULL)
            transport.close()
            return
        self._wait(self._limits.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """It has gone."""
        self._wait(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """It sends; on a connection that has been used, another request begins."""
        if self._timer is None and self.cycle is not None and self.cycle.response_complete:
            self._wait(self._limits.head_seconds)
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """The head is there; for the body the guard has its own patience."""
        self._wait(None)
        super().on_headers_complete()

    def pause_writing(self) -> None:
        """It does not take what is sent."""
        super().pause_writing()
        self._wait(self._limits.body_seconds)

    def resume_writing(self) -> None:
        """It takes it again."""
        self._wait(None)
        super().resume_writing()

    def _wait(self, seconds: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if seconds is None else self.loop.call_later(seconds, self._give_up)

    def _give_up(self) -> None:
        self._timer = None
        self.transport.abort()
