"""What a store remembers of experiments."""

from dataclasses import replace

import pytest

from goldenhour.events import open_store
from goldenhour.experiment.definition import ExperimentError, read_experiment
from goldenhour.experiment.registry import end, experiments, find_experiment, register


@pytest.fixture
def store(tmp_path):
    with open_store(str(tmp_path / "events.sqlite")) as store:
        yield store


def experiment(name="ab", weight=0.5, **changed):
    arms = [
        {"name": "teacher", "weight": 1 - weight, "teacher": None},
        {"name": "student", "weight": weight, "student": "built-in"},
    ]
    return read_experiment({"name": name, "arms": arms, "start": "2026-03-01"} | changed)


def test_an_experiment_is_kept_as_it_was_first_seen(store):
    registered = register(store, experiment())
    assert registered.experiment == experiment()
    assert register(store, experiment()).weights == registered.weights
    assert find_experiment(store, "ab") == registered


def test_what_was_registered_before_arms_had_versions_goes_on(store):
    """And what has one has to keep it."""
    old = experiment()
    new, other = (
        replace(old, arms=(old.arms[0], replace(old.arms[1], version=version))) for version in ("a" * 12, "b" * 12)
    )
    register(store, old)
    assert register(store, new).experiment == old
    reweighted = register(store, new.with_weights({"teacher": 0.9, "student": 0.1}))
    assert reweighted.experiment.weights == {"teacher": 0.9, "student": 0.1}
    assert len(reweighted.weights) == 2
    versioned = [replace(one, name="versioned") for one in (new, other)]
    register(store, versioned[0])
    with pytest.raises(ExperimentError, match="is running and arms changed"):
        register(store, versioned[1])


def test_new_weights_are_noted_with_the_time(store):
    register(store, experiment())
    register(store, experiment(weight=0.1))
    registered = register(store, experiment(weight=0.3))
    assert [weights["student"] for _, weights in registered.weights] == [0.5, 0.1, 0.3]
    times = [at for at, _ in registered.weights]
    assert times == sorted(set(times))
    assert registered.experiment.weights["student"] == 0.3


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"margin": 0.9}, "margin"),
        ({"control": "student"}, "control"),
        ({"start": "2026-03-02", "planned_users": 7}, "start and planned_users"),
    ],
)
def test_an_experiment_that_changed_while_running_is_refused(store, change, what):
    register(store, experiment())
    with pytest.raises(ExperimentError, match=f"the experiment ab is running and {what} changed; only the weights may"):
        register(store, experiment(**change))
    assert find_experiment(store, "ab").experiment == experiment()


def test_all_are_listed_in_the_order_of_their_coming(store):
    for name in ("b", "a"):
        register(store, experiment(name))
    assert {registered.experiment.name for registered in experiments(store)} == {"a", "b"}
    times = [registered.since for registered in experiments(store)]
    assert times == sorted(times)


def test_an_unknown_experiment_is_one_sentence_with_those_that_there_are(store):
    with pytest.raises(ExperimentError, match=r"has no experiment 'ab'; start one with: goldenhour experiment start"):
        find_experiment(store, "ab")
    register(store, experiment("other"))
    with pytest.raises(ExperimentError, match="has no experiment 'ab'; it has other"):
        find_experiment(store, "ab")


def test_an_end_is_kept_once_and_nothing_changes_after_it(store):
    before = register(store, experiment())
    assert before.ended is None
    ended = end(store, "ab")
    assert ended.ended is not None
    assert end(store, "ab") == ended == find_experiment(store, "ab")
    assert (ended.experiment, ended.weights, ended.reweighted) == (before.experiment, before.weights, None)
    with pytest.raises(ExperimentError, match=r"the experiment ab ended on 20\d\d-.*; give the new one another name"):
        register(store, experiment(weight=0.1))
    with pytest.raises(ExperimentError, match="has no experiment 'none'; it has ab"):
        end(store, "none")
