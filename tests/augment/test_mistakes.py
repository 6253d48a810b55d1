from dataclasses import replace

import numpy as np
import pytest

from goldenhour.augment.mistakes import mean_likeness, mistaken, mistakes
from goldenhour.metrics import paper_scores
from goldenhour.metrics.rows import compare
from goldenhour.students import Answer
from goldenhour.students.nearest import NearestStudent
from goldenhour.tools import Recipe, default_toolset
from goldenhour.tools.toolset import Choice
from invented_toolset import invented

TOOLS = list(default_toolset().tool_slots)
CHOICE = next(
    n for n, tool in enumerate(default_toolset().tools) if any(isinstance(p, Choice) for p in tool.parameters)
)


class Says:
    """A student that gives the recipes it was made of, whatever the intents."""

    def __init__(self, recipes):
        self.recipes = list(recipes)

    def predict(self, intents):
        return [Answer(recipe, 1.0) for recipe in self.recipes]


def test_a_student_that_answers_like_the_teacher_makes_no_mistakes(examples):
    found = mistakes(Says(row.recipe for row in examples.train), examples.train, decisions=True)
    assert found.intents == ()
    assert set(found.by_tool.values()) == {0}


def test_the_bar_of_numbers_is_the_tools_mean_and_of_a_choice_that_it_is_the_same(student, examples):
    found = mistakes(student, examples.train)
    answers = [answer.recipe for answer in student.predict([row.intent for row in examples.train])]
    scores = paper_scores(answers, [row.recipe for row in examples.train])
    expected = {name: 1.0 if n == CHOICE else scores.tools[name].quality for n, name in enumerate(TOOLS)}
    assert found.bars == pytest.approx(expected)


def test_a_tool_is_mistaken_where_both_use_it_and_it_is_below_its_bar(student, examples):
    answers = [answer.recipe for answer in student.predict([row.intent for row in examples.train])]
    rows = compare(answers, [row.recipe for row in examples.train], default_toolset())
    found = mistaken(rows, mean_likeness(rows))
    both = rows.student & rows.teacher
    assert not found[~both].any()
    bars = np.array(list(mean_likeness(rows).values()))
    assert (found == (both & (rows.likeness < bars - 1e-9))).all()
    assert 0 < found.sum() < both.sum()


def test_a_wrong_decision_counts_only_where_that_is_wanted(examples):
    rows = examples.train
    said = Says([Recipe.neutral()] * len(rows))
    assert mistakes(said, rows).intents == ()
    wrong = mistakes(said, rows, decisions=True)
    assert set(wrong.intents) == {row.intent for row in rows if any(row.recipe.uses(tool) for tool in TOOLS)}


def test_what_a_row_says_nothing_of_is_no_mistake(student, examples):
    unknown = [replace(row, known=(False,) * len(TOOLS)) for row in examples.train]
    assert mistakes(student, unknown, decisions=True).intents == ()


def test_the_bars_of_the_first_student_are_kept_for_a_later_one(student, examples):
    low = mistakes(student, examples.train, dict.fromkeys(TOOLS, -2.0))
    assert low.intents == ()
    high = mistakes(student, examples.train, dict.fromkeys(TOOLS, 2.0))
    assert len(high.intents) > len(mistakes(student, examples.train).intents)


def test_an_intent_with_several_answers_counts_once(student, examples):
    once = mistakes(student, examples.train)
    twice = mistakes(student, (*examples.train, *examples.train))
    assert twice.intents == once.intents
    assert twice.by_tool == {tool: 2 * count for tool, count in once.by_tool.items()}


def test_a_student_of_these_very_rows_errs_on_fewer(student, answers, examples):
    wanted = {row.intent for row in examples.train}
    own = NearestStudent([answer for answer in answers[:1000] if answer.intent in wanted])
    assert len(mistakes(own, examples.train).intents) < len(mistakes(student, examples.train).intents)


def test_another_toolset_has_its_own_bars():
    rows = compare([Recipe.neutral(invented)], [Recipe.neutral(invented)], invented)
    assert list(mean_likeness(rows)) == [tool.name for tool in invented.tools]
    assert not mistaken(rows, mean_likeness(rows), decisions=True).any()
