"""What asking costs: tokens, dollars, and a cap that holds."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from goldenhour.teacher.errors import TeacherError

# characters a token, measured on our own requests and replies with OpenAI's o200k_base; other tokenizers are near it
OF_TEXT, OF_SCHEMA, OF_ANSWER = 3.8, 3.3, 2.6
TOKENS_A_MESSAGE = 16  # what chat templates add to a message, and more than any is known to
OVERHEAD = 200  # the same for a request


@dataclass(frozen=True)
class Usage:
    """Tokens of requests and replies."""

    tokens_in: int = 0
    tokens_out: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.tokens_in + other.tokens_in, self.tokens_out + other.tokens_out)


@dataclass(frozen=True)
class Prices:
    """Dollars per million tokens."""

    tokens_in: float
    tokens_out: float

    def cost(self, usage: Usage) -> float:
        """Dollars."""
        return (usage.tokens_in * self.tokens_in + usage.tokens_out * self.tokens_out) / 1e6


class Budget:
    """Dollars spent, assumed and promised. With a cap, all together never exceed it.

    Before a request its worst case is promised; afterwards the promise is replaced by what was used.
    """

    def __init__(self, prices: Prices | None, cap: float | None = None):
        if cap is not None and not 0 <= cap < math.inf:
            raise TeacherError(f"the cap is {cap:g}, but must be a number of dollars, 0 or more")
        if cap is not None and prices is None:
            raise TeacherError(
                "a cap needs prices: set GOLDENHOUR_TEACHER_PRICE_IN and _OUT, in dollars a million tokens"
            )
        self._prices = prices or Prices(0, 0)
        self._cap = math.inf if cap is None else cap
        self.spent = 0.0  # as reported
        self.assumed = 0.0  # the worst case of what may have been charged and was not reported
        self._promised: list[float] = []

    @property
    def open(self) -> bool:
        """Whether anything is promised, some of which may yet come back."""
        return bool(self._promised)

    def promise(self, worst: Usage) -> bool:
        """Promise the worst case of a request, if there is money for it."""
        cost = self._prices.cost(worst)
        if math.fsum([self.spent, self.assumed, *self._promised, cost]) > self._cap:
            return False
        self._promised.append(cost)
        return True

    def settle(self, worst: Usage, used: Usage | None) -> None:
        """Replace the promise of ``worst`` by what was used; None: nobody knows, so the worst is assumed."""
        cost = self._prices.cost(worst)
        self._promised.remove(cost)
        if used is None:
            self.assumed += cost
        else:
            self.spent += self._prices.cost(used)


def estimated_usage(body: Mapping[str, Any], answer: str) -> Usage:
    """About what a request uses whose reply is as long as ``answer``."""
    text = sum(len(message["content"]) for message in body["messages"])
    schema = sum(len(json.dumps(body[name])) for name in ("tools", "response_format") if name in body)
    return Usage(math.ceil(text / OF_TEXT + schema / OF_SCHEMA), math.ceil(len(answer) / OF_ANSWER))


def worst_usage(body: Mapping[str, Any], max_tokens: int) -> Usage:
    """More than a request can use: no tokenizer makes more tokens than a text has bytes."""
    size = len(json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    return Usage(size + TOKENS_A_MESSAGE * len(body["messages"]) + OVERHEAD, max_tokens)
