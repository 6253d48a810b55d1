"""The low-data study: students of parts of the data, without and with one round of augmentation, over several seeds.

A run is a student that is trained, scored on dev and test, and deleted. Its result is one file that appears whole, so
that a killed study goes on where it was, and several processes can share a folder if each has seeds of its own. The
test split is reported and nothing is chosen by it.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from goldenhour.augment.mistakes import AugmentError, mistakes
from goldenhour.augment.neighbours import recorded_neighbours
from goldenhour.augment.refusals import Band, accept
from goldenhour.augment.rows import answers_by_intent, read_rows, with_own_answers, with_parents_answer, write_rows
from goldenhour.augment.scoring import scored
from goldenhour.augment.similarity import Similarity
from goldenhour.augment.trainers import Family, trainer
from goldenhour.students import Student, load_student
from goldenhour.students.examples import Example, Examples, example_of, part_of
from goldenhour.students.settings import Settings
from goldenhour.students.student import MANIFEST
from goldenhour.teacher.recorded import one_answer_each
from goldenhour.tools import default_toolset
from goldenhour.tools.intent import split_of
from goldenhour.tools.sentences import duration
from goldenhour.tools.whole_file import write_text

WITHOUT, AUGMENTED, ASKED = "without", "augmented", "teacher-asked"
VARIANTS = {
    WITHOUT: "no augmentation",
    AUGMENTED: "one round: recorded neighbours with their parent's answer",
    ASKED: "the teacher asked about the same neighbours: their own answers",
}
DEFINITION = "study-settings.json"
RUNS = "runs"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Study:
    """What is trained, on what shares 0..1 of the data; ``seeds`` draw the parts and seed the trainings.

    ``same_steps``: a run on less data sees it more often, as many steps as all of the data takes.
    """

    family: Family
    settings: Settings
    fractions: tuple[float, ...]
    seeds: tuple[int, ...]
    band: Band
    same_steps: bool = False

    def epochs(self, rows: int, whole: int) -> float:
        """How often a run sees its rows, of which the ``whole`` of the data has more."""
        return self.settings.epochs * (whole / rows if self.same_steps else 1)

    def definition(self, examples: Examples) -> dict[str, Any]:
        """What all runs in a folder have in common."""
        settings = {name: value for name, value in asdict(self.settings).items() if name != "seed"}
        return {
            "family": self.family,
            "settings": settings,
            "same_steps": self.same_steps,
            "band": asdict(self.band),
            "generator": "recorded",
            "dataset": examples.hash,
            "toolset": default_toolset().hash,
        }


@dataclass(frozen=True)
class Run:
    """One student of a study."""

    fraction: float
    variant: str
    seed: int

    @property
    def name(self) -> str:
        """Of its files."""
        return f"{self.fraction:g}-{self.variant}-{self.seed}"

    def __str__(self) -> str:
        return f"{self.fraction:g} of the data, {self.variant}, seed {self.seed}"


def runs(study: Study) -> list[Run]:
    """All runs in their order, small ones first; with all the data no neighbours are left."""
    return [
        Run(fraction, variant, seed)
        for fraction in sorted(study.fractions)
        for seed in study.seeds
        for variant in (VARIANTS if fraction < 1 else (WITHOUT,))
    ]


def low_data(
    folder: Path,
    study: Study,
    examples: Examples,
    held_back: Mapping[str, Sequence[Example]],
    similarity: Similarity,
    say: Say,
) -> None:
    """Make the runs of a study that have no result in the folder yet.

    ``held_back`` are the rows of "dev" and "test" that students are scored on. ``say`` is told of each run that is
    done, and the time left. Raises a UserError, also for a folder of another study.
    """
    _open(folder, study.definition(examples))
    wanted = runs(study)
    todo = [run for run in wanted if not _result(folder, run).is_file()]
    if len(todo) < len(wanted):
        say(f"{len(wanted) - len(todo)} of {len(wanted)} runs are there already")
    started, done = time.monotonic(), 0.0
    material = _Material(study, examples, held_back, similarity)
    for place, run in enumerate(todo):
        result = _perform(folder, run, material)
        write_text(_result(folder, run), json.dumps(result, indent=2) + "\n", AugmentError)
        done += _weight(run, study)
        left = sum(_weight(later, study) for later in todo[place + 1 :]) * (time.monotonic() - started) / done
        scores = f"dev {result['dev']['overall']:.3f}, test {result['test']['overall']:.3f}"
        say(f"run {len(wanted) - len(todo) + place + 1} of {len(wanted)} ({run}): {scores}; {duration(left)} left")


def read_runs(folder: Path) -> list[dict[str, Any]]:
    """The results of all runs in a folder, by whichever process; raises AugmentError."""
    found = []
    for path in sorted((folder / RUNS).glob("*.json")):
        try:
            found.append(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise AugmentError(f"the result {path} is damaged: {error}; remove it and repeat the command") from None
    return sorted(found, key=lambda run: (run["fraction"], list(VARIANTS).index(run["variant"]), run["seed"]))


def first_answers(split: str) -> list[Example]:
    """The first recorded answer to each intent of a split: what students are scored against."""
    toolset = default_toolset()
    return [example_of(answer, toolset) for answer in one_answer_each() if split_of(answer.intent) == split]


def _open(folder: Path, wanted: Mapping[str, Any]) -> None:
    path = folder / DEFINITION
    try:
        (folder / RUNS).mkdir(parents=True, exist_ok=True)
        found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    except (OSError, ValueError) as error:
        raise AugmentError(f"the study {folder} cannot be used: {error}; choose another folder with -o") from None
    if found is None:
        write_text(path, json.dumps(wanted, indent=2) + "\n", AugmentError)
    elif differing := [name for name in wanted if found.get(name) != wanted[name]]:
        raise AugmentError(
            f"{folder} holds a study with other {', '.join(differing)}: repeat its command, or choose another folder"
            " with -o"
        )


def _result(folder: Path, run: Run) -> Path:
    return folder / RUNS / f"{run.name}.json"


def _neighbours(folder: Path, run: Run) -> Path:
    return folder / RUNS / f"{run.fraction:g}-neighbours-{run.seed}.jsonl"


@dataclass(frozen=True)
class _Material:
    """What all runs of a study share; ``held_back`` are the rows of dev and test."""

    study: Study
    examples: Examples
    held_back: Mapping[str, Sequence[Example]]
    similarity: Similarity


def _perform(folder: Path, run: Run, material: _Material) -> dict[str, Any]:
    """Train, score and delete one student; of the one without augmentation the neighbours are kept."""
    started = time.monotonic()
    study, examples = material.study, material.examples
    part = part_of(examples, run.fraction, run.seed)
    learnt = _with_neighbours(folder, run, part, examples)
    out = folder / "students" / run.name
    settings = replace(study.settings, seed=run.seed, epochs=study.epochs(len(learnt.train), len(examples.train)))
    trainer(study.family).train(out, learnt, settings)
    student = load_student(out)
    result: dict[str, Any] = {
        "fraction": run.fraction,
        "variant": run.variant,
        "seed": run.seed,
        "intents": len({row.intent for row in part.train}),
        "rows": len(part.train),
        "new_rows": len(learnt.train) - len(part.train),
        "data": learnt.hash,
        "epochs": json.loads((out / MANIFEST).read_text(encoding="utf-8"))["metrics"]["epochs"],
        **{split: scored(student, rows) for split, rows in material.held_back.items()},
    }
    if run.variant == WITHOUT and run.fraction < 1:
        result["augmentation"] = _augment(_neighbours(folder, run), student, part, material)
    shutil.rmtree(out)
    return result | {"seconds": round(time.monotonic() - started, 1)}


def _with_neighbours(folder: Path, run: Run, part: Examples, examples: Examples) -> Examples:
    """What a run learns from."""
    if run.variant == WITHOUT:
        return part
    neighbours, rows = read_rows(_neighbours(folder, run))
    if run.variant == ASKED:
        rows = with_own_answers(neighbours, answers_by_intent(examples.train))
    return Examples.of((*part.train, *rows), part.dev, f"{part.source}, and neighbours: {run.variant}")


def _augment(path: Path, student: Student, part: Examples, material: _Material) -> dict[str, Any]:
    """Write the neighbours of a student's mistakes among the intents outside of its part; what came of it."""
    known = {row.intent for row in part.train}
    pool = sorted({row.intent for row in material.examples.train} - known)
    test = [row.intent for row in material.held_back["test"]]
    found = mistakes(student, part.train)
    proposals = recorded_neighbours(pool, material.similarity)(found.intents)
    accepted = accept(proposals, known, test, material.study.band, material.similarity)
    write_rows(path, accepted.neighbours, with_parents_answer(accepted.neighbours, answers_by_intent(part.train)))
    return {"mistakes": found.as_dict(), "neighbours": accepted.as_dict()}


def _weight(run: Run, study: Study) -> float:
    """About how long a run takes, beside others: its rows, and a tenth of all for scoring."""
    return 1.0 if study.same_steps else run.fraction * (1 if run.variant == WITHOUT else 1.5) + 0.1
