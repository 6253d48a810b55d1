"""The report of an experiment: all that is known of it now, computed once for the terminal, JSON and the page."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl

from goldenhour.events import Store
from goldenhour.experiment.breakdown import Segment, break_down
from goldenhour.experiment.comparison import ALPHA, COLUMNS, Comparison, Estimate, compare, log_ratio
from goldenhour.experiment.definition import Experiment
from goldenhour.experiment.guardrails import Guardrail, guardrails
from goldenhour.experiment.moments import Moments, Rates, adjusted_rates, rates
from goldenhour.experiment.observed import Observed, Oddities, observe
from goldenhour.experiment.plan import spread_of
from goldenhour.experiment.registry import Registered, find_experiment
from goldenhour.experiment.sample_ratio import SampleRatio, check_sample_ratio
from goldenhour.experiment.sequence import stretch
from goldenhour.experiment.verdict import Kind, Verdict, at_planned_size, verdict
from goldenhour.tools.plain_data import plain_data

KIND = "experiment report"
LOOKS = 60  # of the curve
FEWEST = 100  # users of an arm in the curve's first look


@dataclass(frozen=True)
class ArmCounts:
    """What an arm's users did; ``rate`` with its 95 % interval for one look."""

    name: str
    weight: float
    users: int
    started: int
    completed: int
    rate: Estimate


@dataclass(frozen=True)
class Curve:
    """The ratio to the control after so many users, with its anytime-valid interval."""

    arm: str
    users: list[int]
    ratios: list[Estimate]


@dataclass(frozen=True)
class Report:
    """All of it; ``planned`` is what one look at the planned size says, None before."""

    registered: Registered
    made_at: datetime
    first: datetime
    last: datetime
    arms: list[ArmCounts]
    sample_ratio: SampleRatio
    comparisons: list[Comparison]
    verdicts: list[Verdict]
    planned: dict[str, Kind | None]
    guardrails: list[Guardrail]
    segments: list[Segment]
    curves: list[Curve]
    oddities: Oddities

    @property
    def experiment(self) -> Experiment:
        """Its definition."""
        return self.registered.experiment


def make_report(store: Store, name: str, now: datetime | None = None) -> Report:
    """The report of an experiment of a store; raises ExperimentError."""
    now = now or datetime.now(UTC)
    registered = find_experiment(store, name)
    experiment = registered.experiment
    with store.reading() as connection:
        observed = observe(connection, experiment, now, ended=registered.ended, reweighted=registered.reweighted)
    users = observed.users
    of = {
        name: Moments.of(users.filter(arm=place).select(COLUMNS).to_numpy())
        for name, place in experiment.places.items()
    }
    sample = check_sample_ratio(users["arm"].to_numpy(), users["exposed_at"].to_numpy(), registered.weights)
    alpha = ALPHA / len(experiment.others)
    control = of[experiment.control]
    comparisons = [compare(arm, control, of[arm], 2 * experiment.planned_users, alpha) for arm in experiment.others]
    rails = guardrails(observed, experiment)
    ended = registered.ended is not None
    days = max((observed.last - observed.first).total_seconds() / 86_400, 1.0)
    speeds = {name: float(moments.count) / days for name, moments in of.items()}
    return Report(
        registered=registered,
        made_at=now,
        first=observed.first,
        last=observed.last,
        arms=[_counts(arm.name, arm.weight, of[arm.name]) for arm in experiment.arms],
        sample_ratio=sample,
        comparisons=comparisons,
        verdicts=[
            verdict(experiment, found, sample, rails, _spread(found, control), speeds, ended) for found in comparisons
        ],
        planned={
            arm: at_planned_size(experiment, _first_planned(users, experiment, arm), sample)
            for arm in experiment.others
        },
        guardrails=rails,
        segments=break_down(observed, experiment),
        curves=[_curve(observed, experiment, arm, alpha) for arm in experiment.others],
        oddities=observed.oddities,
    )


def _first_planned(users: pl.DataFrame, experiment: Experiment, arm: str) -> Comparison:
    """The comparison of the users for whom one look was planned: those who came later would be another look."""
    places = experiment.places
    planned = experiment.planned_users
    control, treated = (
        Moments.of(users.filter(arm=places[name]).head(planned).select(COLUMNS).to_numpy())
        for name in (experiment.control, arm)
    )
    return compare(arm, control, treated, 2 * planned, ALPHA / len(experiment.others))


def as_data(report: Report) -> dict[str, Any]:
    """All numbers, for JSON: what is unknown is null."""
    experiment = report.experiment
    data = {
        "kind": KIND,
        "experiment": experiment.to_dict() | {"hash": experiment.hash},
        "weights": [{"since": since, "weights": weights} for since, weights in report.registered.weights],
        "ended": report.registered.ended,
        "at_planned_size": report.planned,
    }
    names = ("made_at", "first", "last", "arms", "comparisons", "verdicts", "segments", "curves", "oddities")
    data |= {name: getattr(report, name) for name in names}
    data["sample_ratio"] = dataclasses.asdict(report.sample_ratio) | {"blocks": report.sample_ratio.blocks}
    data["guardrails"] = [dataclasses.asdict(rail) | {"state": rail.state} for rail in report.guardrails]
    return dict(plain_data(data))


def _counts(name: str, weight: float, of: Moments) -> ArmCounts:
    plain = rates(of)
    value, half = float(plain.value), 1.96 * float(plain.error)
    started, completed = (round(float(of.count * of.mean[place])) for place in (1, 0))
    return ArmCounts(name, weight, int(of.count), started, completed, Estimate(value, value - half, value + half))


def _spread(comparison: Comparison, control: Moments) -> float:
    """V of ``plan``, as far as history does not explain it."""
    return spread_of(control) * (1 - comparison.spared) if math.isfinite(comparison.ratio.value) else math.nan


def _curve(observed: Observed, experiment: Experiment, arm: str, alpha: float) -> Curve:
    """The ratio as it was when so many users had been answered, with what is known of them now."""
    two = [experiment.places[name] for name in (experiment.control, arm)]
    users = observed.users.filter(pl.col("arm").is_in(two))
    of_arm, values = users["arm"].to_numpy(), users.select(COLUMNS).to_numpy()
    looks = np.unique(np.linspace(min(2 * FEWEST, len(values)), len(values), LOOKS).astype(np.intp))
    control, treated = (Moments.cumulated(values, of_arm == place, looks) for place in two)
    enough = (np.minimum(control.mean[:, 0], treated.mean[:, 0]) > 0) & (np.minimum(control.count, treated.count) > 1)
    control, treated = control[enough], treated[enough]
    wide = stretch(control.count + treated.count, 2 * experiment.planned_users, alpha)
    base, other = adjusted_rates(control, treated)
    ratios = [
        log_ratio(Rates(base.value[i], base.error[i]), Rates(other.value[i], other.error[i]), float(wide[i]))
        for i in range(len(wide))
    ]
    return Curve(arm, looks[enough].tolist(), ratios)
