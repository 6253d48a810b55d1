"""What users showed and exported becomes one answer to each intent."""

import json
from datetime import timedelta

import polars as pl
import pytest
from sqlalchemy import select

from goldenhour.dataset.observed import observe
from goldenhour.dataset.select import select_answers
from goldenhour.events import AnswerShown, Exported, ProjectStarted, new_id, schema
from goldenhour.tools import Recipe, default_toolset


def chosen(history, selection="per-tool", estimator="shrinkage"):
    """Intent to tool to (part, shown, exported)."""
    with history.store.reading() as connection:
        rows = select_answers(observe(connection, default_toolset().hash), selection, estimator)
    found = {}
    for intent, tool, data, shown, exported in rows.iter_rows():
        part = None if data is None else json.loads(data)
        found.setdefault(intent, {})[tool] = (part, shown, exported)
    return found


def test_the_answer_exported_most_often_is_chosen(history, make):
    history.shown("Morocco", make(10), exported=True, times=2)
    history.shown("morocco", make(10), times=8)
    history.shown("morocco!", make(30), exported=True, times=7)
    history.shown("morocco", make(30), times=3)
    adjust, shown, exported = chosen(history)["morocco"]["adjust"]
    assert (adjust["exposure"], shown, exported) == (30, 10, 7)


def test_what_followed_another_recipe_is_no_answer_to_its_words(history, make):
    history.shown("a bit warmer", make(10, "warm_Sahara"), exported=True, times=9, user="bob", follow_up=True)
    history.shown("same but colder", make(5), exported=True, times=9, user="bob", follow_up=True)
    history.shown("a bit warmer", make(10), exported=True, user="ann")
    assert {intent: parts["filter"] for intent, parts in chosen(history).items()} == {"a bit warmer": (None, 1, 1)}
    with history.store.reading() as connection:
        assert observe(connection, default_toolset().hash).users == [history.store.user_id("ann")]


def test_an_export_of_no_answer_is_no_label_of_the_answers_in_its_project(history, make):
    history.shown("dusk", make(10), exported=True)
    history.shown("dusk", make(10), times=3)
    before = chosen(history)
    project = history.store.rows(select(schema.answers.c.project_id))
    exports = [Exported(new_id(), row.project_id, None, history.at, make(10)) for row in project]
    history.store.write(exports)
    assert chosen(history) == before
    assert before["dusk"]["adjust"][1:] == (4, 1)


def test_luck_does_not_win_except_by_the_plain_rate(history, make):
    for number in range(12):  # what exports are like elsewhere
        history.shown(f"place {number}", make(5), exported=True, times=2)
        history.shown(f"place {number}", make(5), times=3)
    history.shown("night", make(-40), exported=True)
    history.shown("night", make(-20), exported=True, times=16)
    history.shown("night", make(-20), times=4)
    exposure = {
        by: chosen(history, estimator=by)["night"]["adjust"][0]["exposure"] for by in ("max", "wilson", "shrinkage")
    }
    assert exposure == {"max": -40, "wilson": -20, "shrinkage": -20}


def test_each_tool_is_chosen_by_itself_or_all_together(history, make):
    warm, cold = "warm_Honey", "cool_Arctic"
    history.shown("sea", make(10, warm), final=make(10, cold), times=9)  # the look never stays
    history.shown("sea", make(40, cold), final=make(10, cold), times=6)  # the exposure never stays
    history.shown("sea", make(40, cold), exported=True)
    per_tool, joint = chosen(history)["sea"], chosen(history, "joint")["sea"]
    assert (per_tool["adjust"][0]["exposure"], per_tool["filter"][0]["name"]) == (10, cold)
    assert (joint["adjust"][0]["exposure"], joint["filter"][0]["name"]) == (40, cold)
    assert per_tool["filter"][1:] == (7, 7)
    assert joint["filter"][1:] == (7, 1)


def test_what_was_never_exported_is_dropped(history, make):
    history.shown("fog", make(10), times=5)
    history.shown("rain", make(10, "cool_Steel"), final=make(10))
    found = chosen(history)
    assert "fog" not in found
    assert "filter" not in found["rain"]
    assert found["rain"]["adjust"][1:] == (1, 1)


def test_a_null_part_counts_like_any_other(history, make):
    history.shown("plain", make(), exported=True, times=3)
    assert chosen(history)["plain"] == {tool.name: (None, 3, 3) for tool in default_toolset().tools}


def test_of_several_exports_of_an_answer_the_last_counts_once(history, make):
    project, answer, at = new_id(), new_id(), history.at
    history.store.write(
        [
            ProjectStarted(project, "ann", at, "clip"),
            AnswerShown(answer, project, at, "dusk", make(10, "warm_Honey"), "teacher", "1", 2.0),
            Exported(new_id(), project, answer, at + timedelta(hours=2), make(10)),
            Exported(new_id(), project, answer, at + timedelta(hours=1), make(10, "warm_Honey")),
        ]
    )
    found = chosen(history)["dusk"]
    assert found["adjust"][1:] == (1, 1)
    assert "filter" not in found


def test_ties_are_always_broken_alike(history, make):
    for exposure in (10, 20, 30):
        history.shown("tie", make(exposure), exported=True)
    assert len({json.dumps(chosen(history)["tie"]) for _ in range(5)}) == 1


def test_an_empty_store_has_nothing_to_choose(history):
    assert chosen(history) == chosen(history, "joint") == {}


def test_users_and_simulation_are_told(history, make):
    history.shown("sea", make(10), exported=True, user="ann", simulated=True)
    history.shown("sea", make(10), user="bob")
    with history.store.reading() as connection:
        observed = observe(connection, default_toolset().hash)
    assert observed.simulated
    assert set(observed.users) == {history.store.user_id("ann"), history.store.user_id("bob")}
    assert observed.answers.select(pl.col("shown").sum(), pl.col("exported").sum()).rows() == [(2, 1)]


def test_recipes_of_another_toolset_are_left_out(history, make):
    history.shown("sea", make(10), exported=True)
    with history.store.reading() as connection:
        assert observe(connection, "00" * 32).answers.is_empty()


@pytest.mark.parametrize("selection", ["per-tool", "joint"])
def test_what_is_chosen_is_a_valid_recipe(history, make, selection):
    history.shown("sea", make(10, "warm_Honey"), exported=True)
    parts = {tool: part for tool, (part, *_) in chosen(history, selection)["sea"].items()}
    assert Recipe.from_dict(parts) == make(10, "warm_Honey")


def test_an_answer_of_a_project_that_is_not_known_is_left_out(history, make):
    answer, project = new_id(), new_id()
    history.store.write(
        [
            AnswerShown(answer, project, history.at, "sea", make(10), "teacher", "1", 2.0),
            Exported(new_id(), project, answer, history.at, make(10)),
        ]
    )
    assert chosen(history) == {}
    history.store.write([ProjectStarted(project, "ann", history.at, "photo")])
    assert chosen(history)["sea"]["adjust"][1:] == (1, 1)
