"""What the API's own description (OpenAPI) says of uploads, which are read piece by piece and not by its framework."""

from __future__ import annotations

from typing import Any

from goldenhour.render.clip_codecs import CODECS
from goldenhour.serve.media.protocol import CONTAINERS, FORMATS

_PROBLEM = {"application/problem+json": {"schema": {"type": "object"}}}
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
_STATUS = {"application/json": {"example": _STATUS_EXAMPLE, "schema": {"type": "object"}}}


def _form(properties: dict[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "required": ["file"], "properties": properties}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


def _problems(**sentences: str) -> dict[int | str, dict[str, Any]]:
    return {int(status[1:]): {"description": text, "content": _PROBLEM} for status, text in sentences.items()}


def _binary(*kinds: str) -> dict[str, Any]:
    return {kind: {"schema": _FILE} for kind in kinds}


_UPLOADS = _problems(
    _400="The form is damaged.",
    _413="The file is larger than it may be, or needs more memory.",
    _415="The body is no form.",
    _422="The file cannot be read, or a field makes no sense.",
    _429="Too many at once; `Retry-After` says when to come again.",
    _504="It took too long.",
    _507="The server's disk is full.",
)
_UNKNOWN = _problems(_404="There is no such video.")

PICTURE_FORM = _form(_GRADING | {"format": {"type": "string", "enum": list(FORMATS)}})
PROXY_FORM = _form({"file": _FILE})
VIDEO_FORM = _form(
    _GRADING
    | {"codec": {"type": "string", "enum": list(CODECS)}, "container": {"type": "string", "enum": list(CONTAINERS)}}
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
    },
    202: {"description": "A clip, with `Prefer: respond-async`: a job as of `POST /v1/videos`.", "content": _STATUS},
}
VIDEO_TAKEN = _UPLOADS | {202: {"description": "Queued; `Location` says where it is.", "content": _STATUS}}
VIDEO = _UNKNOWN | {200: {"description": "How far it is.", "content": _STATUS}}
STREAM = _UNKNOWN | {200: {"description": "Progress.", "content": {"text/event-stream": {}}}}
VIDEO_FILES = (
    _UNKNOWN
    | _problems(_409="It is not done.")
    | {200: {"description": "The clip.", "content": _binary("video/mp4", "video/quicktime", "video/webm")}}
)
