"""``goldenhour teach``: a teacher's answers to a file of intents."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from goldenhour.cli.export import refuse_overwriting
from goldenhour.cli.recipe import intent_lines
from goldenhour.cli.saying import say
from goldenhour.teacher.prompt import Mode
from goldenhour.teacher.request import Asking, Form
from goldenhour.teacher.settings import load_endpoint
from goldenhour.tools.data_folder import data_folder
from goldenhour.tools.errors import UserError
from goldenhour.tools.intent import check_intent, normalise
from goldenhour.tools.toolset import default_toolset

if TYPE_CHECKING:
    from goldenhour.teacher.client import Tally
    from goldenhour.teacher.cost import Budget, Prices
    from goldenhour.teacher.teach import Lesson, Teacher

# of every command that asks a server
MaxCost: TypeAlias = Annotated[float | None, typer.Option(min=0, help="Spend at most so many dollars. Needs prices.")]
Url: TypeAlias = Annotated[str | None, typer.Option(help="Endpoint. Default: GOLDENHOUR_TEACHER_URL.")]
Model: TypeAlias = Annotated[str | None, typer.Option(help="Default: GOLDENHOUR_TEACHER_MODEL.")]
Concurrency: TypeAlias = Annotated[int, typer.Option(min=1, max=256, help="Requests at once.")]
PerMinute: TypeAlias = Annotated[float | None, typer.Option(help="Requests a minute. Default: no limit.")]
Timeout: TypeAlias = Annotated[float, typer.Option(min=1, help="Seconds to wait for a reply.")]
Cache: TypeAlias = Annotated[Path | None, typer.Option(help="File of replies. Default: in the data folder.")]


def teach(
    intents: Annotated[Path, typer.Argument(help="Intents, one a line; - for standard input.")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Answers: a name in .parquet or .jsonl.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would come to, and ask nothing.")] = False,
    max_cost: MaxCost = None,
    samples: Annotated[int, typer.Option(help="Answers an intent.")] = 1,
    form: Annotated[
        Form, typer.Option(help="joint: one request about all tools; per-tool: one each, as in the paper.")
    ] = "joint",
    temperature: Annotated[float, typer.Option(help="Of the model, 0 to 2.")] = 0.7,
    max_tokens: Annotated[int, typer.Option(help="Of a reply. Models that think aloud need more.")] = 2000,
    mode: Annotated[
        Mode | None,
        typer.Option(help="How it replies: function calls, by schema, or text. Default: what the server can."),
    ] = None,
    url: Url = None,
    model: Model = None,
    concurrency: Concurrency = 8,
    per_minute: PerMinute = None,
    timeout: Timeout = 180,
    cache: Cache = None,
    force: Annotated[bool, typer.Option("--force", help="Allow writing over a file.")] = False,
) -> None:
    """Ask a teacher, an LLM behind an OpenAI-compatible endpoint, about a file of intents; or the recorded answers.

    The endpoint, its key and its prices are settings (docs/teacher.md). Without one, the recorded answers answer.
    Nothing is asked twice: a run that was stopped goes on when the same command is given again.

    [bold]Examples[/bold]

    goldenhour teach intents.txt -o answers.parquet --dry-run

    goldenhour teach intents.txt -o answers.parquet --samples 3 --max-cost 5

    goldenhour teach intents.txt -o answers.jsonl --form per-tool --url http://127.0.0.1:8600/v1 --model recorded
    """
    asking = Asking(form, samples, temperature, max_tokens, mode)
    _check_output(out, dry_run, force)
    endpoint = load_endpoint(os.environ, Path.cwd(), url, model)
    known, failures = _read_intents(intents)
    if not known:
        raise UserError("; ".join(failures) or f"there are no intents in {intents}")
    if endpoint is None:
        lesson = _from_records(known, samples, dry_run)
    else:
        from goldenhour.teacher.cost import Budget  # noqa: PLC0415
        from goldenhour.teacher.pace import Limits  # noqa: PLC0415
        from goldenhour.teacher.teach import Teacher  # noqa: PLC0415

        budget = Budget(endpoint.prices, max_cost)
        teacher = Teacher(endpoint, asking, default_toolset(), Limits(concurrency, per_minute, timeout=timeout))
        file = cache or data_folder() / "teacher.sqlite"
        lesson = _say_plan(known, teacher, file, max_cost) if dry_run else _ask(known, teacher, file, budget)
    _finish(lesson, out, len(known) * samples, failures)


def _check_output(out: Path | None, dry_run: bool, force: bool) -> None:
    """Nothing is asked, and paid for, that could not be written."""
    from goldenhour.teacher.answers import check_answer_file_name  # noqa: PLC0415

    if out is None:
        if not dry_run:
            raise UserError("say where the answers go, as in -o answers.parquet, or add --dry-run")
        return
    check_answer_file_name(out)
    refuse_overwriting(out, force)
    if not out.parent.is_dir():
        raise UserError(f"there is no folder {out.parent}; make it first, or choose another name")


def _read_intents(file: Path) -> tuple[list[str], list[str]]:
    """The intents of a file, each once, and a sentence for each line that is none; repeated ones are reported."""
    lines: dict[str, tuple[int, str]] = {}
    failures, repeated = [], []
    for number, line in enumerate(intent_lines(file), 1):
        if not line.strip():
            continue
        try:
            intent = check_intent(line)
        except UserError as error:
            failures.append(f"line {number}: {error}")
            continue
        first, _ = lines.setdefault(normalise(intent), (number, intent))
        if first != number:
            repeated.append(f"line {number} says the same as line {first}")
    if repeated:
        more = f" and {len(repeated) - 3} more" if len(repeated) > 3 else ""
        say(f"{'; '.join(repeated[:3])}{more}: asked once")
    return [intent for _, intent in lines.values()], failures


def _from_records(intents: Sequence[str], samples: int, dry_run: bool) -> Lesson:
    from goldenhour.teacher.teach import Lesson, teach_from_records  # noqa: PLC0415

    if dry_run:
        typer.echo("no endpoint is set: the recorded answers would answer, which costs nothing")
        return Lesson()
    return teach_from_records(intents, samples)


def _say_plan(intents: Sequence[str], teacher: Teacher, file: Path, cap: float | None) -> Lesson:
    from goldenhour.teacher.cache import ReplyCache  # noqa: PLC0415
    from goldenhour.teacher.teach import Lesson, plan  # noqa: PLC0415

    cache = ReplyCache(file) if file.exists() else None
    try:
        found = plan(intents, teacher, cache)
    finally:
        if cache:
            cache.close()
    typer.echo(f"{found.requests:,} requests to {teacher.endpoint.model} at {teacher.endpoint.url}")
    typer.echo(f"{found.cached:,} more are in the cache")
    typer.echo(f"about {found.usage.tokens_in:,} tokens in and {found.usage.tokens_out:,} out")
    if prices := teacher.endpoint.prices:
        cost, worst = prices.cost(found.usage), prices.cost(found.worst)
        typer.echo(f"about ${cost:.4f}, and at most ${worst:.4f}, without retries")
        if cap is not None and worst > cap:
            typer.echo(f"the cap of ${cap:.4f} {'would' if cost > cap else 'could'} stop it before its end")
    else:
        typer.echo("no prices are set, so its cost is not known")
    return Lesson()


def _ask(intents: Sequence[str], teacher: Teacher, file: Path, budget: Budget) -> Lesson:
    from goldenhour.cli.progress import counted  # noqa: PLC0415
    from goldenhour.teacher.cache import ReplyCache  # noqa: PLC0415
    from goldenhour.teacher.client import Tally  # noqa: PLC0415
    from goldenhour.teacher.teach import teach as ask  # noqa: PLC0415

    tally = Tally()
    try:
        with ReplyCache(file) as cache, counted("Asking") as progress:
            lesson = ask(intents, teacher, cache, budget, tally, progress)
    except KeyboardInterrupt:
        say(summary(tally, budget, teacher.endpoint.prices))
        say("stopped; what was answered is kept: give the same command again to go on")
        raise typer.Exit(130) from None
    repaired = [len(answer.repairs) for answer in lesson.answers if answer.repairs]
    say(summary(tally, budget, teacher.endpoint.prices))
    if repaired:
        say(f"{len(repaired):,} of {len(lesson.answers):,} answers were repaired, in {sum(repaired):,} places")
    return lesson


def summary(tally: Tally, budget: Budget, prices: Prices | None) -> str:
    """What asking came to, in words."""
    parts = [
        f"{tally.answered:,} requests answered",
        f"{tally.cached:,} from the cache",
        f"{tally.refused:,} refused",
        f"{tally.retried:,} retried",
        f"{tally.usage.tokens_in:,} tokens in and {tally.usage.tokens_out:,} out",
    ]
    if prices:
        parts.append(f"${budget.spent:.4f}")
    if tally.assumed:
        cost = f", at most ${budget.assumed:.4f} more" if prices else ""
        parts.append(f"{tally.assumed:,} without reported tokens{cost}")
    return ", ".join(parts)


def _finish(lesson: Lesson, out: Path | None, wanted: int, failures: list[str]) -> None:
    """Write what there is, and report what there is not."""
    from goldenhour.teacher.answers import write_answer_file  # noqa: PLC0415

    failures = [*failures, *lesson.refusals]
    if lesson.stopped:
        failures.append(lesson.stopped)
    if lesson.answers and out:
        write_answer_file(out, lesson.answers)
        typer.echo(str(out))
        if lesson.stopped:
            there = f"{len(lesson.answers):,} of {wanted:,} answers are in {out}"
            failures[-1] += f"; {there}: add --force to the same command to go on"
    for failure in failures[:20]:
        say(failure)
    if len(failures) > 20:
        say(f"and {len(failures) - 20:,} more")
    if failures:
        raise typer.Exit(2)
