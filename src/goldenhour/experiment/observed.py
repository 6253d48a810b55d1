"""What became of the users of an experiment: one pass over the store, one row a user.

* A user belongs to the arm that first really answered them after the start, whatever answered later: who is seen in two
  arms is counted, and stays where they were first.
* Every project of theirs that an arm answered or that was started after that first answer counts as started, and as
  completed when it was exported at least once. Earlier projects, exported by then or not, are the user's history.
* Events belong together by their ids, not by their times: an export counts for its project even if its clock says that
  it came before. Times only say who was first and what was before, and those that cannot be are counted.
* An export without its project belongs to no user and is left out; so is an exposure. They are counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl
from sqlalchemy import Connection

from goldenhour.events.event import from_milliseconds, to_milliseconds
from goldenhour.experiment.columns import Kind, Words, read, read_parts
from goldenhour.experiment.definition import Experiment, ExperimentError

PROJECT = ["project_high", "project_low"]
USER = ["user_high", "user_low"]
CLOCKS_DIFFER = timedelta(minutes=5)  # by so much clients may be ahead of this clock
UNKNOWN, REST = "unknown", "others"
MOST_SEGMENTS = 12


@dataclass(frozen=True)
class Oddities:
    """What was met and dealt with; each is a number."""

    users_in_two_arms: int
    exposures_before_start: int
    exposures_without_project: int
    exposures_to_unknown_arms: int
    exports_without_project: int
    exported_before_started: int
    exported_before_answered: int
    answered_before_started: int
    started_in_the_future: int
    simulated_projects: int


@dataclass(frozen=True)
class Observed:
    """An experiment's users, in the order in which they were first answered.

    ``users``: arm (place in the definition), exposed_at, started, completed, started_before, completed_before, answers,
    invalid, fallbacks, answered, edited (both of projects). ``latencies``: user (place in ``users``), arm, latency_ms.
    ``segments`` by kind of break-down: arm, user, segment, started, completed.
    """

    users: pl.DataFrame
    latencies: pl.DataFrame
    segments: dict[str, pl.DataFrame]
    oddities: Oddities
    first: datetime
    last: datetime


def observe(connection: Connection, experiment: Experiment, now: datetime | None = None) -> Observed:
    """What the store says of an experiment; raises ExperimentError where an arm has answered nobody."""
    exposures, odd = _exposures(connection, experiment)
    kinds, domains = Words(), Words()
    projects = _projects(connection, kinds)
    known = exposures.join(projects.select(PROJECT + USER), on=PROJECT)
    odd["exposures_without_project"] = exposures.height - known.height
    users = _users(known)
    _check_arms(users, experiment)
    exports = read(connection, {"project": ("project_id", "id"), "exported_at": ("exported_at", "time")}, "exports")
    odd["exports_without_project"] = exports.join(projects.select(PROJECT), on=PROJECT, how="anti").height
    theirs = projects.join(users.select(*USER, "user", "arm", since="exposed_at"), on=USER).drop(USER)
    del projects
    theirs = theirs.join(known.select(PROJECT).unique().with_columns(met=True), on=PROJECT, how="left")
    exports = exports.group_by(PROJECT).agg(pl.col("exported_at").min())
    theirs = theirs.join(exports, on=PROJECT, how="left")
    counts = pl.col("met").fill_null(False) | (pl.col("started_at") >= pl.col("since"))
    after, before = theirs.filter(counts).with_row_index("place"), theirs.filter(~counts)
    del theirs, exports
    answers = _answers(connection, after, domains)
    after = _with_answers(connection, after, answers)
    odd |= _oddities(after, users, now or datetime.now(UTC))
    counted, latencies = _counted(users, after, before, answers), answers.select("user", "arm", "latency_ms")
    after = after.select("user", "arm", "exported_at", "media_kind", "domain", "recipe")
    del answers, before
    return Observed(
        users=counted,
        latencies=latencies,
        segments={
            "tool": _by_tool(connection, after),
            "media kind": _by_word(after, "media_kind", kinds),
            "domain": _by_word(after, "domain", domains),
        },
        oddities=Oddities(**odd),
        first=from_milliseconds(users["exposed_at"][0]),
        last=from_milliseconds(users["exposed_at"][-1]),
    )


def _exposures(connection: Connection, experiment: Experiment) -> tuple[pl.DataFrame, dict[str, int]]:
    """Those of arms of the experiment after its start, the arm as its place; and how many others there are."""
    arms = Words({arm.name: place for place, arm in enumerate(experiment.arms)})
    columns: dict[str, tuple[str, Kind]] = {
        "project": ("project_id", "id"),
        "arm": ("arm", "text"),
        "exposed_at": ("exposed_at", "time"),
    }
    source = "exposures WHERE experiment = :name"
    found = read(connection, columns, source, {"arm": arms}, name=experiment.name)
    of_arms = found.filter(pl.col("arm") < len(experiment.arms))
    late = of_arms.filter(pl.col("exposed_at") >= to_milliseconds(experiment.start))
    return late, {
        "exposures_to_unknown_arms": found.height - of_arms.height,
        "exposures_before_start": of_arms.height - late.height,
    }


def _projects(connection: Connection, kinds: Words) -> pl.DataFrame:
    columns: dict[str, tuple[str, Kind]] = {
        "project": ("id", "id"),
        "user": ("user_id", "id"),
        "started_at": ("started_at", "time"),
        "media_kind": ("media_kind", "text"),
        "simulated": ("simulated", "flag"),
    }
    return read(connection, columns, "projects", {"media_kind": kinds})


def _users(exposures: pl.DataFrame) -> pl.DataFrame:
    """One row a user, in the order of their first answers: user (the place), arm, arms, exposed_at."""
    return (
        exposures.sort("exposed_at", "arm")
        .group_by(USER)
        .agg(
            pl.col("arm").first(),
            pl.col("arm").n_unique().alias("arms"),
            pl.col("exposed_at").first(),
        )
        .sort("exposed_at", *USER)
        .with_row_index("user")
    )


def _check_arms(users: pl.DataFrame, experiment: Experiment) -> None:
    seen = set(users["arm"].unique())
    if not seen:
        raise ExperimentError(
            f"nobody has been answered by an arm of the experiment {experiment.name} since {experiment.start:%Y-%m-%d};"
            " serve it with: goldenhour serve --experiment FILE"
        )
    missing = [arm.name for place, arm in enumerate(experiment.arms) if place not in seen]
    if missing:
        raise ExperimentError(
            f"the experiment {experiment.name} has no users in {' and '.join(missing)}, {users.height:,} in the rest;"
            " see whether that arm can answer at all"
        )


def _answers(connection: Connection, after: pl.DataFrame, domains: Words) -> pl.DataFrame:
    """All answers in projects that count, with the place of the project, the user and the arm."""
    columns: dict[str, tuple[str, Kind]] = {
        "project": ("project_id", "id"),
        "answered_at": ("shown_at", "time"),
        "latency_ms": ("latency_ms", "number"),
        "fallback": ("fallback", "flag"),
        "repaired": ("repaired", "flag"),
        "domain": ("domain", "text"),
        "recipe": ("recipe", "hash"),
    }
    places = after.select(*PROJECT, "place", "user", "arm")
    parts = read_parts(connection, columns, "answers", {"domain": domains})
    return pl.concat(part.join(places, on=PROJECT).drop(PROJECT) for part in parts)


def _with_answers(connection: Connection, after: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """The projects with what was answered first in each, null where nothing was, and whether it was edited by hand."""
    first = answers.select("place", "answered_at", "domain", "recipe").sort("answered_at")
    first = first.unique("place", keep="first", maintain_order=True)
    edits = read(connection, {"project": ("project_id", "id")}, "edits").unique()
    answered = after.join(first, on="place", how="left")
    return answered.join(edits.with_columns(edited=pl.lit(1)), on=PROJECT, how="left").drop(PROJECT)


def _counted(users: pl.DataFrame, after: pl.DataFrame, before: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """The users with their counts, 0 where there is nothing."""
    of_projects = after.group_by("user").agg(
        pl.len().alias("started"),
        pl.col("exported_at").count().alias("completed"),
        pl.col("answered_at").count().alias("answered"),
        (pl.col("edited").is_not_null() & pl.col("answered_at").is_not_null()).sum().alias("edited"),
    )
    history = before.group_by("user").agg(
        pl.len().alias("started_before"),
        (pl.col("exported_at") < pl.col("since")).sum().alias("completed_before"),
    )
    of_answers = answers.group_by("user").agg(
        pl.len().alias("answers"),
        pl.col("repaired").sum().alias("invalid"),
        pl.col("fallback").sum().alias("fallbacks"),
    )
    found = users.select("user", "arm", "exposed_at")
    for counts in (of_projects, history, of_answers):
        found = found.join(counts, on="user", how="left")
    return found.sort("user").fill_null(0)


def _oddities(after: pl.DataFrame, users: pl.DataFrame, now: datetime) -> dict[str, int]:
    started, answered, exported = (pl.col(name) for name in ("started_at", "answered_at", "exported_at"))
    counts = {
        "exported_before_started": exported < started,
        "exported_before_answered": exported < answered,
        "answered_before_started": answered < started,
        "started_in_the_future": started > to_milliseconds(now + CLOCKS_DIFFER),
        "simulated_projects": pl.col("simulated"),
    }
    found = after.select(*(condition.sum().alias(name) for name, condition in counts.items())).row(0, named=True)
    return {name: int(number or 0) for name, number in found.items()} | {
        "users_in_two_arms": users.filter(pl.col("arms") > 1).height
    }


def _by_word(after: pl.DataFrame, column: str, words: Words) -> pl.DataFrame:
    """The users' counts by the values of a column; the rarest are taken together, and null is unknown."""
    frequent = after.group_by(column).len().sort("len", column, descending=[True, False]).head(MOST_SEGMENTS)[column]
    listed = words.list
    known = {number: listed[number] or UNKNOWN for number in frequent if number is not None}
    segment = pl.col(column).replace_strict(known | {None: UNKNOWN}, default=REST, return_dtype=pl.String)
    return _of_segments(after, segment)


def _by_tool(connection: Connection, after: pl.DataFrame) -> pl.DataFrame:
    """The users' counts by the tools of each project's first answer; one that uses two counts for both."""
    columns: dict[str, tuple[str, Kind]] = {"recipe": ("recipe", "hash"), "tool": ("tool", "text")}
    tools = Words()
    used = "recipe_parts WHERE part NOT IN (SELECT hash FROM parts WHERE data IS NULL)"
    parts = read(connection, columns, used, {"tool": tools})
    by_tool = [
        _of_segments(after.join(parts.filter(tool=number), on="recipe", how="semi"), pl.lit(tool))
        for tool, number in tools.numbers.items()
    ]
    return pl.concat([_of_segments(after.clear(), pl.lit("")), *by_tool])


def _of_segments(projects: pl.DataFrame, segment: pl.Expr) -> pl.DataFrame:
    """Counts of each user in each segment: arm, user, segment, started, completed."""
    return projects.group_by(segment.alias("segment"), "arm", "user").agg(
        pl.len().alias("started"), pl.col("exported_at").count().alias("completed")
    )
