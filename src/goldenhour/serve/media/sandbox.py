"""The server's side of the workers: starts one for each upload, hears it, ends it, and believes nothing it says."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from goldenhour.render.clip import Progress
from goldenhour.render.clip_codecs import FORMATS
from goldenhour.render.encode import ENCODERS
from goldenhour.serve.media.protocol import TARGET, Allowance, Work
from goldenhour.serve.problems import Problem, busy
from goldenhour.tools.data_folder import data_folder

_STOPPING_SECONDS = 2
_ENDING_SECONDS = 10  # for one worker; then all of them must go
_LINE, _MOST_LINES = 1 << 16, 1_000_000  # bytes; ten a second for a day
_SETTLING_SECONDS = 1  # the first page is worth more than the first upload
_STARTING_SECONDS = 120  # where everything has to be compiled first, on a busy machine
_STATUS = {"too large": 413, "disk full": 507, "unreadable": 422}
_SENTENCE = 600  # characters that are passed on
_FULL = "the disk of the server is full; try again when there is room"
_NAMES = {TARGET + suffix for suffix in (*ENCODERS, *FORMATS)}  # of what a worker makes
# what the workers' process may see of the server's environment: no tokens, no keys
_ENVIRONMENT = (
    "HOME",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "NUMBA_CACHE_DIR",
    "PATH",
    "XDG_DATA_HOME",
)
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")  # a process that forks must have one only


@dataclass(frozen=True)
class Made:
    """What a worker made: ``file``; ``width`` and ``height`` of it, or of the original; and what could not be kept."""

    file: Path
    width: int
    height: int
    warnings: tuple[str, ...] = ()


class Sandbox:
    """Runs work on uploads in processes of its own; `start` it in the event loop that uses it, and `stop` it."""

    def __init__(self) -> None:
        self._nursery: _Nursery | None = None
        self._starting = asyncio.Lock()
        self._soon: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Have the process that workers come from started, as soon as the server has settled."""
        self._soon = asyncio.create_task(self._start_soon())

    async def stop(self) -> None:
        """End every worker, and where they come from."""
        if self._soon is not None:
            self._soon.cancel()
        if self._nursery is not None:
            await self._nursery.stop()
            self._nursery = None

    @property
    def pid(self) -> int | None:
        """The process that workers come from."""
        return None if self._nursery is None else self._nursery.pid

    async def run(self, folder: Path, work: Work, allowance: Allowance, progress: Progress | None = None) -> Made:
        """Do ``work`` (see `worker`) in ``folder``; when this is cancelled, the worker is ended before it returns.

        Raises Problem where the upload is refused (422), too large (413), too slow (504) or broke its worker (422), and
        503 where the work was lost through no fault of it.
        """
        nursery = await self._living()
        job = await nursery.begin(folder, work, allowance)
        try:
            async with asyncio.timeout(allowance.seconds):
                last = await hear(job.report, progress)
                code = await job.ended
        except TimeoutError:
            raise Problem(
                504,
                f"{Path(work['source']).name} took longer than the {allowance.seconds:g} seconds that it may take: "
                "make it smaller or shorter.",
            ) from None
        finally:
            await nursery.end(job)
        name = Path(work["source"]).name
        if code is None:
            raise busy(f"the work on {name} was broken off, which is not its fault; try again", 2)
        return made_of(folder, name, last, code)

    async def _start_soon(self) -> None:
        await asyncio.sleep(_SETTLING_SECONDS)
        with suppress(Problem):  # which whoever needs it is told
            await self._living()

    async def _living(self) -> _Nursery:
        async with self._starting:
            if self._nursery is None or self._nursery.gone:
                if not hasattr(os, "fork"):
                    raise Problem(
                        501, "pictures and clips are decoded on Linux and macOS only; use the command line here"
                    )
                if self._nursery is not None:
                    await self._nursery.stop()
                self._nursery = _Nursery()
            return self._nursery


class _Job:
    """One worker, as seen from here; ``ended`` gives its code, or None where it never was, or was lost with others."""

    def __init__(self, number: int, report: asyncio.StreamReader, pipe: asyncio.ReadTransport):
        self.number, self.report, self.pipe = number, report, pipe
        self.ended: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()


class _Nursery:
    """The process of `nursery`, and the socket to it."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair()
        self._control.setblocking(False)
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        environment["GOLDENHOUR_DATA"] = str(data_folder().absolute())
        environment |= dict.fromkeys(_THREADS, "1") | {"MALLOC_ARENA_MAX": "4"}
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter, with our own module
                [sys.executable, "-P", "-m", "goldenhour.serve.media.nursery", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=environment,
                cwd="/",
                start_new_session=True,
            )
        self.pid, self.gone = self._process.pid, False
        self._ready = asyncio.Event()
        self._jobs: dict[int, _Job] = {}
        self._last = 0
        self._received = b""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._control.fileno(), self._hear)

    async def begin(self, folder: Path, work: Work, allowance: Allowance) -> _Job:
        """Start a worker."""
        try:
            async with asyncio.timeout(_STARTING_SECONDS):
                await self._ready.wait()
        except TimeoutError:
            raise Problem(
                503, "pictures and clips cannot be decoded yet; try again", headers={"Retry-After": "5"}
            ) from None
        self._last = number = self._last + 1  # others begin while this one waits
        read, write = os.pipe()
        try:
            report = asyncio.StreamReader(limit=_LINE)
            pipe, _ = await self._loop.connect_read_pipe(
                lambda: asyncio.StreamReaderProtocol(report), os.fdopen(read, "rb", buffering=0)
            )
            job = self._jobs[number] = _Job(number, report, pipe)
            told = {"start": job.number, "folder": str(folder), "work": work, "allowance": asdict(allowance)}
            try:
                socket.send_fds(self._control, [json.dumps(told).encode() + b"\n"], [write])
            except BlockingIOError:  # too much waits for it: the others go on
                _settle(job, None)
            except OSError:  # it is gone
                self._lose()
                _settle(job, None)
            return job
        finally:
            os.close(write)

    async def end(self, job: _Job) -> None:
        """See to it that a worker is no more; at once where it has ended by itself."""
        try:
            if not job.ended.done():
                with suppress(OSError):
                    self._control.send(json.dumps({"kill": job.number}).encode() + b"\n")
                async with asyncio.timeout(_ENDING_SECONDS):
                    await asyncio.shield(job.ended)
        except TimeoutError:  # it does not hear: then all of them must go
            self._lose()
            self._process.kill()
        finally:
            self._jobs.pop(job.number, None)
            job.pipe.close()

    async def stop(self) -> None:
        """End the process, which ends its workers."""
        listens = self._ready.is_set()
        self._lose()
        try:
            await asyncio.to_thread(self._process.wait, _STOPPING_SECONDS if listens else 0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            await asyncio.to_thread(self._process.wait)

    def _hear(self) -> None:
        try:
            data = self._control.recv(_LINE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lose()
            return
        *lines, self._received = (self._received + data).split(b"\n")
        for line in lines:
            told = json.loads(line)  # from a process that saw no upload
            if "ready" in told:
                self._ready.set()
            elif told["ended"] in self._jobs:
                _settle(self._jobs[told["ended"]], told["code"])

    def _lose(self) -> None:
        """It is gone, or must go: closing the socket ends it and its workers."""
        if self.gone:
            return
        self.gone = True
        self._loop.remove_reader(self._control.fileno())
        self._control.close()
        self._ready.set()
        for job in self._jobs.values():
            _settle(job, None)


def _settle(job: _Job, code: int | None) -> None:
    if not job.ended.done():
        job.ended.set_result(code)


async def hear(report: asyncio.StreamReader, progress: Progress | None) -> dict[str, Any]:
    """What a worker says last, before it closes its pipe."""
    last: dict[str, Any] = {}
    for _ in range(_MOST_LINES):
        try:
            line = await report.readline()
            told = json.loads(line) if line else None
        except ValueError:  # a line too long, or no JSON: nothing of ours speaks so
            return {}
        if told is None:
            return last
        if not isinstance(told, dict):
            return {}
        match told.get("progress"):
            case [int(done), int() | None as expected] if progress is not None:
                progress(max(done, 0), expected)
            case None:
                last = told
    return {}


def made_of(folder: Path, source: str, last: dict[str, Any], code: int) -> Made:
    """The result that a worker speaks of, if there is one; raises Problem."""
    if "refused" in last:
        why = str(last.get("why"))
        sentence = _FULL if why == "disk full" else str(last["refused"])[:_SENTENCE]
        raise Problem(_STATUS.get(why, 422), sentence)
    match last.get("result"):
        case {"file": str(name), "width": int(width), "height": int(height), **rest} if code == 0:
            file = folder / name
            if name in _NAMES and _is_file(file):
                warnings = rest.get("warnings")
                sentences = warnings if isinstance(warnings, list) else []
                return Made(file, width, height, tuple(str(each)[:_SENTENCE] for each in sentences[:20]))
    raise Problem(422, f"{source} could not be decoded: it is damaged, or of an unusual kind; save it anew elsewhere.")


def _is_file(file: Path) -> bool:
    """Whether a worker left a file, and no link out of its folder."""
    with suppress(OSError):
        return stat.S_ISREG(file.lstat().st_mode)
    return False
