import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenhour.teacher.errors import AnswerError
from goldenhour.teacher.reply import assemble, read_reply
from goldenhour.tools import Recipe, default_toolset
from invented_toolset import invented, invented_data
from recipes import any_recipe, toolsets, written

TOOLSET = default_toolset()
ALL = ("adjust", "selective_adjust", "filter")
ADJUST = {slot.keys[0]: 0 for slot in TOOLSET.tool_slots["adjust"]} | {"contrast": 15}
LOOK = {"name": "warm_Honey", "intensity": 30}


def call(name, arguments):
    return {"id": "1", "type": "function", "function": {"name": name, "arguments": arguments}}


def calls(**arguments):
    return {"content": None, "tool_calls": [call(name, json.dumps(data)) for name, data in arguments.items()]}


def text(content):
    return {"role": "assistant", "content": content}


def recipe(**tools):
    return Recipe.from_dict(dict.fromkeys(ALL, None) | tools)


def understood(message, asked=ALL, cut=False):
    return assemble([read_reply(message, asked, TOOLSET, cut)], TOOLSET)


@given(any_recipe, st.text(min_size=1, max_size=30).map(str.strip).filter(bool))
def test_a_recipe_said_in_calls_in_json_or_in_text_is_the_recipe(said, why):
    toolset = said.toolset
    asked, data = tuple(toolset.tool_slots), said.to_dict()
    used = {tool: part for tool, part in data.items() if part is not None}
    replies = [
        calls(rationale={"text": why}, **used),
        text(json.dumps({"rationale": why, **data})),
        text(f"Here you are:\n```json\n{json.dumps({'rationale': why, **data}, indent=2)}\n```\nAnything else?"),
    ]
    for reply in replies:
        assert assemble([read_reply(reply, asked, toolset)], toolset) == (said, why, [])
    by_tool = [read_reply(text(json.dumps({tool: data[tool]})), (tool,), toolset) for tool in asked]
    assert assemble(by_tool, toolset) == (said, "", [])


@given(
    toolsets.flatmap(lambda toolset: st.tuples(st.just(toolset), written(toolset), written(toolset))),
    st.text(alphabet="{}[]\":,'adjustfilternme10 \n`", max_size=60),
    st.booleans(),
)
def test_garbage_is_understood_or_refused_in_a_sentence(case, letters, cut):
    toolset, data, other = case
    asked = tuple(toolset.tool_slots)
    messages = [data, {"content": data}, text(letters), text(str(data)), {"tool_calls": data}, {"function_call": data}]
    messages += [{"tool_calls": [{"function": {"name": tool, "arguments": data}}, other]} for tool in asked]
    messages += [text(f"{letters}{{'{tool}': {data!r}}}") for tool in asked]
    sentences = []
    for message in messages:
        for tools in (asked, asked[:1]):
            try:
                reply = read_reply(message, tools, toolset, cut)
            except AnswerError as error:
                sentences.append(str(error))
                continue
            said, rationale, repairs = assemble([reply], toolset)
            assert isinstance(said, Recipe)
            assert isinstance(rationale, str)
            assert all(isinstance(repair, str) for repair in repairs)
    assert all(sentence and "\n" not in sentence for sentence in sentences)


@pytest.mark.parametrize(
    ("message", "expected", "repairs"),
    [
        (calls(filter=LOOK), recipe(filter=LOOK), []),
        (calls(rationale={"text": "no need"}), recipe(), []),
        ({"tool_calls": [call("filter", LOOK)]}, recipe(filter=LOOK), []),
        ({"function_call": {"name": "filter", "arguments": json.dumps(LOOK)}}, recipe(filter=LOOK), []),
        (calls(Filter=LOOK), recipe(filter=LOOK), []),
        (calls(filter={"filter": LOOK}), recipe(filter=LOOK), []),
        (
            {"tool_calls": [call("filter", LOOK), call("filter", LOOK), call("crop", "{}")]},
            recipe(filter=LOOK),
            ["dropped the call of the unknown tool 'crop'"],
        ),
        (
            {"tool_calls": [call("filter", '{"name": "warm_Honey"}'), call("filter", '{"intensity": 30}')]},
            recipe(filter=LOOK),
            ["put several parts of filter together"],
        ),
        (
            {"tool_calls": [call("filter", "{'name': 'warm_Honey', 'intensity': 30}")]},
            recipe(filter=LOOK),
            ["read what is not quite JSON"],
        ),
        (
            {"tool_calls": [call("filter", '{"name": "warm_Honey", "intensity": 30')]},
            recipe(filter=LOOK | {"intensity": 50}),
            ["refused"],
        ),
        (text([{"type": "text", "text": json.dumps({"filter": LOOK, "adjust": None, "selective_adjust": None})}]),
         recipe(filter=LOOK), []),
        (
            text(f"<tool_call>{json.dumps({'name': 'filter', 'arguments': LOOK})}</tool_call>"),
            recipe(filter=LOOK),
            ["took the missing tool 'adjust' for not used", "took the missing tool 'selective_adjust' for not used"],
        ),
        (text(json.dumps({"answer": [{"recipe": recipe(filter=LOOK).to_dict()}]})), recipe(filter=LOOK), []),
        (
            text(f"First {json.dumps(recipe(adjust=ADJUST).to_dict())}, or better {json.dumps(recipe().to_dict())}"),
            recipe(),
            ["put several parts of adjust together"],
        ),
    ],
)  # fmt: skip
def test_what_servers_make_of_an_answer_is_understood(message, expected, repairs):
    if repairs == ["refused"]:
        with pytest.raises(AnswerError, match="before adjust, selective_adjust"):
            understood(message)
    else:
        assert understood(message)[::2] == (expected, repairs)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (json.dumps(LOOK), recipe(filter=LOOK)),
        (json.dumps({"rationale": "warm", **LOOK}), recipe(filter=LOOK)),
        (json.dumps({"filter": LOOK, "adjust": ADJUST}), recipe(filter=LOOK)),
        (json.dumps({"parameters": LOOK}), recipe(filter=LOOK)),
        (
            f"<think>Maybe {json.dumps({'filter': None})}? No.</think>{json.dumps({'filter': LOOK})}",
            recipe(filter=LOOK),
        ),
        ("null", recipe()),
        ("```json\nnull\n```", recipe()),
        ('{"filter": null}', recipe()),
    ],
)
def test_an_answer_about_one_tool_may_leave_out_its_name(content, expected):
    reply = read_reply(text(content), ("filter",), TOOLSET)
    others = read_reply(calls(rationale={}), ("adjust", "selective_adjust"), TOOLSET)
    assert assemble([others, reply], TOOLSET)[::2] == (expected, [])


def test_rationales_are_kept_wherever_they_stand():
    assert understood(calls(rationale={"text": "warm"}, filter=LOOK))[1] == "warm"
    assert understood(calls(filter=LOOK) | {"content": "I go for\nwarm."})[1] == "I go for warm."
    assert understood(calls(filter={"rationale": "warm", **LOOK}))[1] == "warm"
    assert understood(text(json.dumps({"Rationale": "warm", "filter": LOOK})))[1] == "warm"


def test_half_an_emoji_in_a_rationale_is_replaced():
    assert understood(text('{"rationale": "warm \\ud83d", "filter": null}'), ("filter",))[1] == "warm ?"


def test_rationales_of_several_replies_are_put_together():
    replies = [
        read_reply(calls(rationale={"text": why}), (tool,), TOOLSET)
        for tool, why in (("adjust", "dark"), ("selective_adjust", ""), ("filter", "warm"))
    ]
    assert assemble(replies, TOOLSET)[1] == "dark; warm"


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        (None, "the reply is None, not a message"),
        ({}, "the reply is empty"),
        (text("  "), "the reply is empty"),
        (text("Make it warmer."), "the reply names no tool that was asked for: 'Make it warmer.'"),
        (text('{"crop": {"left": 1}}'), "the reply names no tool"),
        ({"content": None, "refusal": "I cannot grade people."}, "the model declined: 'I cannot grade people.'"),
        ({"tool_calls": [call("filter", "warm honey")]}, "the call of filter has arguments that are not JSON"),
        (calls(filter={"name": "nothing like it", "intensity": 5}), "nothing in the reply can be used: dropped filter"),
        ({"tool_calls": [call("filter", [1, 2])]}, "nothing in the reply can be used: dropped filter"),
    ],
)
def test_a_reply_without_an_answer_is_refused_in_a_sentence(message, sentence):
    with pytest.raises(AnswerError) as refused:
        understood(message)
    assert str(refused.value).startswith(sentence)


@given(st.integers(0, 700))
def test_of_a_reply_that_broke_off_enough_must_be_there(length):
    whole = json.dumps({"rationale": "warm", "filter": LOOK, "selective_adjust": None, "adjust": ADJUST})
    try:
        said, _, repairs = understood(text(whole[:length]), cut=length < len(whole))
    except AnswerError:
        return
    assert said.uses("filter")
    assert said.to_dict()["filter"] == LOOK
    assert repairs or length >= len(whole)
    given = sum(f'"{name}"' in whole[:length] for name in ADJUST)
    assert given >= len(ADJUST) * 3 / 4


def test_calls_that_were_not_made_count_as_not_used_only_if_the_reply_was_whole():
    assert understood(calls(filter=LOOK))[0] == recipe(filter=LOOK)
    with pytest.raises(AnswerError, match="cut off before adjust, selective_adjust; allow more with --max-tokens"):
        understood(calls(filter=LOOK), cut=True)
    everything = calls(adjust=ADJUST, selective_adjust=None, filter=LOOK)
    assert understood(everything, cut=True)[0] == recipe(adjust=ADJUST, filter=LOOK)


def test_other_tools_are_understood_likewise():
    asked = tuple(invented.tool_slots)
    said, _, repairs = assemble([read_reply(calls(**invented_data()), asked, invented)], invented)
    assert (said, repairs) == (Recipe.from_dict(invented_data(), invented), [])
    bare = read_reply(text(json.dumps(invented_data()["zones"])), ("zones",), invented)
    assert bare.parts == {"zones": invented_data()["zones"]}


def test_nesting_without_end_is_refused():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(AnswerError):
        understood({"content": None, "tool_calls": [call("filter", {"name": deep})]})
