import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenhour.teacher.loose_json import MAX_TEXT, find_objects

LEAVES = st.none() | st.booleans() | st.integers(-999, 999) | st.text(max_size=5)
OBJECTS = st.dictionaries(
    st.text(max_size=5),
    st.recursive(
        LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_size=4,
)
LETTERS = st.text(alphabet="{}[]\":,'\\ a1-.n/*\n“”")


@given(OBJECTS, st.text(alphabet="ab .\n"), st.text(alphabet="ab .\n"))
def test_json_among_prose_is_found_as_it_is(data, before, after):
    (found,) = find_objects(before + json.dumps(data) + after)
    assert (found.data, found.cut, found.repairs) == (data, False, ())


@given(LETTERS | st.text())
def test_any_text_is_read_without_complaint(text):
    for found in find_objects(text):
        assert isinstance(found.data, dict)
        assert all(isinstance(key, str) for key in found.data)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("{'a': 1, 'b': 'x'}", {"a": 1, "b": "x"}),
        ('{"a": 1,}', {"a": 1}),
        ('{"a": [1, 2,], "b": {"c": 3,},}', {"a": [1, 2], "b": {"c": 3}}),
        ("{a: 1, b: None, c: True, d: false}", {"a": 1, "b": None, "c": True, "d": False}),
        ('{"a": +15, "b": -.5}', {"a": 15, "b": -0.5}),
        ('{"a": 1 "b": 2}', {"a": 1, "b": 2}),
        ('{"a": 1, // warmer\n "b": /* cooler */ 2}', {"a": 1, "b": 2}),
        ("{“a”: “warm”}", {"a": "warm"}),
        ("{'it': 'it\\'s', \"q\": \"a\\nb\",}", {"it": "it\\'s", "q": "a\nb"}),
        ('{"a": 15%}', {"a": "15%"}),
    ],
)
def test_what_is_not_quite_json_is_read_and_told(text, data):
    (found,) = find_objects(f"Sure: {text} as you asked")
    assert (found.data, found.cut, found.repairs) == (data, False, ("read what is not quite JSON",))


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ('{"a": 1, "b": 2', {"a": 1}),
        ('{"a": 1, "b": 2 ', {"a": 1, "b": 2}),
        ('{"a": "warm_Ho', {}),
        ('{"a": "warm_Honey"', {"a": "warm_Honey"}),
        ('{"a": {"b": 1}, "c": [1, {"d": ', {"a": {"b": 1}, "c": [1, {}]}),
        ('{"a": 1, "b', {"a": 1}),
        ('{"a": 1, "b":', {"a": 1}),
        ('{"a": nul', {}),
    ],
)
def test_of_a_text_that_breaks_off_what_is_whole_is_kept(text, data):
    (found,) = find_objects(text)
    assert (found.data, found.cut, found.repairs) == (data, True, ("closed the JSON, which was cut off",))


def test_several_objects_are_found_in_order_and_what_is_none_is_passed_over():
    found = find_objects('As {you} asked: {"a": 1} and {"b": 2}, {not: {at all}}')
    assert [one.data for one in found] == [{"a": 1}, {"b": 2}]


def test_what_stands_twice_is_told():
    (found,) = find_objects('{"a": 1, "a": 2}')
    assert (found.data, found.repairs) == ({"a": 2}, ("took the last of what stands there twice",))


@pytest.mark.parametrize("text", ["{" * 50_000, '{"a":' * 50_000, "[" * 50_000, '{"a": ' + "[" * 50_000, '{"' * 50_000])
def test_deep_and_endless_texts_are_over_soon(text):
    assert all(len(str(found.data)) < 50 for found in find_objects(text))


def test_only_the_beginning_of_a_very_long_text_is_read():
    assert find_objects(" " * MAX_TEXT + '{"a": 1}') == []
