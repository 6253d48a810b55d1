"""One sentence of conclusion."""

import math

import pytest
from traffic import define

from goldenhour.experiment.comparison import UNKNOWN, Comparison, Estimate
from goldenhour.experiment.guardrails import Guardrail
from goldenhour.experiment.sample_ratio import SampleRatio
from goldenhour.experiment.sequence import stretch
from goldenhour.experiment.verdict import at_planned_size, judge, verdict

EVEN = SampleRatio({"teacher": 1_000, "student": 1_000}, {"teacher": 1_000.0, "student": 1_000.0}, 1.0)
TORN = SampleRatio({"teacher": 1_000, "student": 800}, {"teacher": 900.0, "student": 900.0}, 2e-6)


def comparison(anytime, one_look=None):
    return Comparison("student", 0.05, one_look or anytime, anytime, 0.5, anytime, anytime, anytime, 0.0)


def judged(ratio, sample=EVEN, rails=(), spread=0.86, a_day=100.0, control_a_day=200.0, ended=False):
    speeds = {"student": a_day, "teacher": control_a_day}
    return verdict(define(), comparison(ratio), sample, list(rails), spread, speeds, ended)


@pytest.mark.parametrize(
    ("low", "high", "kind"),
    [
        (1.001, 1.1, "better"),
        (0.98, 1.1, "not worse"),
        (0.975, 0.99, "not worse"),  # certainly less, but by less than the margin
        (0.9, 0.96, "worse"),
        (0.96, 0.99, "worse"),
        (0.96, 1.01, "not yet known"),
        (math.nan, math.nan, "not yet known"),
    ],
)
def test_the_interval_decides(low, high, kind):
    assert judge(Estimate((low + high) / 2, low, high), 0.97) == kind


def test_sentences_say_what_is_known_as_the_paper_says_it():
    found = judged(Estimate(0.961, 0.94, 0.982))
    assert found.kind == "worse"
    assert found.sentence == (
        "student is worse than teacher: it reaches 96.1 % of its completion rate (94.0 % to 98.2 %)."
    )
    assert judged(Estimate(0.99, 0.975, 1.01)).sentence.startswith(
        "student is not worse than teacher by more than the margin of 97.0 %: it reaches 99.0 %"
    )


def test_a_broken_guardrail_stands_in_the_sentence():
    broken = Guardrail("latency_p95", "student", 10, 90, Estimate(80, 70, 90), 50)
    kept = Guardrail("fallbacks", "student", 0, 0, Estimate(0, -0.1, 0.0), 0.1)
    found = judged(Estimate(1.05, 1.01, 1.1), rails=[broken, kept])
    assert found.kind == "better"
    assert found.sentence.endswith(", but it breaks latency_p95.")
    assert judged(Estimate(0.9, 0.8, 0.95), rails=[broken]).sentence.endswith(", and it breaks latency_p95.")
    open_ = judged(Estimate(0.99, 0.93, 1.05), rails=[broken])
    assert open_.sentence.startswith("Not yet known")
    assert open_.sentence.endswith(" users. It breaks latency_p95.")


def test_a_sample_ratio_that_cannot_be_blocks_every_verdict():
    found = judged(Estimate(1.05, 1.01, 1.1), sample=TORN)
    assert found.kind == "blocked"
    assert found.sentence == (
        "No verdict: users did not come to the arms as the weights say (teacher 1,000 where 900 belong, student 800"
        " where 900 belong; p = 2e-06); find out where they are lost before believing any number."
    )


def test_what_is_not_known_yet_says_how_much_longer():
    found = judged(Estimate(0.99, 0.93, 1.05))
    # from 0.99 the margin 0.97 is farther away than 1, and at that size the interval is wider than at the planned 1,000
    wide = stretch(2 * found.users_needed, 2_000)
    needed = (wide + 0.8416) ** 2 * 0.86 * (1 + 1 / 0.99) / math.log(0.99 / 0.97) ** 2
    assert found.users_needed == pytest.approx(needed, rel=1e-3)
    assert found.users_needed > 62_379
    assert found.days_left == pytest.approx((found.users_needed - 1_000) / 100)
    assert found.sentence == (
        "Not yet known whether student does as well as teacher: 99.0 % of its completion rate so far (93.0 % to"
        f" 105.0 %); if it stays so, about {math.ceil(found.days_left):,} days more, until each arm has about"
        f" {found.users_needed:,} users."
    )
    slow = judged(Estimate(0.99, 0.93, 1.05), control_a_day=50.0)
    assert slow.days_left == pytest.approx((slow.users_needed - 1_000) / 50)
    assert "about 1 day more" in judged(Estimate(0.99, 0.93, 1.05), a_day=1e9, control_a_day=1e9).sentence
    assert "more than three years" in judged(Estimate(0.985, 0.93, 1.05), a_day=1.0).sentence


def test_a_ratio_below_the_margin_waits_to_be_found_worse():
    found = judged(Estimate(0.96, 0.9, 1.02))
    wide = stretch(2 * found.users_needed, 2_000)
    needed = (wide + 0.8416) ** 2 * 0.86 * (1 + 1 / 0.96) / math.log(0.96) ** 2
    assert found.users_needed == pytest.approx(needed, rel=1e-3)


def test_what_ended_before_it_was_known_takes_no_more_days():
    found = judged(Estimate(0.99, 0.93, 1.05), ended=True)
    assert (found.kind, found.users_needed, found.days_left) == ("not yet known", None, None)
    assert found.sentence.endswith("so far (93.0 % to 105.0 %); it ended before that was known.")


def test_where_there_is_nobody_nothing_is_known():
    found = judged(UNKNOWN)
    assert (found.kind, found.users_needed) == ("not yet known", None)
    assert found.sentence.endswith("does as well as teacher: student and teacher need two users with projects each.")


def test_one_look_counts_only_at_the_planned_size():
    experiment = define(planned_users=1_000)
    found = comparison(Estimate(0.99, 0.9, 1.1), Estimate(0.99, 0.98, 1.01))
    assert at_planned_size(experiment, found, EVEN) == "not worse"
    assert at_planned_size(define(planned_users=1_001), found, EVEN) is None
    assert at_planned_size(experiment, found, TORN) is None
