"""The server's side of a connection: patient only so far with whoever sends or takes too slowly, or is too many.

What it has to say before an app hears of a request are problems of RFC 9457, too.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from goldenhour.serve.problems import PROBLEM, Problem, busy
from goldenhour.serve.settings import Limits


def _last_words(problem: Problem) -> bytes:
    """A whole response, for a connection that no request has come from."""
    body = problem.body()
    headers = {"Content-Type": PROBLEM, "Content-Length": len(body), "Connection": "close", **problem.headers}
    lines = [f"HTTP/1.1 {problem.status} {problem.title}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


FULL = _last_words(busy("too many are connected at once; connect again in a second"))
LONG = _last_words(Problem(431, "the address and headers of the request are too long; send fewer or shorter ones"))
MALFORMED = _last_words(Problem(400, "this is not a request as HTTP/1.1 has it; mend what sends it, or send anew"))


class Patient(HttpToolsProtocol):
    """Drops a connection that takes too long or too much over a request's head, or leaves the response lying."""

    def __init__(self, limits: Limits, *arguments: Any, **named: Any):
        super().__init__(*arguments, **named)
        self._limits = limits
        self._timer: asyncio.TimerHandle | None = None
        self._room: int | None = limits.head_bytes  # for what is to come of a head; None: a body comes

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
        while data and not self.transport.is_closing():
            piece, data = data[: self._room], data[len(data) if self._room is None else self._room :]
            if self._room is not None:
                self._room -= len(piece)
            super().data_received(piece)
            if self._room == 0:
                self._refuse(LONG)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's signature
        """What it sends is no HTTP."""
        self._refuse(MALFORMED)

    def on_headers_complete(self) -> None:
        """The head is there; for the body the guard has its own patience."""
        self._wait(None)
        self._room = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """So is the body: what comes now is the next head."""
        self._room = self._limits.head_bytes
        super().on_message_complete()

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

    def _refuse(self, words: bytes) -> None:
        """An earlier request may be being answered, or this one already, and then there is no place to say so."""
        if self.cycle is not None and not self.cycle.response_complete:
            only_its_body = self._room is None and not self.pipeline
            if self.cycle.response_started or not only_its_body:
                self.transport.abort()
                return
        self.transport.write(words)
        self.transport.close()

    def _give_up(self) -> None:
        self._timer = None
        self.transport.abort()
