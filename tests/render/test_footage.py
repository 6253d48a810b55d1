"""Clips through recipes: what is graded is right, and however it ends nothing is half done."""

import subprocess
import sys

import numpy as np
import pytest
from clips import (
    BT601,
    BT709,
    BT2020,
    FAST,
    NEUTRAL,
    encode_again,
    ffmpeg,
    frame_of,
    frames_of,
    graded,
    luma_of,
    make_clip,
    moving,
    planes_of,
    rgb_of,
)

from goldenhour.render import footage, still
from goldenhour.render.clip import ClipError
from goldenhour.render.clip_codecs import Encoding
from goldenhour.render.clip_colour import colour_tags, planar_format
from goldenhour.render.export import write_cube
from goldenhour.render.footage import frame_grader, frame_rgb, grade_clip
from goldenhour.render.table import identity_table
from goldenhour.render.yuv import yuv_table

STRONG = {"adjust.contrast": 40, "adjust.temperature": 30, "filter.name": "film_Chrome", "filter.intensity": 80}
SPATIAL = {"adjust.structure": 60, "adjust.sharpen": 50, "adjust.bloom": 40, "adjust.contrast": 30}


@pytest.fixture(scope="module")
def strong(make_recipe):
    return make_recipe(STRONG)


def graded_frame(frame, recipe, pixel_format="yuv444p10le"):
    grade = frame_grader(recipe, frame.format, colour_tags(frame), pixel_format, frame.width, frame.height)
    return grade(frame)


# --- pictures -------------------------------------------------------------------------------------------------------

KINDS = [
    ("yuv420p", BT709, False),
    ("yuv420p", BT601, True),
    ("yuv422p", BT601, False),
    ("yuv444p", BT709, True),
    ("yuv420p10le", BT2020, False),
    ("yuv422p10le", BT709, False),
    ("yuv444p10le", BT601, True),
]


@pytest.mark.parametrize(("pixel_format", "matrix", "full"), KINDS)
def test_a_neutral_recipe_is_a_plain_transcode(pixel_format, matrix, full, tmp_path):
    tags = (matrix, matrix, BT709)
    source = make_clip(tmp_path / "a.mp4", None, "libx264", pixel_format, matrix=matrix, full_range=full, tags=tags)
    encoding = Encoding(crf=10, preset="ultrafast", pixel_format=pixel_format)
    out = graded(source, tmp_path / "out.mp4", encoding=encoding)
    again = encode_again(source, tmp_path / "again.mp4", "libx264", crf="10", preset="ultrafast")
    assert all(
        np.array_equal(one, other)
        for pair in zip(frames_of(out), frames_of(again), strict=True)
        for one, other in zip(*map(planes_of, pair), strict=True)
    )


@pytest.mark.parametrize(("pixel_format", "matrix", "full"), KINDS)
def test_the_table_alone_keeps_the_mean_luma(pixel_format, matrix, full, tmp_path, monkeypatch):
    """A table that changes nothing, through the whole kernel: the short cut of neutral recipes is closed."""
    monkeypatch.setattr(
        footage, "planes_grader", lambda _, source, target: yuv_table(identity_table(65), source, target).grade
    )
    tags = (matrix, matrix, BT709)
    source = make_clip(tmp_path / "a.mp4", None, "libx264", pixel_format, matrix=matrix, full_range=full, tags=tags)
    encoding = Encoding(crf=10, preset="ultrafast", pixel_format=pixel_format)
    out = graded(source, tmp_path / "out.mp4", encoding=encoding)
    again = encode_again(source, tmp_path / "again.mp4", "libx264", crf="10", preset="ultrafast")
    one = 4 if "10" in pixel_format else 1
    assert abs(luma_of(out) - luma_of(again)) < 0.05 * one


SOURCES = [  # codec, pixel format, what the decoder makes of it
    ("libx264", "yuv420p", "yuv420p"),
    ("libx264", "yuvj420p", "yuvj420p"),
    ("libx264", "yuv422p", "yuv422p"),
    ("libx264", "yuv444p", "yuv444p"),
    ("libx264", "yuv420p10le", "yuv420p10le"),
    ("libx265", "yuv420p12le", "yuv420p12le"),
    ("libx265", "gray", "gray"),
    ("mjpeg", "yuvj422p", "yuvj422p"),
    ("ffv1", "yuv411p", "yuv411p"),
    ("ffv1", "yuv410p", "yuv410p"),
    ("ffv1", "yuv440p", "yuv440p"),
    ("ffv1", "gray", "gray"),
    ("ffv1", "gray16le", "gray16le"),
    ("ffv1", "gbrp10le", "gbrp10le"),
    ("ffv1", "gbrp16le", "gbrp16le"),
    ("ffv1", "yuv422p12le", "yuv422p12le"),
    ("ffv1", "yuv444p14le", "yuv444p14le"),
    ("ffv1", "yuv420p16le", "yuv420p16le"),
    ("ffv1", "yuv420p9le", "yuv420p9le"),
    ("ffv1", "yuva420p", "yuva420p"),
    ("prores_ks", "yuva444p10le", "yuva444p12le"),
    ("libvpx-vp9", "gbrp", "gbrp"),
]


@pytest.mark.parametrize(("codec", "pixel_format", "decoded"), SOURCES)
def test_a_frame_is_graded_as_its_rgb_would_be(codec, pixel_format, decoded, tmp_path, strong):
    full = pixel_format.startswith(("yuvj", "gbr"))
    kind = "mov" if codec == "prores_ks" else "mkv"
    options = {"profile": "4444"} if codec == "prores_ks" else None
    path = make_clip(tmp_path / f"a.{kind}", moving(4, 96, 64), codec, pixel_format, full_range=full, options=options)
    frame = frames_of(path)[0]
    assert frame.format.name == decoded
    want = still.render(rgb_of(frame).astype(np.float32), strong)
    got = rgb_of(graded_frame(frame, strong))
    assert abs(got - want).max() * 255 < 0.8
    assert abs((got - want).mean()) * 255 < 0.05


@pytest.mark.parametrize("pixel_format", ["nv12", "p010le", "yuyv422", "bgr0", "rgb48le", "yuv420p10be"])
def test_packed_frames_are_unpacked_first(pixel_format):
    planar = {"nv12": "yuv420p", "p010le": "yuv420p10le", "yuyv422": "yuv422p", "bgr0": "gbrp", "rgb48le": "gbrp12le"}
    (picture,) = moving(1, 96, 64)
    first = frame_of(picture, planar.get(pixel_format, "yuv420p10le"))
    packed = first.reformat(format=pixel_format)
    packed.time_base = first.time_base
    assert planar_format(packed.format) == first.format.name
    one, other = (frame_rgb(frame, colour_tags(frame)) for frame in (first, packed))
    assert np.array_equal(one, other)


def test_a_tagged_matrix_counts_and_not_the_size(strong):
    """HD in BT.601 is graded with BT.601; in RGB the two differ by up to 20 code values."""
    (picture,) = moving(1, 1280, 720)
    frame = frame_of(picture, "yuv444p", BT601)
    frame.colorspace = BT601
    want = still.render(picture, strong)
    assert abs(255 * rgb_of(graded_frame(frame, strong)) - want).mean() < 1
    frame.colorspace = BT709
    assert abs(255 * rgb_of(graded_frame(frame, strong)) - want).mean() > 2


@pytest.mark.parametrize("values", [STRONG, SPATIAL])
def test_a_clip_equals_a_still(values, make_recipe, clip, tmp_path):
    """At 99 of 100 pixels within 1.5 code values of the still, chroma shared and the encoding apart."""
    recipe = make_recipe(values)
    frame = frames_of(clip)[3]
    want = still.render(rgb_of(frame).astype(np.float32), recipe)
    assert abs(rgb_of(graded_frame(frame, recipe)) - want).max() * 255 < 1
    encoding = Encoding(crf=0, preset="ultrafast", pixel_format="yuv444p10le")
    got = rgb_of(frames_of(graded(clip, tmp_path / "out.mp4", recipe, encoding))[3])
    assert np.percentile(abs(got - want), 99) * 255 < 1.5


def test_our_cube_in_ffmpeg_gives_the_same_picture(clip, strong, tmp_path):
    write_cube(strong, tmp_path / "look.cube", 65)
    frame = frames_of(clip)[0]
    np.moveaxis(rgb_of(frame)[..., [1, 2, 0]], -1, 0).astype(np.float32).tofile(tmp_path / "frame.raw")
    raw = ("-f", "rawvideo", "-pix_fmt", "gbrpf32le", "-s", "160x90")
    table = f"lut3d={tmp_path / 'look.cube'}:interp=tetrahedral"
    ffmpeg(*raw, "-i", tmp_path / "frame.raw", "-vf", table, *raw, tmp_path / "graded.raw")
    want = np.fromfile(tmp_path / "graded.raw", np.float32).reshape(3, 90, 160)[[2, 0, 1]].transpose(1, 2, 0)
    assert abs(rgb_of(graded_frame(frame, strong)) - want).max() * 255 < 1


@pytest.mark.parametrize("values", [STRONG, SPATIAL])
def test_nothing_flickers(values, make_recipe):
    (picture,) = moving(1)
    frame = frame_of(picture)
    grade = frame_grader(make_recipe(values), frame.format, colour_tags(frame), "yuv420p", 160, 90)
    first, second = (planes_of(grade(frame)) for _ in range(2))
    assert all(np.array_equal(*pair) for pair in zip(first, second, strict=True))


@pytest.mark.parametrize(("width", "height"), [(159, 89), (161, 90), (160, 91), (33, 33)])
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p"])
def test_an_odd_picture_loses_what_is_no_whole_cell(width, height, pixel_format, tmp_path, strong):
    source = make_clip(tmp_path / "a.mkv", moving(2, width, height), "ffv1", "yuv420p")
    encoding = Encoding(crf=4, preset="ultrafast", pixel_format=pixel_format)
    frame = frames_of(graded(source, tmp_path / "out.mp4", strong, encoding))[0]
    even = pixel_format == "yuv420p"
    assert (frame.width, frame.height) == ((width // 2 * 2, height // 2 * 2) if even else (width, height))
    want = still.render(rgb_of(frames_of(source)[0]).astype(np.float32), strong)[: frame.height, : frame.width]
    assert abs(rgb_of(frame) - want).mean() * 255 < 2


# --- endings --------------------------------------------------------------------------------------------------------


def test_progress_is_told(clip, tmp_path):
    told = []
    grade_clip(clip, tmp_path / "out.mp4", NEUTRAL, FAST, progress=lambda *numbers: told.append(numbers))
    assert told == [(number, 30) for number in range(1, 31)]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ZeroDivisionError])
def test_after_an_interrupt_all_is_as_it_was(stop, clip, tmp_path):
    def halt(done, expected):
        if done == 5:
            raise stop

    (tmp_path / "out.mp4").write_text("old")
    for name in ("out.mp4", "new.mp4"):
        with pytest.raises(stop):
            grade_clip(clip, tmp_path / name, NEUTRAL, FAST, progress=halt)
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]
    assert (tmp_path / "out.mp4").read_text() == "old"


def sentence_of(*arguments):
    with pytest.raises(ClipError) as caught:
        grade_clip(*arguments)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_targets_that_cannot_be_written_are_one_sentence(clip, tmp_path):
    (tmp_path / "folder.mp4").mkdir()
    assert "folder does not exist" in sentence_of(clip, tmp_path / "none" / "out.mp4", NEUTRAL)
    assert sentence_of(clip, tmp_path / "folder.mp4", NEUTRAL, FAST).startswith("folder.mp4 cannot be written: ")
    assert [path.name for path in tmp_path.iterdir()] == ["folder.mp4"]


def test_a_full_disk_is_one_sentence(clip, tmp_path):
    code = f"""
import resource, signal
from pathlib import Path
from goldenhour.render.footage import grade_clip
from goldenhour.render.clip import ClipError
from goldenhour.tools import Recipe
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
try:
    grade_clip(Path({str(clip)!r}), Path({str(tmp_path / "out.mp4")!r}), Recipe.neutral())
except ClipError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "out.mp4 cannot be written: File too large.\n"
    assert done.stderr == ""
    assert not list(tmp_path.iterdir())


def test_long_clips_need_no_more_memory(tmp_path):
    code = """
import resource, sys
from pathlib import Path
from goldenhour.render.footage import grade_clip
from goldenhour.tools import Recipe
sys.path[:0] = ["tests/render"]
used = []
for name in ("short", "short", "long"):
    grade_clip(Path(sys.argv[1], f"{name}.mp4"), Path(sys.argv[1], "out.mp4"), Recipe.neutral())
    used.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
print(used[2] - used[1])
"""
    make_clip(tmp_path / "short.mp4", moving(60, 320, 180), sound="aac")
    make_clip(tmp_path / "long.mp4", moving(500, 320, 180), sound="aac")
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 12  # MB; its frames have 130
