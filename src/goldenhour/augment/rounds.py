"""Rounds of augmentation: mistakes, neighbours, training, until a round no longer helps on the dev split.

Each round is a folder: ``answers.jsonl``, which ``goldenhour train --more`` reads, ``report.json``, which is written
last of the two, and ``student``. What is whole is not made again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from goldenhour.augment.mistakes import AugmentError, Bars, Mistakes, mistakes
from goldenhour.augment.neighbours import Generator
from goldenhour.augment.refusals import Accepted, Band, Neighbour, accept
from goldenhour.augment.rows import answers_by_intent, read_rows, with_parents_answer, write_rows
from goldenhour.augment.scoring import scored
from goldenhour.augment.similarity import Similarity
from goldenhour.students import Student, load_student
from goldenhour.students.examples import Example, Examples
from goldenhour.students.student import MANIFEST
from goldenhour.tools.whole_file import write_text

ANSWERS, REPORT, STUDENT = "answers.jsonl", "report.json", "student"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """How to augment.

    ``generator`` makes that of a round from its number and the training intents; ``described`` says in words which it
    is. ``answer`` gives neighbours answers of their own; None: their parents'. ``train`` makes a student of examples in
    a folder; None: the user does. ``test`` are the intents that nothing may come near to.
    """

    generator: Callable[[int, Sequence[str]], Generator]
    described: str
    test: Sequence[str]
    similarity: Similarity
    band: Band = field(default_factory=Band)
    decisions: bool = False
    rounds: int = 3
    parents: int | None = None
    answer: Callable[[Sequence[Neighbour]], list[Example]] | None = None
    train: Callable[[Path, Examples], None] | None = None


def augment(out: Path, student: Student, examples: Examples, plan: Plan, say: Say) -> list[Path]:
    """Make rounds into the folder ``out``; the folders of those that helped, or of the one if nothing is trained.

    Raises AugmentError where there is nothing to augment, or a round of another plan is in the folder.
    """
    best, learnt, helped = scored(student, examples.dev)["overall"], examples, []
    bars: Bars | None = None
    for number in range(1, plan.rounds + 1):
        folder = out / f"round-{number}"
        report = _neighbours(folder, number, student, learnt, bars, plan, say)
        if report is None:
            break
        bars = report["mistakes"]["bars"]
        _, rows = read_rows(folder / ANSWERS)
        learnt = Examples.of((*learnt.train, *rows), learnt.dev, f"{learnt.source}, {folder.name} of {out.name}")
        if plan.train is None:
            return [folder]
        if not (folder / STUDENT / MANIFEST).is_file():
            plan.train(folder / STUDENT, learnt)
        student = load_student(folder / STUDENT)
        score = scored(student, examples.dev)["overall"]
        say(f"round {number}: dev {score:.3f}, before {best:.3f}; {len(rows):,} new rows")
        if not score > best:
            say(f"round {number} no longer helps on dev, so it is the last")
            break
        best = score
        helped.append(folder)
    return helped


def _neighbours(
    folder: Path, number: int, student: Student, learnt: Examples, bars: Bars | None, plan: Plan, say: Say
) -> Mapping[str, Any] | None:
    """The report of a round, which is made unless it is there; None where a later round has nothing to learn."""
    wanted = {
        "generator": plan.described,
        "dataset": learnt.hash,
        "band": asdict(plan.band),
        "decisions": plan.decisions,
        "answers": "their parents'" if plan.answer is None else "a teacher's own",
    }
    if (folder / REPORT).is_file():
        return _kept(folder / REPORT, wanted)
    found = mistakes(student, learnt.train, bars, plan.decisions)
    accepted, silent = Accepted([], 0), 0
    if found.intents:
        training = list(dict.fromkeys(row.intent for row in learnt.train))
        proposals = plan.generator(number, training)(found.intents[: plan.parents])
        silent = sum(not texts for texts in proposals.values())
        accepted = accept(proposals, set(training), plan.test, plan.band, plan.similarity)
    if not accepted.neighbours:
        _say_nothing(number, found, accepted, learnt, say)
        return None
    rows = with_parents_answer(accepted.neighbours, answers_by_intent(learnt.train))
    if plan.answer is not None:
        rows = plan.answer(accepted.neighbours)
    report = {
        "round": number,
        **wanted,
        "source": learnt.source,
        "mistakes": found.as_dict(),
        "parents": len(found.intents[: plan.parents]),
        "parents_without_proposals": silent,
        "neighbours": accepted.as_dict(),
        "rows": len(rows),
    }
    _make(folder)
    write_rows(folder / ANSWERS, accepted.neighbours, rows)
    write_text(folder / REPORT, json.dumps(report, indent=2, ensure_ascii=False) + "\n", AugmentError)
    say(f"round {number}: {_counts(found, accepted)}")
    return report


def _say_nothing(number: int, found: Mistakes, accepted: Accepted, learnt: Examples, say: Say) -> None:
    """Say that a round has no rows; raise AugmentError if it is the first."""
    if not found.intents:
        sentence = (
            f"the student makes no mistake on the {len(learnt.train):,} training rows: there is nothing to augment"
        )
    else:
        sentence = (
            f"of {len(found.intents):,} mistaken intents no neighbour is left ({_counts(found, accepted)}): choose"
            " another --generator, or a wider band with --least"
        )
    if number == 1:
        raise AugmentError(sentence)
    say(f"round {number}: {sentence}")


def _counts(found: Mistakes, accepted: Accepted) -> str:
    by_tool = ", ".join(f"{tool} {count:,}" for tool, count in found.by_tool.items())
    refused = ", ".join(f"{reason} {count:,}" for reason, count in accepted.refused.most_common() if count)
    return (
        f"{len(found.intents):,} intents mistaken ({by_tool}), {accepted.proposed:,} proposed,"
        f" {len(accepted.neighbours):,} accepted; refused: {refused or 'none'}"
    )


def _kept(path: Path, wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        differing = [name for name in wanted if report[name] != wanted[name]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AugmentError(f"{path} is damaged: {error}; remove its folder and repeat") from None
    if differing:
        raise AugmentError(f"{path.parent} was made with another {differing[0]}: choose another folder with -o")
    return dict(report)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AugmentError(f"{folder} cannot be made: {error.strerror}; choose another place with -o") from None
