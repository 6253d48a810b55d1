"""goldenhour augment and study: what can be wrong with them is said before anything is asked or trained."""

import pytest

pytest.importorskip("torch", reason="needs the [train] extra")
pytest.importorskip("polars", reason="needs the [data] extra")


@pytest.mark.parametrize(
    ("command", "example"),
    [
        (["augment"], "goldenhour augment --student students/mine --generator llm --max-cost 5"),
        (["study", "low-data"], "goldenhour study low-data -o studies/low-data --config"),
    ],
)
def test_help_has_examples(run, command, example):
    result = run(*command, "--help")
    assert result.code == 0
    assert example in " ".join(result.out.split())


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (["augment", "--student", "none"], "none is not a student's folder"),
        (["augment", "--student", "none", "--generator", "llm"], "needs an endpoint: set GOLDENHOUR_TEACHER_URL"),
        (["study", "low-data", "--fractions", "0,1"], "must be shares of the data, above 0 and at most 1"),
        (["study", "low-data", "--fractions", "half"], "--fractions 'half' must be numbers"),
        (["study", "low-data", "--seeds", "1.5"], "--seeds '1.5' must be whole numbers, 0 or more"),
        (["study", "low-data", "--family", "nearest"], "choose direct, seq2seq or causal"),
        (["study", "low-data", "--config", "none.yaml"], "none.yaml cannot be read"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_meant_is_one_sentence(run, tmp_path, monkeypatch, command, sentence):
    monkeypatch.chdir(tmp_path)
    result = run(*command)
    assert result.code == 2
    assert sentence in result.err
    assert result.err.count("\n") == 1
    assert not list(tmp_path.iterdir())
