"""Intents to recipes, and what became of them: projects, edits, exports."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from goldenhour.events import Edited, Exported, new_id
from goldenhour.serve.assistant import Assistant, Wish
from goldenhour.serve.bodies import EditBody, ExportBody, ProjectBody, RecipesBody
from goldenhour.serve.description import JSON, TAKES_JSON, answers
from goldenhour.serve.examples import EXAMPLE_ANSWER, EXPORT_ID, PROJECT_ID
from goldenhour.serve.tables import Tables


def recipes_router(assistant: Assistant, tables: Tables) -> APIRouter:
    """The routes that answer and note."""
    router = APIRouter(prefix="/v1", dependencies=TAKES_JSON)

    @router.post("/recipes", summary="Answer intents", responses=answers(EXAMPLE_ANSWER, "The answer, or answers."))
    async def recipes(body: RecipesBody) -> Response:
        """One intent is answered by an object; with `n` above 1, and for `intents`, by `{"answers": [...]}`.

        Intents are answered one each, in their order, all or none. Each answer is logged as shown. A request with
        `current` may say "a bit warmer", or "undo the filter". With `table`, a preview needs no second request.
        """
        wish = Wish(body.intent or "", body.n, body.take, body.current, body.project_id, body.user, body.media_kind)
        if body.intents is not None:
            return _json({"answers": [one.to_dict() for one in await assistant.batch(wish, body.intents)]})
        found = await assistant.answers(wish)
        if body.n > 1:
            return _json({"answers": [one.to_dict() for one in found]})
        answer = found[0].to_dict()
        if body.table is not None:
            compiled = await tables.of_recipe(found[0].recipe, body.table)
            answer["table"] = base64.b64encode(compiled.data).decode()
        return _json(answer)

    @router.post(
        "/projects",
        status_code=201,
        summary="Start a project",
        responses=answers({"project_id": PROJECT_ID, "arm": None}, "The project.", status=201),
    )
    async def projects(body: ProjectBody) -> Response:
        """A project is one photo or clip that a user edits; sent again, it stays as it was."""
        project = await assistant.projects.start(body.project_id or new_id(), body.user, body.media_kind)
        return _json({"project_id": str(project.id), "arm": project.arm}, 201)

    @router.post(
        "/edits",
        status_code=202,
        summary="Log an edit by hand",
        responses=answers({"edit_id": EXPORT_ID}, "It will be in the store soon.", status=202),
    )
    async def edits(body: EditBody) -> Response:
        """May come late, and before its answer; sent again under the same id it counts once."""
        at = body.edited_at or datetime.now(UTC)
        event = Edited(body.edit_id or new_id(), body.project_id, body.answer_id, at, body.recipe)
        assistant.note(event)
        return _json({"edit_id": str(event.id)}, 202)

    @router.post(
        "/exports",
        status_code=202,
        summary="Log an export",
        responses=answers({"export_id": EXPORT_ID}, "It will be in the store soon.", status=202),
    )
    async def exports(body: ExportBody) -> Response:
        """May come late, and before its answer; sent again under the same id it counts once.

        Without `answer_id` it completes its project, and nothing is learnt from it.
        """
        at = body.exported_at or datetime.now(UTC)
        event = Exported(body.export_id or new_id(), body.project_id, body.answer_id, at, body.recipe)
        assistant.note(event)
        return _json({"export_id": str(event.id)}, 202)

    return router


def _json(data: Any, status: int = 200) -> Response:
    return Response(json.dumps(data), status, media_type=JSON)
