import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenhour.students.examples import Example, Examples
from goldenhour.students.generative import (
    Form,
    GenerativeSettings,
    Lessons,
    Written,
    dev_scores,
    lengths,
    readable,
    teachable,
)
from goldenhour.students.student import StudentError
from goldenhour.tools import Recipe
from invented_toolset import invented, invented_data
from recipes import recipes

FORMS = [Form(target, tasks, invented) for target in ("compact", "json") for tasks in ("each", "joint")]
RECIPE = Recipe.from_dict(invented_data(), invented)
WHOLE = Example("dusk", RECIPE, "", (True, True, True))
PART = Example("dawn", RECIPE, "", (True, False, True))
TOLD = Example("noon", RECIPE, "Hard\tlight, short shadows", (True, True, True))


@given(recipes(invented))
def test_what_is_to_be_written_is_read_without_repairs(recipe):
    for form in FORMS:
        assert form.read(form.targets(recipe)) == (recipe, ())


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form.target} {form.tasks}")
@given(texts=st.lists(st.text(), min_size=3, max_size=3))
def test_whatever_is_written_the_recipe_is_valid(form, texts):
    recipe, _ = form.read(texts[: len(form.asked)])
    assert Recipe.from_dict(recipe.to_dict(), invented) == recipe


def test_each_tool_is_asked_for_by_its_name_or_all_by_the_intent_alone():
    assert Form("compact", "each", invented).requests("dusk") == ["develop: dusk", "zones: dusk", "overlay: dusk"]
    assert Form("compact", "joint", invented).requests("dusk") == ["dusk"]


def test_a_tool_that_the_data_say_nothing_of_is_not_taught():
    each, joint = Form("compact", "each", invented), Form("compact", "joint", invented)
    assert [request for request, _ in each.pairs(PART)] == ["develop: dawn", "overlay: dawn"]
    assert joint.pairs(PART) == []
    assert len(joint.pairs(WHOLE)) == 1


def test_rows_that_teach_nothing_are_left_out_and_too_few_are_refused():
    joint = Form("compact", "joint", invented)
    examples = Examples((WHOLE, PART, WHOLE), (WHOLE,), "hash", "data")
    assert teachable(examples, joint).train == (WHOLE, WHOLE)
    with pytest.raises(StudentError, match="only 1 rows say something of every tool; set tasks: each"):
        teachable(Examples((WHOLE, PART), (WHOLE,), "hash", "data"), joint)


def test_a_part_that_cannot_be_read_costs_that_part_only():
    form = Form("compact", "each", invented)
    texts = form.targets(RECIPE)
    recipe, repairs = form.read([texts[0], "?", texts[2]])
    assert recipe.to_dict() == {**RECIPE.to_dict(), "zones": None}
    assert len(repairs) == 1
    assert repairs[0].startswith("took zones for not used: nothing in the text can be read")


def test_a_writer_that_copies_the_teacher_scores_one():
    form = Form("compact", "each", invented)
    by_request = dict(form.pairs(WHOLE))
    scores = dev_scores([WHOLE], form, lambda requests: [Written(by_request[request], 0.5) for request in requests])
    assert scores.overall == pytest.approx(1)


def test_confidence_is_the_mean_of_the_parts():
    form = Form("compact", "each", invented)
    answers = form.answers(["a", "b"], lambda asked: [Written("-", 0.2 * (n % 3)) for n in range(len(asked))])
    assert [answer.confidence for answer in answers] == pytest.approx([0.2, 0.2])
    assert [answer.tokens for answer in answers] == [None, None]


def test_tokens_are_the_sum_of_the_parts():
    form = Form("compact", "each", invented)
    (answer,) = form.answers(["a"], lambda asked: [Written("-", 1.0, tokens) for tokens in range(1, len(asked) + 1)])
    assert answer.tokens == sum(range(1, len(form.asked) + 1))


@given(st.text())
def test_any_text_can_be_encoded(text):
    assert len(readable(text + "\ud800").encode()) <= 4 * 500


def test_lengths_are_those_of_whole_answers():
    form = Form("compact", "each", invented)
    most, tokens = lengths([WHOLE], form, lambda text: len(text.split()))
    assert (most, tokens) == (int(1.25 * 2) + 1, 2 + 2 + 2)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form.target} {form.tasks}")
def test_rationales_are_a_task_of_their_own_after_the_answers(form):
    answers = [pair for example in (WHOLE, TOLD) for pair in form.pairs(example)]
    assert Lessons(form, 0.0).pairs([WHOLE, TOLD]) == answers
    assert Lessons(form, 0.5).pairs([WHOLE, TOLD]) == [*answers, ("rationale: noon", "hard light, short shadows")]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form.target} {form.tasks}")
def test_rationales_are_neither_asked_for_nor_given_room_in_service(form):
    asked = []
    form.answers(["noon"], lambda requests: asked.extend(requests) or [Written("-", 1.0)] * len(requests))
    assert asked == form.requests("noon")
    assert not any("rationale" in request for request in asked)
    assert lengths([TOLD], form, len) == lengths([WHOLE], form, len)


def test_a_row_weighs_so_that_each_task_is_a_mean_over_its_tokens():
    lessons = Lessons(Form("compact", "each", invented), 0.5)
    weights = lessons.weights([TOLD, WHOLE], [3, 1, 2, 3, 1, 2, 8])
    assert weights == pytest.approx([1 / 12] * 6 + [0.5 / 8])
    plain = Lessons(lessons.form, 0.0)
    assert plain.weights([TOLD, WHOLE], [3, 1, 2, 3, 1, 2]) == pytest.approx([1 / 12] * 6)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"target": "xml"}, "the setting target must be compact or json, not 'xml'"),
        ({"tasks": "some"}, "the setting tasks must be each or joint, not 'some'"),
        ({"dev_rows": 0}, "the setting dev_rows must be above 0, not 0"),
        ({"rationale_weight": -0.5}, "the setting rationale_weight must be 0 or more, not -0.5"),
        ({"rationale_weight": float("nan")}, "the setting rationale_weight must be 0 or more, not nan"),
    ],
)
def test_settings_that_are_none_are_refused(given, sentence):
    with pytest.raises(StudentError, match=sentence):
        GenerativeSettings("base", **given)
