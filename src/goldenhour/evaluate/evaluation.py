"""One candidate's answers compared with the teacher's: every score, its interval, and the rows behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from goldenhour.evaluate.asking import Speed, Tell, ask
from goldenhour.evaluate.candidates import Candidate, Kind
from goldenhour.evaluate.material import SUBSETS, Material, Row, answered_twice, few, known
from goldenhour.evaluate.sight import Sight
from goldenhour.metrics import Measured, PaperScores, measured_mean, score_intervals
from goldenhour.metrics.paper import scores
from goldenhour.metrics.parameters import absolute_errors, pack_hits, top_hits
from goldenhour.metrics.rows import Bools, Floats, Rows, compare, row_scores
from goldenhour.students import Answer
from goldenhour.tools import Recipe, default_toolset
from goldenhour.tools.toolset import Choice

SEEN = 0.5  # who gives the teacher's very answer to more than this share of the rows has learnt them
CEILING = "teacher's second opinion"


@dataclass(frozen=True)
class Scored:
    """The paper's scores over some rows, and the ends of their intervals; in ``rows`` the teacher says something."""

    scores: PaperScores
    low: PaperScores
    high: PaperScores
    rows: int


@dataclass(frozen=True)
class Evaluation:
    """A candidate's scores.

    ``subsets`` by name, All first; ``domains`` by name, those with most rows first. ``further``: colour difference
    (CIEDE2000), share of answers ``repaired``, share ``identical`` to the teacher's, ``tokens`` written an answer where
    the student counts them. ``choices``: for the path of each choice ``same``, ``same_pack`` and, where the student
    ranks, ``top_3``. ``errors``: mean absolute error by path. ``answers``, ``differences`` and ``likeness`` are row by
    row, in the order of ``rows``.
    """

    name: str
    kind: Kind
    rows: tuple[Row, ...]
    answers: tuple[Answer, ...]
    subsets: Mapping[str, Scored]
    domains: Mapping[str, Scored]
    further: Mapping[str, Measured]
    choices: Mapping[str, Mapping[str, Measured]]
    errors: Mapping[str, Measured]
    differences: Floats
    likeness: Floats
    speed: Speed | None

    @property
    def notes(self) -> list[str]:
        """What a reader must know to trust the numbers."""
        identical = self.further["identical"].value
        if self.kind == "student" and identical > SEEN:
            return [
                f"{self.name} gives the teacher's very answer to {100 * identical:.0f} % of the rows: it has learnt"
                " them, and its scores say nothing about other intents"
            ]
        return []


def evaluate(candidate: Candidate, material: Material, sight: Sight, tell: Tell) -> Evaluation:
    """Ask a candidate about every row, and score its answers."""
    answers, speed = ask(candidate, [row.intent for row in material.rows], tell)
    return _evaluation(candidate.name, candidate.kind, material.rows, answers, speed, sight, tell)


def ceiling(sight: Sight, tell: Tell, limit: int | None = None) -> Evaluation:
    """The second teacher's answers to recorded intents, of any split, against the first's; to so many of them."""
    twice = few(answered_twice(), lambda pair: pair[0].intent, limit)
    rows = tuple(Row(first) for first, _ in twice)
    answers = [Answer(second.recipe, 1.0) for _, second in twice]
    return _evaluation(CEILING, "ceiling", rows, answers, None, sight, tell)


def _evaluation(
    name: str,
    kind: Kind,
    rows: tuple[Row, ...],
    answers: Sequence[Answer],
    speed: Speed | None,
    sight: Sight,
    tell: Tell,
) -> Evaluation:
    toolset = default_toolset()
    given, wanted = [answer.recipe for answer in answers], [row.recipe for row in rows]
    says = known(rows, toolset)
    compared = compare(given, wanted, toolset, says)
    whole: Bools = np.asarray(says.all(axis=1))  # only then is there a picture to compare with
    differences = _differences(given, wanted, whole, sight, lambda done: tell(f"{name} is looked at", done, len(rows)))
    identical = np.where(whole, [one == other for one, other in zip(given, wanted, strict=True)], np.nan)
    further = {
        "colour_difference": measured_mean(differences),
        "repaired": measured_mean(np.array([bool(answer.repairs) for answer in answers], dtype=np.float64)),
        "identical": measured_mean(identical),
    }
    tokens = [answer.tokens for answer in answers]
    if any(count is not None for count in tokens):
        further["tokens"] = measured_mean(np.array([np.nan if count is None else count for count in tokens], float))
    return Evaluation(
        name,
        kind,
        rows,
        tuple(answers),
        _subsets(given, wanted, rows, compared),
        _domains(compared, rows),
        further,
        _choices(answers, wanted, compared),
        {path: measured_mean(errors) for path, errors in absolute_errors(given, wanted, compared).items()},
        differences,
        row_scores(compared),
        speed,
    )


def _scored(compared: Rows, says: Bools) -> Scored:
    return Scored(scores(compared), *score_intervals(compared), int(says.any(axis=1).sum()))


def _subsets(
    given: Sequence[Recipe], wanted: Sequence[Recipe], rows: Sequence[Row], compared: Rows
) -> dict[str, Scored]:
    toolset = compared.toolset
    found = {}
    for name, exports in SUBSETS.items():
        if name == next(iter(SUBSETS)) or any(row.exported is not None for row in rows):
            says = known(rows, toolset, exports)
            found[name] = _scored(compare(given, wanted, toolset, says), says)
    return found


def _domains(compared: Rows, rows: Sequence[Row]) -> dict[str, Scored]:
    domains = np.array([row.domain for row in rows])
    says = known(rows, compared.toolset)
    names, counts = np.unique(domains, return_counts=True)
    found = {}
    for name in names[np.argsort(-counts, kind="stable")]:
        chosen = domains == name
        found[str(name)] = _scored(compared.take(chosen), says[chosen])
    return found


def _choices(answers: Sequence[Answer], wanted: Sequence[Recipe], compared: Rows) -> dict[str, dict[str, Measured]]:
    given = [answer.recipe for answer in answers]
    unranked: list[Mapping[str, Sequence[str]]] = [{}] * len(answers)
    asked = {"same": top_hits(given, unranked, wanted, compared), "same_pack": pack_hits(given, wanted, compared)}
    if any(answer.ranked for answer in answers):
        asked["top_3"] = top_hits(given, [answer.ranked for answer in answers], wanted, compared)
    paths = [slot.path for slot in compared.toolset.slots if isinstance(slot.parameter, Choice)]
    return {path: {name: measured_mean(hits[path]) for name, hits in asked.items()} for path in paths}


def _differences(
    given: Sequence[Recipe],
    wanted: Sequence[Recipe],
    whole: Bools,
    sight: Sight,
    tell: Callable[[int], None],
) -> Floats:
    """(n,) mean CIEDE2000 of each pair; NaN where the teacher's answer is not whole."""
    found = np.full(len(given), np.nan)
    for number, (one, other) in enumerate(zip(given, wanted, strict=True)):
        if whole[number]:
            found[number] = sight.difference(one, other)
        if number % 20 == 0:
            tell(number)
    return found
