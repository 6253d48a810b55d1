"""What a server is told at its start."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path

from goldenhour.teacher.settings import Endpoint
from goldenhour.tools.errors import UserError

HOST, PORT = "127.0.0.1", 8000


class ServeError(UserError):
    """A server that cannot be started as it was asked for; one sentence with the remedy."""


@dataclass(frozen=True)
class Limits:
    """What the server puts up with; sizes in bytes, times in seconds."""

    json_bytes: int = 1_000_000  # of a body that is no file
    in_flight: int = 200  # requests at once; the rest is asked to come again
    connections: int = 2_000
    head_bytes: int = 65_536  # of a request's first line and headers
    head_seconds: float = 10.0  # for them
    body_seconds: float = 20.0  # for the next piece of its body, and for the client to take the next of the response
    waiting_events: int = 100_000  # in memory, until the store has them
    stop_seconds: float = 5.0  # for the store, at the end


@dataclass(frozen=True)
class Settings:
    """A server's settings; raises ServeError for those that do not go together.

    ``unsure``: a student's confidence, 0..1, below which ``teacher`` is asked; 0 asks it never. ``names``: under which
    other host names a reverse proxy or the network knows the server.
    """

    host: str = HOST
    port: int = PORT  # 0: any that is free
    token: str = field(default="", repr=False)
    names: tuple[str, ...] = ()
    student: Path | None = None  # None: the embedded one
    store: str | None = None  # None: the user's own
    unsure: float = 0.0
    teacher: Endpoint | None = None
    teacher_seconds: float = 5.0  # then the student's answer is given
    experiment: Path | None = None  # None: the one that is kept in the data folder, if any
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65_535:
            raise ServeError(f"port {self.port} is none; choose 0 to 65535")
        if not 0 <= self.unsure <= 1:
            raise ServeError(f"a confidence is 0 to 1, so --unsure cannot be {self.unsure:g}")
        if self.unsure and self.teacher is None:
            raise ServeError("--unsure asks a teacher, but none is set; add --teacher-url, or leave --unsure out")
        if not self.token and not is_loopback(self.host):
            raise ServeError(
                f"others can reach {self.host}, so a token is needed: add --token, or set GOLDENHOUR_TOKEN, "
                "or leave --host out to serve this machine alone"
            )
        if self.token and not (self.token.isascii() and self.token.isprintable() and " " not in self.token):
            raise ServeError("the token has characters that no header can carry; choose letters and digits")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
