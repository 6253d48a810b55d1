"""What the API's own description (OpenAPI) says of uploads, which are read piece by piece and not by its framework."""

from __future__ import annotations

import json
from typing import Any

from goldenhour.render.clip_codecs import CODECS
from goldenhour.serve.description import a_problem
from goldenhour.serve.examples import shown
from goldenhour.serve.media.protocol import CONTAINERS, FORMATS

_FILE = {"type": "string", "format": "binary"}
_INTENT = {"type": "string", "example": "golden hour", "description": "What it should look like; or send a recipe."}
_RECIPE = {"type": "string", "description": "A recipe as JSON text; or send an intent."}
_INTENSITY = {"type": "number", "minimum": 0, "maximum": 150, "default": 100}
_QUALITY = {"type": "integer", "minimum": 1, "maximum": 100}
_PROJECT = {"type": "string", "format": "uuid"}
_GRADING = {
    "file": _FILE,
    "intent": _INTENT,
    "recipe": _RECIPE,
    "intensity": _INTENSITY,
    "quality": _QUALITY,
    "project_id": _PROJECT,
    "user": {"type": "string"},
}
_VIDEO_ID = "0197f3c2-5d1e-7a00-9c1f-3b2a1d0e4f5a"
_STATUS_EXAMPLE = {
    "video_id": _VIDEO_ID,
    "status": "running",
    "frames_done": 120,
    "frames_expected": 480,
    "seconds_left": 9.5,
    "error": None,
    "warnings": [],
    "file": None,
}
_STATUS = {"application/json": {"example": shown(_STATUS_EXAMPLE), "schema": {"type": "object"}}}
_EVENTS = "".join(
    f"event: {event}\ndata: {json.dumps(_STATUS_EXAMPLE | changed)}\n\n"
    for event, changed in {
        "progress": {},
        "done": {
            "status": "done",
            "frames_done": 480,
            "seconds_left": None,
            "file": f"/v1/videos/{_VIDEO_ID}/file",
        },
    }.items()
)


def _form(properties: dict[str, Any], **example: Any) -> dict[str, Any]:
    schema = {"type": "object", "required": ["file"], "properties": properties}
    content = {"multipart/form-data": {"schema": schema, "example": example}}
    return {"requestBody": {"required": True, "content": content}}


def _problems(**texts: tuple[str, str]) -> dict[int | str, dict[str, Any]]:
    """Of each status what it means, and a sentence of it as an example."""
    return {
        int(status[1:]): a_problem(int(status[1:]), detail) | {"description": meaning}
        for status, (meaning, detail) in texts.items()
    }


def _binary(*kinds: str) -> dict[str, Any]:
    return {kind: {"schema": _FILE} for kind in kinds}


_UPLOADS = _problems(
    _400=("The form is damaged.", "a field of the form is not UTF-8 text: send it as that"),
    _413=(
        "The file is larger than it may be, or needs more memory.",
        "beach.jpg has more than 50 megabytes: make it smaller.",
    ),
    _415=(
        "The body is no form.",
        "send a form as multipart/form-data, with the picture or clip as its part named file",
    ),
    _422=(
        "The file cannot be read, or a field makes no sense.",
        "intensity is '-1': choose a number from 0 to 150",
    ),
    _429=(
        "Too many at once; `Retry-After` says when to come again.",
        "16 files are being worked on already; send yours again in a moment",
    ),
    _501=(
        "Not on the server's system.",
        "pictures and clips are decoded on Linux and macOS only; use the command line here",
    ),
    _503=(
        "The work was lost through no fault of the file, or the server is starting, stopping or too busy.",
        "the work on beach.jpg was broken off, which is not its fault; try again",
    ),
    _504=(
        "It took too long.",
        "beach.jpg took longer than the 60 seconds that it may take: make it smaller or shorter.",
    ),
    _507=("The server's disk is full.", "the disk of the server is full; try again when there is room"),
)
_UNKNOWN = _problems(
    _404=("There is no such video.", f"there is no video {_VIDEO_ID}: it never was, or has been forgotten"),
    _422=("The id is none.", "video_id is '7': send a UUID of version 7"),
)

PICTURE_FORM = _form(
    _GRADING | {"format": {"type": "string", "enum": list(FORMATS)}},
    file="beach.jpg",
    intent="golden hour",
    format="jpeg",
    quality=90,
)
PROXY_FORM = _form({"file": _FILE}, file="beach.heic")
VIDEO_FORM = _form(
    _GRADING
    | {"codec": {"type": "string", "enum": list(CODECS)}, "container": {"type": "string", "enum": list(CONTAINERS)}},
    file="waves.mov",
    intent="golden hour",
    codec="h264",
    container="mp4",
)
PICTURES = _UPLOADS | {
    200: {
        "description": "The picture; `X-Answer-Id` names the answer, `X-Message` says where no tonal tool "
        "can do what it asks for.",
        "content": _binary("image/jpeg", "image/png", "image/webp", "image/tiff", "image/avif", "image/heic"),
    }
}
PROXIES = _UPLOADS | {
    200: {
        "description": "Of a picture a JPEG or PNG of at most two megapixels, of a clip an MP4 of at most 1280 × 720; "
        "`X-Media-Kind` is photo or clip, `X-Width` and `X-Height` are the original's.",
        "content": _binary("image/jpeg", "image/png", "video/mp4"),
        "headers": {
            "X-Media-Kind": {"schema": {"type": "string", "enum": ["photo", "clip"]}, "example": "photo"},
            "X-Width": {"schema": {"type": "integer"}, "example": 6000},
            "X-Height": {"schema": {"type": "integer"}, "example": 4000},
        },
    },
    202: {"description": "A clip, with `Prefer: respond-async`: a job as of `POST /v1/videos`.", "content": _STATUS},
}
VIDEO_TAKEN = _UPLOADS | {202: {"description": "Queued; `Location` says where it is.", "content": _STATUS}}
VIDEO = _UNKNOWN | {200: {"description": "How far it is.", "content": _STATUS}}
STREAM = _UNKNOWN | {200: {"description": "Progress.", "content": {"text/event-stream": {"example": _EVENTS}}}}
FORGOTTEN = _UNKNOWN | {204: {"description": "It is cancelled, or forgotten; again is no error."}}
VIDEO_FILES = (
    _UNKNOWN
    | _problems(_409=("It is not done.", "waves-golden-hour.mp4 is running: there is no file of it"))
    | {200: {"description": "The clip.", "content": _binary("video/mp4", "video/quicktime", "video/webm")}}
)
