"""What a chat model reads: a system message, and the request as the user's; the same in process and at a server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Chat:
    """The conversation up to the answer; without ``system`` if it is empty, for models that know no such message."""

    system: str

    def messages(self, request: str) -> list[dict[str, str]]:
        """The messages of one request."""
        system = [{"role": "system", "content": self.system}] if self.system else []
        return [*system, {"role": "user", "content": request}]
