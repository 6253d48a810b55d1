"""``goldenhour augment``: new training rows where a student errs, and students that learn from them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from goldenhour.cli.saying import say
from goldenhour.cli.teach import (
    Cache,
    Concurrency,
    MaxCost,
    Model,
    PerMinute,
    Timeout,
    Url,
    summary,
)
from goldenhour.teacher.settings import Endpoint, load_endpoint
from goldenhour.tools.data_folder import data_folder
from goldenhour.tools.errors import UserError

if TYPE_CHECKING:
    from goldenhour.augment.neighbours import Generator
    from goldenhour.augment.refusals import Neighbour
    from goldenhour.augment.similarity import Similarity
    from goldenhour.students.examples import Example, Examples
    from goldenhour.teacher.cache import ReplyCache
    from goldenhour.teacher.client import Tally
    from goldenhour.teacher.cost import Budget
    from goldenhour.teacher.pace import Limits

GeneratorName = Literal["recorded", "lexical", "llm"]
WORDS = {
    "recorded": "recorded: answered intents that the student has not seen; no language model was asked",
    "lexical": "lexical: parts in another order, words for like words; no language model was asked",
}


def augment(
    student: Annotated[Path, typer.Option(help="The folder of the student whose mistakes are mended.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The folder of the rounds.")] = Path("augmented"),
    generator: Annotated[GeneratorName, typer.Option(help="Who writes similar intents.")] = "recorded",
    answers: Annotated[
        Literal["parent", "teacher"], typer.Option(help="Their answers: the parent's, or a teacher's own.")
    ] = "parent",
    rounds: Annotated[int, typer.Option(min=1, help="At most; they end when one no longer helps on dev.")] = 3,
    no_train: Annotated[bool, typer.Option("--no-train", help="Only write the rows of one round.")] = False,
    decisions: Annotated[
        bool, typer.Option("--decisions", help="A tool wrongly used, or wrongly not used, is a mistake, too.")
    ] = False,
    data: Annotated[Path | None, typer.Option(help="The dataset that the student learnt from.")] = None,
    more: Annotated[list[Path] | None, typer.Option("--more", help="Further answers that it learnt from.")] = None,
    limit: Annotated[int | None, typer.Option(min=2, help="It learnt from the first so many rows only.")] = None,
    parents: Annotated[int | None, typer.Option(min=1, help="Mend at most so many intents a round.")] = None,
    least: Annotated[float, typer.Option(help="Similarity that a neighbour has to its parent, at least.")] = 0.65,
    most: Annotated[float, typer.Option(help="The same, at most.")] = 0.97,
    each: Annotated[int, typer.Option(min=1, help="Neighbours a parent, at most.")] = 3,
    max_cost: MaxCost = None,
    url: Url = None,
    model: Model = None,
    concurrency: Concurrency = 8,
    per_minute: PerMinute = None,
    timeout: Timeout = 180,
    cache: Cache = None,
) -> None:
    """Find intents that a student answers badly, learn from similar ones, and train again.

    Each round is a folder with answers.jsonl, which `goldenhour train --more` reads, report.json, and the student. The
    same command goes on where it was stopped; nothing is asked or trained twice.

    [bold]Examples[/bold]

    goldenhour augment --student students/mine --limit 1000 -o augmented

    goldenhour augment --student students/mine --generator llm --max-cost 5 -o augmented

    goldenhour augment --student students/mine --generator lexical --no-train -o augmented
    """
    from goldenhour.augment.refusals import Band  # noqa: PLC0415 - slow to import
    from goldenhour.augment.rounds import Plan  # noqa: PLC0415
    from goldenhour.augment.rounds import augment as make_rounds  # noqa: PLC0415
    from goldenhour.augment.similarity import Similarity  # noqa: PLC0415
    from goldenhour.students import load_student  # noqa: PLC0415
    from goldenhour.students.examples import read_examples  # noqa: PLC0415

    asks = generator == "llm" or (answers == "teacher" and generator != "recorded")
    endpoint = load_endpoint(os.environ, Path.cwd(), url, model) if asks else None
    if asks and endpoint is None:
        raise UserError("a language model needs an endpoint: set GOLDENHOUR_TEACHER_URL, or choose another --generator")
    loaded, examples = load_student(student), read_examples(data, more or [], limit)
    manifest = _manifest(student)
    if manifest.get("dataset") != examples.hash:
        say(f"{student} learnt from other rows than {examples.source}: name the --data, --more and --limit it had")
    with _asking(endpoint, max_cost, concurrency, per_minute, timeout, cache) as asking:
        similarity = Similarity()
        plan = Plan(
            lambda number, training: _generator(generator, number, training, similarity, asking),
            WORDS.get(generator) or f"llm: {asking and asking.endpoint.model}",
            _test_intents(data),
            similarity,
            Band(least, most, each),
            decisions,
            rounds,
            parents,
            None if answers == "parent" else lambda found: _own_answers(found, asking),
            None if no_train else lambda folder, learnt: _train(folder, learnt, manifest),
        )
        try:
            helped = make_rounds(out, loaded, examples, plan, say)
        except KeyboardInterrupt:
            raise UserError(f"stopped; the same command goes on in {out}") from None
    for folder in helped:
        typer.echo(str(folder))
    if not helped:
        say("no round helped on dev: keep the student as it is")


@dataclass
class _Asking:
    """A server that is asked, and what came of it."""

    endpoint: Endpoint
    cache: ReplyCache
    budget: Budget
    tally: Tally
    limits: Limits
    progress: Callable[[int, int], None] = field(repr=False)


@contextmanager
def _asking(
    endpoint: Endpoint | None,
    max_cost: float | None,
    concurrency: int,
    per_minute: float | None,
    timeout: float,
    cache: Path | None,
) -> Iterator[_Asking | None]:
    """What is needed to ask, if anybody is; at the end, whatever happened, it says what asking came to."""
    if endpoint is None:
        yield None
        return
    from goldenhour.cli.progress import counted  # noqa: PLC0415
    from goldenhour.teacher.cache import ReplyCache  # noqa: PLC0415
    from goldenhour.teacher.client import Tally  # noqa: PLC0415
    from goldenhour.teacher.cost import Budget  # noqa: PLC0415
    from goldenhour.teacher.pace import Limits  # noqa: PLC0415

    budget, tally = Budget(endpoint.prices, max_cost), Tally()
    limits = Limits(concurrency, per_minute, timeout=timeout)
    with ReplyCache(cache or data_folder() / "teacher.sqlite") as file, counted("Asking") as progress:
        try:
            yield _Asking(endpoint, file, budget, tally, limits, progress)
        finally:
            say(summary(tally, budget, endpoint.prices))


def _generator(
    name: GeneratorName, number: int, training: Sequence[str], similarity: Similarity, asking: _Asking | None
) -> Generator:
    from goldenhour.augment.lexical import lexical_neighbours  # noqa: PLC0415
    from goldenhour.augment.llm import LanguageModel  # noqa: PLC0415
    from goldenhour.augment.neighbours import recorded_neighbours, unseen_intents  # noqa: PLC0415

    if asking and name == "llm":
        return LanguageModel(
            asking.endpoint, asking.cache, asking.budget, asking.tally, asking.limits, number, progress=asking.progress
        )
    if name == "lexical":
        return lexical_neighbours(training, similarity)
    return recorded_neighbours(unseen_intents(training), similarity)


def _own_answers(neighbours: Sequence[Neighbour], asking: _Asking | None) -> list[Example]:
    """A teacher's answers to the neighbours: recorded ones, or those of the model that is asked."""
    from goldenhour.students.examples import example_of  # noqa: PLC0415
    from goldenhour.teacher.request import Asking  # noqa: PLC0415
    from goldenhour.teacher.teach import Teacher, teach, teach_from_records  # noqa: PLC0415
    from goldenhour.tools.toolset import default_toolset  # noqa: PLC0415

    intents, toolset = [neighbour.intent for neighbour in neighbours], default_toolset()
    if asking is None:
        lesson = teach_from_records(intents, 1)
    else:
        teacher = Teacher(asking.endpoint, Asking(), toolset, asking.limits)
        lesson = teach(intents, teacher, asking.cache, asking.budget, asking.tally, asking.progress)
    if lesson.stopped:
        raise UserError(f"{lesson.stopped}; what was answered is kept: the same command goes on")
    for refusal in lesson.refusals[:5]:
        say(refusal)
    return [example_of(answer, toolset) for answer in lesson.answers]


def _train(folder: Path, examples: Examples, manifest: dict[str, Any]) -> None:
    """Train a student like the one that errs, by the settings of its manifest."""
    from goldenhour.augment.trainers import trainer  # noqa: PLC0415

    family = manifest.get("family")
    if family not in ("direct", "seq2seq", "causal"):
        raise UserError(f"a student of the family {family} is not trained: add --no-train")
    kind, train = trainer(family)
    try:
        settings = kind(**manifest["settings"])
    except (KeyError, TypeError):
        raise UserError(
            "the student's settings are those of another version: add --no-train, or train it anew"
        ) from None
    train(folder, examples, settings)


def _test_intents(data: Path | None) -> list[str]:
    """Normalised test intents: the recorded ones, and a dataset's."""
    from goldenhour.augment.refusals import recorded_test_intents  # noqa: PLC0415

    intents = recorded_test_intents()
    if data is not None:
        from goldenhour.dataset.folder import load_dataset  # noqa: PLC0415

        intents += load_dataset(data).split("test")["intent_key"].to_list()
    return intents


def _manifest(student: Path) -> dict[str, Any]:
    from goldenhour.students.student import MANIFEST  # noqa: PLC0415

    return dict(json.loads((student / MANIFEST).read_text(encoding="utf-8")))  # load_student has read it before
