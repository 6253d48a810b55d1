"""The page, the Markdown, the JSON."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from goldenhour.evaluate.candidates import Candidate, floors
from goldenhour.evaluate.evaluation import evaluate
from goldenhour.evaluate.material import EvaluationError, Row
from goldenhour.evaluate.plots import dot_plot
from goldenhour.evaluate.presets import compare_presets, read_presets
from goldenhour.evaluate.prices import teacher_cost
from goldenhour.evaluate.report import Report, check_place, write_report
from goldenhour.evaluate.tables import Findings
from goldenhour.metrics import Measured
from goldenhour.students import Answer
from goldenhour.teacher.cost import Prices
from goldenhour.tools import Recipe

HOSTILE = '<script>alert("x")</script> & <img src=https://evil.example/a.png> | *bold*'


class Elements(HTMLParser):
    """Checks that what is opened is closed, and keeps what is loaded from elsewhere."""

    VOID = ("meta", "img", "line", "circle")

    def __init__(self):
        super().__init__()
        self.open, self.loaded, self.tags = [], [], set()

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.loaded += [value for name, value in attributes if name in ("src", "href", "data", "srcset")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def report(material, sight, tmp_path_factory):
    """A student that answers a hostile intent with nothing, and everything that can be reported."""
    rows = (Row(replace(material.rows[0].answer, intent=HOSTILE, domain="<b>")), *material.rows[1:])
    material = replace(material, rows=rows)
    student = Candidate("<i>mute</i>", "student", lambda intents: [Answer(Recipe.neutral(), 0.0)] * len(intents))
    candidates = [student, *floors(material)]
    path = tmp_path_factory.mktemp("presets") / "presets.jsonl"
    path.write_text('{"name": "noir", "adjust": {"contrast": 40}}\n')
    presets = {candidate.name: compare_presets(candidate, read_presets(path)) for candidate in candidates}
    evaluations = tuple(evaluate(one, material, sight, lambda *_: None) for one in candidates)
    return Report(material, Findings(evaluations, presets, teacher_cost(rows, Prices(0.4, 1.6))))


@pytest.fixture(scope="module")
def folder(report, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports") / "new" / "report"
    write_report(folder, report)
    return folder


@pytest.fixture(scope="module")
def html(folder):
    return (folder / "index.html").read_text(encoding="utf-8")


def test_the_page_is_one_file_that_needs_nothing_else(html):
    elements = Elements()
    elements.feed(html)
    assert elements.open == []
    assert elements.loaded
    assert all(value.startswith("data:image/jpeg;base64,") for value in elements.loaded)
    assert "script" not in elements.tags
    assert "link" not in elements.tags
    assert not re.search(r"url\(|@import", html)


def test_what_users_typed_is_text_on_the_page(html):
    assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &lt;img" in html
    assert "<script" not in html
    assert "<i>mute" not in html
    assert "<b>" not in html.replace("</span><b>", "")


def test_the_page_has_all_there_is_to_know(html):
    for words in (
        "The paper’s scores, All",
        "paper, measured on other data",
        "0.740",
        "Further scores",
        "$ per 1,000 answers",
        "Presets that people made",
        "Overall by domain",
        "Mean absolute error, adjust",
        "The worst",
        "The best",
        "prefers-color-scheme: dark",
        "so there are no subsets r3 and r5",
    ):
        assert words in html


def test_the_markdown_has_the_same_tables(folder):
    text = (folder / "report.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) > 50
    assert "<" not in text.replace("\\<", "")
    for table in re.split(r"\n## ", text)[1:]:
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines() if line.startswith("|")}
        assert len(widths) == 1, table[:200]


def test_the_data_are_json_without_nan(folder):
    data = json.loads((folder / "report.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert data["kind"] == "evaluation"
    mute = data["evaluations"][0]
    assert mute["name"] == "<i>mute</i>"
    assert mute["subsets"]["All"]["scores"]["overall"] == 0
    assert mute["subsets"]["All"]["scores"]["tools"]["filter"]["precision"] is None
    assert data["presets"]["mean recipe"]["agreement"]["rows"] in (0, 1)
    assert data["teacher_cost"]["dollars"] > 0
    assert data["paper"]["measured_on"] == "other data"


def test_a_report_takes_the_place_of_another_but_of_nothing_else(report, folder, tmp_path):
    check_place(folder)
    (tmp_path / "mine.txt").write_text("dear diary")
    with pytest.raises(EvaluationError, match="holds something else than a report"):
        write_report(tmp_path, report)
    with pytest.raises(EvaluationError, match="is a file"):
        check_place(tmp_path / "mine.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    with pytest.raises(EvaluationError, match="cannot be written"):
        write_report(tmp_path / "mine.txt" / "report", report)


def test_a_plot_shows_each_value_within_its_axis():
    rows = [("one", [Measured(0.2, 0.1, 0.3, 9), None]), ("<two>", [None, Measured(0.95, float("nan"), 1.0, 9)])]
    svg = dot_plot("Title", rows, ["a", "b"])
    assert svg.count("<circle") == 2
    assert "&lt;two&gt;" in svg
    places = [float(x) for x in re.findall(r'\bc?x[12]?="([\d.]+)"', svg)]
    assert all(0 <= x <= 440 for x in places)
    assert dot_plot("Empty", [("one", [None])], ["a"]) == ""
