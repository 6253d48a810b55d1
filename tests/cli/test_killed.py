"""Stages that are killed in the middle: nothing half-made is taken for whole, and the same command goes on."""

import os
import signal
import subprocess
import sys
import time

import pytest

from goldenhour.dataset.folder import load_dataset


@pytest.fixture
def kill_when(tmp_path):
    """Run a command and kill it, as by ``kill -9``, as soon as something is so."""

    def kill_when(so, *arguments):
        command = [sys.executable, "-m", "goldenhour", *map(str, arguments)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=tmp_path)
        until = time.monotonic() + 60
        while not so():
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < until
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
        process.stderr.close()

    return kill_when


def test_a_dataset(run, kill_when, tmp_path):
    folder = tmp_path / "d"
    kill_when(lambda: any(tmp_path.glob(".*.part/chat")), "dataset", "build", "--from", "recorded", "-o", folder)
    assert not folder.exists()
    assert run("dataset", "build", "--from", "recorded", "-o", folder).code == 0
    assert load_dataset(folder).rows.height > 8000


def test_a_simulation(run, kill_when, tmp_path):
    path, whole = tmp_path / "events.sqlite", tmp_path / "whole.sqlite"
    arguments = ["simulate", "--users", "400", "--variants", "1", "--seed", "5", "--projects", "4", "--store"]

    def some_are_written():
        return path.exists() and "projects: 0" not in run("events", "show", "--store", path).out

    kill_when(some_are_written, *arguments, path)
    for store in (path, whole):
        assert run(*arguments, store).code == 0
    shown = [run("events", "show", "--store", store).out.split("\n", 1)[1] for store in (path, whole)]
    assert shown[0] == shown[1]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limits of a process's files")
def test_a_dataset_for_which_there_is_no_room(tmp_path):
    import resource

    def little_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    command = [sys.executable, "-m", "goldenhour", "dataset", "build", "--from", "recorded", "-o", "d"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, preexec_fn=little_room)
    assert done.returncode == 2
    assert "the dataset d cannot be written" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
