"""Simulated users: what they want, what they are shown, what they export."""

from importlib import resources

import numpy as np
import pytest
from PIL import Image

from goldenhour.events import AnswerShown, Edited, Exported, ProjectStarted, open_store
from goldenhour.render import colour
from goldenhour.render.reference import grade_exactly
from goldenhour.simulate import Eye, Simulation, simulate, varied_answers
from goldenhour.simulate.perception import difference
from goldenhour.simulate.projects import corrected, tasted
from goldenhour.simulate.teaching import perturbed
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.tools import Recipe


@pytest.fixture(scope="module")
def answers():
    return varied_answers(recorded_answers()[:60], 4, np.random.default_rng(0))


@pytest.fixture(scope="module")
def eye():
    return Eye()


def run(answers, eye, **settings):
    """Events by kind, of users who are shown any variant."""
    wanted = {intent: found[0] for intent, found in answers.items()}

    def answer(_user, intent, random):
        return answers[intent][random.integers(len(answers[intent]))], "teacher"

    simulation = Simulation(**{"users": 60, "seed": 3} | settings)
    return [event for user in simulate(simulation, wanted, answer, eye) for event in user]


def of(kind, events):
    return [event for event in events if isinstance(event, kind)]


def test_a_seed_gives_the_same_events_again(answers, eye):
    assert run(answers, eye) == run(answers, eye)
    assert run(answers, eye, seed=4) != run(answers, eye)


def test_every_project_is_marked_as_simulated_and_shown_one_answer(answers, eye):
    events = run(answers, eye)
    projects = of(ProjectStarted, events)
    assert all(project.simulated for project in projects)
    assert [answer.project_id for answer in of(AnswerShown, events)] == [project.id for project in projects]
    assert {project.media_kind for project in projects} == {"photo", "clip"}
    assert len({project.user for project in projects}) == 60
    assert len(projects) == pytest.approx(600, rel=0.15)


def test_what_looks_like_what_was_wanted_is_exported_more_often(answers, eye):
    events = run(answers, eye, users=300, by_hand=0)
    exported = {export.answer_id for export in of(Exported, events)}
    near, far = [], []
    for shown in of(AnswerShown, events):
        distance = eye.distance(shown.recipe, answers[shown.intent][0])
        (near if distance < 2 else far if distance > 6 else []).append(shown.id in exported)
    assert len(near) > 100
    assert len(far) > 50
    assert np.mean(near) > 0.8
    assert np.mean(far) < 0.4


def test_hands_set_one_tool_to_what_is_wanted(answers, eye):
    events = run(answers, eye, by_hand=1.0)
    shown = {answer.id: answer for answer in of(AnswerShown, events)}
    edits = of(Edited, events)
    assert edits
    for edit in edits:
        before, after = shown[edit.answer_id].recipe.to_dict(), edit.recipe.to_dict()
        wanted = answers[shown[edit.answer_id].intent][0].to_dict()
        changed = [tool for tool in before if before[tool] != after[tool]]
        assert len(changed) <= 1
        assert all(after[tool] == wanted[tool] for tool in changed)


def test_few_intents_make_most_of_the_traffic(answers, eye):
    counts = np.unique([answer.intent for answer in of(AnswerShown, run(answers, eye, users=300))], return_counts=True)[
        1
    ]
    counts = np.sort(counts)[::-1] / counts.sum()
    # Zipf's law with exponent 1 over 60 intents: the first has 1 / H(60) = 0.214 of the traffic
    assert counts[0] == pytest.approx(1 / np.sum(1 / np.arange(1, 61)), abs=0.03)


def test_a_store_takes_the_events(answers, eye, tmp_path):
    events = run(answers, eye)
    with open_store(str(tmp_path / "events.sqlite")) as store:
        assert store.write(events) == len(events)
        counts = store.counts()
    assert counts.simulated == counts.projects == len(of(ProjectStarted, events))
    assert counts.completed == len(of(Exported, events))


def test_the_first_variant_is_the_recorded_answer_and_all_differ(answers):
    first = {}
    for answer in recorded_answers()[:60]:
        first.setdefault(answer.intent, answer.recipe)
    for intent, recipe in first.items():
        assert answers[intent.lower()][0] == recipe
    assert all(len(set(found)) == len(found) == 4 for found in answers.values() if not found[0].is_neutral)


def test_perturbed_answers_are_valid_and_use_no_other_tools():
    random = np.random.default_rng(1)
    for answer in recorded_answers()[:100]:
        varied = perturbed(answer.recipe, random)
        assert Recipe.from_dict(varied.to_dict()) == varied
        assert all(answer.recipe.uses(tool) for tool in varied.to_dict() if varied.uses(tool))


def test_the_eye_sees_what_a_whole_photo_shows(eye, answers):
    """The distance on small photos is about that on large ones, from an independent rendering."""
    one, other = answers["morocco"][0], Recipe.neutral()
    distances = []
    for name in ("forest", "lake", "meadow", "night", "portrait"):
        with (resources.files("goldenhour") / "samples" / f"{name}.jpg").open("rb") as file, Image.open(file) as image:
            pixels = np.asarray(image.convert("RGB").resize((160, 120)), float).reshape(-1, 3).T / 255
        labs = [colour.linear_to_cielab(colour.srgb_decode(grade_exactly(r, pixels))) for r in (one, other)]
        distances.append(colour.ciede2000(*labs).mean())
    assert eye.distance(one, other) == pytest.approx(np.mean(distances), rel=0.1)
    assert eye.distance(one, one) == 0


def test_tastes_average_out(eye, answers):
    lab = eye.see(answers["morocco"][0])
    tastes = np.random.default_rng(0).normal(size=(400, 4))
    assert np.mean([tasted(lab, taste, 2.5) for taste in tastes], axis=0) == pytest.approx(lab, abs=0.5)
    assert difference(tasted(lab, np.ones(4), 0.0), lab) == pytest.approx(0, abs=1e-5)


def test_a_correction_of_nothing_is_nothing(answers):
    recipe = answers["morocco"][0]
    assert corrected(recipe, recipe, np.random.default_rng(0)) == recipe
