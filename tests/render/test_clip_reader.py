"""Clips from strangers: damaged, forged, far too large, or no clips at all."""

import os
import struct
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest
from clips import black, ffmpeg, frames_of, make_clip, moving, rgb_of, times_of

from goldenhour.render.clip import ClipError, ClipLimits, ClipWarning
from goldenhour.render.clip_codecs import Encoding
from goldenhour.render.clip_reader import open_clip
from goldenhour.render.footage import grade_clip
from goldenhour.render.limits import TooLargeError
from goldenhour.tools import Recipe

FAST = Encoding(crf=10, preset="ultrafast")
NEUTRAL = Recipe.neutral()
SHORT_GROUPS = {"preset": "medium", "crf": "20", "g": "10"}


def wrong(path, limits=None):
    """The sentence about a clip that cannot be read, which must come at once and leave nothing behind."""
    before, start = set(path.parent.iterdir()), time.perf_counter()
    with pytest.raises(ClipError) as caught:
        grade_clip(path, path.parent / "out.mp4", NEUTRAL, FAST, limits=limits)
    assert time.perf_counter() - start < 3
    assert set(path.parent.iterdir()) == before
    sentence = str(caught.value)
    assert path.name in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def salvaged(path):
    """The times of the frames that could be graded, and what was said."""
    out = path.parent / "out.mp4"
    with pytest.warns(ClipWarning) as caught:
        grade_clip(path, out, NEUTRAL, FAST)
    return times_of(out), [str(warning.message) for warning in caught]


def grainy(count=40):
    """Pictures that need bytes, so that damage hits something."""
    random = np.random.default_rng(0)
    for picture in moving(count, 320, 180):
        yield np.clip(picture.astype(int) + random.integers(-20, 20, picture.shape), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="module")
def early(folder):
    """Index first."""
    movflags = {"movflags": "faststart"}
    return make_clip(folder / "early.mp4", grainy(), options=SHORT_GROUPS, container=movflags, sound="aac")


@pytest.fixture(scope="module")
def late(folder):
    """Index last."""
    return make_clip(folder / "late.mp4", grainy(), options=SHORT_GROUPS)


@pytest.fixture(scope="module")
def streaming(folder):
    return make_clip(folder / "streaming.mkv", grainy(), options=SHORT_GROUPS, sound="aac")


# --- damaged --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["early", "late", "streaming"])
@pytest.mark.parametrize("damage", ["flipped", "zeros"])
def test_damaged_frames_are_left_out_and_counted(kind, damage, request, tmp_path):
    source = request.getfixturevalue(kind)
    data = bytearray(source.read_bytes())
    middle = len(data) // 2
    if damage == "zeros":
        data[middle : middle + 6000] = bytes(6000)
    else:
        for place in np.random.default_rng(1).integers(middle, middle + 8000, 30):
            data[place] ^= 255
    path = tmp_path / f"torn{source.suffix}"
    path.write_bytes(data)
    times, said = salvaged(path)
    whole = times_of(source)
    left_out = len(whole) - len(times)
    assert 0 < left_out < 15
    assert set(times) <= set(whole)
    assert said[0].startswith(f"{path.name}: {left_out} damaged frame")
    sound = frames_of(tmp_path / "out.mp4")[0]
    assert abs(rgb_of(sound) - rgb_of(frames_of(source)[0])).mean() * 255 < 1


@pytest.mark.parametrize("kind", ["early", "streaming"])
@pytest.mark.parametrize("share", [0.3, 0.6])
def test_a_clip_that_is_cut_off_is_graded_as_far_as_it_goes(kind, share, request, tmp_path):
    source = request.getfixturevalue(kind)
    path = tmp_path / f"cut{source.suffix}"
    path.write_bytes(source.read_bytes()[: int(source.stat().st_size * share)])
    times, said = salvaged(path)
    whole = times_of(source)
    assert times == whole[: len(times)]
    assert share * 0.7 < len(times) / len(whole) < share * 1.1
    assert f"{path.name} is cut off: it was graded as far as it goes" in said


def test_whole_clips_are_not_said_to_be_cut_off(early, streaming, tmp_path):
    one = make_clip(tmp_path / "one.mp4", moving(1))
    slow = make_clip(tmp_path / "slow.mkv", moving(4), rate=1)
    trimmed = make_clip(tmp_path / "trimmed.mp4", times=range(-25, 25), pictures=moving(50))
    for path in (early, streaming, one, slow, trimmed):
        grade_clip(path, tmp_path / "out.mp4", NEUTRAL, FAST)


@pytest.mark.parametrize("share", [0.001, 0.3, 0.9])
def test_without_its_index_a_clip_is_one_sentence(share, late, tmp_path):
    path = tmp_path / "cut.mp4"
    path.write_bytes(late.read_bytes()[: int(late.stat().st_size * share)])
    assert "is cut off or damaged: copy or download it again" in wrong(path)


def test_a_clip_without_a_single_good_frame_is_one_sentence(early, tmp_path):
    data = bytearray(early.read_bytes())
    start = data.index(b"mdat") + 4
    data[start:] = bytes(len(data) - start)
    path = tmp_path / "void.mp4"
    path.write_bytes(data)
    assert "has no frame that can be read" in wrong(path)


# --- no clips -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("empty.mp4", b"", "is empty"),
        ("letter.mp4", b"Dear diary, today I filmed nothing at all.\n" * 50, "is not a clip that can be read"),
        ("zeros.mkv", bytes(100_000), "is not a clip that can be read"),
        ("page.mov", b"<html><body>404</body></html>", "is not a clip that can be read"),
        ("head.mp4", b"\0\0\0\x18ftypisom\0\0\2\0isomiso2", "is cut off or damaged"),
    ],
)
def test_what_is_no_clip_is_one_sentence(name, data, words, tmp_path):
    (tmp_path / name).write_bytes(data)
    assert words in wrong(tmp_path / name)


def test_noise_is_one_sentence(tmp_path):
    random = np.random.default_rng(0)
    for name in ("a.mp4", "a.mkv", "a.avi", "a.mts"):
        (tmp_path / name).write_bytes(random.bytes(200_000))
        wrong(tmp_path / name)
        (tmp_path / name).unlink()


def test_what_is_no_file_is_one_sentence(tmp_path):
    assert "does not exist" in wrong(tmp_path / "none.mp4")
    (tmp_path / "folder.mp4").mkdir()
    assert "is a folder" in wrong(tmp_path / "folder.mp4")
    os.mkfifo(tmp_path / "pipe.mp4")
    assert "is no ordinary file" in wrong(tmp_path / "pipe.mp4")


def test_sound_without_a_picture_is_one_sentence(tmp_path):
    with av.open(str(tmp_path / "song.mp4"), "w") as output:
        stream = output.add_stream("aac", rate=48_000)
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 9600), np.float32), "fltp", "stereo")
        frame.sample_rate = 48_000
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    assert "has sound but no picture" in wrong(tmp_path / "song.mp4")


@pytest.mark.parametrize(("codec", "suffix"), [("huffyuv", ".avi"), ("rawvideo", ".avi"), ("flv1", ".avi")])
def test_codecs_that_are_not_listed_are_refused(codec, suffix, tmp_path):
    encoder = {"flv1": "flv"}.get(codec, codec)
    path = make_clip(tmp_path / f"a{suffix}", moving(2), encoder, "yuv422p" if codec == "huffyuv" else "yuv420p")
    assert f"is coded as {codec}, which is not supported" in wrong(path).replace("flv,", "flv1,")


@pytest.mark.parametrize("suffix", [".gif", ".flv", ".nut"])
def test_containers_that_are_not_listed_are_refused_whatever_their_name(suffix, tmp_path):
    codec, pixel_format = ("gif", "rgb8") if suffix == ".gif" else ("mpeg4" if suffix == ".nut" else "flv", "yuv420p")
    make_clip(tmp_path / f"a{suffix}", moving(2), codec, pixel_format)
    path = (tmp_path / f"a{suffix}").rename(tmp_path / "a.mp4")
    assert "is not a clip that can be read" in wrong(path)


@pytest.mark.parametrize(
    "playlist",
    [
        "ffconcat version 1.0\nfile secret.mp4\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{}/secret.mp4\n#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:{}/secret.mp4\n#EXT-X-ENDLIST\n",
    ],
)
def test_a_playlist_opens_no_other_file(playlist, tmp_path):
    make_clip(tmp_path / "secret.mp4", moving(2))
    (tmp_path / "a.mp4").write_text(playlist.format(tmp_path))
    assert "is not a clip that can be read" in wrong(tmp_path / "a.mp4")


# --- forged and too large -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (ClipLimits(side=159), "has frames of 160 × 90 pixels, more than 159 on a side"),
        (ClipLimits(frames=9), "has more than 9 frames: cut it, or raise GOLDENHOUR_MAX_CLIP_FRAMES"),
        (ClipLimits(minutes=0.005), "has more than 0.005 minutes"),
        (ClipLimits(megabytes=0.001), "has more than 0.001 megabytes"),
    ],
)
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mts"])
def test_limits_hold(limits, words, suffix, tmp_path, monkeypatch):
    path = make_clip(tmp_path / f"a{suffix}")
    assert words in wrong(path, limits)
    for name, value in vars(limits).items():
        monkeypatch.setenv(f"GOLDENHOUR_MAX_CLIP_{name.upper()}", str(value))
    assert words in wrong(path)
    with pytest.raises(TooLargeError), open_clip(path) as reader:
        for _ in reader.items():
            pass


def test_frames_are_counted_where_the_file_does_not_say(tmp_path):
    make_clip(tmp_path / "a.h264", moving(12))
    path = make_clip(tmp_path / "a.mkv", moving(12), container={"live": "1"})
    assert "has more than 9 frames" in wrong(path, ClipLimits(frames=9))


def forged(path, width, height):
    """Another size in the header than the frames have."""
    data = bytearray(path.read_bytes())
    if path.suffix == ".mkv":
        for name, old, new in ((b"\xb0\x82", width, 160), (b"\xba\x82", height, 90)):
            place = data.index(name + struct.pack(">H", old)) + 2
            data[place : place + 2] = struct.pack(">H", new)
    else:
        entry = data.index(b"stsd") + 12
        data[entry + 28 : entry + 32] = struct.pack(">HH", 160, 90)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("a.mp4", "libx264", None),
        ("a.mkv", "libx264", None),
        ("b.mkv", "mjpeg", {}),
    ],
)
def test_frames_far_larger_than_the_header_says_need_no_memory(name, codec, options, tmp_path):
    """8192 x 8192 in a few kilobytes would be 100 MB a frame; the process is given 60 MB more than it has."""
    pixel_format = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    path = make_clip(tmp_path / name, [black(8192, 8192, pixel_format)], codec, pixel_format, options=options)
    code = f"""
import resource
from pathlib import Path
from goldenhour.render.clip import ClipError
from goldenhour.render.footage import grade_clip
from goldenhour.tools import Recipe
def used():
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) // 1024
Path("/proc/self/clear_refs").write_text("5")
before = used()
try:
    grade_clip(Path({str(forged(path, 8192, 8192))!r}), Path({str(tmp_path / "out.mp4")!r}), Recipe.neutral())
except ClipError:
    print(used() - before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert int(done.stdout) < 60
    assert done.stderr == ""


def test_a_clip_that_changes_its_size_is_refused(tmp_path):
    one = make_clip(tmp_path / "one.ts", moving(10))
    other = make_clip(tmp_path / "other.ts", moving(10, 320, 180), container={"output_ts_offset": "5"})
    path = tmp_path / "two.mts"
    path.write_bytes(one.read_bytes() + other.read_bytes())
    one.unlink()
    other.unlink()
    assert "changes its size or format in mid-clip" in wrong(path)


def test_nothing_stays_open(early, tmp_path):
    def descriptors():
        return len(list(Path("/proc/self/fd").iterdir()))

    (tmp_path / "bad.mp4").write_bytes(early.read_bytes()[:-100_000])
    (tmp_path / "text.mp4").write_text("text")
    before = descriptors()
    for _ in range(3):
        with open_clip(early) as reader:
            next(reader.items())
        with pytest.raises(ClipError), open_clip(tmp_path / "text.mp4"):
            pass
        grade_clip(early, tmp_path / "out.mp4", NEUTRAL, FAST)
    assert descriptors() == before


def test_only_the_first_of_several_pictures_is_graded(tmp_path):
    one = make_clip(tmp_path / "one.mkv", moving(5))
    other = make_clip(tmp_path / "other.mkv", moving(5, 320, 180))
    ffmpeg("-i", one, "-i", other, "-map", "0", "-map", "1", "-c", "copy", tmp_path / "two.mp4")
    with pytest.warns(ClipWarning, match=r"two\.mp4: a stream of video \(h264\) .* is left out"):
        grade_clip(tmp_path / "two.mp4", tmp_path / "out.mp4", NEUTRAL, FAST)
    assert [(frame.width, frame.height) for frame in frames_of(tmp_path / "out.mp4")] == [(160, 90)] * 5
