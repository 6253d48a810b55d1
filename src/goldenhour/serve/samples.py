"""The sample photographs, for whoever has none at hand."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cache
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from PIL import Image
from starlette.responses import FileResponse, JSONResponse, Response

from goldenhour.serve.description import answers
from goldenhour.serve.problems import Problem
from goldenhour.tools.sentences import shorten

FOLDER = Path(str(resources.files("goldenhour") / "samples"))
SMALL = "-small"
SMALL_WIDTH, SMALL_BYTES = 240, 8_000
KEPT = {"Cache-Control": "private, max-age=86400"}


@dataclass(frozen=True)
class Sample:
    """A photograph of the package, and what it shows, for those who do not see it."""

    name: str
    title: str
    alt: str

    def to_dict(self) -> dict[str, Any]:
        """As in JSON."""
        return {
            "name": self.name,
            "url": f"/samples/{self.name}.jpg",
            "small": f"/samples/{self.name}{SMALL}.jpg",
            "kind": "photo",
            "title": self.title,
            "alt": self.alt,
        }


SAMPLES = (
    Sample("lake", "Lake", "A mountain lake below snowy peaks, with forest on its shore, by day"),
    Sample("portrait", "Portrait", "An astronaut in an orange suit smiles before a flag and a model of a shuttle"),
    Sample("meadow", "Meadow", "Dandelion clocks in a meadow against the low sun"),
    Sample("night", "Night", "A skyline of skyscrapers at dusk, its lights reflected in the water"),
    Sample("forest", "Forest", "An osprey on a branch among pine needles"),
)


def samples_router() -> APIRouter:
    """The list, the photographs, and small ones to choose by."""
    router = APIRouter()
    listed = [sample.to_dict() for sample in SAMPLES]

    @router.get("/v1/samples", summary="List the sample photos", responses=answers(listed[:1], "Them.", problems=()))
    async def samples() -> Response:
        """Photographs that may be used for anything."""
        return JSONResponse(listed)

    @router.get("/samples/{file}", include_in_schema=False)
    async def sample(file: str) -> Response:
        name = file.removesuffix(".jpg")
        known = {one.name for one in SAMPLES}
        if file != f"{name}.jpg" or name.removesuffix(SMALL) not in known:
            raise Problem(404, f"there is no sample {shorten(file)}; GET /v1/samples lists them")
        if name in known:
            return FileResponse(FOLDER / file, headers=KEPT)
        data = await asyncio.to_thread(small, name.removesuffix(SMALL))
        return Response(data, headers=KEPT, media_type="image/jpeg")

    return router


@cache
def small(name: str) -> bytes:
    """A sample as a JPEG of 240 pixels' width and at most 8 KB."""
    with Image.open(FOLDER / f"{name}.jpg") as image:
        picture = image.convert("RGB")
    picture.thumbnail((SMALL_WIDTH, SMALL_WIDTH), Image.Resampling.LANCZOS)
    for quality in (80, 70, 60, 50, 40):
        buffer = BytesIO()
        picture.save(buffer, "JPEG", quality=quality, optimize=True, progressive=True)
        if buffer.tell() <= SMALL_BYTES:
            break
    return buffer.getvalue()
