"""Results as JSON."""

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime

from goldenhour.tools.plain_data import plain_data


@dataclass(frozen=True)
class Score:
    value: float
    ends: tuple[float, float]


def test_results_become_what_json_has_however_deep_they_lie():
    found = {"at": datetime(2026, 3, 1, 9, tzinfo=UTC), "scores": {"overall": [Score(0.5, (math.nan, math.inf))]}}
    assert plain_data(found) == {
        "at": "2026-03-01T09:00:00+00:00",
        "scores": {"overall": [{"value": 0.5, "ends": [None, None]}]},
    }
    json.dumps(plain_data(found), allow_nan=False)
