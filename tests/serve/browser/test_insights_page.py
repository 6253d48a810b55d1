"""The insights page in Chromium, against a server whose store has known traffic."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from goldenhour.events import AnswerShown, Exported, Exposed, ProjectStarted, Store, new_id, open_store
from goldenhour.experiment.definition import read_experiment
from goldenhour.experiment.registry import register
from goldenhour.serve.insights.insights import insights
from goldenhour.tools import Recipe

WARM = Recipe.from_dict({"adjust": None, "selective_adjust": None, "filter": {"name": "warm_Honey", "intensity": 30}})
DAYS = 10


def fill(store: Store) -> None:
    """Ten days of 12 projects: every second "golden hour" is exported, and no "foggy <b>morning</b>" ever."""
    arms = [
        {"name": "teacher", "weight": 50, "teacher": None},
        {"name": "student", "weight": 50, "student": "built-in"},
    ]
    now = datetime.now(UTC).replace(hour=0, minute=0, second=1)
    register(
        store,
        read_experiment({"name": "autumn", "arms": arms, "start": now - timedelta(days=DAYS), "planned_users": 9}),
    )
    for number in range(12 * DAYS):
        at = now - timedelta(days=number // 12)
        started, shown = new_id(), new_id()
        intent = "golden hour" if number % 2 else "foggy <b>morning</b>"
        events = [
            ProjectStarted(started, f"user {number % 30}", at, "photo"),
            AnswerShown(shown, started, at, intent, WARM, "direct", "7", 5.0 + number % 12),
            Exposed(new_id(), started, "autumn", ("teacher", "student")[number % 2], at),
        ]
        if number % 4 == 1:
            events.append(Exported(new_id(), started, shown, at, WARM))
        store.write(events)


def answer_with(page: Page, found: dict) -> None:
    """What the page asks is answered by this; the server's own store belongs to other tests, too."""
    page.route("**/v1/insights*", lambda route: route.fulfill(json=found))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict:
    with open_store(str(tmp_path_factory.mktemp("insights") / "events.sqlite")) as store:
        fill(store)
        return json.loads(json.dumps(insights(store, 30)))


def test_numbers_charts_and_tables(page, found):
    answer_with(page, found)
    page.goto("/insights")
    tiles = page.locator(".tile")
    expect(tiles).to_have_count(6)
    assert tiles.all_inner_texts()[:3] == [
        "Users\n30",
        "Projects started\n120",
        "Completed\n25.0%\n95 %: 18.1% to 33.4%",
    ]
    charts = page.get_by_role("img")
    expect(charts).to_have_count(5)
    assert "Completion rate. completion rate: 25% to 25% a day, last 25%." in charts.evaluate_all(
        "all => all.map(chart => chart.getAttribute('aria-label'))"
    )
    projects = page.get_by_role("region", name="Projects", exact=True)
    heights = projects.locator("rect.bar").evaluate_all("bars => bars.map(bar => Number(bar.getAttribute('height')))")
    assert len(heights) == 2 * DAYS
    assert heights[DAYS:] == pytest.approx([height / 4 for height in heights[:DAYS]])
    projects.get_by_text("As a table").click()
    rows = projects.get_by_role("row").all_inner_texts()
    assert len(rows) == 31
    assert [row.split("\t")[1:] for row in rows[1:12]] == [["12", "3"]] * DAYS + [["0", "0"]]


def test_an_experiment_that_ended_looks_ended(page, found):
    (known,) = found["experiments"]
    ended = {**known, "ended": "2026-03-09T10:00:00+00:00", "running": False}
    for one, state in ((known, "running"), (ended, "ended Mar 9")):
        answer_with(page, {**found, "experiments": [one]})
        page.goto("/insights")
        assert page.get_by_role("heading", name="autumn").inner_text().endswith(f", {state}")


def test_what_to_teach_next_tools_and_experiments_are_named(page, found):
    answer_with(page, found)
    page.goto("/insights")
    rows = page.get_by_role("region", name="What to teach next").first.get_by_role("row")
    assert rows.nth(1).inner_text().split("\t")[:4] == ["foggy <b>morning</b>", "60", "0", "0%"]
    assert page.locator("main b").count() == 0  # what users typed is text
    arms = page.get_by_role("region", name="autumn").get_by_role("row").all_inner_texts()
    assert [row.split("\t") for row in arms[1:]] == [["teacher", "50%", "15", "60"], ["student", "50%", "15", "60"]]
    tools = page.get_by_role("region", name="Tools, by how many").get_by_role("row").all_inner_texts()
    assert [row.split("\t")[0::2] for row in tools[1:]] == [
        ["filter", "100%"],
        ["adjust", "0%"],
        ["selective adjust", "0%"],
    ]


def test_another_span_is_another_question(page, server):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/insights")
    expect(page.locator("main")).to_have_attribute("aria-busy", "false")
    page.get_by_role("radio", name="7 days").click()
    page.wait_for_url("**/insights")
    expect(page.locator("#when")).to_contain_text("(UTC), counted at")
    expect(page.locator("main")).to_have_attribute("aria-busy", "false")
    assert [url for url in asked if "/v1/" in url] == [f"{server.url}/v1/insights?days={days}" for days in (30, 7)]


def test_an_empty_store_gets_a_friendly_page(page, tmp_path):
    with open_store(str(tmp_path / "events.sqlite")) as store:
        answer_with(page, insights(store, 30))
    page.goto("/insights")
    expect(page.get_by_role("heading", name="Nothing to see yet")).to_be_visible()
    expect(page.locator("#found")).to_be_hidden()


def test_what_the_server_refuses_is_a_sentence_on_the_page(page, found, complaints):
    problem = {"detail": "the event store cannot be used at the moment; try again later"}
    page.route("**/v1/insights*", lambda route: route.fulfill(status=503, json=problem))
    page.goto("/insights")
    expect(page.get_by_role("alert")).to_have_text(f"The insights cannot be shown: {problem['detail']}.")
    complaints.clear()  # Chromium's own line about the 503
    page.unroute("**/v1/insights*")
    answer_with(page, found)
    page.get_by_role("radio", name="90 days").click()
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(page.locator(".tile")).to_have_count(6)


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_it_fits(page, found, width):
    slow = [{**day, "p99": 14_800} for day in found["latency"]["daily"]]
    answer_with(page, found | {"latency": found["latency"] | {"daily": slow}})
    page.set_viewport_size({"width": width, "height": 740})
    page.goto("/insights")
    expect(page.locator(".tile")).to_have_count(6)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    widths = "all => all.map((each) => [each.scrollWidth, each.clientWidth])"
    tables = page.locator(".card > .scroll").evaluate_all(widths)
    assert tables
    assert all(wanted <= room for wanted, room in tables), "a heading is cut off"
    cut = "all => all.filter((text) => text.getBBox().x < 0).map((text) => text.textContent)"
    assert page.locator("svg.chart text").evaluate_all(cut) == []
    letters = page.locator("svg.chart text").first.evaluate("text => text.getBoundingClientRect().height")
    assert letters >= 10
