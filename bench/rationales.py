"""What rationales and pseudo-labels bring to a small student that has a part of the data, over several seeds.

    python bench/rationales.py --config training/study.yaml --fraction 0.25 -o docs/studies/rationales.json

Every run takes as many steps as every other. Its result is a file that appears whole: the same command goes on where it
was stopped, and given in several terminals its processes share the work. The test split is reported and nothing is
chosen by it.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from goldenhour.augment.scoring import scored
from goldenhour.augment.study import first_answers
from goldenhour.augment.study_report import mean_over_seeds, with_interval
from goldenhour.augment.trainers import Family, trainer
from goldenhour.students import load_student
from goldenhour.students.examples import Example, Examples, part_of, read_examples
from goldenhour.students.settings import Settings, read_settings
from goldenhour.tools import UserError
from goldenhour.tools.whole_file import write_text

PLAIN, PSEUDO = "plain", "pseudo-labels"
WORDS = {
    PLAIN: "no rationale is seen in training",
    "shown": "now and then a rationale is read in place of the intent, or behind it",
    "foretold": "the intent's state is to foretell the embedding of the rationale",
    "both": "shown and foretold",
    "written": "writing the rationale is a second task",
    PSEUDO: "the plain students of all seeds together answer the train intents outside of the part",
}
SPLITS = ("dev", "test")
PAUSE = 10.0  # seconds between looks at what other processes are at


@dataclass(frozen=True)
class Study:
    """What all runs share: the part that is learnt from, the intents outside of it, the rows of dev and test."""

    family: Family
    settings: Settings
    seeds: tuple[int, ...]
    part: Examples
    outside: tuple[str, ...]
    weight: float
    work: Path
    rows: Mapping[str, Sequence[Example]]

    @property
    def variants(self) -> dict[str, dict[str, Any]]:
        """The settings of each variant."""
        if self.family == "seq2seq":
            return {PLAIN: {"rationale_weight": 0.0}, "written": {"rationale_weight": self.weight}}
        shown, foretold = {"rationales": 0.3}, {"rationale_loss": self.weight}
        nothing = {"rationales": 0.0, "rationale_loss": 0.0}
        teachers = ", ".join(str(self.student(Run(PLAIN, seed))) for seed in self.seeds)
        # the examples are repeated until they are about as many as the pseudo-labels
        length = len(self.part.train)
        seen = length * max(1, round(len(self.outside) / length)) + len(self.outside)
        labelled = {
            "teachers": teachers,
            "unlabelled": str(self.unlabelled),
            "epochs": self.settings.epochs * length / seen,
        }
        return {
            PLAIN: nothing,
            "shown": nothing | shown,
            "foretold": nothing | foretold,
            "both": shown | foretold,
            PSEUDO: nothing | labelled,
        }

    @property
    def unlabelled(self) -> Path:
        """The file of the intents outside of the part."""
        return self.work / "unlabelled.txt"

    def student(self, run: Run) -> Path:
        """Where a run's student stands; only plain ones are kept, as teachers."""
        return self.work / "students" / run.name

    def result(self, run: Run) -> Path:
        """The file of a run's result."""
        return self.work / "runs" / f"{run.name}.json"

    def settings_of(self, run: Run) -> Settings:
        """What a run's student is trained with."""
        return replace(self.settings, seed=run.seed, **self.variants[run.variant])


@dataclass(frozen=True)
class Run:
    """One student."""

    variant: str
    seed: int

    @property
    def name(self) -> str:
        """Of its files."""
        return f"{self.variant}-{self.seed}"


def found(study: Study, run: Run) -> dict[str, Any] | None:
    """A run's result, if it is there; raises UserError for one of another study."""
    try:
        result = json.loads(study.result(run).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if result["settings"] != asdict(study.settings_of(run)) or result["data"] != study.part.hash:
        raise UserError(f"{study.result(run)} is of other settings or data: choose another folder with --work")
    return dict(result)


@contextmanager
def claimed(path: Path) -> Iterator[bool]:
    """Whether this process, and no other, has a file until the end of the block; a killed one lets go of it."""
    with path.open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def perform(study: Study, run: Run) -> None:
    """Train and score one student."""
    started, out = time.monotonic(), study.student(run)
    settings = study.settings_of(run)
    if not out.is_dir():
        trainer(study.family).train(out, study.part, settings)
    student = load_student(out)
    scores = {split: scored(student, rows) for split, rows in study.rows.items()}
    result = {
        "variant": run.variant,
        "seed": run.seed,
        "settings": asdict(settings),
        "data": study.part.hash,
        "rows": len(study.part.train),
        **scores,
        "seconds": round(time.monotonic() - started, 1),
    }
    write_text(study.result(run), json.dumps(result, indent=2) + "\n", UserError)
    if run.variant != PLAIN:
        shutil.rmtree(out)


def perform_all(study: Study) -> list[dict[str, Any]]:
    """The results of all runs, of this process and of others."""
    wanted = [Run(variant, seed) for variant in study.variants for seed in study.seeds]
    started, done = time.monotonic(), 0
    while todo := [run for run in wanted if found(study, run) is None]:
        teachers_missing = any(run.variant == PLAIN for run in todo)
        worked = False
        for run in todo:
            if run.variant == PSEUDO and teachers_missing:
                continue
            with claimed(study.result(run).with_suffix(".lock")) as is_ours:
                if is_ours and found(study, run) is None:
                    perform(study, run)
                    worked, done = True, done + 1
                    left = sum(found(study, other) is None for other in wanted)
                    minutes = left * (time.monotonic() - started) / done / 60
                    say(f"{run.name}: {len(wanted) - left} of {len(wanted)} runs, {minutes:.0f} min left")
                    break
        if not worked:
            time.sleep(PAUSE)
    return [result for run in wanted if (result := found(study, run)) is not None]


def summary(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """By variant the means over seeds with intervals, and those of the differences to the plain student of the seed."""
    scores = {split: {(run["variant"], run["seed"]): run[split]["overall"] for run in runs} for split in SPLITS}
    report: dict[str, Any] = {}
    for variant in dict.fromkeys(run["variant"] for run in runs):
        seeds = [run["seed"] for run in runs if run["variant"] == variant]
        report[variant] = {
            split: mean_over_seeds([scores[split][variant, seed] for seed in seeds]) for split in SPLITS
        } | {
            f"{split} gain": mean_over_seeds(
                [scores[split][variant, seed] - scores[split][PLAIN, seed] for seed in seeds]
            )
            for split in SPLITS
        }
    return report


def page(report: Mapping[str, Any], study: Study, command: str) -> str:
    """The study as Markdown."""
    lines = [
        f"# Rationales and pseudo-labels: {study.family}",
        "",
        f"Overall scores with 95 % intervals over the seeds {', '.join(map(str, study.seeds))} (Student's t), learnt"
        f" from {len(study.part.train):,} rows ({study.part.source}), in as many steps each. Gains are those over the"
        " plain student of the same seed. The memory of all direct students has the rationales of its rows.",
        "",
        "| training | dev | gain | test | gain |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for variant, row in report.items():
        cells = [
            with_interval(row[name], "+.3f" if "gain" in name else ".3f")
            for name in ("dev", "dev gain", "test", "test gain")
        ]
        if variant == PLAIN:
            cells[1] = cells[3] = "–"
        lines.append(f"| *{variant}* | {' | '.join(cells)} |")
    lines += ["", *(f"- *{variant}*: {WORDS[variant]}." for variant in report), "", f"Printed by `{command}`.", ""]
    return "\n".join(lines)


def say(text: str) -> None:
    """A line on standard error."""
    print(text, file=sys.stderr, flush=True)


def read_study(options: argparse.Namespace) -> Study:
    """The study that the options name."""
    settings = read_settings(trainer(options.family).settings, options.config, {"epochs": options.epochs})
    whole = read_examples()
    part = part_of(whole, options.fraction, options.draw)
    known = {example.intent for example in part.train}
    outside = tuple(sorted({example.intent for example in whole.train} - known))
    work = options.work or Path("students") / options.out.stem
    rows = {split: first_answers(split)[: options.limit] for split in SPLITS}
    return Study(options.family, settings, tuple(options.seeds), part, outside, options.weight, work, rows)


def main() -> None:
    """Read the options, make what is missing, and write the JSON and the page beside it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--family", choices=["direct", "seq2seq"], default="direct")
    parser.add_argument("--config", type=Path, help="YAML file of settings")
    parser.add_argument("--epochs", type=float, help="passes over the part; default: the file's")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="of the trainings")
    parser.add_argument("--fraction", type=float, default=0.25, help="of the train intents")
    parser.add_argument("--draw", type=int, default=1, help="which intents: the same for all seeds")
    parser.add_argument("--weight", type=float, default=1.0, help="of the loss of rationales foretold or written")
    parser.add_argument("--limit", type=int, help="score so many rows only")
    parser.add_argument("--work", type=Path, help="folder of the runs; default: students/NAME")
    parser.add_argument("-o", "--out", type=Path, required=True, help="the JSON to write, and the page beside it")
    options = parser.parse_args()
    try:
        study = read_study(options)
        (study.work / "runs").mkdir(parents=True, exist_ok=True)
        write_text(study.unlabelled, "\n".join(study.outside) + "\n", UserError)
        runs = perform_all(study)
        report = summary(runs)
        command = " ".join(["python bench/rationales.py", *sys.argv[1:]])
        options.out.parent.mkdir(parents=True, exist_ok=True)
        write_text(options.out.with_suffix(".md"), page(report, study, command), UserError)
        facts = {"command": command, "family": study.family, "part": study.part.source, "weight": study.weight}
        write_text(options.out, json.dumps(facts | {"summary": report, "runs": runs}, indent=2) + "\n", UserError)
    except UserError as error:
        sys.exit(f"rationales: {error}")
    say(str(options.out))


if __name__ == "__main__":
    main()
