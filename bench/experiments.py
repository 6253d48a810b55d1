"""Whether experiments can be believed: ``python bench/experiments.py [anytime|returning|power|coverage|broken|paper]``.

Simulated users of known effect go through the code that reports use. Writes docs/studies/experiments.json and the table
in docs/experiments.md; with names, only those proofs are made anew.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from goldenhour.experiment.comparison import ALPHA, compare, tea_tasting
from goldenhour.experiment.moments import Moments, adjusted_rates
from goldenhour.experiment.plan import every_look, one_look, spread_of, users_needed
from goldenhour.experiment.sample_ratio import BLOCKS_BELOW, mismatch
from goldenhour.experiment.sequence import stretch
from goldenhour.experiment.verdict import judge

DOCS = Path(__file__).parent.parent / "docs"
BEGIN, END = "<!-- proofs -->", "<!-- end -->"
RATE, MARGIN, PAPER = 0.25, 0.97, (0.961, 0.99)
USERS = 20_000  # of an arm
LOOK = 500  # users between looks
CHUNK = 50  # experiments of one task
Users = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Proof:
    """One line: what was found, what it must be, and whether it is."""

    what: str
    value: str
    bound: str
    holds: bool


def population(
    random: np.random.Generator, shape: tuple[int, ...], effect: Floats | float = 1.0, history: bool = True
) -> Users:
    """Users (..., 4 or 2) with a bent of their own (mean 25 %), 1 to 6 projects, and 0 to 5 before."""
    bent = random.beta(2, 6, shape)
    started = random.integers(1, 7, shape)
    columns = [random.binomial(started, bent * effect), started]
    if history:
        before = random.integers(0, 6, shape)
        columns += [random.binomial(before, bent), before]
    return np.stack(columns, -1)


@cache
def true_spread() -> float:
    """How much users differ, by two million of them."""
    return spread_of(Moments.of(population(np.random.default_rng(0), (2_000_000,), history=False)))


def ratio_ends(control: Moments, arm: Moments, wide: Floats | float) -> tuple[Floats, Floats]:
    """The ends of the ratio's interval, as ``comparison.log_ratio`` has them, for stacks."""
    base, other = adjusted_rates(control, arm)
    half = wide * np.hypot(base.error / base.value, other.error / other.value)
    ratio = other.value / base.value
    return ratio * np.exp(-half), ratio * np.exp(half)


def last(of: Moments) -> Moments:
    """The last of a stack."""
    return Moments(of.count[-1], of.mean[-1], of.cov[-1])


def gathered(chunk: Callable[[int], Floats], experiments: int) -> Floats:
    """The rows of all experiments, a row one, from as many processes as there are cores."""
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        return np.concatenate(list(pool.map(chunk, range(experiments // CHUNK))))


# (a) looking all the time


def looked_at(seed: int, effect: float) -> Floats:
    """A row an experiment: alarms at any time, of one look's interval at any look and at the end; "not worse" said."""
    random = np.random.default_rng([1, round(1000 * effect), seed])
    looks = np.arange(LOOK, 2 * USERS + 1, LOOK)
    wide = stretch(looks.astype(np.float64), 2 * USERS)
    found = []
    for _ in range(CHUNK):
        in_arm = random.random(2 * USERS) < 0.5
        users = population(random, (2 * USERS,), np.where(in_arm, effect, 1.0))
        control, arm = (Moments.cumulated(users, chosen, looks) for chosen in (~in_arm, in_arm))
        low, high = ratio_ends(control, arm, wide)
        often = ratio_ends(control, arm, one_look())
        end = tea_tasting(last(control), last(arm), ALPHA, True)[0]
        alarms = [bool(np.any((a > 1) | (b < 1))) for a, b in ((low, high), often)]
        found.append([*alarms, end.low > 1 or end.high < 1, bool(np.any(low > MARGIN))])
    return np.array(found, np.float64)


def ended(seed: int) -> Floats:
    """A row an A/A experiment: whether one look at its end alarmed."""
    random = np.random.default_rng([7, seed])
    found = []
    for _ in range(CHUNK):
        in_arm = random.random(2 * USERS) < 0.5
        users = population(random, (2 * USERS,))
        end = tea_tasting(Moments.of(users[~in_arm]), Moments.of(users[in_arm]), ALPHA, True)[0]
        found.append([end.low > 1 or end.high < 1])
    return np.array(found, np.float64)


def anytime() -> list[Proof]:
    """2,000 A/A experiments of 40,000 users, looked at after every 500; 8,000 more for the one look at the end."""
    at_any_time, often, at_the_end, _ = gathered(partial(looked_at, effect=1.0), 2_000).mean(0)
    in_all = 0.2 * at_the_end + 0.8 * gathered(ended, 8_000).mean()
    at_margin = gathered(partial(looked_at, effect=MARGIN), 500)[:, 3].mean()
    what = "2,000 A/A experiments of 40,000 users, a look after every 500: false alarms of the"
    end = f"{percent(in_all)} ({percent(at_the_end)} of the first 2,000)"
    return [
        Proof(f"{what} anytime-valid verdict", percent(at_any_time), "≤ 5 %", bool(at_any_time <= 0.05)),
        Proof("10,000 of them, one look at the end: false alarms", end, "5 % ± 1", within(in_all, 5, 1)),
        Proof(f"{what} one-look verdict if it is looked at every time", percent(often), "(for comparison)", True),
        Proof(
            '500 of an arm that is exactly at the margin: "not worse" is said at any look',
            percent(at_margin),
            "≤ 5 %",
            bool(at_margin <= 0.05),
        ),
    ]


# users who come back: what an early user has done grows from look to look


def revisited(seed: int) -> Floats:
    """A row an experiment of 28 days of A/A traffic whose users go on: whether any day's look alarmed."""
    random = np.random.default_rng([2, seed])
    users, most, days = 8_000, 6, 28
    found = []
    for _ in range(CHUNK):
        bent = random.beta(2, 6, users)
        begun = np.sort(random.uniform(0, days, users))
        waits = random.exponential(4, (users, most))
        waits[:, 0] = 0
        at = begun[:, None] + waits.cumsum(1)
        at[np.arange(most)[None, :] >= random.integers(1, most + 1, users)[:, None]] = np.inf
        done = random.random((users, most)) < bent[:, None]
        in_arm = random.random(users) < 0.5
        alarm = False
        for day in range(1, days + 1):
            seen = begun < day
            started = at < day
            counts = np.stack([(done & started).sum(1), started.sum(1)], -1)
            control, arm = (Moments.of(counts[seen & chosen]) for chosen in (~in_arm, in_arm))
            low, high = ratio_ends(control, arm, stretch(float(seen.sum()), users))
            alarm |= bool(low > 1 or high < 1)
        found.append([alarm])
    return np.array(found, np.float64)


def returning() -> list[Proof]:
    """1,000 A/A experiments whose users come back for weeks, looked at every day."""
    alarms = gathered(revisited, 1_000).mean()
    what = "1,000 A/A experiments of 8,000 users who come back, a look on each of 28 days: false alarms"
    return [Proof(f"{what} of the anytime-valid verdict", percent(alarms), "≤ 5 %", bool(alarms <= 0.05))]


# (b) power as planned


def decided(seed: int, users: int, effect: float, tested: float, wide: float | None) -> Floats:
    """A row an experiment of so many users an arm: whether its interval, ``wide`` or for one look, leaves it."""
    random = np.random.default_rng([3, users, seed])
    found = []
    for _ in range(CHUNK):
        control = Moments.of(population(random, (users,), 1.0, history=False))
        arm = Moments.of(population(random, (users,), effect, history=False))
        if wide is None:
            ratio = tea_tasting(control, arm, ALPHA, False)[0]
            low, high = ratio.low, ratio.high
        else:
            low, high = (float(end) for end in ratio_ends(control, arm, wide))
        found.append([high < tested if effect < tested else low > tested])
    return np.array(found, np.float64)


def power() -> list[Proof]:
    """Experiments of the planned size: how many see what is true."""
    proofs = []
    for effect, tested in ((PAPER[0], 1.0), (1.0, MARGIN)):
        for how, wide in (("one look", None), ("looking every day", every_look())):
            users = users_needed(true_spread(), effect, tested, stretch=wide)
            seen = gathered(partial(decided, users=users, effect=effect, tested=tested, wide=wide), 2_000).mean()
            what = f"power at the planned size ({users:,} users an arm), true ratio {percent(effect)} against"
            proofs.append(Proof(f"{what} {percent(tested)}, {how}", percent(seen), "80 % ± 3", within(seen, 80, 3)))
    return proofs


# (c) coverage


def covered(seed: int) -> Floats:
    """A row an experiment of 5,000 users an arm: which intervals have the truth in them."""
    random = np.random.default_rng([4, seed])
    effect, found = PAPER[0], []
    for _ in range(CHUNK):
        control, arm = (Moments.of(population(random, (5_000,), e)) for e in (1.0, effect))
        one = compare("arm", control, arm, 10_000)
        truth = RATE * (effect - 1)
        found.append(
            [
                *(e.low <= truth <= e.high for e in (one.difference, one.anytime_difference)),
                *(e.low <= effect <= e.high for e in (one.ratio, one.plain_ratio, one.anytime_ratio)),
            ]
        )
    return np.array(found, np.float64)


def coverage() -> list[Proof]:
    """How often intervals have the true difference in them."""
    difference, any_difference, ratio, plain, any_ratio = gathered(covered, 4_000).mean(0)
    what = "4,000 experiments of 5,000 users an arm, true ratio 96.1 %: the interval of"
    return [
        *(
            Proof(f"{what} the {name} covers it", percent(share), "95 % ± 1.5", within(share, 95, 1.5))
            for name, share in (("difference", difference), ("ratio", ratio), ("ratio without history", plain))
        ),
        *(
            Proof(f"{what} the {name} at any time covers it", percent(share), "≥ 95 %", bool(share >= 0.95))
            for name, share in (("difference", any_difference), ("ratio", any_ratio))
        ),
    ]


# (d) broken assignment


def broken() -> list[Proof]:
    """2 % of one arm's users are lost: how often the sample ratio says so, by size."""
    random = np.random.default_rng(5)
    proofs = []
    for users, least in (
        (10_000, 0.0),
        (20_000, 0.0),
        (50_000, 0.0),
        (100_000, 0.85),
        (150_000, 0.95),
        (200_000, 0.99),
    ):
        in_arm = random.binomial(2 * users, 0.5, 10_000)
        whole, lost = (np.stack([2 * users - in_arm, counts], -1) for counts in (in_arm, random.binomial(in_arm, 0.98)))
        alarms, caught = (
            float(
                np.mean(
                    mismatch(counts[:, None, :], counts.sum(-1)[:, None, None] * np.array([[0.5, 0.5]])) < BLOCKS_BELOW
                )
            )
            for counts in (whole, lost)
        )
        what = f"{users:,} users an arm, 2 % of one arm's lost: the sample ratio blocks the verdict"
        bound = f"≥ {percent(least)}" if least else "(p < 0.001 needs about 100,000)"
        proofs.append(
            Proof(
                what,
                f"{percent(caught)}; with none lost {100 * alarms:.2f} %",
                bound,
                bool(caught >= least and alarms < 0.002),
            )
        )
    return proofs


# (e) the paper's two ratios


def replayed(seed: int, effect: float) -> Floats:
    """A row a replay of 20,000 users an arm: whether the ratio's intervals cover the truth, and each verdict."""
    random = np.random.default_rng([6, round(1000 * effect), seed])
    found = []
    for _ in range(CHUNK):
        control, arm = (Moments.of(population(random, (USERS,), e, history=False)) for e in (1.0, effect))
        one = compare("arm", control, arm, 2 * USERS)
        kinds = [judge(one.anytime_ratio, MARGIN) == kind for kind in ("worse", "not worse")]
        found.append([*(e.low <= effect <= e.high for e in (one.ratio, one.anytime_ratio)), *kinds, one.ratio.high < 1])
    return np.array(found, np.float64)


def paper() -> list[Proof]:
    """The control completes 25 %, an arm 96.1 % or 99 % of it; 20,000 users an arm, 1 to 6 projects each."""
    proofs = []
    for effect in PAPER:
        one, always, worse, kept, below = gathered(partial(replayed, effect=effect), 1_000).mean(0)
        what = f"1,000 replays of the paper's {percent(effect)}, 20,000 users an arm"
        proofs += [
            Proof(f"{what}: the interval for one look covers it", percent(one), "95 % ± 1.5", within(one, 95, 1.5)),
            Proof(f"{what}: the interval at any time covers it", percent(always), "≥ 95 %", bool(always >= 0.95)),
            Proof(
                f"{what}: verdicts",
                f"worse {percent(worse)}, not worse {percent(kept)}; one look finds it below 100 % in {percent(below)}",
                "(for orientation)",
                True,
            ),
        ]
        sizes = [users_needed(true_spread(), effect, 1.0, stretch=wide) for wide in (one_look(), every_look())]
        value = f"{sizes[0]:,} users an arm for one look, {sizes[1]:,} for looking every day"
        proofs.append(Proof(f"plan: to tell {percent(effect)} from 100 % with power 80 %", value, "(the plan)", True))
    return proofs


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def within(share: float, middle: float, room: float) -> bool:
    return bool(abs(100 * share - middle) <= room)


PROOFS: dict[str, Callable[[], list[Proof]]] = {
    "anytime": anytime,
    "returning": returning,
    "power": power,
    "coverage": coverage,
    "broken": broken,
    "paper": paper,
}


def main(names: Sequence[str]) -> None:
    """Make the proofs, print and write them; exit 1 where one fails."""
    if unknown := set(names) - set(PROOFS):
        sys.exit(f"there is no proof {', '.join(sorted(unknown))}; known are {', '.join(PROOFS)}")
    file = DOCS / "studies" / "experiments.json"
    known = json.loads(file.read_text(encoding="utf-8"))["proofs"] if file.exists() and names else {}
    for name in names or PROOFS:
        start = time.perf_counter()
        proofs = PROOFS[name]()
        known[name] = {
            "seconds": round(time.perf_counter() - start, 1),
            "found": [asdict(proof) for proof in proofs],
        }
        for proof in proofs:
            print(f"{'ok' if proof.holds else 'FAILED':6} {proof.what}: {proof.value} {proof.bound}", flush=True)
    ordered = {name: known[name] for name in PROOFS if name in known}
    data = {"command": "python bench/experiments.py", "proofs": ordered}
    file.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    write_page([proof for part in ordered.values() for proof in part["found"]])
    if not all(proof["holds"] for part in ordered.values() for proof in part["found"]):
        sys.exit(1)


def write_page(proofs: Sequence[dict[str, str]]) -> None:
    """The table in docs/experiments.md."""
    lines = ["| what | found | must be |", "| --- | ---: | ---: |"]
    lines += [f"| {proof['what']} | {proof['value']} | {proof['bound']} |" for proof in proofs]
    page = DOCS / "experiments.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(f"{BEGIN}\n")
    page.write_text(f"{before}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
