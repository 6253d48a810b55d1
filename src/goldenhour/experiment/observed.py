"""What became of the users of an experiment: one pass over the store, one row a user.

* A user belongs to the arm that first really answered them after the start, whatever answered later: who is seen in two
  arms is counted, and stays where they were first.
* Their time begins with their first project that was assigned to an arm since the start, or with that answer, whichever
  was before: an arm that could not answer at first is not spared that. Every project that an arm answered or that was
  started since counts as started, and as completed when it was exported at least once. Earlier projects, exported by
  then or not, are the user's history; so is one that was answered before, though an arm answered in it once more.
* What was started, answered or edited after the end, or answered by another experiment, does not count; exports of
  projects that were started before do.
* Where the weights changed, those alone are users whose time began since: arms that grew at different times differ by
  their times. The others are counted.
* Guardrails are about all who were assigned, also those whom the arm never answered.
* Where people are seen, simulated projects are left out.
* Events belong together by their ids, not by their times: an export counts for its project even if its clock says that
  it came before. Times only say who was first and what was before, and those that cannot be are counted.
* An export without its project belongs to no user and is left out; so is an exposure. They are counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl
from sqlalchemy import Connection

from goldenhour.events.event import from_milliseconds, to_milliseconds
from goldenhour.experiment.columns import Kind, Words, read, read_parts
from goldenhour.experiment.definition import Experiment, ExperimentError
from goldenhour.experiment.plan import CLOCKS_DIFFER

PROJECT = ["project_high", "project_low"]
USER = ["user_high", "user_low"]
UNKNOWN, REST = "unknown", "others"
MOST_SEGMENTS = 12
NEVER = 2**62  # later than any time of an event, in ms


@dataclass(frozen=True)
class Oddities:
    """What was met and dealt with; each is a number."""

    users_in_two_arms: int
    exposures_before_start: int
    exposures_after_end: int
    exposures_without_project: int
    exposures_to_unknown_arms: int
    exports_without_project: int
    exported_before_started: int
    exported_before_answered: int
    answered_before_started: int
    started_in_the_future: int
    projects_answered_before: int
    simulated_projects: int
    simulated_projects_left_out: int
    users_before_new_weights: int


@dataclass(frozen=True)
class Observed:
    """An experiment's users, in the order in which they were first answered.

    ``users``: arm (place in the definition), exposed_at, started, completed, started_before, completed_before, answers,
    invalid, fallbacks, answered, edited (both of projects). ``assigned``: the same, and with them those whom their arm
    never answered, exposed_at null. ``latencies``: user (place in ``assigned``), arm, latency_ms. ``segments`` by kind
    of break-down: arm, user, segment, started, completed. ``last``: the last first answer, but not of a clock ahead.
    """

    users: pl.DataFrame
    assigned: pl.DataFrame
    latencies: pl.DataFrame
    segments: dict[str, pl.DataFrame]
    oddities: Oddities
    first: datetime
    last: datetime


def observe(
    connection: Connection,
    experiment: Experiment,
    now: datetime | None = None,
    *,
    ended: datetime | None = None,
    reweighted: datetime | None = None,
) -> Observed:
    """What the store says of an experiment that ``ended``, and whose weights became others when ``reweighted``.

    Raises ExperimentError where an arm has answered nobody.
    """
    now, until = now or datetime.now(UTC), to_milliseconds(ended) if ended else NEVER
    exposures, elsewhere, odd = _exposures(connection, experiment, until)
    kinds, domains = Words(), Words()
    projects = _projects(connection, kinds, experiment)
    known = exposures.join(projects.select(*PROJECT, *USER, "simulated"), on=PROJECT)
    odd["exposures_without_project"] = exposures.height - known.height
    exports = read(connection, {"project": ("project_id", "id"), "exported_at": ("exported_at", "time")}, "exports")
    odd["exports_without_project"] = exports.join(projects.select(PROJECT), on=PROJECT, how="anti").height
    known, projects, odd["simulated_projects_left_out"] = _people(known, projects)
    assigned = _assigned(known, projects.join(elsewhere, on=PROJECT, how="anti"), experiment, until)
    everybody = assigned.height
    if reweighted:
        assigned = assigned.filter(pl.col("since") >= to_milliseconds(reweighted))
    odd["users_before_new_weights"] = everybody - assigned.height
    assigned = assigned.with_row_index("user")
    since = max(reweighted or experiment.start, experiment.start)
    _check_arms(assigned, experiment, since, odd["users_before_new_weights"])
    theirs = projects.join(assigned.select(*USER, "user", "arm", "since"), on=USER).drop(USER, "assigned")
    del projects
    theirs = theirs.join(known.select(PROJECT).unique().with_columns(met=True), on=PROJECT, how="left")
    theirs = theirs.join(elsewhere.with_columns(other=True), on=PROJECT, how="left")
    exports = exports.group_by(PROJECT).agg(pl.col("exported_at").min())
    theirs = theirs.join(exports, on=PROJECT, how="left")
    met, started = pl.col("met").fill_null(False), pl.col("started_at")
    counts = met | ((started >= pl.col("since")) & (started < until) & pl.col("other").is_null())
    after = theirs.filter(counts).with_row_index("place")
    before = theirs.filter(~met & (started < pl.col("since")))
    del theirs, exports
    answers = _answers(connection, after, domains, until)
    early = _answered_before(after, answers)
    odd["projects_answered_before"] = early.height
    before = pl.concat([before, after.join(early, on="place", how="semi").drop("place")])
    after, answers = (table.join(early, on="place", how="anti") for table in (after, answers))
    after = _with_answers(connection, after, answers, until)
    counted, latencies = _counted(assigned, after, before, answers), answers.select("user", "arm", "latency_ms")
    answered = assigned.filter(pl.col("exposed_at").is_not_null())
    after = after.join(answered.select("user"), on="user", how="semi")
    odd |= _oddities(after, answered, now)
    after = after.select("user", "arm", "exported_at", "media_kind", "domain", "recipe")
    del answers, before
    times = answered["exposed_at"]
    in_time = times.filter(times <= to_milliseconds(now + CLOCKS_DIFFER))
    return Observed(
        users=counted.filter(pl.col("exposed_at").is_not_null()),
        assigned=counted,
        latencies=latencies,
        segments={
            "tool": _by_tool(connection, after),
            "media kind": _by_word(after, "media_kind", kinds),
            "domain": _by_word(after, "domain", domains),
        },
        oddities=Oddities(**odd),
        first=from_milliseconds(times[0]),
        last=from_milliseconds(in_time[-1] if len(in_time) else times[0]),
    )


def _exposures(
    connection: Connection, experiment: Experiment, until: int
) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, int]]:
    """Those of arms of the experiment from its start to its end, the arm as its place.

    Then the projects that arms of other experiments alone answered, and how many other exposures there are.
    """
    arms = _places(experiment)
    columns: dict[str, tuple[str, Kind]] = {
        "project": ("project_id", "id"),
        "arm": ("arm", "text"),
        "exposed_at": ("exposed_at", "time"),
    }
    source = "exposures WHERE experiment = :name"
    found = read(connection, columns, source, {"arm": arms}, name=experiment.name)
    of_arms = found.filter(pl.col("arm") < len(experiment.arms))
    late = of_arms.filter(pl.col("exposed_at") >= to_milliseconds(experiment.start))
    inside = late.filter(pl.col("exposed_at") < until)
    others = "exposures WHERE experiment <> :name"
    elsewhere = read(connection, {"project": ("project_id", "id")}, others, name=experiment.name).unique()
    elsewhere = elsewhere.join(inside, on=PROJECT, how="anti")
    return (
        inside,
        elsewhere,
        {
            "exposures_to_unknown_arms": found.height - of_arms.height,
            "exposures_before_start": of_arms.height - late.height,
            "exposures_after_end": late.height - inside.height,
        },
    )


def _places(experiment: Experiment) -> Words:
    """The arms by their places; whatever else there is comes after them."""
    return Words(dict(experiment.places.items()))


def _projects(connection: Connection, kinds: Words, experiment: Experiment) -> pl.DataFrame:
    columns: dict[str, tuple[str, Kind]] = {
        "project": ("id", "id"),
        "user": ("user_id", "id"),
        "started_at": ("started_at", "time"),
        "media_kind": ("media_kind", "text"),
        "simulated": ("simulated", "flag"),
        "assigned": ("arm", "text"),
    }
    return read(connection, columns, "projects", {"media_kind": kinds, "assigned": _places(experiment)})


def _people(known: pl.DataFrame, projects: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Both without what is simulated, wherever an arm answered somebody who is not; and how many of ``known`` went."""
    simulated = known["simulated"]
    if simulated.all() or not projects["simulated"].any():
        return known, projects, 0
    people = ~pl.col("simulated")
    return known.filter(people), projects.filter(people), int(known.filter(~people).select(PROJECT).n_unique())


def _assigned(known: pl.DataFrame, projects: pl.DataFrame, experiment: Experiment, until: int) -> pl.DataFrame:
    """One row a user, in the order of their first answers, those without any last.

    arm: that first answered, else that of the first project; arms: how many answered; exposed_at; since.
    """
    answered = (
        known.sort("exposed_at", "arm")
        .group_by(USER)
        .agg(
            pl.col("arm").first(),
            pl.col("arm").n_unique().alias("arms"),
            pl.col("exposed_at").first(),
        )
    )
    started, arm = pl.col("started_at"), pl.col("assigned")
    inside = (started >= to_milliseconds(experiment.start)) & (started < until) & (arm < len(experiment.arms))
    begun = (
        projects.filter(inside)
        .sort("started_at", "assigned")
        .group_by(USER)
        .agg(arm.first(), pl.col("started_at").first())
    )
    return (
        answered.join(begun, on=USER, how="full", coalesce=True)
        .with_columns(
            pl.coalesce("arm", "assigned").alias("arm"),
            pl.col("arms").fill_null(0),
            pl.min_horizontal("exposed_at", "started_at").alias("since"),
        )
        .drop("assigned", "started_at")
        .sort("exposed_at", *USER, nulls_last=True)
    )


def _check_arms(assigned: pl.DataFrame, experiment: Experiment, since: datetime, left_out: int) -> None:
    users = assigned.filter(pl.col("exposed_at").is_not_null())
    seen = set(users["arm"].unique())
    if not seen:
        served = (
            f"{left_out:,} users from before the new weights are left out"
            if left_out
            else ("serve it with: goldenhour serve --experiment FILE")
        )
        raise ExperimentError(
            f"nobody has been answered by an arm of the experiment {experiment.name} since {since:%Y-%m-%d %H:%M};"
            f" {served}"
        )
    missing = [name for name, place in experiment.places.items() if place not in seen]
    if missing:
        raise ExperimentError(
            f"the experiment {experiment.name} has no users in {' and '.join(missing)}, {users.height:,} in the rest;"
            " see whether that arm can answer at all"
        )


def _answers(connection: Connection, after: pl.DataFrame, domains: Words, until: int) -> pl.DataFrame:
    """All answers in projects that count, before the end, with the place of the project, the user and the arm."""
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
    parts = read_parts(connection, columns, "answers WHERE shown_at < :until", {"domain": domains}, until=until)
    return pl.concat(part.join(places, on=PROJECT).drop(PROJECT) for part in parts)


def _answered_before(after: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """The places of projects that were begun, and answered, before their user's time.

    By the answers' times, too: a project whose own clock is behind was begun in the experiment all the same.
    """
    begun = after.filter(pl.col("started_at") < pl.col("since")).select("place", "since")
    return answers.join(begun, on="place").filter(pl.col("answered_at") < pl.col("since")).select("place").unique()


def _with_answers(connection: Connection, after: pl.DataFrame, answers: pl.DataFrame, until: int) -> pl.DataFrame:
    """The projects with what was answered first in each, null where nothing was, and whether it was edited by hand."""
    first = answers.select("place", "answered_at", "domain", "recipe").sort("answered_at")
    first = first.unique("place", keep="first", maintain_order=True)
    edits = read(connection, {"project": ("project_id", "id")}, "edits WHERE edited_at < :until", until=until).unique()
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
    return found.sort("user").with_columns(pl.exclude("exposed_at").fill_null(0))


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
