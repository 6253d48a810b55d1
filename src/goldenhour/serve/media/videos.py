"""Clips that are being worked on: a queue, progress that can be followed, cancelling, and files kept for a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Literal
from uuid import UUID

from goldenhour.events.ids import new_id
from goldenhour.render.clip import Progress
from goldenhour.serve.media.folders import SOURCE, Folders
from goldenhour.serve.media.protocol import PROXY_OF_CLIP, Allowance, Work
from goldenhour.serve.media.sandbox import Made, Sandbox
from goldenhour.serve.media.settings import MediaLimits
from goldenhour.serve.problems import Problem, problem_of
from goldenhour.serve.recent import Recent

Status = Literal["queued", "running", "done", "failed", "cancelled"]
ENDED = ("done", "failed", "cancelled")
_FORGOTTEN = 1000  # ids that are remembered, so that forgetting one again is no error


@dataclass
class Video:
    """One clip, in ``folder``, until it is forgotten; ``name`` is that of the file that is given back."""

    id: UUID
    folder: Path
    work: Work
    name: str
    status: Status = "queued"
    frames_done: int = 0
    frames_expected: int | None = None
    problem: Problem | None = None
    made: Made | None = None
    held: bool = False  # by a request that waits for it, which sees to what becomes of it
    began: float = 0
    ended: float = 0
    task: asyncio.Task[None] | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def to_dict(self) -> dict[str, Any]:
        """What a client is told."""
        return {
            "video_id": str(self.id),
            "status": self.status,
            "frames_done": self.frames_done,
            "frames_expected": self.frames_expected,
            "seconds_left": self.seconds_left(),
            "error": self.problem.detail if self.problem else None,
            "warnings": list(self.made.warnings) if self.made else [],
            "file": f"/v1/videos/{self.id}/file" if self.made else None,
        }

    def seconds_left(self) -> float | None:
        """As far as the frames so far tell."""
        if self.status != "running" or not self.frames_done or not self.frames_expected:
            return None
        left = max(self.frames_expected - self.frames_done, 0)
        return round(left * (monotonic() - self.began) / self.frames_done, 1)

    def notify(self) -> None:
        """Wake whoever follows it."""
        self.changed.set()
        self.changed = asyncio.Event()


class Videos:
    """All of them."""

    def __init__(self, sandbox: Sandbox, folders: Folders, limits: MediaLimits):
        self._sandbox, self._folders, self._limits = sandbox, folders, limits
        self._videos: dict[UUID, Video] = {}
        self._forgotten: Recent[UUID, bool] = Recent(_FORGOTTEN)
        # a proxy is waited for, so it does not wait for exports
        self._lanes = {is_proxy: asyncio.Semaphore(int(limits.videos)) for is_proxy in (False, True)}

    @property
    def waiting(self) -> int:
        """How many wait for their turn or are being worked on."""
        return sum(video.status not in ENDED for video in self._videos.values())

    def check_room(self) -> None:
        """Raise Problem (429) if no more clips may wait."""
        if self.waiting >= int(self._limits.videos) + int(self._limits.videos_waiting):
            raise Problem(
                429,
                f"{self.waiting} clips are waiting already; try again when one is done",
                headers={"Retry-After": "30"},
            )

    def begin(self, folder: Path, work: Work, name: str, seconds: float, *, held: bool = False) -> Video:
        """Queue work on a clip; the folder is removed when it is forgotten, and what came as soon as it is done.

        Raises Problem as `check_room` does.
        """
        self.check_room()
        video = Video(new_id(), folder, work, name, held=held)
        self._videos[video.id] = video
        allowance = Allowance(seconds, self._limits.memory_megabytes, self._limits.output_megabytes, niceness=5)
        video.task = asyncio.create_task(self._work_on(video, allowance))
        video.task.add_done_callback(lambda _: self._end(video))
        return video

    def find(self, id_: UUID) -> Video:
        """The clip of an id; raises Problem (404)."""
        if id_ not in self._videos:
            raise Problem(404, f"there is no video {id_}: it never was, or has been forgotten")
        return self._videos[id_]

    async def follow(self, video: Video) -> AsyncIterator[dict[str, Any] | None]:
        """What there is to tell, each time that it changes, to the end; None as a sign of life in between."""
        while True:
            changed, told = video.changed, video.to_dict()
            yield told
            if told["status"] in ENDED:
                return
            while not changed.is_set():
                try:
                    await asyncio.wait_for(changed.wait(), self._limits.heartbeat_seconds)
                except TimeoutError:
                    yield None

    def forget(self, id_: UUID) -> None:
        """Cancel and forget a clip, at once; its worker ends soon after. Raises Problem (404) for an unknown id."""
        video = self._videos.pop(id_, None)
        if video is None:
            if self._forgotten.get(id_):
                return
            raise Problem(404, f"there is no video {id_}: it never was, or has been forgotten")
        self._forgotten.put(id_, True)
        if video.status in ENDED:
            self._folders.remove(video.folder)
        else:
            self._cancel(video)

    async def ended(self, video: Video) -> Made:
        """What was made of a clip, as soon as it is; raises the Problem that there was."""
        async for _ in self.follow(video):
            pass
        if video.made is None:
            raise video.problem or Problem(410, f"{video.name} was cancelled")
        return video.made

    def release(self, video: Video) -> None:
        """Forget a clip that was done, but leave its folder to the caller."""
        self._videos.pop(video.id, None)

    async def drop(self, video: Video) -> None:
        """Forget a clip, and wait until its worker has ended."""
        if video.id in self._videos:
            self.forget(video.id)
        if video.task:
            await asyncio.gather(video.task, return_exceptions=True)

    async def stop(self) -> None:
        """Cancel what is being worked on, and forget everything; streams of progress end."""
        tasks = [video.task for video in self._videos.values() if video.task]
        for id_ in list(self._videos):
            self.forget(id_)
        await asyncio.gather(*tasks, return_exceptions=True)

    def _cancel(self, video: Video) -> None:
        video.status = "cancelled"
        video.notify()
        if video.task:
            video.task.cancel()

    async def _work_on(self, video: Video, allowance: Allowance) -> None:
        try:
            async with self._lanes[video.work["kind"] == PROXY_OF_CLIP]:
                video.status, video.began = "running", monotonic()
                video.notify()
                made = await self._sandbox.run(video.folder, video.work, allowance, self._progress(video))
            video.made, video.status = made, "done"
        except Exception as error:
            video.problem, video.status = problem_of(error), "failed"

    def _end(self, video: Video) -> None:
        """It was worked on, or was cancelled before."""
        self._folders.remove(video.folder / SOURCE if video.made else video.folder)
        video.ended = monotonic()
        video.notify()
        self._forget_beyond_number()
        asyncio.get_running_loop().call_later(60 * self._limits.kept_minutes, self._forget_in_time, video)

    def _progress(self, video: Video) -> Progress:
        def note(done: int, expected: int | None) -> None:
            video.frames_done, video.frames_expected = done, expected
            video.notify()

        return note

    def _forget_beyond_number(self) -> None:
        """Those that ended first, if too many are kept."""
        ended = sorted(
            (video for video in self._videos.values() if video.ended and not video.held), key=lambda video: video.ended
        )
        for video in ended[: max(0, len(ended) - int(self._limits.kept_videos))]:
            self.forget(video.id)

    def _forget_in_time(self, video: Video) -> None:
        """One that was kept long enough."""
        if video.id in self._videos and not video.held:
            self.forget(video.id)
