"""The API of pictures and clips: graded pictures, proxies for browsers, clips as jobs with progress."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from goldenhour.events.event import MediaKind
from goldenhour.serve.answer import Answerer, Unseen
from goldenhour.serve.bodies import recipe_from_text
from goldenhour.serve.media.description import (
    FORGOTTEN,
    PICTURE_FORM,
    PICTURES,
    PROXIES,
    PROXY_FORM,
    STREAM,
    VIDEO,
    VIDEO_FILES,
    VIDEO_FORM,
    VIDEO_TAKEN,
)
from goldenhour.serve.media.folders import Folders
from goldenhour.serve.media.room import Media, Taken, while_connected
from goldenhour.serve.media.sandbox import Made
from goldenhour.serve.media.videos import ENDED, Video
from goldenhour.serve.media.work import TYPES, grading_of_clip, grading_of_picture, proxy, suffix_of
from goldenhour.serve.metrics import Metrics
from goldenhour.serve.problems import Problem
from goldenhour.tools import Recipe, normalise
from goldenhour.tools.recipe import MAX_INTENSITY
from goldenhour.tools.sentences import names, shorten


def media_router(media: Media, answer: Answerer, metrics: Metrics) -> APIRouter:
    """The routes; ``answer`` gives the answers to intents, which are noted when what was made of them is sent."""
    metrics.watch("uploads", "Files that are being received, wait or are worked on.", lambda: media.here)
    metrics.watch("videos", "Clips that wait for their turn or are worked on.", lambda: media.videos.waiting)
    router = APIRouter(prefix="/v1", tags=["media"])
    _add_pictures(router, media, answer, metrics)
    _add_videos(router, media, answer)
    return router


def _add_pictures(router: APIRouter, media: Media, answer: Answerer, metrics: Metrics) -> None:
    @router.post("/render", openapi_extra=PICTURE_FORM, responses=PICTURES, response_class=Response)
    async def render(request: Request) -> Response:
        """Grade a picture by an intent or a recipe, at full size, with all that its file said about it."""
        async with _received(media, request, "photo") as taken:
            fields = _fields(taken, {"intent", "recipe", "intensity", "format", "quality", "project_id", "user"})
            quality = _whole(fields, "quality", 1, 100)
            intensity = _number(fields, "intensity", MAX_INTENSITY, 100)
            recipe, unseen = await _wanted(fields, answer, "photo")
            work = grading_of_picture(
                taken.source, recipe.scale(intensity), fields.get("format"), quality, media.settings.pictures
            )
            with metrics.stage("render"):
                made = await while_connected(request, media.picture(taken.folder, work))
            name = f"{_stem(taken.name)}-{_label(fields)}{made.file.suffix}"
            return _file(media.folders, taken.folder, made, name, _show(unseen))

    @router.post("/proxies", openapi_extra=PROXY_FORM, responses=PROXIES, response_class=Response)
    async def proxies(request: Request) -> Response:
        """What a browser can show of a picture or a clip that it cannot decode itself.

        A clip can take a while: with `Prefer: respond-async` the answer is a job like that of `POST /v1/videos`.
        """
        async with _received(media, request, None) as taken:
            _fields(taken, set())
            kind = taken.media_kind
            work = proxy(taken.source, kind, media.settings.pictures, media.settings.clips)
            name = f"{_stem(taken.name)}-proxy"
            if kind == "photo":
                made = await while_connected(request, media.picture(taken.folder, work))
                return _file(media.folders, taken.folder, made, name + made.file.suffix, _of_proxy(kind, made))
            seconds = media.settings.media.proxy_seconds
            waits = "respond-async" not in request.headers.get("prefer", "").lower()
            video = media.videos.begin(taken.folder, work, f"{name}.mp4", seconds, held=waits)
            if not waits:
                return _accepted(video, {"Preference-Applied": "respond-async"})
            try:
                made = await while_connected(request, media.videos.ended(video))
            except BaseException:
                await media.videos.drop(video)
                raise
            media.videos.release(video)
            return _file(media.folders, taken.folder, made, video.name, _of_proxy(kind, made))


def _add_videos(router: APIRouter, media: Media, answer: Answerer) -> None:
    @router.post("/videos", status_code=202, openapi_extra=VIDEO_FORM, responses=VIDEO_TAKEN)
    async def begin(request: Request) -> Response:
        """Grade a clip by an intent or a recipe: a job, whose progress can be followed."""
        media.videos.check_room()
        async with _received(media, request, "clip") as taken:
            known = {"intent", "recipe", "intensity", "codec", "container", "quality", "project_id", "user"}
            fields = _fields(taken, known)
            how = fields.get("codec"), fields.get("container"), _whole(fields, "quality", 1, 100), media.settings.clips
            intensity = _number(fields, "intensity", MAX_INTENSITY, 100)
            grading_of_clip(taken.source, Recipe.neutral(), *how)  # whose faults are told before anybody is asked
            recipe, unseen = await _wanted(fields, answer, "clip")
            work = grading_of_clip(taken.source, recipe.scale(intensity), *how)
            name = f"{_stem(taken.name)}-{_label(fields)}{work['suffix']}"
            video = media.videos.begin(taken.folder, work, name, media.settings.media.video_seconds)
            return _accepted(video, _show(unseen))

    @router.get("/videos/{video_id}", responses=VIDEO)
    async def status(video_id: UUID) -> Response:
        """How far a clip is."""
        return JSONResponse(media.videos.find(video_id).to_dict(), headers={"Cache-Control": "no-store"})

    @router.get("/videos/{video_id}/events", responses=STREAM, response_class=StreamingResponse)
    async def events(video_id: UUID) -> Response:
        """The same, each time that it changes, as server-sent events; the last is `done`, `failed` or `cancelled`."""
        video = media.videos.find(video_id)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(_stream(media, video), media_type="text/event-stream", headers=headers)

    @router.get("/videos/{video_id}/file", responses=VIDEO_FILES, response_class=FileResponse)
    async def file(video_id: UUID) -> Response:
        """The graded clip; parts of it by `Range`, so that it can be played here."""
        video = media.videos.find(video_id)
        if video.made is None:
            raise Problem(409, f"{video.name} is {video.status}: there is no file of it")
        return FileResponse(video.made.file, media_type=TYPES[video.made.file.suffix], filename=video.name)

    @router.delete("/videos/{video_id}", status_code=204, responses=FORGOTTEN)
    async def forget(video_id: UUID) -> Response:
        """Cancel a clip, if it is being worked on, and forget it with its file."""
        media.videos.forget(video_id)
        return Response(status_code=204)


@asynccontextmanager
async def _received(media: Media, request: Request, kind: MediaKind | None) -> AsyncIterator[Taken]:
    """A photo, a clip, or either; a client that goes in the middle is a problem, too, if one that nobody will read."""
    try:
        async with media.taken(request, kind) as taken:
            yield taken
    except ClientDisconnect:
        raise Problem(400, "the client went before it was answered") from None


def _fields(taken: Taken, known: set[str]) -> dict[str, str]:
    """The form's fields without those left empty; raises Problem for unknown ones."""
    fields = {name: value.strip() for name, value in taken.upload.fields.items()}
    if unknown := sorted(set(fields) - known):
        listed = f"choose of {names(sorted(known))}" if known else "send the file alone"
        raise Problem(422, f"the form has {shorten(unknown[0])}, which is not known here: {listed}")
    return {name: value for name, value in fields.items() if value}


async def _wanted(fields: Mapping[str, str], answer: Answerer, kind: MediaKind) -> tuple[Recipe, Unseen | None]:
    """The recipe of a form, or of the answer to its intent; raises Problem or UserError."""
    if ("intent" in fields) == ("recipe" in fields):
        raise Problem(422, "send either an intent or a recipe with the file")
    if "recipe" in fields:
        return recipe_from_text(fields["recipe"]), None
    try:
        project = UUID(fields["project_id"]) if "project_id" in fields else None
    except ValueError:
        raise Problem(422, f"project_id is {shorten(fields['project_id'])}: send a UUIDv7, or none") from None
    unseen = await answer(fields["intent"], media_kind=kind, project_id=project, user=fields.get("user"))
    return unseen.answered.recipe, unseen


def _number(fields: Mapping[str, str], name: str, most: float, default: float) -> float:
    """A field's number 0..most; raises Problem."""
    given = fields.get(name, str(default))
    try:
        number = float(given)
    except ValueError:
        number = -1
    if not 0 <= number <= most:
        raise Problem(422, f"{name} is {shorten(given)}: choose a number from 0 to {most:g}")
    return number


def _whole(fields: Mapping[str, str], name: str, least: int, most: int) -> int | None:
    """A field's whole number, or None where it is left out; raises Problem."""
    given = fields.get(name)
    if given is None:
        return None
    if not re.fullmatch(r"\d{1,3}", given, re.ASCII) or not least <= int(given) <= most:
        raise Problem(422, f"{name} is {shorten(given)}: choose a whole number from {least} to {most}")
    return int(given)


def _stem(name: str) -> str:
    return name[: len(name) - len(suffix_of(name))]


def _label(fields: Mapping[str, str]) -> str:
    """What a graded file's name ends in: the intent's words, or "edited"."""
    return re.sub(r"\W+", "-", normalise(fields.get("intent", "edited")))[:40].strip("-") or "edited"


class _Fleeting(FileResponse):
    """A file that is gone with its folder when it has been sent, or nobody takes it any more."""

    def __init__(self, folders: Folders, folder: Path, file: Path, **options: Any):
        super().__init__(file, **options)
        self._folders, self._folder = folders, folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._folders.remove(self._folder)


def _file(folders: Folders, folder: Path, made: Made, name: str, headers: Mapping[str, str]) -> Response:
    headers = {"Cache-Control": "no-store", **headers}
    kind = TYPES[made.file.suffix]
    return _Fleeting(folders, folder, made.file, media_type=kind, filename=name, headers=headers)


def _show(unseen: Unseen | None) -> dict[str, str]:
    """Note an answer as shown; the headers that tell of it."""
    if unseen is None:
        return {}
    unseen.show()
    answered = unseen.answered
    headers = {"X-Answer-Id": str(answered.answer_id), "X-Project-Id": str(answered.project_id)}
    return headers | ({"X-Message": answered.message} if answered.message else {})


def _of_proxy(kind: MediaKind, made: Made) -> dict[str, str]:
    return {"X-Media-Kind": kind, "X-Width": str(made.width), "X-Height": str(made.height)}


def _accepted(video: Video, headers: Mapping[str, str] | None = None) -> Response:
    place = {"Location": f"/v1/videos/{video.id}"}
    return JSONResponse(video.to_dict(), 202, {**place, **(headers or {})})


async def _stream(media: Media, video: Video) -> AsyncIterator[str]:
    """Server-sent events (WHATWG HTML, 9.2); a comment is a sign of life."""
    async for told in media.videos.follow(video):
        if told is None:
            yield ": still there\n\n"
            continue
        event = told["status"] if told["status"] in ENDED else "progress"
        yield f"event: {event}\ndata: {json.dumps(told)}\n\n"
