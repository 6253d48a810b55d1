import math
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenhour.augment.study_plot import curve
from goldenhour.augment.study_report import PAPER, as_markdown, crossing, mean_over_seeds, summary

SCORES = {
    (0.125, "without"): [0.50, 0.52, 0.54],
    (0.125, "augmented"): [0.55, 0.572, 0.594],
    (0.5, "without"): [0.60, 0.62, 0.64],
    (0.5, "augmented"): [0.68, 0.70, 0.72],
    (1.0, "without"): [0.68, 0.70, 0.72],
}
RUNS = [
    {"fraction": fraction, "variant": variant, "seed": seed, "dev": {"overall": score}, "test": {"overall": score}}
    for (fraction, variant), scores in SCORES.items()
    for seed, score in enumerate(scores, 1)
]


def test_the_mean_has_students_interval():
    found = mean_over_seeds([1.0, 2.0, 3.0])
    assert found["value"] == 2
    assert found["high"] == pytest.approx(2 + 4.303 / math.sqrt(3))  # R: qt(.975, 2) * sd / sqrt(n)
    assert found["low"] == pytest.approx(2 - 4.303 / math.sqrt(3))
    assert mean_over_seeds([0.5]) == {"value": 0.5, "low": None, "high": None, "seeds": 1}


@given(st.lists(st.floats(0, 1), min_size=2, max_size=30))
def test_the_mean_lies_in_its_interval(values):
    found = mean_over_seeds(values)
    assert found["low"] - 1e-9 <= found["value"] <= found["high"] + 1e-9


def test_a_curve_crosses_straight_between_logarithms():
    assert crossing([(0.25, 0.4), (1.0, 0.8)], 0.6) == pytest.approx(0.5)
    assert crossing([(1.0, 0.8), (0.25, 0.4)], 0.4) == 0.25
    assert crossing([(0.25, 0.4), (1.0, 0.8)], 0.9) is None
    assert crossing([(0.25, 0.4), (0.5, 0.7), (1.0, 0.6)], 0.6) < 0.5
    assert crossing([], 0.5) is None


def test_gains_are_of_the_same_seeds():
    gains = {(gain["fraction"], gain["variant"]): gain for gain in summary(RUNS)["gains"]["test"]}
    assert list(gains) == [(0.125, "augmented"), (0.5, "augmented")]
    assert gains[0.125, "augmented"]["value"] == pytest.approx(0.1)
    assert gains[0.125, "augmented"]["high"] == pytest.approx(0.1)  # all seeds gain a tenth
    missing = [run for run in RUNS if (run["variant"], run["seed"]) != ("without", 1)]
    assert {gain["seeds"] for gain in summary(missing)["gains"]["test"]} == {2}


def test_how_much_data_suffices_is_read_off_each_curve():
    reached = summary(RUNS)["reached"]["test"]
    assert reached["augmented"]["1"] == pytest.approx(0.5)
    assert reached["without"]["1"] == 1.0
    assert 0.5 < reached["without"]["0.95"] < 1
    assert summary([run for run in RUNS if run["fraction"] < 1])["reached"]["test"] == {}


def test_the_page_has_the_paper_beside_our_numbers():
    text = as_markdown(summary(RUNS) | {"definition": {"family": "direct"}})
    row = next(line for line in text.splitlines() if line.startswith("| 0.125 |"))
    assert "0.520 (0.470 to 0.570) | 0.572" in row
    assert "+10.0%" in row
    assert row.endswith("| 0.52 | 0.65 |")
    assert "gain at 0.125 is +25%" in text
    assert "The test split is reported only" in text


@pytest.mark.parametrize("runs", [RUNS, RUNS[:1], RUNS[:2]], ids=["all", "one", "two"])
def test_the_curve_is_an_svg_file_with_every_point_inside(runs):
    root = ET.fromstring(curve(summary(runs)["points"]["test"], PAPER))
    name = "{http://www.w3.org/2000/svg}"
    width, height = map(float, root.attrib["viewBox"].split()[2:])
    dots = [dot for group in root.iter(f"{name}g") for dot in group.iter(f"{name}circle")]
    assert len(dots) == len({(run["fraction"], run["variant"]) for run in runs})
    squares = [square for group in root.iter(f"{name}g") for square in group.iter(f"{name}rect")]
    assert len(squares) == 3
    for dot in dots:
        assert 0 < float(dot.attrib["cx"]) < width
        assert 0 < float(dot.attrib["cy"]) < height
