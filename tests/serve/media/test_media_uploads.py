"""Forms as they come over the wire: too large, damaged, cut off, too many, and when the disk is full."""

import contextlib
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from clips import make_clip
from sending import LOOK, folders, send, sentence, slow_recipe, until, workers

from goldenhour.render.picture import Picture
from goldenhour.render.picture_file import write_picture
from goldenhour.serve.media.uploads import harmless

pytestmark = pytest.mark.usefixtures("nothing_left")

MEGABYTE = bytes(1_000_000)
HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="beach.jpg"\r\n\r\n'
FORM = {"Content-Type": "multipart/form-data; boundary=b"}


def memory() -> int:
    """Million bytes that this process, which is also the server, has now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 // 1_000_000


@contextlib.contextmanager
def begun(url: str, path: str, length: int, start: bytes) -> Iterator[socket.socket]:
    """A request whose body has only begun."""
    host = urlsplit(url).netloc
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n"
    with socket.create_connection(tuple(host.split(":"))) as connection:
        connection.sendall(head.encode() + b"Content-Type: multipart/form-data; boundary=b\r\n\r\n" + start)
        yield connection


# --- too large ------------------------------------------------------------------------------------------------------


def test_a_file_is_refused_as_soon_as_it_is_too_large_and_never_in_memory(shared):
    """No length is told, and the end never comes: a server that waited for it would never answer."""
    host = urlsplit(shared.url).netloc
    head = f"POST /v1/render HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n"
    before, most = memory(), 0
    with socket.create_connection(tuple(host.split(":"))) as connection:
        connection.settimeout(20)
        connection.sendall(head.encode() + b"Content-Type: multipart/form-data; boundary=b\r\n\r\n")
        connection.sendall(b"%x\r\n%b\r\n" % (len(HEAD), HEAD))
        for _ in range(51):
            connection.sendall(b"%x\r\n%b\r\n" % (len(MEGABYTE), MEGABYTE))
            most = max(most, memory())
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"beach.jpg has more than 50 megabytes" in answer
    assert most - before < 25


def test_a_clip_may_be_larger_than_a_picture(http):
    clip = b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + MEGABYTE * 51
    assert "is cut off or damaged" in sentence(send(http, "/v1/proxies", clip, "a.mp4"), 422)
    assert "more than 50 megabytes" in sentence(send(http, "/v1/proxies", b"\xff\xd8\xff" + clip, "a.mp4"), 413)


@pytest.mark.parametrize(
    ("path", "first", "words"),
    [
        ("/v1/videos", b"\xff\xd8\xff\xe0\0\x10JFIF\0\1", "beach.mp4 is a picture: send it to /v1/render"),
        ("/v1/videos", b"\0\0\0\x18ftypheic\0\0\0\0", "beach.mp4 is a picture: send it to /v1/render"),
        ("/v1/videos", b"RIFF\0\0\0\0WEBPVP8 ", "beach.mp4 is a picture: send it to /v1/render"),
        ("/v1/render", b"\0\0\0\x18ftypisom\0\0\2\0", "beach.mp4 is a clip: send it to /v1/videos"),
        ("/v1/render", b"\x1aE\xdf\xa3" + bytes(8), "beach.mp4 is a clip: send it to /v1/videos"),
    ],
)
def test_a_picture_for_clips_and_a_clip_for_pictures_is_told_where_to_go_however_large(http, path, first, words):
    for rest in (b"", MEGABYTE * 51):
        assert words in sentence(send(http, path, first + rest, "beach.mp4", recipe=LOOK), 422)


def test_a_field_is_refused_when_it_is_too_long(http):
    assert "longer than 200,000 bytes" in sentence(send(http, "/v1/render", b"x", recipe="x" * 200_001), 413)


# --- no such form ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/v1/render", "/v1/proxies", "/v1/videos"])
def test_what_is_no_form_is_refused(http, path):
    assert "multipart/form-data" in sentence(http.post(path, json={"intent": "warm"}), 415)
    assert "multipart/form-data" in sentence(http.post(path, content=b"\xff\xd8\xff"), 415)
    assert "multipart/form-data" in sentence(http.post(path, data={"intent": "warm"}), 415)
    no_boundary = {"Content-Type": "multipart/form-data"}
    assert "multipart/form-data" in sentence(http.post(path, content=HEAD, headers=no_boundary), 415)


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"", 400, "the form is damaged or cut off"),
        (b"no form at all", 400, "the form is damaged or cut off"),
        (HEAD + b"\xff\xd8\xff", 400, "the form is damaged or cut off"),
        (HEAD + b"\r\n--b--\r\n", 422, "beach.jpg is empty"),
        (b"--b--\r\n", 422, "the form has no file"),
        (b"--b\r\n" + b"x" * 100_000 + b": y\r\n\r\n\r\n--b--\r\n", 400, "damaged or cut off"),
        (b"--b\r\n" + b"x: y\r\n" * 100 + b"\r\n\r\n--b--\r\n", 400, "damaged or cut off"),
        (HEAD + b"x\r\n" + HEAD + b"y\r\n--b--\r\n", 422, "send one file"),
        (HEAD.replace(b'"file"', b'"picture"') + b"x\r\n--b--\r\n", 422, "has a file as 'picture'"),
        (b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n' * 2 + b"--b--\r\n", 422, "'a' twice"),
        (b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n' + HEAD + b"x\r\n--b--\r\n", 400, "UTF-8"),
    ],
)
def test_a_damaged_form_is_one_sentence(http, body, status, words):
    assert words in sentence(http.post("/v1/render", content=body, headers=FORM), status)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("beach.jpg", "beach.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\beach.jpg", "beach.jpg"),
        ("..", "upload"),
        ("", "upload"),
        ("\0\n\x1b[2J.jpg", "[2J.jpg"),
        ("\u202egpj.exe", "gpj.exe"),
        (".htaccess", "htaccess"),
        ("café.jpg", "café.jpg"),
        ("a.tar.g/z", "z"),
        ("é" * 300 + ".jpeg", "é" * 50 + ".jpeg"),
        ("a." + "b" * 300, "a.bbbbbbbb"),
        ("https://example.org/a.mov", "a.mov"),
    ],
)
def test_names_are_made_harmless(given, kept):
    assert harmless(given) == kept


# --- clients that go ------------------------------------------------------------------------------------------------


def test_a_client_that_goes_in_mid_upload_leaves_nothing(shared, http):
    with begun(shared.url, "/v1/videos", 100_000_000, HEAD + MEGABYTE * 3):
        until(folders)
    until(lambda: not folders())
    assert http.get("/healthz").status_code == 200


def test_a_client_that_goes_while_its_picture_is_graded_ends_the_work(shared, noise, tmp_path):
    write_picture(Picture(noise.repeat(7, 0).repeat(7, 1)), tmp_path / "large.png")
    fields = b'\r\n--b\r\nContent-Disposition: form-data; name="recipe"\r\n\r\n' + slow_recipe().encode()
    body = HEAD + (tmp_path / "large.png").read_bytes() + fields + b"\r\n--b--\r\n"
    with begun(shared.url, "/v1/render", len(body), body):
        (worker,) = until(workers)
    until(lambda: worker not in workers(), 3)


def test_too_many_at_once_are_told_to_come_again(serving, monkeypatch):
    monkeypatch.setenv("GOLDENHOUR_MEDIA_WAITING", "2")
    own = serving()
    with begun(own.url, "/v1/videos", 1000, HEAD), begun(own.url, "/v1/render", 1000, HEAD):
        until(lambda: len([folder for folder in folders() if folder.is_dir()]) == 2)
        refused = send(own.http, "/v1/render", b"x", recipe=LOOK)
        assert "2 files are being worked on already" in sentence(refused, 429)
        assert int(refused.headers["retry-after"]) > 0
    until(lambda: not folders())
    sentence(own.http.post("/v1/render", json={}), 415)


# --- a full disk ----------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path, monkeypatch, request) -> Iterator[Path]:
    """Four megabytes for all temporary files, or what a test's parameter says."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", getattr(request, "param", "size=4m"), "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("only root can mount the small disk that this test fills")
    try:
        monkeypatch.setattr(tempfile, "tempdir", str(place))
        yield place
    finally:
        monkeypatch.undo()
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_full_disk_is_a_problem_and_nothing_is_left(small_disk, serving, noise, clip, tmp_path):
    own = serving()
    words = "the disk of the server is full"
    assert words in sentence(send(own.http, "/v1/render", MEGABYTE * 6, recipe=LOOK), 507)
    until(lambda: not folders())
    write_picture(Picture(np.hstack([noise, noise[::-1]])[:450]), tmp_path / "noise.png")  # fits, but not twice
    assert 2_100_000 < (tmp_path / "noise.png").stat().st_size < 3_500_000
    assert words in sentence(send(own.http, "/v1/render", tmp_path / "noise.png", recipe=LOOK), 507)
    until(lambda: not folders())
    random = np.random.default_rng(0)
    snow = (random.integers(0, 256, (360, 640, 3), np.uint8) for _ in range(40))
    path = make_clip(tmp_path / "snow.mp4", snow, options={"crf": "34", "preset": "ultrafast"})
    assert path.stat().st_size < 3_000_000
    id_ = send(own.http, "/v1/videos", path, recipe=LOOK, quality=100).json()["video_id"]
    told = until(lambda: (got := own.http.get(f"/v1/videos/{id_}").json())["status"] in {"failed", "done"} and got)
    assert words in told["error"]
    until(lambda: not folders())
    assert send(own.http, "/v1/proxies", clip).status_code == 200
    assert own.http.get("/healthz").status_code == 200


@pytest.mark.parametrize("small_disk", ["nr_inodes=4", "nr_inodes=5"], indirect=True)
def test_a_disk_without_room_for_one_more_folder_or_file_is_the_same_problem(small_disk, serving):
    own = serving()  # whose folder and file are the second and third
    for _ in range(2):
        assert "try again" in sentence(send(own.http, "/v1/render", b"x", recipe=LOOK), 507)
        until(lambda: not folders())
    assert own.http.get("/healthz").status_code == 200


def test_the_time_that_an_upload_of_five_megabytes_takes_is_not_felt(http):
    start = time.perf_counter()
    assert send(http, "/v1/render", b"\xff\xd8\xff" + MEGABYTE * 5, recipe=LOOK).status_code == 422
    assert time.perf_counter() - start < 2
