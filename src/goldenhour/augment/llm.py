"""Similar intents from a language model behind an OpenAI-compatible server, as in the paper."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from string import Template
from typing import Any

from goldenhour.augment.mistakes import AugmentError
from goldenhour.augment.neighbours import PROPOSED
from goldenhour.augment.refusals import Proposals
from goldenhour.teacher.asked import FAILURES_AT_FIRST, Asked
from goldenhour.teacher.cache import ReplyCache
from goldenhour.teacher.client import Client, Tally
from goldenhour.teacher.cost import Budget
from goldenhour.teacher.errors import AnswerError
from goldenhour.teacher.loose_json import find_objects
from goldenhour.teacher.pace import Limits
from goldenhour.teacher.reply import text_of
from goldenhour.teacher.request import Asking, Dialect, completion
from goldenhour.teacher.settings import Endpoint
from goldenhour.tools import default_toolset
from goldenhour.tools.sentences import shorten

MAX_TOKENS = 1000
LONGEST = 200  # proposals that are read of one reply


@dataclass
class LanguageModel:
    """A generator that asks a model about each parent; what was answered is in the cache and not asked again.

    ``round`` tells the rounds apart: a parent that errs again is asked anew. ``unanswered`` says of which parents there
    is nothing, and why. Raises AugmentError where asking stopped before its end; the same call goes on there.
    """

    endpoint: Endpoint
    cache: ReplyCache
    budget: Budget
    tally: Tally
    limits: Limits = field(default_factory=Limits)
    round: int = 1
    temperature: float = 1.0
    progress: Callable[[int, int], None] | None = None
    unanswered: list[str] = field(default_factory=list)

    def __call__(self, parents: Sequence[str]) -> Proposals:
        """What the model thinks is like each parent."""
        asking = Asking(temperature=self.temperature, max_tokens=MAX_TOKENS)
        known, todo = self._sort(parents, asking)
        self.tally.cached += len(known)
        if todo:
            client = Client(self.endpoint, asking, default_toolset(), self.limits, self.budget, self.tally)
            run = Asked(
                client, lambda client, parent: self._ask(client, parent, asking), shorten, self.cache, self.progress
            )
            run.ask_all(todo)
            self.unanswered = run.refusals
            known |= run.replies
            if not run.stopped and run.failures >= min(FAILURES_AT_FIRST, len(todo)):
                run.stopped = f"the last {run.failures} requests failed: {run.refusals[-1]}"
            if run.stopped:
                raise AugmentError(
                    f"{run.stopped}; {len(known):,} of {len(parents):,} replies are kept: the same command goes on"
                )
        return {parent: known.get(parent, ()) for parent in parents}

    def _sort(self, parents: Sequence[str], asking: Asking) -> tuple[dict[str, Sequence[str]], dict[str, str]]:
        """What the cache knows, and the keys of the rest."""
        known: dict[str, Sequence[str]] = {}
        todo = {}
        for parent in parents:
            request = completion(self.endpoint.model, conversation(parent), asking, Dialect())
            text = json.dumps([self.endpoint.url, request, self.round], sort_keys=True, separators=(",", ":"))
            key = hashlib.sha256(text.encode()).hexdigest()
            try:
                known[parent] = read_similar(self.cache.get(key))
            except AnswerError:
                todo[parent] = key
        return known, todo

    async def _ask(self, client: Client, parent: str, asking: Asking) -> tuple[dict[str, Any], Sequence[str]]:
        return await client.complete(
            lambda dialect: completion(self.endpoint.model, conversation(parent), asking, dialect), read_similar
        )


def conversation(parent: str) -> list[dict[str, str]]:
    """The chat that asks for intents like one."""
    template = (resources.files("goldenhour.augment") / "prompts" / "similar.txt").read_text(encoding="utf-8")
    system = Template(template).substitute(count=PROPOSED)
    # undecodable bytes cannot be sent
    return [
        {"role": "system", "content": system},
        {"role": "user", "content": parent.encode("utf-8", "replace").decode()},
    ]


def read_similar(kept: Any) -> list[str]:
    """The intents in a reply that was kept: the first list of texts in its JSON, an object or a bare list.

    Raises AnswerError if there is none.
    """
    message = kept.get("message") if isinstance(kept, Mapping) else None
    text = text_of(message) if isinstance(message, Mapping) else ""
    found = [value for read in find_objects(text) for value in read.data.values()]
    start, end = text.find("["), text.rfind("]")
    if not found and 0 <= start < end:
        found = [
            value for read in find_objects(f'{{"similar": {text[start : end + 1]}}}') for value in read.data.values()
        ]
    for value in found:
        texts = [item for item in value if isinstance(item, str) and item.strip()] if isinstance(value, list) else []
        if texts:
            return texts[:LONGEST]
    raise AnswerError(f"the reply names no intents: {shorten(text)}" if text.strip() else "the reply is empty")
