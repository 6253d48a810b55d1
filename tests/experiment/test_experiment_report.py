"""A whole report, from real events in a real store to a page in a real browser."""

import json
import re
import shutil
from datetime import timedelta

import numpy as np
import pytest
from traffic import MINUTE, START, define, project

from goldenhour.events import ProjectStarted, new_id
from goldenhour.experiment.assignment import assign
from goldenhour.experiment.definition import ExperimentError
from goldenhour.experiment.page import page
from goldenhour.experiment.registry import end, register
from goldenhour.experiment.report import as_data, make_report

NOW = START + timedelta(days=30)


def traffic(users, effect=1.0, seed=0, arms=("teacher", "student"), lost=0, **answer):
    """Users with a bent of their own, each assigned as by the server, with history and one to three projects.

    ``effect``: of the student; ``lost``: one in so many of its users, as where it fails to answer.
    """
    random = np.random.default_rng(seed)
    experiment = define()
    for number in range(users):
        user, bent, at = f"user {number}", random.beta(2, 3), START + number * MINUTE
        for back in range(random.integers(0, 3)):
            yield from project(user, None, START - timedelta(days=1 + back), export=bool(random.random() < bent))
        arm = assign(experiment, user).name
        if arm not in arms or (lost and arm == "student" and number % lost == 0):
            continue
        rate = bent * (effect if arm == "student" else 1)
        for again in range(random.integers(1, 4)):
            then = at + again * timedelta(hours=1)
            yield from project(user, arm, then, export=bool(random.random() < rate), **answer)


@pytest.fixture
def report(store, experiment):
    register(store, experiment)
    store.write(traffic(1_200, effect=0.6))
    return make_report(store, "ab", NOW)


def test_an_arm_that_completes_less_is_found_worse(report):
    (verdict,) = report.verdicts
    assert verdict.kind == "worse"
    (found,) = report.comparisons
    assert found.anytime_ratio.high < 1
    assert 0.45 < found.ratio.value < 0.75
    assert found.anytime_ratio.low < found.ratio.low < found.ratio.high < found.anytime_ratio.high
    assert found.spared > 0.02
    assert sum(arm.users for arm in report.arms) == 1_200
    assert report.sample_ratio.pvalue > 0.001
    assert [rail.state for rail in report.guardrails] == ["watched"] * 4


def test_the_curve_ends_where_the_comparison_is(report):
    (curve,), (found,) = report.curves, report.comparisons
    assert curve.users[-1] == 1_200
    assert curve.ratios[-1].value == pytest.approx(found.anytime_ratio.value, rel=1e-9)
    assert curve.ratios[-1].low == pytest.approx(found.anytime_ratio.low, rel=1e-9)


def test_the_data_is_json_and_says_everything(report):
    data = json.loads(json.dumps(as_data(report), allow_nan=False))
    assert data["kind"] == "experiment report"
    assert data["experiment"]["name"] == "ab"
    assert data["verdicts"][0]["kind"] == "worse"
    assert {segment["kind"] for segment in data["segments"]} == {"tool", "media kind", "domain"}
    assert data["sample_ratio"]["blocks"] is False


def test_a_ramp_while_completion_rises_is_not_taken_for_an_effect(store, monkeypatch):
    """An A/A test: a week with 90 % in the control, when 20 % are completed, then one of halves, when 40 % are."""
    random, week, events = np.random.default_rng(1), timedelta(days=7), []
    for number, (weight, rate) in enumerate(((90, 0.2), (50, 0.4))):
        arms = [
            {"name": "teacher", "weight": weight, "teacher": None},
            {"name": "student", "weight": 100 - weight, "student": "built-in"},
        ]
        experiment, begin = define(arms=arms), START + number * week
        monkeypatch.setattr("time.time_ns", lambda at=begin: int(at.timestamp()) * 1_000_000_000)
        register(store, experiment)
        for user in (f"{number} {place}" for place in range(1_500)):
            arm, at = assign(experiment, user).name, begin + MINUTE + random.random() * week * 0.9
            events += project(user, arm, at, export=bool(random.random() < rate))
    monkeypatch.undo()
    store.write(events)
    report = make_report(store, "ab", NOW)
    assert report.verdicts[0].kind == "not yet known"
    assert sum(arm.users for arm in report.arms) == 1_500
    assert "Counted from 2026-03-08 09:00, when the weights last changed; 1,500 users before it" in page(report)


def test_a_report_stops_at_the_end(store, experiment, monkeypatch):
    monkeypatch.setattr("time.time_ns", lambda: int(START.timestamp()) * 1_000_000_000)
    register(store, experiment)
    monkeypatch.undo()
    store.write(traffic(600, effect=0.6))
    before = make_report(store, "ab", NOW)
    monkeypatch.setattr("time.time_ns", lambda: int((START + timedelta(days=20)).timestamp()) * 1_000_000_000)
    end(store, "ab")
    monkeypatch.undo()
    store.write(
        event
        for number in range(600)
        for event in project(f"user {number}", None, START + timedelta(days=21), export=True)
    )
    after = make_report(store, "ab", NOW)
    assert after.arms == before.arms
    assert after.comparisons == before.comparisons
    assert as_data(after)["ended"] == "2026-03-21T09:00:00+00:00"
    assert "It ended on 2026-03-21 09:00 UTC" in page(after)


def test_one_look_is_at_the_planned_users_whoever_came_later(store):
    experiment = define(planned_users=200)
    register(store, experiment)
    store.write(traffic(500))
    before = make_report(store, "ab", NOW).planned
    later = START + timedelta(days=10)
    store.write(
        event
        for number in range(500)
        if (arm := assign(experiment, f"late {number}").name)
        for event in project(f"late {number}", arm, later, export=arm == "student" or number % 9 == 0)
    )
    after = make_report(store, "ab", NOW)
    assert after.verdicts[0].kind == "better"
    assert after.planned == before == {"student": "not yet known"}


def test_lost_users_of_an_arm_block_the_verdict(store, experiment):
    register(store, experiment)
    store.write(traffic(1_200, lost=4))
    report = make_report(store, "ab", NOW)
    assert report.verdicts[0].kind == "blocked"
    assert report.planned == {"student": None}


def test_an_arm_without_users_is_one_sentence(store, experiment):
    register(store, experiment)
    store.write(traffic(60, arms=("teacher",)))
    with pytest.raises(ExperimentError, match="the experiment ab has no users in student"):
        make_report(store, "ab", NOW)


def test_arms_that_complete_nothing_are_not_yet_known(store, experiment):
    register(store, experiment)
    store.write(traffic(60, effect=0.0))
    report = make_report(store, "ab", NOW)
    assert report.verdicts[0].kind == "not yet known"
    json.dumps(as_data(report), allow_nan=False)
    assert "–" in page(report)


def test_three_arms_share_the_chance_of_a_false_alarm(store):
    arms = [{"name": name, "weight": weight, "teacher": None} for name, weight in (("a", 50), ("b", 25), ("c", 25))]
    experiment = define(arms=arms)
    register(store, experiment)
    random = np.random.default_rng(0)
    for number in range(400):
        arm = assign(experiment, f"user {number}").name
        store.write(project(f"user {number}", arm, START + number * MINUTE, export=bool(random.random() < 0.4)))
    report = make_report(store, "ab", NOW)
    assert [found.arm for found in report.comparisons] == ["b", "c"]
    assert {found.alpha for found in report.comparisons} == {0.025}
    assert len(report.curves) == 2


def test_users_without_an_answer_before_the_experiment_have_no_history(store, experiment):
    register(store, experiment)
    for number in range(100):
        arm = assign(experiment, f"user {number}").name
        store.write(project(f"user {number}", arm, START + number * MINUTE, export=number % 3 == 0))
    store.write([ProjectStarted(new_id(), "user 1", START + timedelta(days=2), "photo")])
    report = make_report(store, "ab", NOW)
    assert report.comparisons[0].spared == 0
    assert sum(arm.started for arm in report.arms) == 101


def test_the_page_needs_nothing_else_and_escapes_what_users_wrote(store, experiment):
    register(store, experiment)
    store.write(traffic(400, domain="<script>alert(1)</script>"))
    text = page(make_report(store, "ab", NOW))
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert not re.search(r"""(?:src|href)\s*=|url\(|@import""", text)


def test_the_page_is_drawn_by_a_browser_without_a_word_of_complaint(report, tmp_path):
    sync_api = pytest.importorskip("playwright.sync_api")
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        pytest.skip("no Chromium here, so the page cannot be drawn")
    path = tmp_path / "report.html"
    path.write_text(page(report), encoding="utf-8")
    arguments = [
        "--no-sandbox",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-sync",
    ]
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        for width in (1280, 390):
            tab = browser.new_page(viewport={"width": width, "height": 900})
            said: list[str] = []
            tab.on("console", lambda message, said=said: said.append(message.text))
            tab.on("pageerror", lambda error, said=said: said.append(str(error)))
            tab.on("request", lambda request, said=said: said.append(request.url))
            tab.goto(path.as_uri())
            assert said == [path.as_uri()]
            assert tab.locator(".verdict").inner_text().startswith("student is worse than teacher")
            assert tab.locator("figure svg").count() >= 6
            assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
            boxes = tab.evaluate(
                """[...document.querySelectorAll('svg')].flatMap(svg => { const whole = svg.getBoundingClientRect();
                return [...svg.querySelectorAll('text')].map(text => { const box = text.getBoundingClientRect();
                return Math.max(whole.left - box.left, box.right - whole.right) })})"""
            )
            assert max(boxes) <= 1  # no label is cut off
            sizes = tab.evaluate(
                """[...document.querySelectorAll('svg text')].map(text =>
                parseFloat(getComputedStyle(text).fontSize) * text.ownerSVGElement.getScreenCTM().a)"""
            )
            assert min(sizes) >= 11  # pixels; on a phone the plot scrolls
            tab.close()
        browser.close()
