"""How fast a server is asked, and how long one waits before asking again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import inf
from time import monotonic

from goldenhour.teacher.errors import TeacherError


@dataclass(frozen=True)
class Limits:
    """Times in seconds."""

    concurrency: int = 8  # requests at once
    per_minute: float | None = None
    attempts: int = 6  # of one request, the first included
    first_wait: float = 1.0  # doubled at each further attempt
    longest_wait: float = 60.0
    longest_asked_wait: float = 300.0  # of a server's Retry-After; beyond it one had better come back later
    timeout: float = 180.0  # from a request to its reply
    connect_timeout: float = 5.0

    def __post_init__(self) -> None:
        if not 0 < self.timeout < inf:
            raise TeacherError(f"the timeout is {self.timeout:g} seconds, but must be more than none")
        if self.concurrency < 1 or (self.per_minute is not None and not 0 < self.per_minute < inf):
            raise TeacherError("at least one request at once, and more than none a minute, must be allowed")


class Pace:
    """Requests a minute, evenly spaced, and pauses that a server asks for, which hold for all requests."""

    def __init__(self, per_minute: float | None):
        self._gap = 60 / per_minute if per_minute else 0.0
        self._next = 0.0

    async def turn(self) -> None:
        """Wait until the next request may go out."""
        while (wait := self._next - monotonic()) > 0:
            await asyncio.sleep(wait)
        self._next = max(self._next, monotonic()) + self._gap

    def pause(self, seconds: float) -> None:
        """Let no request go out for so long."""
        self._next = max(self._next, monotonic() + seconds)


def wait_before(attempt: int, limits: Limits) -> float:
    """Seconds before attempt 2, 3, …: exponential, half of it by chance, so that clients do not march in step.

    M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015 ("equal jitter").
    """
    wait = min(limits.longest_wait, limits.first_wait * 2 ** (attempt - 2))
    return wait * random.uniform(0.5, 1)  # noqa: S311 - no secret


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server's Retry-After asks for (RFC 9110, 10.2.3: seconds or a date); None if it says nothing."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            date = parsedate_to_datetime(text)
        except ValueError:
            return None
        seconds = (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return max(0.0, seconds) if seconds < inf else None
