"""Clips as jobs: graded, followed, cancelled, forgotten; proxies of them; what is said of clips that are refused."""

import io
import json
import threading
import time
from pathlib import Path
from uuid import uuid4

import av
import httpx
import numpy as np
import pytest
from clips import black, ffmpeg, frames_of, make_clip, moving, rgb_of, times_of
from sending import LOOK, folders, lives, send, sentence, slow_recipe, until, workers

from goldenhour.render.clip_codecs import CODECS, Encoding
from goldenhour.render.footage import grade_clip
from goldenhour.tools import Recipe

pytestmark = pytest.mark.usefixtures("nothing_left")
ENDED = {"done", "failed", "cancelled"}


def events(http: httpx.Client, id_: str) -> list[tuple[str, dict]]:
    """All that is told of a clip, to the end."""
    found = []
    with http.stream("GET", f"/v1/videos/{id_}/events") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        name = ""
        for line in response.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                found.append((name, json.loads(line.removeprefix("data: "))))
    return found


def begun(http: httpx.Client, path: Path, **fields: object) -> str:
    response = send(http, "/v1/videos", path, **fields)
    assert response.status_code == 202, response.text[:300]
    assert response.headers["location"] == f"/v1/videos/{response.json()['video_id']}"
    return str(response.json()["video_id"])


def status(http: httpx.Client, id_: str) -> dict:
    response = http.get(f"/v1/videos/{id_}")
    assert response.status_code == 200
    return response.json()


def ended(http: httpx.Client, id_: str) -> dict:
    return until(lambda: (told := status(http, id_))["status"] in ENDED and told)


def failed(http: httpx.Client, path: Path, **fields: object) -> str:
    """Why a clip could not be graded."""
    id_ = begun(http, path, **({"recipe": LOOK} | fields))
    told = ended(http, id_)
    assert told["status"] == "failed"
    assert told["file"] is None
    sentence(http.get(f"/v1/videos/{id_}/file"), 409)
    http.delete(f"/v1/videos/{id_}")
    return str(told["error"])


# --- graded ---------------------------------------------------------------------------------------------------------


def test_a_clip_is_graded_as_on_the_command_line_and_can_be_followed(http, clip, tmp_path):
    response = send(http, "/v1/videos", clip, intent="golden hour")
    assert response.status_code == 202
    assert "x-answer-id" in response.headers
    id_ = response.json()["video_id"]
    told = events(http, id_)
    assert [name for name, _ in told[:-1]] == ["progress"] * (len(told) - 1)
    name, last = told[-1]
    assert (name, last["status"], last["error"]) == ("done", "done", None)
    assert last == status(http, id_)
    file = http.get(last["file"])
    assert "waves-golden-hour.mp4" in file.headers["content-disposition"]
    assert file.headers["content-type"] == "video/mp4"
    (tmp_path / "graded.mp4").write_bytes(file.content)
    assert times_of(tmp_path / "graded.mp4") == times_of(clip)
    with av.open(str(tmp_path / "graded.mp4")) as container:
        assert [stream.type for stream in container.streams] == ["video", "audio"]
    part = http.get(last["file"], headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")
    assert http.delete(f"/v1/videos/{id_}").status_code == 204


def test_recipe_codec_and_quality_are_obeyed(http, clip, tmp_path):
    id_ = begun(http, clip, recipe=LOOK, intensity=80, codec="hevc", quality=60)
    told = ended(http, id_)
    (tmp_path / "graded.mp4").write_bytes(http.get(told["file"]).content)
    grade_clip(clip, tmp_path / "same.mp4", Recipe.from_json(LOOK).scale(80), Encoding("hevc", 22))
    assert abs((tmp_path / "graded.mp4").stat().st_size / (tmp_path / "same.mp4").stat().st_size - 1) < 0.02
    one, other = (rgb_of(frames_of(tmp_path / name)[7]) for name in ("graded.mp4", "same.mp4"))
    assert np.abs(one - other).mean() < 0.002
    http.delete(f"/v1/videos/{id_}")


@pytest.mark.parametrize(("container", "format_"), [("mp4", "mp4"), ("mkv", "matroska"), (None, "mov")])
def test_a_clip_comes_in_the_container_that_is_asked_for(http, clip, container, format_, tmp_path):
    ffmpeg("-i", clip, "-c", "copy", tmp_path / "phone.mov")
    fields = {"container": container} if container else {}
    id_ = begun(http, tmp_path / "phone.mov", recipe=LOOK, codec="h264", **fields)
    file = http.get(ended(http, id_)["file"])
    assert f".{container or 'mov'}" in file.headers["content-disposition"]
    assert file.content[4:12] == {"mp4": b"ftypisom", "mov": b"ftypqt  "}.get(format_, file.content[4:12])
    with av.open(io.BytesIO(file.content)) as opened:
        assert format_ in opened.format.name.split(",")
    http.delete(f"/v1/videos/{id_}")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "either an intent or a recipe"),
        ({"recipe": LOOK, "codec": "mpeg1"}, f"codec is 'mpeg1': choose {', '.join(CODECS)}"),
        ({"recipe": LOOK, "codec": "prores", "quality": 50}, "prores has no quality"),
        ({"recipe": LOOK, "container": "avi"}, "container is 'avi': choose mp4, mov, mkv, webm, or leave it out"),
        ({"recipe": LOOK, "codec": "prores", "container": "mp4"}, "container mp4 cannot hold prores: choose mov, mkv"),
        ({"recipe": LOOK, "format": "mp4"}, "'format', which is not known here"),
    ],
)
def test_fields_that_make_no_sense_are_one_sentence(http, clip, fields, words):
    assert words in sentence(send(http, "/v1/videos", clip, **fields), 422)


def test_what_could_not_be_kept_is_told(http, clip, tmp_path):
    cut = tmp_path / "cut.mkv"
    ffmpeg("-i", clip, "-c", "copy", tmp_path / "whole.mkv")
    data = (tmp_path / "whole.mkv").read_bytes()
    cut.write_bytes(data[: len(data) * 2 // 3])
    id_ = begun(http, cut, recipe=LOOK)
    told = ended(http, id_)
    assert told["status"] == "done"
    assert any("cut.mkv is cut off" in warning for warning in told["warnings"])
    http.delete(f"/v1/videos/{id_}")


def test_clips_that_are_not_known_are_not_found_and_forgetting_twice_is_no_error(http, clip):
    unknown = f"/v1/videos/{uuid4()}"
    for response in (
        http.get(unknown),
        http.get(f"{unknown}/events"),
        http.get(f"{unknown}/file"),
        http.delete(unknown),
    ):
        assert "there is no video" in sentence(response, 404)
    sentence(http.get("/v1/videos/7"), 422)
    id_ = begun(http, clip, recipe=LOOK)
    ended(http, id_)
    assert [http.delete(f"/v1/videos/{id_}").status_code for _ in range(2)] == [204, 204]
    sentence(http.get(f"/v1/videos/{id_}"), 404)
    until(lambda: not folders())


# --- cancelled, queued, forgotten -----------------------------------------------------------------------------------


def test_cancelling_is_acknowledged_at_once_and_ends_the_worker(http, shared, clip, long_clip):
    id_ = begun(http, long_clip, recipe=slow_recipe())
    until(lambda: status(http, id_)["frames_done"] > 0)
    told = status(http, id_)
    assert told["status"] == "running"
    assert told["frames_expected"] == 300
    assert told["seconds_left"] > 0
    assert send(http, "/v1/proxies", clip).status_code == 200  # does not wait for it
    (worker,) = workers()
    followed: list[tuple[str, dict]] = []
    follower = threading.Thread(target=lambda: followed.extend(events(http, id_)))
    follower.start()
    time.sleep(0.1)
    start = time.perf_counter()
    assert http.delete(f"/v1/videos/{id_}").status_code == 204
    assert time.perf_counter() - start < 0.2
    until(lambda: not lives(worker), 2)
    until(lambda: not folders(), 2)
    follower.join(5)
    assert followed[-1][0] == "cancelled"


def test_clips_wait_for_their_turn_and_too_many_are_turned_away(serving, monkeypatch, clip, long_clip):
    monkeypatch.setenv("GOLDENHOUR_MEDIA_VIDEOS_WAITING", "1")
    monkeypatch.setenv("GOLDENHOUR_MEDIA_HEARTBEAT_SECONDS", "0.05")
    http = serving().http
    first = begun(http, long_clip, recipe=slow_recipe())
    second = begun(http, clip, recipe=LOOK)
    until(lambda: status(http, first)["status"] == "running")
    assert status(http, second)["status"] == "queued"
    assert "goldenhour_videos 2.0" in http.get("/metrics").text
    with http.stream("GET", f"/v1/videos/{second}/events") as response:
        assert ": still there" in response.iter_lines()
    refused = send(http, "/v1/videos", clip, recipe=LOOK)
    assert "2 clips are waiting already" in sentence(refused, 429)
    assert int(refused.headers["retry-after"]) > 0
    http.delete(f"/v1/videos/{first}")
    assert ended(http, second)["status"] == "done"
    http.delete(f"/v1/videos/{second}")


def test_a_clip_that_is_cancelled_before_its_turn_leaves_nothing(http, clip, long_clip):
    first = begun(http, long_clip, recipe=slow_recipe())
    waiting = [begun(http, clip, recipe=LOOK) for _ in range(3)]
    for id_ in (*waiting, first):
        assert http.delete(f"/v1/videos/{id_}").status_code == 204
    until(lambda: not folders(), 3)


def test_finished_clips_are_kept_for_a_while_only(serving, monkeypatch, clip):
    monkeypatch.setenv("GOLDENHOUR_MEDIA_KEPT_VIDEOS", "1")
    monkeypatch.setenv("GOLDENHOUR_MEDIA_KEPT_MINUTES", "0.03")
    http = serving().http
    first, second = begun(http, clip, recipe=LOOK), begun(http, clip, recipe=LOOK)
    assert ended(http, second)["status"] == "done"
    sentence(http.get(f"/v1/videos/{first}"), 404)
    until(lambda: http.get(f"/v1/videos/{second}").status_code == 404)
    until(lambda: not folders())


def test_finished_clips_go_in_time_though_nobody_asks_for_them(serving, monkeypatch, clip):
    monkeypatch.setenv("GOLDENHOUR_MEDIA_KEPT_MINUTES", "0.02")
    http = serving().http
    assert events(http, begun(http, clip, recipe=LOOK))[-1][0] == "done"
    until(lambda: not folders())


def test_of_a_clip_that_is_done_only_what_was_made_is_kept(http, clip):
    id_ = begun(http, clip, recipe=LOOK)
    assert ended(http, id_)["status"] == "done"
    (folder,) = folders()
    until(lambda: [path.name for path in folder.iterdir()] == ["graded.mp4"])
    assert http.get(f"/v1/videos/{id_}/file").status_code == 200
    assert http.delete(f"/v1/videos/{id_}").status_code == 204


# --- hostile --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def secret(tmp_path_factory):
    return make_clip(tmp_path_factory.mktemp("secret") / "secret.mp4", moving(2))


@pytest.mark.parametrize(
    "playlist",
    [
        "ffconcat version 1.0\nfile {}\n",
        "ffconcat version 1.0\nfile source/a.mp4\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:{}\n#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
        "<?xml version='1.0'?><MPD><Period><BaseURL>{}</BaseURL></Period></MPD>",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    ],
    ids=["concat", "concat itself", "m3u8", "m3u8 file:", "m3u8 http:", "dash", "sdp"],
)
@pytest.mark.parametrize("name", ["a.mp4", "concat:a.mkv", "https:··example.org·a.mov"])
def test_playlists_open_no_other_file_and_names_are_no_addresses(http, secret, playlist, name):
    response = send(http, "/v1/proxies", playlist.format(secret).encode(), name.replace("·", "/"))
    assert "is not a clip that can be read" in sentence(response, 422)


@pytest.mark.parametrize(
    ("codec", "pixel_format"), [("huffyuv", "yuv422p"), ("rawvideo", "yuv420p"), ("flv", "yuv420p")]
)
def test_codecs_that_are_not_listed_are_refused(http, codec, pixel_format, tmp_path):
    words = failed(http, make_clip(tmp_path / "a.avi", moving(2), codec, pixel_format))
    assert "which is not supported: convert it to H.264" in words


def test_containers_that_are_not_listed_are_refused_whatever_their_name(http, tmp_path):
    for suffix, codec, pixel_format in (
        (".nut", "mpeg4", "yuv420p"),
        (".flv", "flv", "yuv420p"),
        (".gif", "gif", "rgb8"),
    ):
        path = make_clip(tmp_path / f"a{suffix}", moving(2), codec, pixel_format).rename(tmp_path / "a.mp4")
        assert "is not a clip that can be read" in failed(http, path)


def test_a_clip_that_changes_its_size_is_refused(http, tmp_path):
    one = make_clip(tmp_path / "one.ts", moving(10))
    other = make_clip(tmp_path / "other.ts", moving(10, 320, 180), container={"output_ts_offset": "5"})
    (tmp_path / "two.mts").write_bytes(one.read_bytes() + other.read_bytes())
    assert "changes its size or format in mid-clip" in failed(http, tmp_path / "two.mts")
    assert "changes its size" in sentence(send(http, "/v1/proxies", tmp_path / "two.mts"), 422)


def test_frames_larger_than_allowed_are_refused(http, tmp_path):
    path = make_clip(tmp_path / "huge.mkv", [black(8192, 4320)])
    assert "more than 4096 on a side" in failed(http, path)
    assert "more than 4096 on a side" in sentence(send(http, "/v1/proxies", path), 413)


def test_limits_of_clips_are_settings(serving, monkeypatch, noise, tmp_path):
    for setting, value in (("SIDE", "200"), ("MINUTES", "0.05"), ("FRAMES", "40"), ("MEGABYTES", "0.08")):
        monkeypatch.setenv(f"GOLDENHOUR_MAX_CLIP_{setting}", value)
    http = serving().http
    wide = make_clip(tmp_path / "wide.mp4", moving(3, 320, 180))
    slow = make_clip(tmp_path / "slow.mp4", moving(20), rate=5)
    many = make_clip(tmp_path / "many.mp4", moving(50), rate=60)
    large = make_clip(tmp_path / "large.mp4", [noise[:90, :160]] * 20, "mjpeg", "yuvj420p")
    assert make_clip(tmp_path / "good.mp4", moving(10)).stat().st_size < 80_000 < large.stat().st_size
    for clip, words in (
        (wide, "wide.mp4 has frames of 320 × 180 pixels, more than 200 on a side"),
        (slow, "slow.mp4 has more than 0.05 minutes"),
        (many, "many.mp4 has more than 40 frames"),
    ):
        assert sentence(send(http, "/v1/proxies", clip), 413).startswith(words)
        assert failed(http, clip).startswith(words)
    for path, fields in (("/v1/proxies", {}), ("/v1/videos", {"recipe": LOOK})):
        assert "large.mp4 has more than 0.08 megabytes" in sentence(send(http, path, large, **fields), 413)
    assert send(http, "/v1/proxies", tmp_path / "good.mp4").status_code == 200


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("letter.mp4", b"Dear diary, today I filmed nothing at all.\n" * 50, "is not a clip that can be read"),
        ("zeros.mkv", bytes(100_000), "is not a clip that can be read"),
        ("head.mp4", b"\0\0\0\x18ftypisom\0\0\2\0isomiso2", "is cut off or damaged"),
        ("noise.mp4", np.random.default_rng(0).bytes(200_000), "is not a clip that can be read"),
        ("zip.mp4", b"PK\3\4" + bytes(10_000), "is not a clip that can be read"),
    ],
)
def test_what_is_no_clip_is_refused(http, name, data, words, tmp_path):
    (tmp_path / name).write_bytes(data)
    assert words in failed(http, tmp_path / name)
    assert words in sentence(send(http, "/v1/proxies", tmp_path / name), 422)


def test_a_clip_cut_off_before_its_index_is_refused(http, clip, tmp_path):
    (tmp_path / "half.mp4").write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    assert "half.mp4 is cut off or damaged" in failed(http, tmp_path / "half.mp4")


# --- proxies --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format", "matrix"),
    [
        ("a.mp4", "libx265", "yuv420p10le", 1),
        ("a.mov", "prores_ks", "yuv422p10le", 1),
        ("a.mkv", "libx264", "yuv444p", 6),
        ("a.avi", "mpeg4", "yuv420p", 6),
    ],
)
def test_a_proxy_plays_in_a_browser_and_looks_like_the_original(http, name, codec, pixel_format, matrix, tmp_path):
    tags = None if name.endswith("avi") else (matrix, matrix, matrix)
    path = make_clip(tmp_path / name, moving(12), codec, pixel_format, matrix=matrix, tags=tags)
    response = send(http, "/v1/proxies", path)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "video/mp4"
    assert response.headers["x-media-kind"] == "clip"
    assert (response.headers["x-width"], response.headers["x-height"]) == ("160", "90")
    assert response.content.index(b"moov") < response.content.index(b"mdat")
    proxy = tmp_path / "proxy.mp4"
    proxy.write_bytes(response.content)
    with av.open(str(proxy)) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
        assert (context.colorspace, context.color_primaries, context.color_trc, context.color_range) == (1, 1, 1, 1)
    assert times_of(proxy) == pytest.approx(times_of(path), abs=0.001)
    for one, other in zip(frames_of(proxy), frames_of(path), strict=True):
        assert np.abs(rgb_of(one) - rgb_of(other)).mean() < 0.015


def test_a_proxy_is_smaller_keeps_sound_and_rotation_and_has_square_pixels(http, tmp_path):
    from fractions import Fraction

    path = make_clip(
        tmp_path / "a.mkv", [black(1920, 1440)] * 5, sound="libopus", shape=Fraction(4, 3), turn=90, rate=25
    )
    response = send(http, "/v1/proxies", path)
    assert (response.headers["x-width"], response.headers["x-height"]) == ("1440", "2560")
    (tmp_path / "proxy.mp4").write_bytes(response.content)
    with av.open(str(tmp_path / "proxy.mp4")) as container:
        video, sound = container.streams
        assert (video.codec_context.width, video.codec_context.height) == (1280, 720)
        assert video.sample_aspect_ratio in {None, 1}
        assert sound.codec_context.name == "aac"
        assert next(container.decode(video=0)).rotation == 90


def test_a_proxy_can_be_a_job(http, clip):
    response = http.post(
        "/v1/proxies", files={"file": ("a.mp4", clip.read_bytes())}, headers={"Prefer": "respond-async"}
    )
    assert response.status_code == 202
    assert response.headers["preference-applied"] == "respond-async"
    id_ = response.json()["video_id"]
    assert events(http, id_)[-1][0] == "done"
    assert http.get(f"/v1/videos/{id_}/file").content[4:8] == b"ftyp"
    http.delete(f"/v1/videos/{id_}")
