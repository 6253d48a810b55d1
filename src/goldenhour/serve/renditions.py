"""The toolset, and a recipe in other forms: a table for a GPU, a ``.cube`` file, a preset of Lightroom."""

from __future__ import annotations

import asyncio
import json
import re
import unicodedata
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any, TypeVar
from urllib.parse import quote

from fastapi import APIRouter, Header, Query
from starlette.responses import Response

from goldenhour.render.clip import ClipLimits
from goldenhour.render.export import recipe_cube
from goldenhour.render.lightroom import preset_text
from goldenhour.render.picture import Limits
from goldenhour.render.user_looks import user_looks
from goldenhour.serve.bodies import CubeBody, PresetBody, TableBody, recipe_from_text
from goldenhour.serve.description import JSON, TAKES_JSON, answers
from goldenhour.serve.examples import EXAMPLE_RECIPE
from goldenhour.serve.problems import Problem
from goldenhour.serve.tables import LOOKS_SIZE, SIZES, Compiled, Tables, recipe_tag, tag
from goldenhour.tools import Recipe, Toolset, default_toolset
from goldenhour.tools.recipe import MAX_INTENSITY
from goldenhour.tools.toolset import Choice, Number, Tool
from goldenhour.tools.version import VERSION_DIGITS

T = TypeVar("T")
BINARY = "application/octet-stream"
# kept, and asked about each time: another version of the package, or another look of a name, makes other tables
CHECKED = "private, no-cache"

RecipeText = Annotated[
    str,
    Query(
        alias="recipe",
        description="The recipe as JSON.",
        max_length=20_000,
        examples=[json.dumps(EXAMPLE_RECIPE, separators=(",", ":"))],
    ),
]
IfNoneMatch = Annotated[str | None, Header(include_in_schema=False)]
TABLE = "`GHT1`, uint32 size, uint32 count, then count × size³ × 3 uint16, red fastest; little-endian."


def renditions_router(tables: Tables, threads: Executor, photos: Limits, clips: ClipLimits) -> APIRouter:
    """The routes; ``threads`` do what takes long, ``photos`` and ``clips`` are the largest that are taken."""
    router = APIRouter(prefix="/v1")

    async def run(work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(threads, work)

    @router.get(
        "/toolset",
        summary="Say what a recipe may hold",
        responses=answers(_example(photos, clips), "The toolset.", problems=()),
    )
    async def toolset(if_none_match: IfNoneMatch = None) -> Response:
        """The tools, their parameters, ranges and meanings; sliders and menus can be made of it."""
        data = json.dumps(toolset_data(default_toolset(), photos, clips), ensure_ascii=False).encode()
        return _kept(Compiled(data, tag(data)), if_none_match, JSON)

    @router.get(
        "/tables",
        summary="Compile a recipe to a 3D table",
        responses=answers(b"", TABLE, media=BINARY, problems=(422,)),
    )
    async def table(
        recipe: RecipeText, size: Annotated[int, Query(description="33 or 65.")] = 33, if_none_match: IfNoneMatch = None
    ) -> Response:
        """All pointwise steps of a recipe at once; the spatial ones (`apply.spatial` of the toolset) come after it."""
        return await _table(recipe_from_text(recipe), size, if_none_match)

    @router.post(
        "/tables",
        summary="Compile a recipe to a 3D table",
        responses=answers(b"", TABLE, media=BINARY),
        dependencies=TAKES_JSON,
    )
    async def table_of_body(body: TableBody, if_none_match: IfNoneMatch = None) -> Response:
        """As with GET, for recipes that make addresses too long."""
        return await _table(body.recipe, body.size, if_none_match)

    async def _table(recipe: Recipe, size: int, known: str | None) -> Response:
        _check_size(size, SIZES)
        if _is_known(known, tag_ := recipe_tag(recipe, size)):  # it need not be compiled to say so
            return _unchanged(tag_)
        return _kept(await tables.of_recipe(recipe, size), known)

    @router.get(
        "/tables/looks",
        summary="Compile all looks",
        responses=answers(b"", TABLE, media=BINARY, problems=(422,)),
    )
    async def looks(
        size: Annotated[int, Query(description="17.")] = LOOKS_SIZE, if_none_match: IfNoneMatch = None
    ) -> Response:
        """One table of 17 points for each option of the filter, at intensity 100, in the toolset's order."""
        _check_size(size, (LOOKS_SIZE,))
        return _kept(await tables.of_looks(), if_none_match)

    @router.post(
        "/cube",
        summary="Write a recipe as a .cube file",
        responses=answers("LUT_3D_SIZE 33 …", "The file.", media="text/plain"),
        dependencies=TAKES_JSON,
    )
    async def cube(body: CubeBody) -> Response:
        """For other editors; what no table can hold is named in its comments."""
        text = await run(partial(recipe_cube, body.recipe, body.size, body.title))
        return _file(text, "text/plain", body.title, ".cube")

    @router.post(
        "/xmp",
        summary="Write a recipe as a preset of Lightroom",
        responses=answers("<x:xmpmeta …>", "The file.", media="application/rdf+xml"),
        dependencies=TAKES_JSON,
    )
    async def xmp(body: PresetBody) -> Response:
        """What has no counterpart there is named in the preset's description."""
        text = await run(partial(preset_text, body.recipe, body.name))
        return _file(text, "application/rdf+xml", body.name, ".xmp")

    return router


def toolset_data(toolset: Toolset, photos: Limits, clips: ClipLimits) -> dict[str, Any]:
    """The toolset as in JSON, with the names of the user's own looks and the largest files that are taken."""
    return {
        "hash": toolset.hash,
        "version": toolset.hash[:VERSION_DIGITS],
        "apply": {"pointwise": list(toolset.pointwise), "spatial": list(toolset.spatial)},
        "tools": [_tool(tool) for tool in toolset.tools],
        "user_looks": user_looks(),
        "max_intensity": MAX_INTENSITY,
        "largest": {"photo": asdict(photos), "clip": asdict(clips)},
    }


def _tool(tool: Tool) -> dict[str, Any]:
    return {
        "name": tool.name,
        "summary": tool.summary,
        "groups": list(tool.groups) or None,
        "parameters": [_parameter(parameter) for parameter in tool.parameters],
    }


def _parameter(parameter: Number | Choice) -> dict[str, Any]:
    if isinstance(parameter, Choice):
        packs = {pack: dict(options) for pack, options in parameter.packs}
        return {"name": parameter.name, "kind": "choice", "packs": packs}
    return {
        "name": parameter.name,
        "kind": "number",
        "min": parameter.minimum,
        "max": parameter.maximum,
        "neutral": parameter.neutral,
        "decimals": parameter.decimals,
        "meaning": parameter.meaning,
        "noun": parameter.noun,
    }


def _check_size(size: int, sizes: tuple[int, ...]) -> None:
    if size not in sizes:
        raise Problem(422, f"a table here has {' or '.join(map(str, sizes))} points a side, not {size}")


def _kept(compiled: Compiled, known: str | None, media: str = BINARY) -> Response:
    """What a client may keep; nothing, where it has it already."""
    if _is_known(known, compiled.tag):
        return _unchanged(compiled.tag)
    headers = {"ETag": compiled.tag, "Cache-Control": CHECKED}
    return Response(compiled.data, headers=headers, media_type=media)


def _unchanged(tag_: str) -> Response:
    return Response(status_code=304, headers={"ETag": tag_, "Cache-Control": CHECKED})


def _is_known(given: str | None, current: str) -> bool:
    """If-None-Match (RFC 9110, 13.1.2), by weak comparison."""
    if given is None:
        return False
    return given.strip() == "*" or current in (one.strip().removeprefix("W/") for one in given.split(","))


def _file(text: str, media: str, name: str, suffix: str) -> Response:
    """A text to be saved under a name (RFC 6266), which headers carry as ASCII and, whole, percent-encoded."""
    plain = re.sub(r"[^\w.,() -]+", "-", name).strip("-. ")[:60] or "golden-hour"
    simple = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode().strip() or "golden-hour"
    disposition = f"attachment; filename=\"{simple}{suffix}\"; filename*=UTF-8''{quote(plain + suffix)}"
    return Response(text, headers={"Content-Disposition": disposition}, media_type=media)


def _example(photos: Limits, clips: ClipLimits) -> dict[str, Any]:
    """The toolset, of which one tool with one parameter is shown."""
    data = toolset_data(default_toolset(), photos, clips)
    first = data["tools"][0]
    return data | {"tools": [first | {"parameters": first["parameters"][:1]}], "user_looks": ["user:teal"]}
