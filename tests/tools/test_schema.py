"""Which data a schema accepts is decided here by a reader of the few keywords that it may use."""

import pytest
from hypothesis import given

from goldenhour.teacher.recorded import recorded_answers
from goldenhour.tools import default_toolset, recipe_schema, tool_definitions
from goldenhour.tools.schema import tool_schema
from invented_toolset import invented, invented_data
from recipes import any_recipe


def accepts(schema, data):
    if "anyOf" in schema:
        return any(accepts(option, data) for option in schema["anyOf"])
    if schema["type"] == "null":
        return data is None
    if schema["type"] == "string":
        return data in schema["enum"]
    if schema["type"] == "number":
        return isinstance(data, int | float) and schema["minimum"] <= data <= schema["maximum"]
    assert schema["additionalProperties"] is False
    assert schema["required"] == list(schema["properties"])
    return (
        isinstance(data, dict)
        and data.keys() == schema["properties"].keys()
        and all(accepts(schema["properties"][key], value) for key, value in data.items())
    )


def objects(schema):
    """Every object schema, at any depth."""
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for inner in schema.values():
            yield from objects(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from objects(inner)


@given(any_recipe)
def test_the_schema_accepts_every_recipe(recipe):
    assert accepts(recipe_schema(recipe.toolset), recipe.to_dict())


def test_the_schema_accepts_what_the_teacher_wrote():
    schema = recipe_schema(default_toolset())
    assert all(accepts(schema, answer.recipe_data) for answer in recorded_answers()[::20])


@pytest.mark.parametrize(
    "changed",
    [
        {"crop": None},
        {"develop": 5},
        {"develop": {"kelvin": 8000, "blur": 0}},
        {"develop": {"kelvin": 8000, "blur": 0, "gain": -1}},
        {"zones": {"lows": {"lift": 5, "heft": 1}}},
        {"overlay": {"mix": 50, "texture": "warm_Honey"}},
        {"overlay": {"mix": 50, "texture": None}},
        {"overlay": {"mix": 50, "texture": "user:wool"}},
    ],
)
def test_the_schema_refuses_what_is_no_recipe_of_its_toolset(changed):
    assert not accepts(recipe_schema(invented), invented_data(**changed))


def test_every_object_is_closed_and_wants_all_its_properties_as_strict_output_demands():
    for toolset, count in ((default_toolset(), 1 + 3 + 6), (invented, 1 + 3 + 2)):
        found = list(objects(recipe_schema(toolset)))
        assert len(found) == count
        assert all(schema["required"] == list(schema["properties"]) for schema in found)
        assert all(schema["additionalProperties"] is False for schema in found)


def test_the_schema_says_its_dialect_the_looks_and_what_numbers_mean():
    schema = recipe_schema(default_toolset())
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    look, unused = schema["properties"]["filter"]["anyOf"]
    assert unused == {"type": "null"}
    assert len(look["properties"]["name"]["enum"]) == 54
    assert look["properties"]["intensity"] == {
        "type": "number",
        "minimum": 0,
        "maximum": 100,
        "description": "share of the look in the blend (neutral 0)",
    }
    develop = recipe_schema(invented)["properties"]["develop"]["anyOf"][0]["properties"]
    assert develop["gain"] == {"type": "number", "minimum": -8, "maximum": -2, "description": "(neutral -4)"}


def test_tools_are_strict_functions_as_openai_defines_them():
    for toolset in (default_toolset(), invented):
        definitions = tool_definitions(toolset)
        assert [definition["type"] for definition in definitions] == ["function"] * 3
        assert [definition["function"] for definition in definitions] == [
            {"name": tool.name, "description": tool.summary, "parameters": tool_schema(tool), "strict": True}
            for tool in toolset.tools
        ]
    first = tool_definitions(invented)[0]["function"]
    assert (first["name"], first["description"]) == ("develop", "The whole frame.")
    assert accepts(first["parameters"], invented_data()["develop"])
