from happenings import BARE, FAINT, WARM, clear, exported, exported_by_hand, graded, shown, started
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.core import HealthCheck
from sqlalchemy import text

from goldenhour.events import outcomes
from goldenhour.tools import Recipe, default_toolset
from recipes import recipes

ALL_KEPT = {"adjust": "kept", "selective_adjust": "kept", "filter": "kept"}


def test_a_tool_is_exported_when_its_part_is_unchanged_and_a_null_part_counts_like_any_other():
    assert outcomes(WARM, WARM) == ALL_KEPT
    assert outcomes(BARE, BARE) == ALL_KEPT
    assert outcomes(WARM, FAINT) == ALL_KEPT | {"filter": "changed"}
    assert outcomes(WARM, BARE) == ALL_KEPT | {"filter": "removed"}
    assert outcomes(BARE, WARM) == ALL_KEPT | {"filter": "changed"}  # added by hand
    assert outcomes(WARM, graded(exposure=5)) == ALL_KEPT | {"adjust": "changed"}


two_recipes = st.tuples(
    recipes(default_toolset()), recipes(default_toolset()), st.sets(st.sampled_from(list(ALL_KEPT)))
)


def test_an_export_of_no_answer_completes_its_project_and_says_nothing_of_the_answers_in_it(store):
    project = started()
    store.write([project, shown(project), exported_by_hand(project, WARM), started("john")])
    counts = store.counts()
    assert (counts.projects, counts.completed, counts.exports, counts.waiting) == (2, 1, 1, 0)
    with store.reading() as connection:
        assert connection.scalar(text("SELECT COUNT(*) FROM export_outcomes")) == 0


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(two_recipes)
def test_the_view_for_reports_says_the_same(store, case):
    first, second, taken = case
    second = Recipe.from_dict(first.to_dict() | {tool: second.to_dict()[tool] for tool in taken})
    clear(store)
    project = started()
    answer = shown(project, first)
    store.write([project, answer, exported(answer, second)])
    with store.reading() as connection:
        seen = dict(connection.execute(text("SELECT tool, outcome FROM export_outcomes")).all())
    assert seen == outcomes(first, second)
