"""The room that uploads come into: how many at once, from the first byte to the answer, and nothing left behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request

from goldenhour.events.event import MediaKind
from goldenhour.serve.media.folders import SOURCE, Folders
from goldenhour.serve.media.protocol import Allowance, Work
from goldenhour.serve.media.sandbox import Made, Sandbox
from goldenhour.serve.media.settings import MediaSettings
from goldenhour.serve.media.uploads import Most, Upload, receive
from goldenhour.serve.media.videos import Videos
from goldenhour.serve.media.work import kind_by_content, media_kind_of
from goldenhour.serve.problems import Problem

Result = TypeVar("Result")
_ELSEWHERE: dict[MediaKind, str] = {
    "photo": "a picture: send it to /v1/render, which answers with the graded one",
    "clip": "a clip: send it to /v1/videos, which answers with a job",
}


@dataclass(frozen=True)
class Taken:
    """An upload in its folder."""

    upload: Upload
    folder: Path

    @property
    def source(self) -> str:
        """Its file, as seen from the folder."""
        return str(self.upload.file.relative_to(self.folder))

    @property
    def name(self) -> str:
        """As its sender called it."""
        return self.upload.file.name

    @property
    def media_kind(self) -> MediaKind:
        """Photo or clip."""
        return media_kind_of(self.upload.first, self.name)


class Media:
    """Everything that deals with uploads; its `lifespan` must be run."""

    def __init__(self, settings: MediaSettings | None = None):
        self.settings = settings or MediaSettings.from_environment()
        limits = self.settings.media
        self.folders, self.sandbox = Folders(), Sandbox()
        self.videos = Videos(self.sandbox, self.folders, limits)
        self._at_once = asyncio.Semaphore(int(limits.at_once))
        self._here = 0

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Start, and stop in the end."""
        await self.start()
        try:
            yield
        finally:
            await self.stop()

    async def start(self) -> None:
        """Make the folder for uploads and let the process be started that decodes them."""
        await asyncio.to_thread(self.folders.start)
        self.sandbox.start()

    async def stop(self) -> None:
        """Cancel all work, end all streams of progress and processes, and remove all files; twice is no harm."""
        await self.videos.stop()
        await self.sandbox.stop()
        await asyncio.to_thread(self.folders.stop)

    @property
    def here(self) -> int:
        """Requests with a file that are being received, wait or are worked on."""
        return self._here

    @asynccontextmanager
    async def taken(self, request: Request, kind: MediaKind | None) -> AsyncIterator[Taken]:
        """Receive a photo, a clip, or either; its folder is the caller's from then on.

        Raises Problem, ClientDisconnect.
        """
        if self._here >= int(self.settings.media.waiting):
            raise Problem(
                429,
                f"{self._here} files are being worked on already; send yours again in a moment",
                headers={"Retry-After": "2"},
            )
        self._here += 1
        try:
            folder = await asyncio.to_thread(self.folders.new)
            try:
                yield Taken(await receive(request, folder / SOURCE, self._most(kind)), folder)
            except BaseException:
                self.folders.remove(folder)
                raise
        finally:
            self._here -= 1

    def _most(self, kind: MediaKind | None) -> Most:
        megabytes = {"photo": self.settings.pictures.megabytes, "clip": self.settings.clips.megabytes}

        def most(first: bytes, name: str) -> float:
            found = kind_by_content(first)
            if kind and found and found != kind:
                raise Problem(422, f"{name} is {_ELSEWHERE[found]}")
            return megabytes[kind or media_kind_of(first, name)]

        return most

    async def picture(self, folder: Path, work: Work) -> Made:
        """Work on a picture, when it is its turn. Raises Problem."""
        limits = self.settings.media
        async with self._at_once:
            allowance = Allowance(limits.picture_seconds, limits.memory_megabytes, limits.output_megabytes)
            return await self.sandbox.run(folder, work, allowance)


async def while_connected(request: Request, work: Coroutine[Any, Any, Result]) -> Result:
    """The result of some work, which is given up when the client goes; raises ClientDisconnect then."""
    doing = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({doing, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():
            raise ClientDisconnect
        return await doing
    finally:
        for each in (doing, gone):
            each.cancel()
        await asyncio.gather(doing, gone, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
