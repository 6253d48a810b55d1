from dataclasses import dataclass

import pytest

from goldenhour.students import StudentError
from goldenhour.students.settings import Settings, read_settings


@dataclass(frozen=True)
class Knobs(Settings):
    base: str = "package:weights"
    name: str = ""
    share: float = 0.5
    whole: bool = True


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "knobs.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_without_a_file_all_is_default():
    assert read_settings(Knobs, None, {}) == Knobs()


def test_what_is_given_goes_before_the_file_and_that_before_the_defaults(file):
    path = file("epochs: 3\nseed: 7\nwhole: no\n")
    found = read_settings(Knobs, path, {"seed": 9, "name": None, "batch": None})
    assert found == Knobs(epochs=3.0, seed=9, whole=False)


def test_an_empty_file_changes_nothing(file):
    assert read_settings(Knobs, file(""), {}) == Knobs()


def test_whole_numbers_are_numbers():
    found = Knobs(epochs=3)
    assert found == Knobs(epochs=3.0)
    assert isinstance(found.epochs, float)


@pytest.mark.parametrize(
    "data",
    [
        *({"epochs": "3"}, {"epochs": True}, {"batch": 2.5}, {"batch": True}, {"seed": "one"}, {"whole": 1}),
        *({"name": 5}, {"base": 5}, {"share": [0.5]}, {"learning_rate": {}}),
    ],
    ids=str,
)
def test_a_value_of_another_type_is_refused(data):
    with pytest.raises(StudentError, match=rf"the setting {next(iter(data))} must be of type "):
        read_settings(Knobs, None, data)


@pytest.mark.parametrize("name", ["epochs", "batch", "learning_rate", "patience"])
@pytest.mark.parametrize("value", [0, -1, 10**9])
def test_a_value_out_of_range_is_refused(name, value):
    with pytest.raises(StudentError, match=f"the setting {name} must be above 0"):
        read_settings(Knobs, None, {name: value})


@pytest.mark.parametrize(
    "data",
    [
        *({"epochs": float("nan")}, {"learning_rate": float("inf")}, {"warmup": float("nan")}, {"warmup": -0.1}),
        *({"warmup": 2}, {"seed": -1}, {"seed": 2**32}),
    ],
    ids=str,
)
def test_a_number_that_cannot_be_meant_is_refused(data):
    with pytest.raises(StudentError, match=f"the setting {next(iter(data))} "):
        read_settings(Knobs, None, data)


def test_a_name_that_is_none_is_refused_with_those_that_are(file):
    with pytest.raises(StudentError, match=r"the settings .*knobs\.yaml name 'epoch'; known are base, epochs, batch"):
        read_settings(Knobs, file("epoch: 3"), {})


@pytest.mark.parametrize(
    "text", ["- 3", "three", "epochs: [", b"\xff\xfe", "epochs: 1\nepochs: 2", "epochs: 2026-99-99"]
)
def test_a_file_that_is_no_list_of_settings_is_refused(file, text):
    with pytest.raises(
        StudentError, match=r"the settings .*knobs\.yaml (cannot be read|must be lines)|must be of type"
    ) as e:
        read_settings(Knobs, file(text), {})
    assert "\n" not in str(e.value)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(StudentError, match=r"the settings .*none\.yaml cannot be read"):
        read_settings(Knobs, tmp_path / "none.yaml", {})
    with pytest.raises(StudentError, match="cannot be read"):
        read_settings(Knobs, tmp_path, {})
