"""OpenAI's chat completions: an app that was written for the teacher asks the student by changing its URL."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from goldenhour.events import new_id
from goldenhour.serve.answer import Answered
from goldenhour.serve.assistant import Assistant, Wish
from goldenhour.serve.bodies import ChatBody
from goldenhour.serve.conversation import Request, message, read_chat
from goldenhour.serve.description import JSON, TAKES_JSON, answers
from goldenhour.serve.examples import EXAMPLE_RECIPE, EXAMPLE_TOOL
from goldenhour.serve.problems import Problem
from goldenhour.tools import Recipe, default_toolset
from goldenhour.tools.sentences import shorten

MODEL = "goldenhour"
TOKEN = re.compile(r"\w{1,6}|[^\w\s]+")  # what counts as one token here: up to six letters, or signs in a row
_LISTED = {"id": MODEL, "object": "model", "created": 0, "owned_by": "goldenhour"}
_EXAMPLE = {
    "id": "chatcmpl-0197f3c2",
    "object": "chat.completion",
    "created": 1_795_000_000,
    "model": MODEL,
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "call_0197f3c2_0",
                        "type": "function",
                        "function": {"name": EXAMPLE_TOOL, "arguments": json.dumps(EXAMPLE_RECIPE[EXAMPLE_TOOL])},
                    }
                ],
            },
            "finish_reason": "tool_calls",
        }
    ],
    "usage": {"prompt_tokens": 5, "completion_tokens": 12, "total_tokens": 17},
}


def chat_router(assistant: Assistant) -> APIRouter:
    """The routes of OpenAI's API that an app needs."""
    router = APIRouter(prefix="/v1")

    @router.post(
        "/chat/completions",
        summary="Answer as a chat model does",
        responses=answers(_EXAMPLE, "The completion; with `stream`, as server-sent events."),
        dependencies=TAKES_JSON,
    )
    async def completions(body: ChatBody) -> Response:
        """The last message of the user is the intent; tools that are offered are called, other replies are JSON.

        An earlier answer in the chat is the recipe that relative wishes change. The member `goldenhour` has the ids by
        which an export is logged.
        """
        request = read_chat(body, default_toolset())
        if request.reported:
            chosen = [message(request, request.current or Recipe.neutral(), None, "")]
            completion = _completion(body, chosen, None)
        else:
            found = await assistant.answers(_wish(body, request))
            chosen = [message(request, one.recipe, one.message, f"call_{one.answer_id.hex[-12:]}") for one in found]
            completion = _completion(body, chosen, found)
        if body.stream:
            counted = bool((body.stream_options or {}).get("include_usage"))
            return Response("".join(_events(completion, counted)), media_type="text/event-stream")
        return Response(json.dumps(completion), media_type=JSON)

    @router.get(
        "/models",
        summary="List the models",
        responses=answers({"object": "list", "data": [_LISTED]}, "The models.", problems=()),
    )
    async def models() -> Response:
        """There is one."""
        return Response(json.dumps({"object": "list", "data": [_LISTED]}), media_type=JSON)

    @router.get(
        "/models/{model}", summary="Describe a model", responses=answers(_LISTED, "The model.", problems=(404,))
    )
    async def one_model(model: str) -> Response:
        """Whatever name a completion asks for, this is who answers."""
        if model != MODEL:
            raise Problem(404, f"there is no model {shorten(model)}; there is {MODEL}")
        return Response(json.dumps(_LISTED), media_type=JSON)

    return router


def _wish(body: ChatBody, request: Request) -> Wish:
    given = (body.metadata or {}).get("project_id")
    try:
        project_id = None if given is None else UUID(str(given))
    except ValueError:
        project_id = None
    if given is not None and (project_id is None or project_id.version != 7):
        raise Problem(422, f"metadata.project_id is {shorten(given)}; send a UUID of version 7, or none")
    return Wish(request.intent, body.n or 1, None, request.current, project_id, body.user)


def _completion(body: ChatBody, chosen: list[dict[str, Any]], found: list[Answered] | None) -> dict[str, Any]:
    tokens_in = _count([body.messages, body.tools, body.response_format])
    tokens_out = _count(chosen)
    completion = {
        "id": f"chatcmpl-{(found[0].answer_id if found else new_id()).hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": MODEL,
        "choices": [
            {
                "index": index,
                "message": one,
                "finish_reason": "tool_calls" if one.get("tool_calls") else "stop",
                "logprobs": None,
            }
            for index, one in enumerate(chosen)
        ],
        "usage": {
            "prompt_tokens": tokens_in,
            "completion_tokens": tokens_out,
            "total_tokens": tokens_in + tokens_out,
        },
    }
    return completion | ({"goldenhour": [one.to_dict() for one in found]} if found else {})


def _count(data: Any) -> int:
    """Tokens, by this server's own count."""
    return sum(1 for _ in TOKEN.finditer(json.dumps(data, ensure_ascii=False)))


def _events(completion: dict[str, Any], counted: bool) -> Iterator[str]:
    """A completion as a stream: each message in one piece, then its end; ``counted``: the tokens at last."""
    head = {key: completion[key] for key in ("id", "created", "model")} | {"object": "chat.completion.chunk"}

    def event(choices: list[dict[str, Any]], **more: Any) -> str:
        return f"data: {json.dumps(head | {'choices': choices} | more)}\n\n"

    for choice in completion["choices"]:
        said = choice["message"]
        delta = {"role": "assistant", "content": said["content"]}
        if calls := said.get("tool_calls"):
            delta["tool_calls"] = [call | {"index": number} for number, call in enumerate(calls)]
        yield event([{"index": choice["index"], "delta": delta, "finish_reason": None}])
        yield event([{"index": choice["index"], "delta": {}, "finish_reason": choice["finish_reason"]}])
    if counted:
        yield event([], usage=completion["usage"])
    yield "data: [DONE]\n\n"
