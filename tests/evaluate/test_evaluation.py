"""One candidate's scores."""

import math
from dataclasses import replace

import pytest

from goldenhour.evaluate.candidates import Candidate, floors
from goldenhour.evaluate.evaluation import ceiling, evaluate
from goldenhour.evaluate.examples import best, picture, worst
from goldenhour.evaluate.material import Row
from goldenhour.students import Answer
from goldenhour.tools import Recipe
from recipes import recipe_of


def knowing(material, **extra):
    """A student that knows the teacher's answers by heart."""
    recipes = {row.intent: row.recipe for row in material.rows}
    return Candidate(
        "perfect", "student", lambda intents: [Answer(recipes[intent], 1.0, **extra) for intent in intents]
    )


def test_a_perfect_student_scores_one_and_no_answer_of_it_differs(material, sight, untold):
    found = evaluate(knowing(material), material, sight, untold)
    scored = found.subsets["All"]
    assert scored.scores.overall == scored.low.overall == scored.high.overall == pytest.approx(1)
    assert scored.scores.strict == pytest.approx(1)
    assert list(found.subsets) == ["All"]
    assert sum(domain.rows for domain in found.domains.values()) == scored.rows == len(material.rows)
    assert found.further["colour_difference"].value == 0
    assert {error.value for error in found.errors.values() if error.rows} == {0}
    assert found.choices["filter.name"]["same"].value == found.choices["filter.name"]["same_pack"].value == 1
    assert "top_3" not in found.choices["filter.name"]
    assert worst(found) == []
    assert all(example.difference == 0 for example in best(found))
    assert "perfect gives the teacher's very answer to 100 % of the rows" in found.notes[0]


def test_scores_lie_within_their_intervals(material, sight, untold):
    for candidate in floors(material):
        found = evaluate(candidate, material, sight, untold)
        scored = found.subsets["All"]
        assert scored.low.overall <= scored.scores.overall <= scored.high.overall < 1
        for measured in (*found.further.values(), *found.errors.values()):
            assert math.isnan(measured.value) or measured.low <= measured.value <= measured.high
        assert found.notes == []
        assert found.further["colour_difference"].value > 1


def test_the_worst_answers_are_the_least_like_and_the_best_the_most(material, sight, untold):
    found = evaluate(floors(material)[0], material, sight, untold)
    likeness = [example.likeness for example in worst(found)]
    assert likeness == sorted(likeness) == sorted(found.likeness)[: len(likeness)]
    assert best(found)[0].likeness == max(found.likeness)


def test_what_a_student_tells_of_its_answers_is_reported(material, sight, untold):
    ranked = {"filter.name": ("warm_Honey", "cool_Arctic")}
    found = evaluate(knowing(material, repairs=("a", "b"), ranked=ranked), material, sight, untold)
    assert found.further["repaired"].value == 1
    assert found.choices["filter.name"]["top_3"].value == 1
    assert found.speed.milliseconds >= 0
    assert found.speed.per_second > 0


def test_tokens_are_reported_where_a_student_counts_them(material, sight, untold):
    student = Candidate("writer", "student", lambda intents: [Answer(Recipe.neutral(), 0.5, tokens=50)] * len(intents))
    assert evaluate(student, material, sight, untold).further["tokens"].value == 50


def test_exports_make_subsets_and_parts_that_nobody_exported_count_in_nothing(material, sight, untold):
    counts = [{"adjust": 5, "selective_adjust": 5, "filter": number % 2 * 3} for number in range(len(material.rows))]
    rows = [Row(row.answer, exported) for row, exported in zip(material.rows, counts, strict=True)]
    found = evaluate(knowing(material), replace(material, rows=tuple(rows)), sight, untold)
    assert list(found.subsets) == ["All", "r3", "r5"]
    used = [found.subsets[name].scores.tools["filter"].rows[0] for name in ("All", "r3", "r5")]
    assert used[0] == used[1] == sum(row.recipe.uses("filter") for row in rows[1::2])
    assert used[2] == 0
    assert found.further["colour_difference"].rows == len(rows) // 2


def test_two_teachers_agree_as_far_as_they_do(sight, untold):
    found = ceiling(sight, untold, limit=40)
    assert found.kind == "ceiling"
    assert 0.7 < found.subsets["All"].scores.overall < 0.95
    assert found.speed is None


def test_the_same_recipes_look_the_same_and_others_do_not(sight):
    warm, warmer = (recipe_of({"adjust.temperature": value}) for value in (20, 60))
    assert sight.difference(warm, warm) == 0
    assert sight.difference(Recipe.neutral(), warm) < sight.difference(Recipe.neutral(), warmer)
    assert sight.difference(Recipe.neutral(), recipe_of({"adjust.bloom": 80})) > 0.5  # spatial steps count


def test_a_picture_is_a_jpeg_within_the_page():
    assert picture("lake", Recipe.neutral()).startswith("data:image/jpeg;base64,/9j/")
