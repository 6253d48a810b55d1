"""The OpenAPI description: what every route may answer, with examples, and the schema of a recipe."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.openapi.utils import get_openapi

from goldenhour.serve.bodies import RECIPE_SCHEMA
from goldenhour.serve.examples import EXAMPLE_RECIPE, shown, with_examples
from goldenhour.serve.problems import PROBLEM, Problem
from goldenhour.tools import default_toolset
from goldenhour.tools.schema import recipe_schema

JSON = "application/json"

_DETAILS = {
    400: "the body is not JSON: Expecting value at character 1",
    404: "there is no such thing here",
    409: "this is there already, and says something else",
    413: "the body is larger than the 1 MB that are taken here; send less",
    415: "send JSON with Content-Type: application/json, not 'text/plain'",
    422: "intent is missing",
    503: "too much is asked at once; ask again in a second",
}


def answers(
    example: Any, text: str, *, status: int = 200, media: str = JSON, problems: tuple[int, ...] = (400, 413, 415, 422)
) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route: what it answers, by an example, and the problems that it may have."""
    schema = {"type": "string", "format": "binary"} if isinstance(example, bytes) else {}
    content = {"schema": schema} if isinstance(example, bytes) else {"example": shown(example)}
    described: dict[int | str, dict[str, Any]] = {status: {"description": text, "content": {media: content}}}
    return described | {status: _problem(status) for status in (*problems, 503)}


def _problem(status: int) -> dict[str, Any]:
    return a_problem(status, _DETAILS[status])


def a_problem(status: int, detail: str) -> dict[str, Any]:
    """A response that is a problem, with an example of its sentence."""
    problem = Problem(status, detail)
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": problem.title, "content": {PROBLEM: {"schema": schema, "example": problem.to_dict()}}}


async def _needs_json(request: Request) -> None:
    kind = request.headers.get("content-type", "")
    plain = kind.partition(";")[0].strip().lower()
    if plain != JSON and not (plain.startswith("application/") and plain.endswith("+json")):
        raise Problem(415, f"send JSON with Content-Type: application/json, not {kind[:60]!r}")


TAKES_JSON = [Depends(_needs_json)]  # of routes with a JSON body


def _with_references(data: Any) -> Any:
    """The description with a reference to the schema of a recipe wherever one stands."""
    if isinstance(data, dict):
        if RECIPE_SCHEMA.items() <= data.items() and "properties" not in data:
            rest = {key: value for key, value in data.items() if key not in RECIPE_SCHEMA}
            return {"$ref": "#/components/schemas/Recipe"} | rest
        return {key: _with_references(value) for key, value in data.items()}
    return [_with_references(value) for value in data] if isinstance(data, list) else data


def _mend(responses: dict[str, Any]) -> None:
    """Take out what FastAPI adds by itself: JSON where something else is answered, and its own kind of 422."""
    if JSON in responses.get("422", {}).get("content", {}):
        responses["422"] = _problem(422)
    for response in responses.values():
        content = response.get("content", {})
        if content.get(JSON) == {"schema": {}}:
            del content[JSON]


def describe(app: FastAPI) -> None:
    """Let ``/openapi.json`` have the schemas of a recipe and of a problem, which no pydantic model holds."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            found = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            components = found.setdefault("components", {})
            components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
            found["security"] = [{}, {"token": []}]  # only a server that others can reach demands one
            schemas = components.setdefault("schemas", {})
            schemas["Recipe"] = recipe_schema(default_toolset()) | {"examples": [EXAMPLE_RECIPE]}
            schemas["Problem"] = {
                "title": "Problem",
                "description": "Problem details of RFC 9457; detail is one sentence.",
                "type": "object",
                "properties": {
                    "type": {"type": "string"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string"},
                },
                "required": ["type", "title", "status", "detail"],
            }
            for name in ("HTTPValidationError", "ValidationError"):  # FastAPI's own, which no route answers
                schemas.pop(name, None)
            for route in (route for item in found["paths"].values() for route in item.values()):
                _mend(route["responses"])
            app.openapi_schema = with_examples(_with_references(found))
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
