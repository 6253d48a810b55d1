"""What annotators found: the paper's counts (n of 15), each annotator's and the majority's, and how far they agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from goldenhour.experiment.annotation import ARMS, Annotation, Item, Judgement
from goldenhour.experiment.annotation_alpha import Alpha, nominal_alpha
from goldenhour.experiment.annotation_journal import Record
from goldenhour.experiment.wilson import wilson_interval

SAME = "same"  # the question whether both answers express the same intention, beside one on relevance for each arm
QUESTIONS = (*ARMS, SAME)


@dataclass(frozen=True)
class Count:
    """So many of the items with yes; ``tied`` ones, half yes and half no, count as neither."""

    yes: int
    of: int
    tied: int = 0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the share of yes among the items that are not tied (Wilson 1927)."""
        return wilson_interval(self.yes, self.of)


@dataclass(frozen=True)
class Annotated:
    """What one annotator, or the majority (``name`` None), found: the count of each question."""

    name: str | None
    counts: dict[str, Count]
    judged: int  # items


@dataclass(frozen=True)
class Disagreement:
    """An item on which annotators differ: of each question who said yes, and who said no."""

    item: Item
    yes: dict[str, tuple[str, ...]]
    no: dict[str, tuple[str, ...]]

    @property
    def size(self) -> int:
        """How many judgements are against the rest, in all questions."""
        return sum(min(len(self.yes[question]), len(self.no[question])) for question in QUESTIONS)


@dataclass(frozen=True)
class Results:
    """Everything that is reported of an annotation; ``notes`` say what must be known to trust it."""

    annotation: Annotation
    annotators: tuple[Annotated, ...]
    majority: Annotated
    alphas: dict[str, Alpha]  # of relevance, of sameness
    disagreements: tuple[Disagreement, ...]
    notes: tuple[str, ...]


def results(annotation: Annotation, records: Sequence[Record]) -> Results:
    """The results of those who passed the calibration; the others are named in a note, and do not count."""
    trusted = [record for record in records if record.calibrated and record.judgements]
    judged = {
        item.id: [(r.name, r.judgements[item.id]) for r in trusted if item.id in r.judgements]
        for item in annotation.items
    }
    alphas = _alphas(annotation, judged)
    disagreements = [_disagreement(item, judged[item.id]) for item in annotation.items]
    return Results(
        annotation,
        tuple(Annotated(r.name, _counts(list(map(_only, r.judgements.values()))), len(r.judgements)) for r in trusted),
        Annotated(None, _counts([[v for _, v in said] for said in judged.values()]), sum(map(bool, judged.values()))),
        alphas,
        tuple(sorted((d for d in disagreements if d.size), key=lambda d: -d.size)),
        tuple(_notes(annotation, records, alphas)),
    )


Judged = dict[str, list[tuple[str, Judgement]]]  # by item: each annotator with the judgement


def answer_of(judgement: Judgement, question: str) -> bool:
    """A judgement's answer to one of ``QUESTIONS``."""
    return judgement.same if question == SAME else judgement.relevant[question]


def _only(judgement: Judgement) -> list[Judgement]:
    return [judgement]


def _counts(items: Sequence[Sequence[Judgement]]) -> dict[str, Count]:
    """Of each question, in how many items more say yes than no."""
    return {
        question: _count([[answer_of(v, question) for v in said] for said in items if said]) for question in QUESTIONS
    }


def _count(items: Sequence[Sequence[bool]]) -> Count:
    tied = sum(2 * sum(said) == len(said) for said in items)
    return Count(sum(2 * sum(said) > len(said) for said in items), len(items) - tied, tied)


def _alphas(annotation: Annotation, judged: Judged) -> dict[str, Alpha]:
    judgements = [[judgement for _, judgement in judged[item.id]] for item in annotation.items]
    relevance = [_tally(said, arm) for said in judgements for arm in ARMS]
    sameness = [_tally(said, SAME) for said in judgements]
    groups = np.repeat(np.arange(len(judgements)), len(ARMS))
    return {
        "relevance": nominal_alpha(np.array(relevance, np.int64).reshape(-1, 2), groups),
        "sameness": nominal_alpha(np.array(sameness, np.int64).reshape(-1, 2)),
    }


def _tally(said: Iterable[Judgement], question: str) -> tuple[int, int]:
    """How many say no, how many yes."""
    answers = [answer_of(judgement, question) for judgement in said]
    return answers.count(False), answers.count(True)


def _disagreement(item: Item, said: Sequence[tuple[str, Judgement]]) -> Disagreement:
    def who(answer: bool) -> dict[str, tuple[str, ...]]:
        return {q: tuple(name for name, judgement in said if answer_of(judgement, q) is answer) for q in QUESTIONS}

    return Disagreement(item, who(True), who(False))


def _notes(annotation: Annotation, records: Sequence[Record], alphas: dict[str, Alpha]) -> Iterator[str]:
    if failed := [record.name for record in records if not record.calibrated]:
        yield f"left out, since they have not passed the calibration: {', '.join(failed)}"
    total = len(annotation.items)
    if partly := [record.name for record in records if record.calibrated and len(record.judgements) < total]:
        yield f"have not judged all {total} items yet: {', '.join(partly)}"
    for of, alpha in alphas.items():
        if alpha.why:
            yield f"Krippendorff's alpha of {of} is not defined: {alpha.why}"
