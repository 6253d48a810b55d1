"""Uploads as clients send them, and what a test can see of the processes and files that they make."""

import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from goldenhour.tools import Recipe, default_toolset

PATIENCE = 30  # seconds, on a busy machine
LOOK = json.dumps({"adjust": None, "selective_adjust": None, "filter": {"name": "warm_GoldenHour", "intensity": 40}})


def slow_recipe() -> str:
    """Spatial steps take their time on every frame."""
    toolset = default_toolset()
    values = {slot.path: value for slot, value in zip(toolset.slots, Recipe.neutral().values, strict=True)}
    values |= {"adjust.structure": 50, "adjust.sharpen": 50, "adjust.bloom": 50}
    return Recipe(tuple(values.values()), toolset).to_json()


def until(condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """What a condition gives as soon as it is true."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it did not come to pass in time"
        time.sleep(0.005)
    return found


def send(
    http: httpx.Client, path: str, data: bytes | Path, name: str = "beach.jpg", **fields: object
) -> httpx.Response:
    """Post a file with the fields of a form."""
    if isinstance(data, Path):
        name, data = data.name, data.read_bytes()
    return http.post(path, files={"file": (name, data)}, data={k: str(v) for k, v in fields.items()})


def sentence(response: httpx.Response, status: int) -> str:
    """The one sentence of a problem."""
    assert response.status_code == status, response.text[:300]
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert problem["detail"]
    assert "\n" not in problem["detail"]
    assert "/tmp" not in problem["detail"]
    assert "Traceback" not in problem["detail"]
    return str(problem["detail"])


def folders() -> list[Path]:
    """What lies in the servers' folders for uploads."""
    found = Path(tempfile.gettempdir()).glob("goldenhour-media-*/*")
    return [path for path in found if path.name != "server.pid"]


def children(pid: int) -> list[int]:
    return [int(found) for found in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def nurseries() -> list[int]:
    """The processes that workers come from, of all servers of this process."""
    lists = [path.read_text().split() for path in Path("/proc/self/task").glob("*/children")]
    return [int(pid) for pids in lists for pid in pids if b"serve.media.nursery" in command(pid)]


def command(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return b""


def workers() -> list[int]:
    return [worker for nursery in nurseries() for worker in children(nursery)]


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state != "Z"
