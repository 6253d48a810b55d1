"""What the students that write their answers share: how they are asked, what they are to write, how it is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import mean
from typing import Any

import numpy as np

from goldenhour.metrics import PaperScores, paper_scores
from goldenhour.students.examples import Example, Examples
from goldenhour.students.settings import Settings
from goldenhour.students.student import Answer, StudentError
from goldenhour.teacher.compact_form import from_compact, to_compact
from goldenhour.teacher.errors import AnswerError
from goldenhour.teacher.text_form import from_text, to_text
from goldenhour.tools import Recipe, Toolset, default_toolset, normalise
from goldenhour.tools.intent import MAX_CHARACTERS

TARGETS = {"compact": (to_compact, from_compact), "json": (to_text, from_text)}
TASKS = ("each", "joint")
RATIONALE = "rationale"  # the prefix of the request for it, as a tool's name is that of a request for the tool
SPARE = 1.25  # a student may write so many times the longest answer that it has seen


@dataclass(frozen=True)
class GenerativeSettings(Settings):
    """Of students that write: ``target`` compact or json; ``tasks`` each (the paper's: a tool at a time) or joint.

    ``dev_rows``: of the first so many dev rows the answers are written and scored after each epoch.
    ``rationale_weight``: what writing the teacher's rationale counts beside writing the answer; 0 teaches answers only.
    """

    target: str = "compact"
    tasks: str = "each"
    dev_rows: int = 64
    rationale_weight: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, known in (("target", tuple(TARGETS)), ("tasks", TASKS)):
            if getattr(self, name) not in known:
                raise StudentError(f"the setting {name} must be {' or '.join(known)}, not {getattr(self, name)!r}")
        if self.dev_rows < 1:
            raise StudentError(f"the setting dev_rows must be above 0, not {self.dev_rows}")
        if not 0 <= self.rationale_weight < 1e6:
            raise StudentError(f"the setting rationale_weight must be 0 or more, not {self.rationale_weight}")


@dataclass(frozen=True)
class Written:
    """What a model wrote to one request, and how sure it was of it: the geometric mean of its tokens' probabilities.

    ``tokens``: how many it wrote, if that is known.
    """

    text: str
    confidence: float
    tokens: int | None = None


Writer = Callable[[Sequence[str]], list[Written]]  # requests → what is written to each, in order


@dataclass(frozen=True)
class Form:
    """How a toolset's answers are asked for and written."""

    target: str
    tasks: str
    toolset: Toolset

    @staticmethod
    def of(target: str, tasks: str) -> Form:
        """The form of the packaged toolset; raises ValueError for one that there is not."""
        if target not in TARGETS or tasks not in TASKS:
            raise ValueError(f"no answers are written as {target!r}, {tasks!r}")
        return Form(target, tasks, default_toolset())

    @property
    def asked(self) -> tuple[str | None, ...]:
        """The tool of each request that an intent leads to; None for all of them at once."""
        return tuple(tool.name for tool in self.toolset.tools) if self.tasks == "each" else (None,)

    def requests(self, intent: str) -> list[str]:
        """What the model reads for an intent, one request for each of ``asked``: the tool's name, and the intent."""
        return [intent if tool is None else f"{tool}: {intent}" for tool in self.asked]

    def targets(self, recipe: Recipe) -> list[str]:
        """What the model is to write to each request."""
        write, _ = TARGETS[self.target]
        return [write(recipe, tool) for tool in self.asked]

    def pairs(self, example: Example) -> list[tuple[str, str]]:
        """(request, target) of all of an example that is known; none in the joint form if a part is not."""
        if self.tasks == "joint":
            known: Sequence[bool] = [all(example.known)]
        else:
            known = example.known
        pairs = zip(self.requests(example.intent), self.targets(example.recipe), known, strict=True)
        return [(request, target) for request, target, is_known in pairs if is_known]

    def read(self, texts: Sequence[str]) -> tuple[Recipe, tuple[str, ...]]:
        """The recipe of what was written to each request, and the repairs; a text without an answer uses no tool."""
        _, read = TARGETS[self.target]
        data: dict[str, Any] = dict.fromkeys(self.toolset.tool_slots, None)
        repairs: list[str] = []
        for tool, text in zip(self.asked, texts, strict=True):
            try:
                recipe, mended = read(text, self.toolset, tool)
            except AnswerError as error:
                repairs.append(f"took {tool or 'every tool'} for not used: {error}")
                continue
            repairs += mended
            data |= {name: part for name, part in recipe.to_dict().items() if tool in (None, name)}
        return Recipe.from_dict(data, self.toolset), tuple(repairs)

    def answers(self, intents: Sequence[str], write: Writer) -> list[Answer]:
        """The answers to any texts, as a model writes them."""
        texts = [readable(intent) for intent in intents]
        written = write([request for text in texts for request in self.requests(text)])
        size = len(self.asked)
        answers = []
        for start in range(0, len(written), size):
            parts = written[start : start + size]
            recipe, repairs = self.read([part.text for part in parts])
            sure, counts = min(1.0, mean(part.confidence for part in parts)), [part.tokens for part in parts]
            tokens = None if None in counts else sum(count or 0 for count in counts)
            answers.append(Answer(recipe, sure, repairs, tokens=tokens))
        return answers


def readable(intent: str) -> str:
    """Any text as a tokenizer can take it: normalised, cut, without halves of characters."""
    text = normalise(intent[: 4 * MAX_CHARACTERS])[:MAX_CHARACTERS]
    return text.encode("utf-8", "replace").decode()


@dataclass(frozen=True)
class Lessons:
    """What a model is to write, and how much each row of it weighs.

    Distilling step by step (Hsieh et al. 2023): two tasks told apart by the start of the request, the answer and why.
    The second teaches what the words mean; in service it is never asked for, so that answers cost what they did.
    """

    form: Form
    rationale_weight: float

    def pairs(self, examples: Sequence[Example]) -> list[tuple[str, str]]:
        """(request, target) of all that is known of examples: the answers, then the rationales if they are taught."""
        return [*self._answers(examples), *self._rationales(examples)]

    def weights(self, examples: Sequence[Example], tokens: Sequence[int]) -> list[float]:
        """What each token of a pair's target weighs, for the pairs of ``examples``; ``tokens`` are in each.

        The weighted sum of all tokens' losses is the mean over those of the answers, and ``rationale_weight`` times the
        mean over those of the rationales.
        """
        answers = len(self._answers(examples))
        by_answer = 1 / max(1, sum(tokens[:answers]))
        by_rationale = self.rationale_weight / max(1, sum(tokens[answers:]))
        return [by_answer] * answers + [by_rationale] * (len(tokens) - answers)

    def _answers(self, examples: Sequence[Example]) -> list[tuple[str, str]]:
        return [pair for example in examples for pair in self.form.pairs(example)]

    def _rationales(self, examples: Sequence[Example]) -> list[tuple[str, str]]:
        if not self.rationale_weight:
            return []
        texts = [(example.intent, readable(example.rationale)) for example in examples]
        return [(f"{RATIONALE}: {intent}", text) for intent, text in texts if text]


def teachable(examples: Examples, form: Form) -> Examples:
    """The examples of which the form can show something; raises StudentError if too few are left."""
    train = tuple(example for example in examples.train if form.pairs(example))
    if len(train) < 2:
        raise StudentError(
            f"{examples.source}: only {len(train)} rows say something of every tool; set tasks: each, which learns from"
            " parts, or build a larger dataset"
        )
    return replace(examples, train=train)


def lengths(examples: Sequence[Example], form: Form, count: Callable[[str], int]) -> tuple[int, float]:
    """(the most tokens that a request's answer may have, mean tokens of a whole answer), ``count`` tokens of a text."""
    whole = [[count(target) for target in form.targets(example.recipe)] for example in examples]
    most = max(tokens for answer in whole for tokens in answer)
    return int(SPARE * most) + 1, mean(sum(answer) for answer in whole)


def dev_scores(dev: Sequence[Example], form: Form, write: Writer) -> PaperScores:
    """The scores of a model's answers to dev rows."""
    answers = form.answers([example.intent for example in dev], write)
    known = np.array([example.known for example in dev], dtype=bool)
    return paper_scores([answer.recipe for answer in answers], [e.recipe for e in dev], form.toolset, known)
