"""Many comparisons, none of which may be a false alarm."""

import numpy as np
import pytest
from test_observed import observed
from traffic import MINUTE, START, define, project

from goldenhour.experiment.breakdown import break_down, holm


def test_holms_p_values_are_those_of_r():
    # R 4.3: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_where_an_arm_fails_is_found(store):
    random = np.random.default_rng(0)
    events = []
    for number in range(1_500):
        arm, domain = ("teacher", "student")[number % 2], ("film", "places")[number // 2 % 2]
        rate = 0.1 if (arm, domain) == ("student", "film") else 0.4
        export = bool(random.random() < rate)
        at = START + number * MINUTE
        events.append(project(f"u{number}", arm, at, export=export, domain=domain, media_kind="photo"))
    found = {(s.kind, s.name): s for s in break_down(observed(store, *events), define())}
    assert found["domain", "film"].pvalue < 1e-6
    assert found["domain", "film"].ratio.high < 0.7
    assert found["domain", "places"].pvalue > 0.05
    assert found["domain", "places"].users == 750
    assert found["tool", "filter"].users == 1_500


def test_a_segment_of_few_users_is_shown_and_not_compared(store):
    events = [project(f"u{i}", ("teacher", "student")[i % 2], START + i * MINUTE, export=True) for i in range(20)]
    (found,) = [segment for segment in break_down(observed(store, *events), define()) if segment.kind == "media kind"]
    assert (found.name, found.users, found.rate, found.pvalue) == ("photo", 20, 1.0, None)
