import pytest

from goldenhour.tools.strict_yaml import load_yaml


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: 1\nb: 2\na: 3", "'a' stands twice"),
        ("{x: {a: 1, a: 2}}", "'a' stands twice"),
        ("x: !!python/object/apply:os.system [ls]", "could not determine a constructor"),
        ("d: 2001-99-99", "month must be in 1..12"),
        ("[1, 2", "expected"),
    ],
)
def test_what_is_no_plain_data_is_one_sentence(text, sentence, own):
    with pytest.raises(ValueError, match=sentence) as caught:
        load_yaml(text, own)
    assert "\n" not in str(caught.value)


def test_both_readers_read_the_same():
    text = "a: [1, 2.5, yes, null]\nb: {c: 'd', ü: \"é\"}\n# e\nf: |\n  g\n"
    assert (
        load_yaml(text)
        == load_yaml(text, own=True)
        == {"a": [1, 2.5, True, None], "b": {"c": "d", "ü": "é"}, "f": "g\n"}
    )


def test_deep_nesting_of_a_strangers_file_is_a_sentence():
    with pytest.raises(ValueError, match="nested too deeply"):
        load_yaml("[" * 100_000)
