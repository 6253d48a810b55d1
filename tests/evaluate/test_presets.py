"""Presets that people made."""

import json

import pytest

from goldenhour.evaluate.candidates import Candidate
from goldenhour.evaluate.material import EvaluationError
from goldenhour.evaluate.presets import compare_presets, read_presets
from goldenhour.students import Answer
from recipes import recipe_of

LINES = [
    {"name": "noir", "adjust": {"contrast": 40, "tint": 0}, "bw": True, "signs": {"temperature": -1}},
    {"name": "azul", "name_en": "blue", "selective": {"blue": {"saturation": 30}}, "kelvin": 3000},
    {"name": "fuji", "adjust": {"shadows": -2}, "value_trust": "sign-only"},
    {"name": "empty", "adjust": {}, "split_toning": {"shadow": {"hue": 30}}},
]


def write(tmp_path, lines):
    path = tmp_path / "presets.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n\n")
    return path


def test_what_presets_state_is_read_by_the_names_of_the_toolset(tmp_path):
    noir, blue, fuji = read_presets(write(tmp_path, LINES))
    assert noir.stated == {"adjust.contrast": 40, "adjust.temperature": -1}
    assert noir.sized == {"adjust.contrast": 40}
    assert (blue.name, blue.stated) == ("blue", {"selective_adjust.blue.saturation": 30})
    assert (fuji.stated, fuji.sized) == ({"adjust.shadows": -2}, {})


def test_agreement_is_of_signs_and_cosine_of_sizes(tmp_path):
    answers = {
        "noir": recipe_of({"adjust.contrast": 5, "adjust.temperature": 9}),
        "blue": recipe_of({"selective_adjust.blue.saturation": 1}),
        "fuji": recipe_of({}),
    }
    student = Candidate("s", "student", lambda intents: [Answer(answers[intent], 1.0) for intent in intents])
    found = compare_presets(student, read_presets(write(tmp_path, LINES)))
    assert found.moved.value == pytest.approx(3 / 4)
    assert found.agreement.value == pytest.approx(2 / 3)
    assert found.agreement.low <= found.agreement.value <= found.agreement.high
    assert (found.cosine.value, found.cosine.rows) == (pytest.approx(1), 2)
    assert found.by_parameter["adjust.temperature"] == (1, 1, 0)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "line 2: it is not JSON"),
        ("[1]", "line 2: a preset is an object with a name, not"),
        ({"name": " "}, "line 2: a preset is an object with a name"),
        ({"name": "x", "adjust": {"contrast": "much"}}, "line 2: contrast is 'much', but must be a number"),
        ('{"name": "x", "adjust": {"contrast": NaN}}', "line 2: contrast is nan, but must be a number"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path, line, says):
    with pytest.raises(EvaluationError, match=says):
        read_presets(write(tmp_path, [LINES[0], line]))


def test_a_file_that_states_nothing_or_is_missing_is_said(tmp_path):
    with pytest.raises(EvaluationError, match="state no number"):
        read_presets(write(tmp_path, LINES[3:]))
    with pytest.raises(EvaluationError, match="cannot be read: No such file"):
        read_presets(tmp_path / "none.jsonl")
