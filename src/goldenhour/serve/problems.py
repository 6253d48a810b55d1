"""What goes wrong, as problem details of RFC 9457: a status and one sentence; never a traceback."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from goldenhour.events.engine import StoreError
from goldenhour.tools.errors import UserError
from goldenhour.tools.sentences import shorten

PROBLEM = "application/problem+json"
CHAT = "/v1/chat/"  # where clients look for OpenAI's ``error`` as well
# what to send instead, by pydantic's name of the fault; of its own sentences nobody learns it
_INSTEAD = {
    "string_type": "send text",
    "string_unicode": "send text without halves of characters",
    "string_too_short": "send text, or leave it out",
    "string_too_long": "send at most {max_length:,} characters",
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float", "finite_number"), "send a whole number"),
    "greater_than_equal": "choose {ge} or more",
    "less_than_equal": "choose {le} or less",
    "less_than": "choose a number below {lt}",
    "literal_error": "choose {expected}",
    **dict.fromkeys(("bool_type", "bool_parsing"), "send true or false"),
    "list_type": "send a list",
    "too_short": "send a list of {min_length} or more",
    "too_long": "send a list of at most {max_length}",
    "dict_type": "send an object",
    **dict.fromkeys(("uuid_type", "uuid_parsing", "uuid_version"), "send a UUID of version 7"),
    **dict.fromkeys(
        (
            "datetime_type",
            "datetime_parsing",
            "datetime_from_date_parsing",
            "datetime_object_invalid",
            "timezone_aware",
        ),
        "send a time with its zone, such as 2026-12-01T09:00:00Z",
    ),
}

_log = logging.getLogger("goldenhour.serve")


class Problem(Exception):  # noqa: N818 - RFC 9457's word
    """A request that is refused; ``detail`` is one sentence that names what is wrong and the remedy."""

    def __init__(self, status: int, detail: str, *, title: str | None = None, headers: Mapping[str, str] | None = None):
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, dict(headers or {})
        self.title = title or HTTPStatus(status).phrase

    def to_dict(self) -> dict[str, Any]:
        """The members of RFC 9457; the type is left open, so that the title is the status's own."""
        return {"type": "about:blank", "title": self.title, "status": self.status, "detail": self.detail}

    def body(self, path: str = "") -> bytes:
        """The JSON of it; on OpenAI's paths with the ``error`` that their clients read, as an extension member."""
        data = self.to_dict()
        if path.startswith(CHAT):
            data["error"] = {"message": self.detail, "type": "invalid_request_error", "param": None, "code": None}
        return json.dumps(data, ensure_ascii=False).encode("utf-8", "replace")

    def response(self, path: str = "") -> Response:
        """The response that says so."""
        return Response(self.body(path), self.status, self.headers, PROBLEM)


def busy(detail: str, seconds: float = 1) -> Problem:
    """Too much at once: come again in so many seconds."""
    return Problem(503, detail, headers={"Retry-After": f"{max(1, round(seconds))}"})


def problem_of(error: Exception) -> Problem:
    """The problem that an exception is; one that nobody foresaw is logged, and says nothing of the program."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, StoreError):
        _log.error("%s", error)
        return busy("the event store cannot be used at the moment; try again later", 5)
    if isinstance(error, UserError):
        return Problem(422, str(error))
    if isinstance(error, RequestValidationError):
        return _invalid(error.errors())
    if isinstance(error, HTTPException):
        return _of_http(error)
    _log.error("a request failed", exc_info=error)
    return Problem(500, "something went wrong here, which is not your fault; the server's log has the reason")


def add_problems(app: FastAPI) -> None:
    """Let the app answer every exception with a problem."""

    async def answer(request: Request, error: Exception) -> Response:
        problem = problem_of(error)
        if problem.status == 404 and isinstance(error, HTTPException):
            problem = Problem(404, f"there is nothing at {shorten(request.url.path)}; /openapi.json says what there is")
        if problem.status == 405:
            problem = Problem(405, f"{request.method} is not for {shorten(request.url.path)}", headers=problem.headers)
        return problem.response(request.url.path)

    for kind in (Problem, UserError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, answer)


def _of_http(error: HTTPException) -> Problem:
    detail = str(error.detail)
    if error.status_code == 400 and "parsing the body" in detail:
        detail = "the body cannot be read; send JSON as UTF-8 text, nested less deeply"
    return Problem(error.status_code, detail, headers=error.headers)


def _invalid(errors: Sequence[Any]) -> Problem:
    """What pydantic found, as one sentence about the first fault."""
    first = errors[0]
    place = ".".join(str(part) for part in first["loc"][1:])
    if first["type"] == "json_invalid":
        return Problem(400, f"the body is not JSON: {first['ctx']['error']} at character {first['loc'][-1]}")
    if first["type"] == "missing":
        return Problem(422, f"{place} is missing" if place else "the body is missing; send JSON")
    if first["type"] == "extra_forbidden":
        return Problem(422, f"{place} is not known here; /openapi.json says what is")
    if isinstance(fault := first.get("ctx", {}).get("error"), UserError):
        return Problem(422, f"{place}: {fault}" if place else str(fault))
    if not place:
        return Problem(422, "the body must be a JSON object")
    instead = _INSTEAD.get(first["type"], "/openapi.json says what it can be").format_map(first.get("ctx", {}))
    return Problem(422, f"{place} is {shorten(first['input'])}: {instead}")
