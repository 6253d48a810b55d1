"""goldenhour edit over many photos: order, jobs, Ctrl+C."""

import shutil
import signal
import subprocess
import sys
import time

import pytest
from PIL import Image

COPIES = 60


@pytest.fixture
def folder(photo, tmp_path):
    """A folder of photos."""
    folder = tmp_path / "trip"
    folder.mkdir()
    for number in range(COPIES):
        shutil.copy(photo, folder / f"{number:02}.jpg")
    return folder


def test_paths_are_printed_in_order_and_files_are_the_same_however_many_jobs(run, folder, tmp_path):
    for extra in folder.glob("[1-9]*"):
        extra.unlink()
    (folder / "03.jpg").write_text("no picture")
    for jobs in (1, 2, 3):
        out = tmp_path / f"jobs {jobs}"
        result = run("edit", "-r", folder, "golden hour", "-o", out, "--jobs", jobs)
        assert result.out.splitlines() == [str(out / f"{number:02}.jpg") for number in range(10) if number != 3]
        assert result.err.splitlines()[-1] == "goldenhour: 1 of 10 could not be graded"
    first, *others = ({path.name: path.read_bytes() for path in tmp_path.glob(f"jobs {jobs}/*")} for jobs in (1, 2, 3))
    assert len(first) == 9
    assert all(other == first for other in others)


@pytest.mark.parametrize("jobs", ["0", "-1", "many"])
def test_jobs_are_at_least_one(run, photo, jobs):
    result = run("edit", photo, "golden hour", "--jobs", jobs)
    assert (result.code, "jobs" in result.err) == (2, True)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send one process Ctrl+C")
def test_ctrl_c_leaves_whole_files_and_every_one_of_them_is_told(folder, tmp_path):
    out = tmp_path / "graded"
    # a shell starts its background jobs with SIGINT ignored, and so would this be
    code = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); main(sys.argv[1:])"
    command = [
        sys.executable,
        "-c",
        f"from goldenhour.cli import main; {code}",
        "edit",
        "-r",
        folder,
        "warmer",
        "-o",
        out,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        first = run.stdout.readline()
        run.send_signal(signal.SIGINT)
        start = time.monotonic()
        rest, errors = run.stdout.read(), run.stderr.read()
    assert time.monotonic() - start < 5
    assert run.returncode not in (0, 2)
    assert "Traceback" not in errors
    told = (first + rest).splitlines()
    assert 1 <= len(told) < COPIES
    assert sorted(told) == sorted(map(str, out.iterdir()))
    for path in told:
        with Image.open(path) as image:
            image.load()
