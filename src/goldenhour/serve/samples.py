"""The sample photographs, and a clip made from one of them, for whoever has none at hand."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from functools import cache
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter
from fastapi import Path as PathParameter
from PIL import Image
from starlette.responses import FileResponse, JSONResponse, Response

from goldenhour.events.event import MediaKind
from goldenhour.serve.description import answers
from goldenhour.serve.problems import Problem
from goldenhour.tools.sentences import shorten

FOLDER = Path(str(resources.files("goldenhour") / "samples"))
SMALL = "-small"
SMALL_WIDTH, SMALL_BYTES = 240, 8_000
KEPT = {"Cache-Control": "private, max-age=86400"}


CLIP_WIDTH, CLIP_HEIGHT, CLIP_RATE, CLIP_FRAMES = 960, 540, 24, 96
CLIP_VIEW = 0.8  # share of the photograph's width and height that the clip shows at a time


@dataclass(frozen=True)
class Sample:
    """A photograph of the package, or a clip of it, and what it shows, for those who do not see it."""

    name: str
    title: str
    alt: str
    kind: MediaKind = "photo"

    @property
    def file(self) -> str:
        """Its file's name."""
        return f"{self.name}.mp4" if self.kind == "clip" else f"{self.name}.jpg"

    def to_dict(self) -> dict[str, Any]:
        """As in JSON."""
        return {
            "name": self.name,
            "url": f"/samples/{self.file}",
            "small": f"/samples/{self.name}{SMALL}.jpg",
            "kind": self.kind,
            "title": self.title,
            "alt": self.alt,
        }


SAMPLES = (
    Sample("lake", "Lake", "A mountain lake below snowy peaks, with forest on its shore, by day"),
    Sample("portrait", "Portrait", "An astronaut in an orange suit smiles before a flag and a model of a shuttle"),
    Sample("meadow", "Meadow", "Dandelion clocks in a meadow against the low sun"),
    Sample("night", "Night", "A skyline of skyscrapers at dusk, its lights reflected in the water"),
    Sample("forest", "Forest", "An osprey on a branch among pine needles"),
    Sample("harbour", "Harbour", "A slow move over a skyline at dusk and its lights in the water", "clip"),
)
CLIP_PHOTO = {"harbour": "night"}  # which photograph a clip is made from


_FILES = answers(b"", "The photograph, or the clip.", media="image/jpeg", problems=(404,))
_FILES[200]["content"] |= {"video/mp4": _FILES[200]["content"]["image/jpeg"]}


def samples_router() -> APIRouter:
    """The list, the photographs, and small ones to choose by."""
    router = APIRouter()
    listed = [sample.to_dict() for sample in SAMPLES]

    @router.get("/v1/samples", summary="List the sample photos", responses=answers(listed[:1], "Them.", problems=()))
    async def samples() -> Response:
        """Photographs that may be used for anything."""
        return JSONResponse(listed)

    @router.get("/samples/{file}", summary="Get a sample", responses=_FILES, response_class=Response)
    async def sample(file: Annotated[str, PathParameter(examples=[SAMPLES[0].file])]) -> Response:
        """A photograph, a small one to choose by, or a clip, under the address that the list has."""
        for one in SAMPLES:
            if file == f"{one.name}{SMALL}.jpg":
                data = await asyncio.to_thread(small, CLIP_PHOTO.get(one.name, one.name))
                return Response(data, headers=KEPT, media_type="image/jpeg")
            if file == one.file:
                if one.kind == "photo":
                    return FileResponse(FOLDER / file, headers=KEPT)
                data = await asyncio.to_thread(clip, CLIP_PHOTO[one.name])
                return Response(data, headers=KEPT, media_type="video/mp4")
        raise Problem(404, f"there is no sample {shorten(file)}; GET /v1/samples lists them")

    return router


@cache
def small(name: str) -> bytes:
    """A sample as a JPEG of 240 pixels' width and at most 8 KB."""
    with Image.open(FOLDER / f"{name}.jpg") as image:
        picture = image.convert("RGB")
    picture.thumbnail((SMALL_WIDTH, SMALL_WIDTH), Image.Resampling.LANCZOS)
    for quality in range(80, 20, -5):
        buffer = BytesIO()
        picture.save(buffer, "JPEG", quality=quality, optimize=True, progressive=True)
        if buffer.tell() <= SMALL_BYTES:
            break
    return buffer.getvalue()


@cache
def clip(name: str) -> bytes:
    """A slow move over a sample photograph as an MP4 (H.264): 4 seconds, without sound."""
    import av  # noqa: PLC0415 - who only looks at photos needs no FFmpeg
    import cv2  # noqa: PLC0415

    with Image.open(FOLDER / f"{name}.jpg") as image:
        photo = np.asarray(image.convert("RGB"))
    height, width = photo.shape[:2]
    view = width * CLIP_VIEW
    buffer = BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=CLIP_RATE, options={"crf": "21", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = CLIP_WIDTH, CLIP_HEIGHT, "yuv420p"
        for number in range(CLIP_FRAMES):
            # there and back with no jerk, so that it can be played in a loop
            share = (1 - math.cos(2 * math.pi * number / CLIP_FRAMES)) / 2
            left, top = share * (width - view), (1 - share) * height * (1 - CLIP_VIEW)
            scale = view / CLIP_WIDTH
            move = np.array([[scale, 0, left], [0, scale, top]])
            how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            frame = np.asarray(cv2.warpAffine(photo, move, (CLIP_WIDTH, CLIP_HEIGHT), flags=how), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
        container.mux(stream.encode(None))
    return buffer.getvalue()
