"""The toolset, tables, .cube files and presets over HTTP."""

import json
import struct
from dataclasses import asdict

import numpy as np
import pytest

from goldenhour.render.clip import ClipLimits
from goldenhour.render.cube import parse_cube
from goldenhour.render.export import recipe_cube
from goldenhour.render.lightroom import preset_text
from goldenhour.render.picture import Limits
from goldenhour.render.table import compile_table
from goldenhour.render.user_looks import add_look
from goldenhour.tools import Recipe, default_toolset
from goldenhour.tools.toolset import Number
from recipes import recipe_of

STRONG = recipe_of({"adjust.exposure": 20, "adjust.temperature": 60, "selective_adjust.red.saturation": 50})


def read_tables(data):
    magic, size, count = struct.unpack("<4sII", data[:12])
    assert magic == b"GHT1"
    return np.frombuffer(data[12:], "<u2").reshape(count, size, size, size, 3)


@pytest.mark.parametrize("size", [33, 65])
def test_a_table_is_the_compilers_with_red_fastest(http, size):
    response = http.get("/v1/tables", params={"recipe": STRONG.to_json(), "size": size})
    (found,) = read_tables(response.content)
    expected = np.rint(compile_table(STRONG, size) * 65_535).astype(np.uint16)
    red, green, blue = 7, 20, 31
    assert found[blue, green, red].tolist() == expected[red, green, blue].tolist()
    assert np.array_equal(found, expected.transpose(2, 1, 0, 3))
    assert response.headers["content-type"] == "application/octet-stream"


def test_a_table_may_be_asked_for_by_post(http):
    by_post = http.post("/v1/tables", json={"recipe": STRONG.to_dict(), "size": 33})
    by_get = http.get("/v1/tables", params={"recipe": STRONG.to_json()})
    assert by_post.content == by_get.content
    assert by_post.headers["etag"] == by_get.headers["etag"]


def test_a_table_is_kept_by_browsers_that_ask_whether_it_still_is_the_same(shared, http):
    address = {"recipe": recipe_of({"adjust.contrast": 33}).to_json()}
    first = http.get("/v1/tables", params=address)
    compiled = shared.metric('goldenhour_stage_seconds_count{stage="table"}')
    again = http.get("/v1/tables", params=address)
    known = http.get("/v1/tables", params=address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, known.status_code, known.content) == (200, 304, b"")
    assert {one.headers["cache-control"] for one in (first, again, known)} == {"private, no-cache"}
    assert known.headers["etag"] == first.headers["etag"]
    assert shared.metric('goldenhour_stage_seconds_count{stage="table"}') == compiled
    other = http.get("/v1/tables", params=address | {"size": 65}, headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200


def test_a_look_that_is_replaced_under_its_name_is_compiled_again(http, data_folder, tmp_path):
    recipe = {"adjust": None, "selective_adjust": None, "filter": {"name": "user:mine", "intensity": 100}}
    address = {"recipe": json.dumps(recipe)}
    responses = []
    for number, shift in enumerate((20, 60)):
        file = tmp_path / f"{number}.cube"
        file.write_text(recipe_cube(recipe_of({"adjust.temperature": shift})))
        add_look(file, "mine", force=True)
        responses.append(http.get("/v1/tables", params=address))
    assert responses[0].content != responses[1].content
    assert responses[0].headers["etag"] != responses[1].headers["etag"]
    assert "user:mine" in http.get("/v1/toolset").json()["user_looks"]


def test_a_users_look_that_is_not_there_is_a_problem(http, data_folder):
    recipe = {"adjust": None, "selective_adjust": None, "filter": {"name": "user:gone", "intensity": 100}}
    response = http.get("/v1/tables", params={"recipe": json.dumps(recipe)})
    assert response.status_code == 422
    assert response.json()["detail"].startswith("there is no look user:gone")


def test_all_looks_come_as_small_tables_in_the_toolsets_order(http):
    response = http.get("/v1/tables/looks", params={"size": 17})
    assert response.headers["cache-control"] == "private, no-cache"
    known = http.get("/v1/tables/looks", headers={"If-None-Match": response.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    tables = read_tables(response.content)
    names = list(default_toolset().tool_slots["filter"][0].parameter.options)
    assert tables.shape == (len(names), 17, 17, 17, 3)
    for place in (0, len(names) - 1):
        recipe = recipe_of({"filter.name": names[place], "filter.intensity": 100})
        expected = np.rint(compile_table(recipe, 17) * 65_535).astype(np.uint16)
        assert np.array_equal(tables[place], expected.transpose(2, 1, 0, 3))


@pytest.mark.parametrize("address", ["/v1/tables?size=17&recipe={recipe}", "/v1/tables/looks?size=33"])
def test_tables_have_the_sizes_that_they_have(http, address):
    response = http.get(address.format(recipe=STRONG.to_json()))
    assert response.status_code == 422
    assert "points a side" in response.json()["detail"]


def test_a_recipe_becomes_a_cube_file(http):
    response = http.post("/v1/cube", json={"recipe": STRONG.to_dict(), "size": 33, "title": 'été "hot"/../x'})
    lut = parse_cube(response.content)
    assert np.abs(lut.cube.points - compile_table(STRONG, 33)).max() < 1e-5
    assert response.headers["content-disposition"] == (
        "attachment; filename=\"ete -hot-..-x.cube\"; filename*=UTF-8''%C3%A9t%C3%A9%20-hot-..-x.cube"
    )


def test_a_recipe_becomes_a_preset_of_lightroom(http):
    response = http.post("/v1/xmp", json={"recipe": STRONG.to_dict(), "name": "sunny day"})
    assert response.text == preset_text(STRONG, "sunny day")
    assert 'filename="sunny day.xmp"' in response.headers["content-disposition"]


def test_the_toolset_says_all_that_a_recipe_may_hold(http):
    response = http.get("/v1/toolset")
    found, toolset = response.json(), default_toolset()
    assert found["largest"] == {"photo": asdict(Limits()), "clip": asdict(ClipLimits())}
    assert found["hash"] == toolset.hash
    assert found["apply"] == {"pointwise": list(toolset.pointwise), "spatial": list(toolset.spatial)}
    assert [tool["name"] for tool in found["tools"]] == list(toolset.tool_slots)
    neutral = {}
    for tool in found["tools"]:
        numbers = {one["name"]: one["neutral"] for one in tool["parameters"] if one["kind"] == "number"}
        choices = {
            one["name"]: next(iter(next(iter(one["packs"].values()))))
            for one in tool["parameters"]
            if one["kind"] == "choice"
        }
        values = numbers | choices
        neutral[tool["name"]] = dict.fromkeys(tool["groups"], values) if tool["groups"] else values
    assert Recipe.from_dict(neutral) == Recipe.neutral()  # a client can build a recipe of it
    exposure = next(slot.parameter for slot in toolset.slots if slot.path == "adjust.exposure")
    assert isinstance(exposure, Number)
    assert found["tools"][0]["parameters"][0] == {
        "name": "exposure",
        "kind": "number",
        "min": exposure.minimum,
        "max": exposure.maximum,
        "neutral": exposure.neutral,
        "decimals": exposure.decimals,
        "meaning": exposure.meaning,
        "noun": "exposure",
    }
    assert http.get("/v1/toolset", headers={"If-None-Match": response.headers["etag"]}).status_code == 304
