"""OpenAI's chat completions: who was written for the teacher works with the student."""

import json
from uuid import uuid4

import openai
import pytest
from sqlalchemy import select

from goldenhour.events import new_id, schema
from goldenhour.students import embedded_student
from goldenhour.teacher.answers import read_answer_file
from goldenhour.teacher.prompt import messages, offered_functions, reply_format
from goldenhour.teacher.reply import assemble, read_reply
from goldenhour.tools import Recipe, default_toolset, tool_definitions
from goldenhour.tools.schema import recipe_schema

TOOLSET = default_toolset()
TOOLS = tuple(TOOLSET.tool_slots)
INTENT = "golden hour in morocco"


@pytest.fixture(scope="module")
def client(shared):
    with openai.OpenAI(base_url=f"{shared.url}/v1", api_key="none", max_retries=0) as client:
        yield client


def expected(intent=INTENT):
    return embedded_student().predict([intent])[0].recipe


def say(client, intent=INTENT, **options):
    return client.chat.completions.create(
        model="any", messages=[{"role": "user", "content": intent}], **options
    ).choices[0]


def called(message):
    return {call.function.name: json.loads(call.function.arguments) for call in message.tool_calls or ()}


def test_tools_that_are_offered_are_called(client):
    choice = say(client, tools=tool_definitions(TOOLSET))
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content is None
    used = {tool: part for tool, part in expected().to_dict().items() if part is not None}
    assert called(choice.message) == used


def test_only_the_tool_that_is_offered_or_chosen_is_called(client):
    only = [entry for entry in tool_definitions(TOOLSET) if entry["function"]["name"] == "filter"]
    assert set(called(say(client, tools=only).message)) == {"filter"}
    chosen = {"type": "function", "function": {"name": "adjust"}}
    assert set(called(say(client, tools=tool_definitions(TOOLSET), tool_choice=chosen).message)) == {"adjust"}


@pytest.mark.parametrize(
    ("properties", "sentence"),
    [
        ({"exposure": {"type": "number", "minimum": -1, "maximum": 1}}, "adjust.exposure goes from -100 to 100 here"),
        (
            {"exposure": {"type": "number", "minimum": -100, "maximum": 100}},
            "adjust.contrast is not among its parameters",
        ),
    ],
)
def test_an_apps_own_tool_of_our_name_is_refused_for_its_numbers_mean_something_else(client, properties, sentence):
    parameters = {"type": "object", "properties": properties, "additionalProperties": False}
    own = {"type": "function", "function": {"name": "adjust", "parameters": parameters}}
    with pytest.raises(openai.UnprocessableEntityError, match=f"the function adjust is not the tool here: {sentence}"):
        say(client, tools=[own])
    own["function"]["parameters"] = {"type": "object", "properties": {}}  # says nothing of what it takes
    assert set(called(say(client, tools=[own]).message)) == {"adjust"}


def allowed(mode, *tools):
    functions = [{"type": "function", "function": {"name": tool}} for tool in tools]
    return {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": functions}}


def test_of_the_tools_that_are_offered_only_those_that_are_allowed_are_called(client):
    tools = tool_definitions(TOOLSET)
    assert set(called(say(client, tools=tools, tool_choice=allowed("auto", "adjust")).message)) == {"adjust"}
    both = allowed("required", "filter", "adjust")
    assert list(called(say(client, tools=tools, tool_choice=both).message)) == ["adjust", "filter"]
    assert say(client, "+10 contrast", tools=tools, tool_choice=allowed("auto", "filter")).message.tool_calls is None
    must = say(client, "+10 contrast", tools=tools, tool_choice=allowed("required", "filter")).message
    assert set(called(must)) == {"filter"}


def test_a_tool_that_is_listed_twice_is_called_once(client):
    tools = tool_definitions(TOOLSET)
    twice = say(client, tools=[*tools, *tools], tool_choice="required").message
    assert len(twice.tool_calls) == len(called(twice))
    again = say(client, tools=tools, tool_choice=allowed("required", "adjust", "adjust")).message
    assert len(again.tool_calls) == 1


@pytest.mark.parametrize(
    "choice",
    [
        "bogus",
        "",
        {},
        {"type": "function"},
        {"type": "function", "function": {"name": 5}},
        {"type": "custom", "custom": {"name": "adjust"}},
        {"type": "function", "function": {"name": "crop"}},
        allowed("maybe", "adjust"),
        allowed("auto", "crop"),
        allowed("required"),
        {"type": "allowed_tools", "allowed_tools": {"mode": "auto"}},
    ],
)
def test_a_tool_choice_that_means_nothing_is_an_error(client, choice):
    with pytest.raises(openai.BadRequestError, match="tool_choice") as refused:
        say(client, tools=tool_definitions(TOOLSET), tool_choice=choice)
    assert refused.value.type == "invalid_request_error"


def test_a_call_cannot_be_required_where_no_tool_is_offered(client):
    with pytest.raises(openai.BadRequestError, match="none is offered"):
        say(client, tool_choice="required")
    for choice in ("auto", "none"):
        assert Recipe.from_json(say(client, tool_choice=choice).message.content) == expected()


@pytest.mark.parametrize(
    "reply",
    [
        {"type": "json_object"},
        {"type": "json_schema", "json_schema": {"name": "recipe", "schema": recipe_schema(TOOLSET)}},
        None,
    ],
)
def test_without_tools_the_reply_is_the_recipe_as_json(client, reply):
    choice = say(client, **({"response_format": reply} if reply else {}))
    assert choice.finish_reason == "stop"
    assert Recipe.from_json(choice.message.content) == expected()


@pytest.mark.parametrize("mode", ["calls", "schema", "text"])
@pytest.mark.parametrize("asked", [TOOLS, ("selective_adjust",)])
def test_every_form_in_which_the_project_asks_a_teacher_is_answered(client, mode, asked):
    options = {"calls": {"tools": offered_functions(asked, TOOLSET)}, "schema": {}, "text": {}}[mode]
    if mode == "schema":
        options = {"response_format": reply_format(asked, TOOLSET)}
    completion = client.chat.completions.create(
        model="any", messages=messages(INTENT, asked, TOOLSET, mode), temperature=0.7, max_tokens=2000, **options
    )
    reply = read_reply(completion.choices[0].message.model_dump(), asked, TOOLSET)
    assert set(reply.parts) == set(asked)
    recipe, rationale, repairs = assemble([reply], TOOLSET)
    assert {tool: recipe.to_dict()[tool] for tool in asked} == {tool: expected().to_dict()[tool] for tool in asked}
    assert rationale
    assert [line for line in repairs if "missing tool" not in line] == []


def test_goldenhour_teach_is_taught_by_the_student(shared, run, tmp_path):
    (tmp_path / "intents.txt").write_text(f"{INTENT}\nfoggy morning\ncrop it\n")
    for form in ("joint", "per-tool"):
        out = tmp_path / f"{form}.jsonl"
        result = run(
            *("teach", tmp_path / "intents.txt", "-o", out, "--url", f"{shared.url}/v1", "--model", "goldenhour"),
            *("--form", form, "--cache", tmp_path / f"{form}.sqlite"),
        )
        assert result.code == 0, result.err
        assert "repaired" not in result.err
        answers = read_answer_file(out)
        assert [answer.recipe for answer in answers] == [
            expected(),
            expected("foggy morning"),
            Recipe.neutral(),
        ]


def test_a_chat_that_goes_on_changes_its_recipe(client):
    chat = [{"role": "user", "content": "morocco"}]
    first = client.chat.completions.create(model="any", messages=chat, tools=tool_definitions(TOOLSET))
    said = first.choices[0].message
    chat += [said, *({"role": "tool", "tool_call_id": call.id, "content": "done"} for call in said.tool_calls)]
    chat += [{"role": "user", "content": "+10 contrast"}]
    second = client.chat.completions.create(model="any", messages=chat, tools=tool_definitions(TOOLSET))
    before, after = called(said), called(second.choices[0].message)
    assert after["adjust"]["contrast"] == before["adjust"]["contrast"] + 10
    assert after["filter"] == before["filter"]


def test_an_app_that_reports_its_calls_gets_a_last_word_and_no_more_calls(client):
    chat = [{"role": "user", "content": "morocco"}]
    said = client.chat.completions.create(model="any", messages=chat, tools=tool_definitions(TOOLSET)).choices[0]
    chat += [said.message]
    chat += [{"role": "tool", "tool_call_id": call.id, "content": "done"} for call in said.message.tool_calls]
    choice = client.chat.completions.create(model="any", messages=chat, tools=tool_definitions(TOOLSET)).choices[0]
    assert (choice.finish_reason, choice.message.tool_calls) == ("stop", None)
    assert "filter" in choice.message.content


@pytest.mark.parametrize(
    "choice", ["required", {"type": "function", "function": {"name": "filter"}}], ids=["required", "named"]
)
def test_a_call_that_is_required_is_made_though_it_changes_nothing(client, choice):
    only = [entry for entry in tool_definitions(TOOLSET) if entry["function"]["name"] == "filter"]
    for intent in ("+10 contrast", "crop it to a square"):
        said = say(client, intent, tools=only, tool_choice=choice)
        assert said.finish_reason == "tool_calls"
        assert set(called(said.message)) == {"filter"}
        assert Recipe.from_dict(Recipe.neutral().to_dict() | called(said.message)).is_neutral


def test_a_call_that_is_required_is_made_by_a_tool_that_the_answer_uses(client):
    said = say(client, tools=tool_definitions(TOOLSET), tool_choice="required")
    assert called(said.message) == called(say(client, tools=tool_definitions(TOOLSET)).message)
    nothing = say(client, "crop it to a square", tools=tool_definitions(TOOLSET), tool_choice="required").message
    assert set(called(nothing)) == {"adjust"}
    assert "not something that tonal tools can do" in nothing.content


def test_what_clients_leave_open_is_left_open(client):
    choice = say(client, n=None, user="", stream=None, metadata=None, tools=None, tool_choice=None)
    assert Recipe.from_json(choice.message.content) == expected()


def test_a_long_chat_goes_on(client):
    chat = [{"role": "system", "content": "You grade footage."}, {"role": "user", "content": "morocco"}]
    chat += [{"role": "assistant", "content": Recipe.neutral().to_json()}, {"role": "user", "content": "dusk"}] * 300
    chat += [{"role": "assistant", "content": expected("morocco").to_json()}]
    chat += [{"role": "user", "content": "+10 contrast"}]
    completion = client.chat.completions.create(model="any", messages=chat)
    found = Recipe.from_json(completion.choices[0].message.content)
    assert found.to_dict()["filter"] == expected("morocco").to_dict()["filter"]


def test_a_project_that_can_be_none_is_refused_before_the_student_is_asked(shared, client):
    stage = 'goldenhour_stage_seconds_count{stage="cache"}'
    before = shared.metric(stage)
    for project in (str(uuid4()), "nine"):
        with pytest.raises(
            openai.UnprocessableEntityError, match=r"metadata\.project_id is .*; send a UUID of version 7"
        ):
            say(client, metadata={"project_id": project})
    assert shared.metric(stage) == before


def test_what_no_tool_can_do_is_said(client):
    choice = say(client, "crop it to a square", tools=tool_definitions(TOOLSET))
    assert (choice.finish_reason, choice.message.tool_calls) == ("stop", None)
    assert "not something that tonal tools can do" in choice.message.content


def test_several_choices_are_distinct_takes(client):
    completion = client.chat.completions.create(
        model="any", n=3, messages=[{"role": "user", "content": "neon night"}], tools=tool_definitions(TOOLSET)
    )
    assert [choice.index for choice in completion.choices] == [0, 1, 2]
    assert len({json.dumps(called(choice.message)) for choice in completion.choices}) == 3


def test_a_stream_says_the_same(client):
    tools = tool_definitions(TOOLSET)
    whole = say(client, tools=tools).message
    with client.chat.completions.create(
        model="any",
        messages=[{"role": "user", "content": INTENT}],
        tools=tools,
        stream=True,
        stream_options={"include_usage": True},
    ) as stream:
        chunks = list(stream)
    calls = [call for chunk in chunks for choice in chunk.choices for call in choice.delta.tool_calls or ()]
    assert {call.function.name: json.loads(call.function.arguments) for call in calls} == called(whole)
    assert [call.index for call in calls] == list(range(len(calls)))
    assert [choice.finish_reason for chunk in chunks for choice in chunk.choices] == [None, "tool_calls"]
    assert chunks[-1].usage.total_tokens > 0


def test_the_models_are_listed(client):
    assert [model.id for model in client.models.list()] == ["goldenhour"]
    assert client.models.retrieve("goldenhour").owned_by == "goldenhour"


def test_a_wrong_request_is_an_error_with_the_sentence(client):
    with pytest.raises(openai.UnprocessableEntityError, match="the intent is empty"):
        say(client, "  ")


def test_content_in_pieces_is_read(client):
    pieces = [{"type": "text", "text": "golden hour "}, {"type": "text", "text": "in morocco"}]
    assert Recipe.from_json(say(client, pieces).message.content) == expected()


def test_a_completion_is_logged_in_the_project_that_it_names(shared, client):
    project = str(new_id())
    completion = client.chat.completions.create(
        model="any",
        user="ada",
        metadata={"project_id": project},
        messages=[{"role": "user", "content": "an olive grove"}],
    )
    (told,) = completion.model_extra["goldenhour"]
    assert told["project_id"] == project
    with shared.flushed() as store:
        (row,) = [row for row in store.rows(select(schema.answers)) if str(row.id) == told["answer_id"]]
    assert (str(row.project_id), row.intent) == (project, "an olive grove")


def test_with_a_token_the_key_is_the_token(serving):
    server = serving(token="open-sesame")
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="open-sesame", max_retries=0) as client:
        assert Recipe.from_json(say(client).message.content) == expected()
    with (
        openai.OpenAI(base_url=f"{server.url}/v1", api_key="wrong", max_retries=0) as client,
        pytest.raises(openai.AuthenticationError),
    ):
        say(client)
