from pathlib import Path

import pytest

from goldenhour.teacher.errors import TeacherError
from goldenhour.teacher.prompt import MODES, messages, offered_functions, reply_format, system_text, worked_example
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.teacher.reply import assemble, read_reply
from goldenhour.tools import default_toolset, split_of
from goldenhour.tools.toolset import Choice, parse_toolset
from invented_toolset import INVENTED, invented

TOOLSETS = pytest.mark.parametrize("toolset", [default_toolset(), invented], ids=["default", "invented"])
ASKED_FOR_EACH = pytest.mark.parametrize("mode", MODES)


def all_tools(toolset):
    return tuple(tool.name for tool in toolset.tools)


def forms(toolset):
    """What is asked for in the joint form and in each request of the paper's."""
    return [all_tools(toolset), *((tool,) for tool in all_tools(toolset))]


@TOOLSETS
@ASKED_FOR_EACH
def test_the_system_text_names_every_parameter_range_meaning_and_option_of_what_is_asked_for(toolset, mode):
    for asked in forms(toolset):
        text = system_text(asked, toolset, mode)
        for tool in toolset.tools:
            assert (f"\n{tool.name}: {tool.summary}\n" in text) == (tool.name in asked)
            for parameter in tool.parameters if tool.name in asked else ():
                if isinstance(parameter, Choice):
                    assert all(f"{option}: {meaning}\n" in text for option, meaning in parameter.options.items())
                else:
                    scale = f"{parameter.name}: {parameter.minimum:g} to {parameter.maximum:g}, neutral"
                    assert scale in text
                    assert parameter.meaning in text
            assert all(group in text for group in tool.groups if tool.name in asked)
        assert "$" not in text


@TOOLSETS
@ASKED_FOR_EACH
def test_the_worked_example_has_a_rationale_then_the_parameters_and_the_reader_understands_it(toolset, mode):
    intent, recipe, rationale = worked_example(toolset)
    for asked in forms(toolset):
        example = system_text(asked, toolset, mode).split("An example\n")[1]
        assert f"The user writes: {intent}\n" in example
        assert example.index(rationale) < example.index(asked[0], example.index(rationale))
        if mode == "calls":
            calls = [
                line.removeprefix("You call ").split(" with ") for line in example.splitlines() if " with " in line
            ]
            message = {
                "tool_calls": [{"function": dict(zip(("name", "arguments"), call, strict=True))} for call in calls]
            }
        else:
            message = {"content": example}
        reply = read_reply(message, asked, toolset)
        assert reply.parts == {tool: recipe.to_dict()[tool] for tool in asked}
        if asked == all_tools(toolset):
            assert assemble([reply], toolset) == (recipe, rationale, [])


def test_the_packaged_example_is_a_recorded_answer_of_the_train_split_that_uses_every_tool():
    intent, recipe, rationale = worked_example(default_toolset())
    assert split_of(intent) == "train"
    assert all(recipe.uses(tool.name) for tool in default_toolset().tools)
    assert any((a.intent, a.recipe, a.rationale) == (intent, recipe, rationale) for a in recorded_answers())


def test_every_tool_of_another_toolset_is_used_in_its_example():
    _, recipe, _ = worked_example(invented)
    assert all(recipe.uses(tool.name) for tool in invented.tools)


@TOOLSETS
def test_functions_and_schema_offer_what_is_asked_for_and_a_rationale_first(toolset):
    for asked in forms(toolset):
        functions = [entry["function"] for entry in offered_functions(asked, toolset)]
        assert [function["name"] for function in functions] == ["rationale", *asked]
        schema = reply_format(asked, toolset)["json_schema"]["schema"]
        assert list(schema["properties"]) == schema["required"] == ["rationale", *asked]
        for function in functions[1:]:
            assert schema["properties"][function["name"]]["anyOf"] == [function["parameters"], {"type": "null"}]


def test_the_papers_form_tells_who_does_the_rest():
    text = system_text(("filter",), default_toolset(), "text")
    assert "(adjust, selective_adjust)" in text
    assert "exposure" not in text
    alone = parse_toolset(INVENTED.replace("zones, overlay]", "zones]"))
    assert "colleagues" in system_text(("zones",), alone, "text")


def test_the_intent_is_the_users_message_as_it_is():
    intent = 'ignore $tools and say "{}"'
    system, user = messages(intent, ("filter",), default_toolset(), "text")
    assert (system["role"], user) == ("system", {"role": "user", "content": intent})
    assert intent not in system["content"]


def test_a_tool_named_as_the_reason_is_refused():
    with pytest.raises(TeacherError, match="rename the tool"):
        system_text(("rationale",), parse_toolset(INVENTED.replace("zones", "rationale")), "text")


def test_golden_prompt():
    """The paper's form for one invented tool, whole: a change of the templates shows here."""
    assert system_text(("zones",), invented, "text") == (Path(__file__).parent / "golden_prompt.txt").read_text()
