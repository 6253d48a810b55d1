"""Experiments over HTTP: started, seen, ended."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

from fastapi import APIRouter, Body
from starlette.responses import Response

from goldenhour.experiment.definition import ExperimentError
from goldenhour.serve.description import JSON, TAKES_JSON, answers
from goldenhour.serve.examples import shown
from goldenhour.serve.problems import Problem
from goldenhour.serve.trials import Trials

_EXAMPLE: dict[str, Any] = {
    "name": "new student",
    "arms": [
        {"name": "control", "weight": 0.5, "student": "built-in"},
        {"name": "treatment", "weight": 0.5, "student": "students/new"},
    ],
    "control": "control",
    "margin": 0.97,
    "guardrails": {"latency_p95": 20},
    "start": "2026-12-01T09:00:00Z",
    "planned_users": 20_000,
}
_LISTED = _EXAMPLE | {"since": "2026-11-30T17:00:00+00:00", "ended": None, "running": True}


def experiments_router(trials: Trials) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1")

    @router.post(
        "/experiments",
        status_code=201,
        summary="Start an experiment, or change its weights",
        responses=answers(_EXAMPLE, "The experiment.", status=201, problems=(400, 409, 413, 415, 422)),
        dependencies=TAKES_JSON,
    )
    async def start(body: Annotated[dict[str, Any], Body(examples=[shown(_EXAMPLE)])]) -> Response:
        """From its start on users are answered by their arms; it is kept, and goes on when the server starts again.

        While it runs only its weights may change. Folders of students are those of the server.
        """
        experiment = trials.read(body)
        async with trials.turn:
            trial = await asyncio.to_thread(trials.open, experiment)
            try:
                await asyncio.to_thread(trials.keep, trial)
            except ExperimentError as error:
                raise Problem(409, str(error)) from None
            await trials.run(trial)
        return Response(json.dumps(trial.experiment.to_dict()), 201, media_type=JSON)

    @router.get(
        "/experiments",
        summary="List the experiments",
        responses=answers({"experiments": [_LISTED]}, "Those that the event store knows.", problems=()),
    )
    async def listed() -> Response:
        """Each with its newest weights, since when it is known, and whether it runs here: from its start on."""
        found = await asyncio.to_thread(trials.listed)
        return Response(json.dumps({"experiments": found}), media_type=JSON)

    @router.delete(
        "/experiments/{name}",
        status_code=204,
        summary="End an experiment",
        responses=answers({}, "It has ended.", status=204, problems=(404,)) | {204: {"description": "It has ended."}},
    )
    async def end(name: str) -> Response:
        """The server's own model answers everybody again; what was counted stays, and what begins later is not."""
        async with trials.turn:
            try:
                await trials.end(name)
            except ExperimentError as error:
                raise Problem(404, str(error)) from None
        return Response(status_code=204)

    return router
