"""What uploads are decoded in: what it may do, how it ends, and that the server outlives it but not the other way."""

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx
import numpy as np
import pytest
from pictures import PIXELS8
from PIL import Image
from sending import LOOK, children, folders, lives, nurseries, send, sentence, slow_recipe, until, workers

from goldenhour.render.picture import Limits, Picture
from goldenhour.render.picture_file import write_picture
from goldenhour.render.user_looks import add_look, remove_look
from goldenhour.serve.media import landlock
from goldenhour.serve.media.folders import sweep
from goldenhour.serve.media.protocol import Allowance
from goldenhour.serve.media.sandbox import Sandbox
from goldenhour.serve.media.work import grading_of_picture
from goldenhour.serve.problems import Problem
from goldenhour.tools import Recipe

pytestmark = pytest.mark.usefixtures("nothing_left")
SERVER = [sys.executable, "-m", "goldenhour", "serve", "--port", "0"]


@pytest.fixture
def running(http, long_clip):
    """The worker on a clip that takes its time, and the clip."""
    id_ = send(http, "/v1/videos", long_clip, recipe=slow_recipe()).json()["video_id"]
    (worker,) = until(workers)
    until(lambda: http.get(f"/v1/videos/{id_}").json()["frames_done"])
    yield worker, id_
    http.delete(f"/v1/videos/{id_}")


def said(pid: int, file: str) -> dict[str, str]:
    """A file of /proc as names and values."""
    lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    return {line.partition(":")[0]: line.partition(":")[2].strip() for line in lines}


def left(folder: Path) -> list[Path]:
    return list((folder / "temporary").glob("goldenhour-*"))


# --- what it may do -------------------------------------------------------------------------------------------------


def test_a_worker_is_confined(running):
    worker, _ = running
    limits = {}
    for line in Path(f"/proc/{worker}/limits").read_text().splitlines()[1:]:
        limits[line[:26].strip()] = line[26:].split()[0]
    assert limits["Max core file size"] == "0"
    assert limits["Max open files"] == "64"
    assert limits["Max file size"] == "4000000000"
    assert int(limits["Max cpu time"]) == 7200 * (os.cpu_count() or 1) + 1
    assert 6_000_000_000 < int(limits["Max address space"]) < 9_000_000_000
    status = said(worker, "status")
    assert status["NoNewPrivs"] == "1"
    assert os.getsid(worker) == worker
    assert os.getpgid(worker) == worker
    assert os.getpriority(os.PRIO_PROCESS, worker) == min(os.getpriority(os.PRIO_PROCESS, 0) + 10, 19)
    assert Path(f"/proc/{worker}/oom_score_adj").read_text().strip() == "1000"
    assert Path(f"/proc/{worker}/cwd").readlink() in folders()


def test_a_worker_holds_nothing_of_the_server(running):
    worker, _ = running
    open_files = {str(path.readlink()) for path in Path(f"/proc/{worker}/fd").iterdir()}
    folder = str(Path(f"/proc/{worker}/cwd").readlink())
    own = {name for name in open_files if name.startswith(folder)}
    others = open_files - own - {os.devnull}
    assert own
    assert all(name.startswith(("pipe:", "anon_inode:")) for name in others), others
    assert len([name for name in others if name.startswith("pipe:")]) <= 1


# what a decoder that is taken over would try
ATTEMPTS = """
import os, sys
from pathlib import Path
from goldenhour.serve.media.confinement import confine
from goldenhour.serve.media.protocol import Allowance

parent, folder = os.getpid(), Path(sys.argv[1])
attempts = {
    "its own folder": lambda: Path("mine").write_text("x"),
    "libraries": lambda: os.listdir("/usr/lib"),
    "another folder": lambda: (folder.parent / "theirs").write_text("x"),
    "a secret": lambda: Path("/etc/passwd").read_text(),
    "home": lambda: os.listdir(Path.home()),
    "the server's environment": lambda: Path(f"/proc/{parent}/environ").read_text(),
    "a command": lambda: os.posix_spawn("/bin/true", ["true"], {}),
    "a link": lambda: os.symlink("/etc/passwd", "link"),
    "the package": lambda: Path(sys.argv[2]).write_text("x"),
}
if not os.fork():
    confine(Allowance(10, 1000, 10), folder, parent)
    for name, attempt in attempts.items():
        try:
            attempt()
            print(name, flush=True)
        except OSError:
            pass
    os._exit(0)
os.wait()
"""


@pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")
def test_a_worker_that_is_taken_over_reaches_its_folder_and_libraries_alone(tmp_path):
    (tmp_path / "own").mkdir()
    planted = Path(landlock.__file__).parent / "__pycache__" / "planted"
    command = [sys.executable, "-c", ATTEMPTS, str(tmp_path / "own"), str(planted)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines() == ["its own folder", "libraries"]


def test_looks_of_the_user_are_at_hand(http, tmp_path):
    corners = "".join(f"{1 - r} {1 - g} {1 - b}\n" for b in (0, 1) for g in (0, 1) for r in (0, 1))
    (tmp_path / "negative.cube").write_text(f"LUT_3D_SIZE 2\n{corners}")
    name = add_look(tmp_path / "negative.cube")
    try:
        recipe = json.loads(LOOK) | {"filter": {"name": name, "intensity": 100}}
        write_picture(Picture(PIXELS8), tmp_path / "a.png")
        response = send(http, "/v1/render", tmp_path / "a.png", recipe=json.dumps(recipe))
    finally:
        remove_look(name)
    assert response.status_code == 200, response.text
    graded = np.asarray(Image.open(io.BytesIO(response.content)), int)
    assert np.abs(graded - (255 - PIXELS8.astype(int))).max() <= 2


def test_workers_see_none_of_the_servers_secrets(serving, monkeypatch, noise, tmp_path):
    monkeypatch.setenv("GOLDENHOUR_TOKEN", "hush")
    monkeypatch.setenv("GOLDENHOUR_TEACHER_KEY", "hush")
    before = set(nurseries())
    write_picture(Picture(PIXELS8), tmp_path / "a.png")
    assert send(serving().http, "/v1/render", tmp_path / "a.png", recipe=LOOK).status_code == 200
    (nursery,) = set(nurseries()) - before
    assert b"hush" not in Path(f"/proc/{nursery}/environ").read_bytes()
    assert len(list(Path(f"/proc/{nursery}/task").iterdir())) == 1  # else a fork of it would not be whole


# --- how it ends ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("signal_", [signal.SIGSEGV, signal.SIGKILL, signal.SIGXCPU])
def test_a_worker_that_crashes_costs_one_request(http, running, clip, signal_):
    worker, id_ = running
    os.kill(worker, signal_)
    told = until(lambda: (got := http.get(f"/v1/videos/{id_}").json())["status"] == "failed" and got)
    assert "long.mp4 could not be decoded" in told["error"]
    assert not lives(worker)
    assert send(http, "/v1/proxies", clip).status_code == 200


def test_work_that_takes_too_long_is_given_up_and_costs_one_request(serving, monkeypatch, long_clip, tmp_path):
    monkeypatch.setenv("GOLDENHOUR_MEDIA_PICTURE_SECONDS", "1.5")
    monkeypatch.setenv("GOLDENHOUR_MEDIA_VIDEO_SECONDS", "1")
    http = serving().http
    write_picture(Picture(np.zeros((7000, 7000, 3), np.uint8)), tmp_path / "slow.png")
    words = sentence(send(http, "/v1/render", tmp_path / "slow.png", recipe=slow_recipe()), 504)
    assert words.startswith("slow.png took longer than the 1.5 seconds")
    id_ = send(http, "/v1/videos", long_clip, recipe=slow_recipe()).json()["video_id"]
    told = until(lambda: (got := http.get(f"/v1/videos/{id_}").json())["status"] == "failed" and got)
    assert told["error"].startswith("long.mp4 took longer than the 1 seconds")
    write_picture(Picture(PIXELS8), tmp_path / "a.png")
    until(lambda: send(http, "/v1/render", tmp_path / "a.png", recipe=LOOK).status_code == 200)


def test_when_what_workers_come_from_is_killed_they_go_and_others_come(http, running, clip):
    worker, id_ = running
    (nursery,) = [pid for pid in nurseries() if worker in children(pid)]
    os.kill(nursery, signal.SIGKILL)
    until(lambda: not lives(worker), 2)
    told = until(lambda: (got := http.get(f"/v1/videos/{id_}").json())["status"] == "failed" and got)
    assert told["error"] == "the work on long.mp4 was broken off, which is not its fault; try again"
    assert send(http, "/v1/proxies", clip).status_code == 200
    assert nursery not in nurseries()


@pytest.fixture
def slow_work(noise, tmp_path) -> dict[str, object]:
    """A matter of a minute."""
    write_picture(Picture(np.zeros((7000, 7000, 3), np.uint8)), tmp_path / "slow.png")
    return grading_of_picture("slow.png", Recipe.from_json(slow_recipe()), None, None, Limits())


def test_work_that_is_lost_with_other_work_is_not_called_damaged(slow_work, tmp_path, monkeypatch):
    """What workers come from hangs, which is found out when one of them is to be ended."""
    monkeypatch.setattr("goldenhour.serve.media.sandbox._ENDING_SECONDS", 0.2)
    allowance = Allowance(60, 2000, 100)

    async def lose() -> Problem:
        sandbox = Sandbox()
        try:
            one, other = (asyncio.create_task(sandbox.run(tmp_path, slow_work, allowance)) for _ in range(2))
            await asyncio.to_thread(until, lambda: len(workers()) == 2)
            assert sandbox.pid
            os.kill(sandbox.pid, signal.SIGSTOP)
            one.cancel()
            with pytest.raises(Problem) as caught:
                await other
            return caught.value
        finally:
            await sandbox.stop()

    problem = asyncio.run(lose())
    assert (problem.status, problem.headers) == (503, {"Retry-After": "2"})
    assert "slow.png was broken off, which is not its fault; try again" in problem.detail


def test_work_that_begins_at_the_same_time_ends_each_by_itself(tmp_path):
    async def outcomes() -> list[object]:
        sandbox = Sandbox()
        try:
            nonsense = {"kind": "unheard of", "source": "x"}
            many = (sandbox.run(tmp_path, nonsense, Allowance(20, 2000, 100)) for _ in range(5))
            return await asyncio.gather(*many, return_exceptions=True)
        finally:
            await sandbox.stop()

    assert [outcome.status for outcome in asyncio.run(outcomes()) if isinstance(outcome, Problem)] == [422] * 5


def test_work_that_comes_when_too_much_waits_is_to_come_again_and_harms_no_other(noise, tmp_path):
    write_picture(Picture(noise.repeat(2, 0).repeat(2, 1)), tmp_path / "noise.png")
    short_work = grading_of_picture("noise.png", Recipe.from_json(slow_recipe()), None, None, Limits())

    async def flood() -> list[object]:
        sandbox = Sandbox()
        try:
            first = asyncio.create_task(sandbox.run(tmp_path, short_work, Allowance(60, 2000, 100)))
            await asyncio.to_thread(until, workers)
            assert sandbox.pid
            os.kill(sandbox.pid, signal.SIGSTOP)
            nonsense = {"kind": "unheard of", "source": "x", "why": "y" * 10_000}
            work = (sandbox.run(tmp_path, nonsense, Allowance(60, 2000, 100)) for _ in range(60))
            many = [asyncio.create_task(each) for each in work]
            await asyncio.to_thread(until, lambda: any(task.done() for task in many))
            os.kill(sandbox.pid, signal.SIGCONT)
            async with asyncio.timeout(30):
                outcomes = await asyncio.gather(*many, return_exceptions=True)
            assert (await first).file.is_file()
            return outcomes
        finally:
            await sandbox.stop()

    statuses = [outcome.status for outcome in asyncio.run(flood()) if isinstance(outcome, Problem)]
    assert len(statuses) == 60
    assert set(statuses) == {422, 503}  # what was heard is nonsense


def test_work_that_is_given_up_while_it_begins_leaves_no_pipe(tmp_path, noise):
    write_picture(Picture(noise), tmp_path / "noise.png")
    work = grading_of_picture("noise.png", Recipe.neutral(), None, None, Limits())
    allowance = Allowance(60, 2000, 100)

    def pipes() -> int:
        return sum(
            str(each.readlink()).startswith("pipe:") for each in Path("/proc/self/fd").iterdir() if each.exists()
        )

    async def give_up() -> None:
        sandbox = Sandbox()
        try:
            await sandbox.run(tmp_path, work, allowance)
            before = pipes()
            for turns in range(6):
                task = asyncio.create_task(sandbox.run(tmp_path, work, allowance))
                for _ in range(turns):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                await asyncio.sleep(0)
            assert pipes() == before
        finally:
            await sandbox.stop()

    asyncio.run(give_up())


def test_no_worker_outlives_a_server_that_is_killed(long_clip, tmp_path, monkeypatch):
    (tmp_path / "temporary").mkdir()
    environment = os.environ | {"TMPDIR": str(tmp_path / "temporary"), "GOLDENHOUR_DATA": str(tmp_path)}
    with subprocess.Popen(SERVER, stdout=subprocess.PIPE, text=True, env=environment) as server:
        try:
            assert server.stdout
            url = server.stdout.readline().split()[-1]
            with httpx.Client(base_url=url, timeout=30) as http:
                send(http, "/v1/videos", long_clip, recipe=slow_recipe())
                (nursery,) = until(lambda: children(server.pid))
                (worker,) = until(lambda: children(nursery))
        finally:
            server.kill()
    until(lambda: not lives(worker) and not lives(nursery), 3)
    assert left(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    sweep()  # as the next server does
    assert not left(tmp_path)


def test_a_server_that_stops_ends_streams_and_workers_and_removes_files(long_clip, tmp_path):
    (tmp_path / "temporary").mkdir()
    environment = os.environ | {"TMPDIR": str(tmp_path / "temporary"), "GOLDENHOUR_DATA": str(tmp_path)}
    lines: list[str] = []

    def follow(url: str, id_: str) -> None:
        with httpx.stream("GET", f"{url}/v1/videos/{id_}/events", timeout=30) as response:
            lines.extend(response.iter_lines())

    with subprocess.Popen(SERVER, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as server:
        try:
            assert server.stdout
            url = server.stdout.readline().split()[-1]
            id_ = httpx.post(
                f"{url}/v1/videos",
                files={"file": ("long.mp4", long_clip.read_bytes())},
                data={"recipe": slow_recipe()},
                timeout=30,
            ).json()["video_id"]
            follower = threading.Thread(target=follow, args=(url, id_))
            follower.start()
            (nursery,) = until(lambda: children(server.pid))
            (worker,) = until(lambda: children(nursery))
            until(lambda: lines)
            start = time.monotonic()
            server.send_signal(signal.SIGINT)
            assert server.wait(10) == 0
            assert time.monotonic() - start < 3
            follower.join(5)
            assert server.stderr
            assert server.stderr.read() == ""
        finally:
            server.kill()
    assert "event: cancelled" in lines
    assert not lives(worker)
    assert not lives(nursery)
    assert not left(tmp_path)


# --- what is believed of what it says -------------------------------------------------------------------------------


def test_a_worker_that_writes_too_much_or_is_told_nonsense_is_refused(tmp_path, noise):
    write_picture(Picture(noise), tmp_path / "noise.png")
    proxy = {"kind": "proxy of a picture", "source": "noise.png", "pictures": {}}

    async def refusals() -> tuple[int, int]:
        sandbox = Sandbox()
        try:
            with pytest.raises(Problem, match="File too large") as caught:
                await sandbox.run(tmp_path, proxy, Allowance(20, 2000, output=0.1))
            with pytest.raises(Problem, match="x could not be decoded") as other:
                await sandbox.run(tmp_path, {"kind": "unheard of", "source": "x"}, Allowance(20, 2000, 100))
            return caught.value.status, other.value.status
        finally:
            await sandbox.stop()

    assert asyncio.run(refusals()) == (413, 422)


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([], 0),
        (["no JSON"], 0),
        ([{"result": {"file": "graded.jpg", "width": 1, "height": 1}}], -9),
        ([{"result": {"file": "../graded.jpg", "width": 1, "height": 1}}], 0),
        ([{"result": {"file": "link/graded.jpg", "width": 1, "height": 1}}], 0),
        ([{"result": {"file": "graded.png", "width": 1, "height": 1}}], 0),
        ([{"result": {"file": "graded.exe", "width": 1, "height": 1}}], 0),
        ([{"result": {"file": "graded.jpg", "width": "1", "height": 1}}], 0),
        ([{"result": {"file": "graded.tif", "width": 1, "height": 1}}], 0),
        (["x" * 100_000, {"result": {"file": "graded.jpg", "width": 1, "height": 1}}], 0),
        ([[1, 2, 3]], 0),
        ([{"progress": ["many", None]}, {"result": 7}], 0),
    ],
)
def test_a_worker_that_was_taken_over_is_not_believed(lines, code, tmp_path):
    from goldenhour.serve.media.sandbox import hear, made_of

    (tmp_path / "graded.jpg").write_bytes(b"x")
    (tmp_path / "graded.png").symlink_to("/etc/passwd")
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "graded.tif").mkdir()

    async def heard() -> dict[str, object]:
        report = asyncio.StreamReader(limit=1 << 16)
        for line in lines:
            report.feed_data((line if isinstance(line, str) else json.dumps(line)).encode() + b"\n")
        report.feed_eof()
        return await hear(report, lambda done, expected: None)

    last = asyncio.run(heard())
    with pytest.raises(Problem, match=r"beach\.jpg could not be decoded"):
        made_of(tmp_path, "beach.jpg", last, code)
