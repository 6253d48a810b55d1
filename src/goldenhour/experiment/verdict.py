"""What an experiment says, in one sentence an arm: better, not worse than the margin, worse, or not yet known.

The verdict follows from the anytime-valid interval of the ratio of completion rates, so it may be read every day: all
that it ever claims of an experiment is wrong with a chance of at most 5 %, shared among the arms. ``at_planned_size``
follows from the narrower interval for one look, once every arm has its planned users.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from goldenhour.experiment.comparison import Comparison, Estimate
from goldenhour.experiment.definition import Experiment
from goldenhour.experiment.guardrails import Guardrail
from goldenhour.experiment.plan import LONGEST, users_needed
from goldenhour.experiment.sample_ratio import SampleRatio
from goldenhour.experiment.sequence import stretch

STEPS = 50  # until the users needed, and the interval's width after so many, agree

Kind = Literal["better", "not worse", "worse", "not yet known", "blocked"]


@dataclass(frozen=True)
class Verdict:
    """Of one arm: its kind, the sentence, and where nothing is known yet, about how many users an arm it takes."""

    arm: str
    kind: Kind
    sentence: str
    users_needed: int | None = None
    days_left: float | None = None


def judge(ratio: Estimate, margin: float) -> Kind:
    """What the interval of a ratio to the control's rate says."""
    if ratio.low > 1:
        return "better"
    if ratio.low > margin:
        return "not worse"
    return "worse" if ratio.high < 1 else "not yet known"


def verdict(
    experiment: Experiment,
    comparison: Comparison,
    sample: SampleRatio,
    rails: list[Guardrail],
    spread: float,
    users_a_day: Mapping[str, float],
    ended: bool = False,
) -> Verdict:
    """The verdict on one arm. ``spread`` as in ``plan``; ``users_a_day``: of each arm, as seen so far.

    A guardrail that is broken is in every sentence but that of a blocked one.
    """
    arm = comparison.arm
    if sample.blocks:
        return Verdict(arm, "blocked", _mismatch(sample))
    broken = " and ".join(rail.name for rail in rails if rail.arm == arm and rail.state == "broken")
    kind = judge(comparison.anytime_ratio, experiment.margin)
    if kind == "not yet known":
        found = _unknown(experiment, comparison, sample, spread, users_a_day, ended)
        return replace(found, sentence=f"{found.sentence} It breaks {broken}." if broken else found.sentence)
    ratio, control = comparison.anytime_ratio, experiment.control
    seen = f"it reaches {percent(ratio.value)} of its completion rate ({percent(ratio.low)} to {percent(ratio.high)})"
    margin = percent(experiment.margin)
    said = {
        "better": f"{arm} is better than {control}: {seen}",
        "not worse": f"{arm} is not worse than {control} by more than the margin of {margin}: {seen}",
        "worse": f"{arm} is worse than {control}: {seen}",
    }[kind]
    but = ", and it" if kind == "worse" else ", but it"
    return Verdict(arm, kind, f"{said}{f'{but} breaks {broken}' if broken else ''}.")


def at_planned_size(experiment: Experiment, comparison: Comparison, sample: SampleRatio) -> Kind | None:
    """What one look at the planned size says; None before, or where the sample ratio blocks it."""
    reached = min(sample.users[arm] for arm in (experiment.control, comparison.arm)) >= experiment.planned_users
    return judge(comparison.ratio, experiment.margin) if reached and not sample.blocks else None


def percent(share: float) -> str:
    """0.961 as 96.1 %."""
    return f"{100 * share:.1f} %"


def _mismatch(sample: SampleRatio) -> str:
    counts = ", ".join(
        f"{name} {users:,} where {sample.expected[name]:,.0f} belong" for name, users in sample.users.items()
    )
    return (
        f"No verdict: users did not come to the arms as the weights say ({counts}; p = {sample.pvalue:.1g});"
        " find out where they are lost before believing any number."
    )


def _unknown(
    experiment: Experiment,
    comparison: Comparison,
    sample: SampleRatio,
    spread: float,
    users_a_day: Mapping[str, float],
    ended: bool,
) -> Verdict:
    """How many users it takes until the interval decides, if the ratio stays as it is."""
    arm, control, ratio = comparison.arm, experiment.control, comparison.anytime_ratio
    if not math.isfinite(ratio.value):
        why = f"{arm} and {control} need two users with projects each"
        return Verdict(arm, "not yet known", f"Not yet known whether {arm} does as well as {control}: {why}.")
    seen = f"{percent(ratio.value)} of its completion rate so far ({percent(ratio.low)} to {percent(ratio.high)})"
    begin = f"Not yet known whether {arm} does as well as {control}: {seen}"
    # whichever claim the present ratio would be able to make first: of 1, or of the margin that it has not fallen to
    tested = max((1.0, experiment.margin), key=lambda bound: _gap(ratio.value, bound))
    if ended:
        return Verdict(arm, "not yet known", f"{begin}; it ended before that was known.")
    if _gap(ratio.value, tested) < 1e-9 or not 0 < spread < math.inf:
        return Verdict(arm, "not yet known", f"{begin}.")
    needed = _needed(experiment, comparison, spread, tested)
    days = max(_days(max(needed - sample.users[name], 1), users_a_day[name]) for name in (arm, control))
    how_long = f"about {_plural(max(math.ceil(days), 1))}" if days <= LONGEST else "more than three years"
    sentence = f"{begin}; if it stays so, {how_long} more, until each arm has about {needed:,} users."
    return Verdict(arm, "not yet known", sentence, needed, days)


def _needed(experiment: Experiment, comparison: Comparison, spread: float, tested: float) -> int:
    """Users of each arm; the interval at any time is as wide as it is at that very size, not at the planned one."""
    needed = 2 * experiment.planned_users
    for _ in range(STEPS):
        wide = float(stretch(2 * needed, 2 * experiment.planned_users, comparison.alpha))
        before, needed = needed, users_needed(spread, comparison.anytime_ratio.value, tested, stretch=wide)
        if needed == before:
            break
    return needed


def _days(missing: int, a_day: float) -> float:
    return missing / a_day if a_day > 0 else math.inf


def _plural(days: int) -> str:
    return "1 day" if days == 1 else f"{days:,} days"


def _gap(ratio: float, bound: float) -> float:
    """How far the logarithms are apart; a ratio below the margin can never be found to be above it."""
    gap = math.log(ratio) - math.log(bound)
    return abs(gap) if bound == 1 else max(gap, 0.0)
