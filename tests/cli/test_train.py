"""goldenhour train: what can be wrong with it is said before anything is trained."""

import pytest

pytest.importorskip("torch", reason="needs the [train] extra")
pytest.importorskip("transformers", reason="needs the [train] extra")


def test_help_has_examples(run):
    result = run("train", "direct", "--help")
    assert result.code == 0
    assert "goldenhour train direct -o students/mine" in result.out
    assert "--config" in result.out


def test_a_setting_that_is_none_is_refused(run, tmp_path):
    (tmp_path / "bad.yaml").write_text("epoch: 3\n", encoding="utf-8")
    result = run("train", "direct", "-o", tmp_path / "student", "--config", tmp_path / "bad.yaml")
    assert result.code == 2
    assert result.err.startswith("goldenhour: the settings ")
    assert "name 'epoch'; known are base, epochs" in result.err
    assert result.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["bad.yaml"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--epochs", "0"], "the setting epochs must be above 0"),
        (["--seed", "-1"], "the setting seed must be 0 to"),
        (["--data", "no/such/folder"], "is not a finished dataset"),
        (["--config", "none.yaml"], "cannot be read"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_options_that_cannot_be_meant_are_refused_in_one_sentence(run, tmp_path, options, sentence):
    result = run("train", "direct", "-o", tmp_path / "student", *options)
    assert result.code == 2
    assert sentence in result.err
    assert result.err.count("\n") == 1
    assert not list(tmp_path.iterdir())
