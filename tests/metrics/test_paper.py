"""The paper's scores against worked examples and a plain, slow reading of the paper."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenhour.metrics import paper_scores
from goldenhour.metrics.paper import TOOL_SCORES, overall_interval, score_intervals
from goldenhour.metrics.rows import compare
from goldenhour.tools import Recipe, default_toolset
from recipes import recipes

TOOLSET = default_toolset()
ADJUST, SELECTIVE, FILTER = (tool.name for tool in TOOLSET.tools)


def recipe(adjust=None, look=None, intensity=50, red=None):
    data = {ADJUST: None, SELECTIVE: None, FILTER: None}
    neutral = {slot.keys: 0 for slot in TOOLSET.tool_slots[ADJUST]}
    if adjust:
        data[ADJUST] = {keys[0]: adjust.get(keys[0], 0) for keys in neutral}
    if red:
        colours: dict = {}
        for slot in TOOLSET.tool_slots[SELECTIVE]:
            colours.setdefault(slot.keys[0], {})[slot.keys[1]] = red if slot.keys == ("red", "saturation") else 0
        data[SELECTIVE] = colours
    if look:
        data[FILTER] = {"name": look, "intensity": intensity}
    return Recipe.from_dict(data)


WARM, COLD, BOTH = {"temperature": 20}, {"temperature": -20}, {"temperature": 20, "tint": 20}


def test_equal_answers_score_one():
    answers = [recipe(WARM, "warm_Honey", red=10), recipe(COLD)]
    scores = paper_scores(answers, answers)
    assert scores.overall == pytest.approx(1)
    assert scores.strict == pytest.approx(1)
    assert all(tool.f1 == tool.precision == tool.recall == 1 for tool in scores.tools.values())
    assert scores.tools[FILTER].rows == (1, 1)


def test_a_worked_example():
    students = [recipe(WARM), recipe(BOTH, "warm_Honey"), recipe(None, "warm_Honey"), recipe(COLD)]
    teachers = [recipe(WARM, "warm_Honey"), recipe(WARM, "warm_Honey"), recipe(WARM, "cool_Arctic"), recipe()]
    scores = paper_scores(students, teachers)
    adjust, look = scores.tools[ADJUST], scores.tools[FILTER]
    assert (adjust.precision, adjust.recall, adjust.rows) == (pytest.approx(2 / 3), pytest.approx(2 / 3), (3, 2))
    quality = (1 + math.sqrt(0.5)) / 2
    assert adjust.quality == pytest.approx(quality)
    assert adjust.final == pytest.approx(2 * (2 / 3) * quality / (2 / 3 + quality))
    assert adjust.strict == pytest.approx((1 + math.sqrt(0.5)) / 3)
    assert (look.precision, look.recall, look.f1) == (1, pytest.approx(2 / 3), pytest.approx(0.8))
    assert (look.quality, look.strict) == (pytest.approx(0.5), pytest.approx(1 / 3))
    assert math.isnan(scores.tools[SELECTIVE].final)
    assert scores.overall == pytest.approx((adjust.final + look.final) / 2)


def test_the_intensity_of_a_look_does_not_count():
    assert paper_scores([recipe(look="warm_Honey", intensity=9)], [recipe(look="warm_Honey")]).overall == 1


def test_opposite_directions_score_nothing():
    scores = paper_scores([recipe(WARM)], [recipe(COLD)])
    assert scores.tools[ADJUST].quality == pytest.approx(-1)
    assert scores.overall == 0


def test_a_tool_that_is_always_missed_scores_nothing_and_one_that_nobody_uses_is_left_out():
    assert paper_scores([recipe(WARM)], [recipe(WARM, "warm_Honey")]).overall == pytest.approx(0.5)
    assert math.isnan(paper_scores([recipe()], [recipe()]).overall)
    assert math.isnan(paper_scores([], []).overall)


def test_a_tool_that_a_row_says_nothing_of_does_not_count():
    known = np.array([[True, True, False]])
    assert paper_scores([recipe(WARM, "warm_Honey")], [recipe(WARM)], known=known).overall == pytest.approx(1)


def test_lists_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="2 answers to compare with 1"):
        paper_scores([recipe(), recipe()], [recipe()])


@settings(max_examples=60)
@given(st.lists(st.tuples(recipes(TOOLSET), recipes(TOOLSET)), max_size=12))
def test_the_scores_are_those_of_a_plain_reading_of_the_paper(pairs):
    finals = []
    for tool in (ADJUST, SELECTIVE, FILTER):
        hits = [(one, other) for one, other in pairs if one.uses(tool) and other.uses(tool)]
        uses = sum(one.uses(tool) for one, _ in pairs) + sum(other.uses(tool) for _, other in pairs)
        if not uses:
            continue
        f1 = 2 * len(hits) / uses
        quality = sum(_likeness(one, other, tool) for one, other in hits) / len(hits) if hits else 0
        finals.append(2 * f1 * quality / (f1 + quality) if f1 and quality > 0 else 0)
    scores = paper_scores([one for one, _ in pairs], [other for _, other in pairs])
    if finals:
        assert scores.overall == pytest.approx(sum(finals) / len(finals))
    else:
        assert math.isnan(scores.overall)


def _likeness(one, other, tool):
    slots = [(number, slot) for number, slot in enumerate(TOOLSET.slots) if slot.tool == tool]
    if tool == FILTER:
        return float(one.values[slots[0][0]] == other.values[slots[0][0]])
    a, b = ([r.values[number] for number, _ in slots] for r in (one, other))
    return sum(x * y for x, y in zip(a, b, strict=True)) / math.hypot(*a) / math.hypot(*b)


def test_the_interval_holds_the_score_and_narrows_with_more_rows():
    random = np.random.default_rng(0)
    teachers = [recipe(WARM, "warm_Honey") if random.random() < 0.7 else recipe(COLD) for _ in range(400)]
    students = [recipe(WARM, "warm_Honey") if random.random() < 0.7 else recipe(COLD) for _ in range(400)]
    widths = []
    for count in (50, 400):
        rows = compare(students[:count], teachers[:count], TOOLSET)
        low, high = overall_interval(rows)
        assert low < paper_scores(students[:count], teachers[:count]).overall < high
        assert (low, high) == overall_interval(rows)
        widths.append(high - low)
    assert widths[1] < 0.6 * widths[0]


def test_every_score_lies_within_its_interval():
    random = np.random.default_rng(1)
    answers = [recipe(WARM, "warm_Honey"), recipe(BOTH, red=10), recipe(COLD, "cool_Arctic", red=-5), recipe()]
    students, teachers = ([answers[number] for number in random.integers(0, 4, 80)] for _ in range(2))
    scores = paper_scores(students, teachers)
    low, high = score_intervals(compare(students, teachers, TOOLSET))
    assert low.overall < scores.overall < high.overall
    assert low.strict < scores.strict < high.strict
    for tool, score in scores.tools.items():
        for name in TOOL_SCORES:
            assert getattr(low.tools[tool], name) <= getattr(score, name) <= getattr(high.tools[tool], name), name
        assert low.tools[tool].rows == score.rows


def test_what_has_no_score_has_no_interval():
    low, high = score_intervals(compare([recipe(WARM)], [recipe(WARM)], TOOLSET))
    assert (low.overall, high.overall) == (pytest.approx(1), pytest.approx(1))
    assert math.isnan(low.tools[FILTER].final)
