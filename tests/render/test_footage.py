"""Clips through recipes: what is graded is right, and everything else is as it was."""

import subprocess
import sys
import warnings
from fractions import Fraction

import av
import numpy as np
import pytest
from clips import (
    BT601,
    BT709,
    BT2020,
    encode_again,
    ffmpeg,
    frame_of,
    frames_of,
    luma_of,
    make_clip,
    moving,
    packets_of,
    planes_of,
    rgb_of,
    times_of,
)

from goldenhour.render import footage, still
from goldenhour.render.clip import ClipError, ClipWarning
from goldenhour.render.clip_codecs import CODECS, FORMATS, Encoding
from goldenhour.render.clip_colour import colour_tags, planar_format
from goldenhour.render.export import write_cube
from goldenhour.render.footage import frame_grader, frame_rgb, grade_clip
from goldenhour.render.table import identity_table
from goldenhour.render.yuv import yuv_table
from goldenhour.tools import Recipe

FAST = Encoding(crf=10, preset="ultrafast")
STRONG = {"adjust.contrast": 40, "adjust.temperature": 30, "filter.name": "film_Chrome", "filter.intensity": 80}
SPATIAL = {"adjust.structure": 60, "adjust.sharpen": 50, "adjust.bloom": 40, "adjust.contrast": 30}
NEUTRAL = Recipe.neutral()


@pytest.fixture(scope="module")
def strong(make_recipe):
    return make_recipe(STRONG)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A clip like a phone's: sound, tags, B-frames."""
    options = {"preset": "fast", "crf": "16"}
    path = tmp_path_factory.mktemp("clip") / "beach.mp4"
    return make_clip(path, moving(30), options=options, sound="aac", tags=(BT709,) * 3)


def graded(path, target, recipe=NEUTRAL, encoding=FAST):
    """Grade without a word of warning."""
    grade_clip(path, target, recipe, encoding)
    return target


def streams(path, kind):
    with av.open(str(path)) as container:
        return [dict(s.metadata) | {"codec": s.codec_context.name} for s in container.streams if s.type == kind]


def video(path):
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        tags = context.colorspace, context.color_primaries, context.color_trc, context.color_range
        return context.codec.canonical_name, context.codec_tag, stream.sample_aspect_ratio, tags


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


# --- containers and codecs ------------------------------------------------------------------------------------------

WAYS = [
    (name, pixel_format, next(suffix for suffix, known in FORMATS.items() if known == container))
    for name, codec in CODECS.items()
    for pixel_format in codec.formats
    for container in codec.containers
    if container == codec.containers[0] or pixel_format == codec.formats[0]
]


@pytest.mark.parametrize(("codec", "pixel_format", "suffix"), WAYS)
def test_every_codec_writes_every_format_in_silence(codec, pixel_format, suffix, tmp_path, capfd):
    source = make_clip(tmp_path / "a.mp4", moving(3, 128, 96), tags=(BT709,) * 3)
    preset = {"av1": "12", "prores": None}.get(codec, "ultrafast")
    out = graded(source, tmp_path / f"out{suffix}", NEUTRAL, Encoding(codec, None, preset, pixel_format))
    assert capfd.readouterr() == ("", "")
    frames = frames_of(out)
    assert [frame.format.name for frame in frames] == [pixel_format] * 3
    name, tag, _, tags = video(out)
    assert name == codec
    assert tags == (BT709, BT709, BT709, 1)
    if codec == "hevc" and suffix != ".mkv":
        assert tag == "hvc1"
    assert abs(rgb_of(frames[0]) - rgb_of(frames_of(source)[0])).mean() * 255 < 4


def test_times_are_kept(clip, tmp_path):
    varying = {"times": [0, 100, 150, 400, 430, 900, 1000, 1200, 1210, 1500], "time_base": Fraction(1, 1000)}
    sources = [
        clip,
        make_clip(tmp_path / "varying.mp4", **varying),
        make_clip(tmp_path / "varying.mkv", **varying),
        make_clip(tmp_path / "television.mov", rate=Fraction(30000, 1001)),
        make_clip(tmp_path / "late.mp4", times=range(50, 60)),
        make_clip(tmp_path / "one.mp4", moving(1)),
        make_clip(tmp_path / "fast.mkv", rate=1000, time_base=Fraction(1, 1000)),
    ]
    for source in sources:
        want = times_of(source)
        for suffix in (".mp4", ".mov", ".mkv"):
            got = times_of(graded(source, tmp_path / f"out{suffix}"))
            shift = got[0] - want[0]  # Matroska begins at 0: all streams are moved by the sound's priming
            assert abs(shift) < 0.03
            if suffix == ".mkv":
                assert got == pytest.approx(np.add(want, shift), abs=0.00051)  # it counts milliseconds
            else:
                assert got == want


@pytest.mark.parametrize(
    ("codec", "options"), [("mpeg4", {"bf": "2"}), ("libx264", {"bf": "3", "preset": "medium"}), ("mjpeg", {})]
)
def test_avi_which_has_no_times_keeps_its_frames_and_begins_at_zero(codec, options, tmp_path):
    pixel_format = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    source = make_clip(tmp_path / "a.avi", moving(30), codec, pixel_format, options=options, sound="pcm_s16le")
    out = graded(source, tmp_path / "out.mov")
    assert times_of(out) == pytest.approx(np.arange(30) / 25, abs=1e-6)
    before, after = frames_of(source), frames_of(out)
    assert abs(rgb_of(before[-1]) - rgb_of(after[-1])).mean() * 255 < 1


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_clip_may_have_one_frame(codec, count, tmp_path):
    source = make_clip(tmp_path / "a.mov", moving(count))
    suffix = ".mp4" if codec == "av1" else ".mov"
    out = graded(source, tmp_path / f"out{suffix}", encoding=Encoding(codec))
    assert times_of(out) == times_of(source)


@pytest.mark.parametrize("codec", CODECS)
def test_the_last_frame_lasts_as_long_as_it_did(codec, tmp_path):
    varying = {"times": [0, 100, 150, 400, 430, 900], "time_base": Fraction(1, 1000)}
    source = make_clip(tmp_path / "varying.mkv", moving(6), **varying)
    preset = {"av1": "12", "prores": None}.get(codec, "ultrafast")
    graded(source, tmp_path / "out.mkv", encoding=Encoding(codec, None, preset))
    lasting = []
    for path in (source, tmp_path / "out.mkv"):
        with av.open(str(path)) as container:
            lasting.append(container.duration)
    assert lasting == [940_000, 940_000]


def test_a_free_running_clock_begins_at_zero(tmp_path):
    source = make_clip(tmp_path / "camera.mts", moving(20), sound="aac", container={"output_ts_offset": "94000"})
    assert times_of(source)[0] >= 94000
    out = graded(source, tmp_path / "out.mp4")
    want, got = times_of(source), times_of(out)
    assert 0 <= got[0] < 0.1
    assert np.diff(got) == pytest.approx(np.diff(want), abs=1e-6)
    heard = [packets_of(path, kind="audio") for path in (source, out)]
    assert heard[1][0][0] - got[0] == pytest.approx(heard[0][0][0] - want[0], abs=0.001)  # in step with the picture
    assert len(heard[0]) == len(heard[1])


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_sound_is_copied_bit_by_bit(suffix, clip, tmp_path):
    out = graded(clip, tmp_path / f"out{suffix}")
    before, after = (packets_of(path, kind="audio") for path in (clip, out))
    assert [data for _, data in after] == [data for _, data in before]
    apart = np.diff([[time for time, _ in before], [time for time, _ in after]], axis=0)
    assert np.ptp(apart) < 0.0011


def test_opus_stays_opus_in_webm(tmp_path):
    source = make_clip(tmp_path / "a.webm", moving(6, 128, 96), "libsvtav1", sound="libopus", options={"preset": "12"})
    out = graded(source, tmp_path / "out.webm", encoding=Encoding(preset="12"))
    assert video(out)[0] == "av1"
    before, after = (packets_of(path, kind="audio") for path in (source, out))
    assert [data for _, data in after] == [data for _, data in before]


@pytest.mark.parametrize(
    ("kind", "sound", "target", "becomes"),
    [
        ("mp4", "aac", ".webm", "opus"),
        ("mkv", "pcm_s16le", ".webm", "opus"),
        ("avi", "pcm_s16le", ".m4v", "aac"),  # AVI does not say which channel is which
        ("mkv", "pcm_f64le", ".mp4", "aac"),
        ("mkv", "flac", ".mov", "aac"),
        ("mov", "pcm_s16le", ".mp4", None),
        ("mov", "pcm_s16le", ".mkv", None),
    ],
)
def test_sound_that_does_not_fit_is_encoded_again(kind, sound, target, becomes, tmp_path):
    source = make_clip(tmp_path / f"a.{kind}", moving(25, 128, 96), sound=sound)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        grade_clip(source, tmp_path / f"out{target}", NEUTRAL)
    if becomes:
        (warning,) = caught
        assert warning.category is ClipWarning
        assert str(warning.message).startswith(f"a.{kind}: sound coded as {sound}")
    (stream,) = streams(tmp_path / f"out{target}", "audio")
    assert stream["codec"] == (becomes or sound)
    heard = []
    for path in (source, tmp_path / f"out{target}"):
        with av.open(str(path)) as container:
            resampler = av.AudioResampler("flt", "mono", 48_000)
            frames = [f for frame in container.decode(audio=0) for f in resampler.resample(frame)]
            heard.append(np.concatenate([frame.to_ndarray().ravel() for frame in frames]))
    assert abs(len(heard[1]) - len(heard[0])) < 0.1 * 48_000
    loud = [np.sqrt((wave**2).mean()) for wave in heard]
    assert loud[1] == pytest.approx(loud[0], rel=0.2, abs=0.02)


# --- what goes along ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("turn", [90, 180, -90])
@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_orientation_and_the_shape_of_pixels_are_kept(turn, suffix, tmp_path):
    source = make_clip(tmp_path / "a.mp4", moving(2), turn=turn, shape=Fraction(4, 3))
    before = frames_of(source)[0]
    assert before.rotation == turn if turn != 180 else abs(before.rotation) == 180
    out = graded(source, tmp_path / f"out{suffix}")
    assert frames_of(out)[0].rotation == before.rotation
    assert video(out)[2] == Fraction(4, 3)


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_metadata_are_kept(suffix, tmp_path):
    metadata = {
        "title": "A day",
        "artist": "Åsa",
        "comment": "x" * 1000,
        "creation_time": "2024-01-02T03:04:05.000000Z",
    }
    source = make_clip(tmp_path / "a.mp4", metadata=metadata, language="swe", sound="aac")
    graded(source, tmp_path / f"out{suffix}")
    with av.open(str(tmp_path / f"out{suffix}")) as container:
        assert {key.lower(): value for key, value in container.metadata.items()}.items() >= metadata.items()
        if suffix != ".mov":  # QuickTime has no code for every language
            assert container.streams.video[0].metadata["language"] == "swe"


def test_a_phones_own_metadata_are_kept(tmp_path):
    source = tmp_path / "phone.mov"
    make_clip(tmp_path / "plain.mov")
    place = "com.apple.quicktime.location.ISO6709"
    ffmpeg(
        *("-i", tmp_path / "plain.mov", "-c", "copy", "-movflags", "use_metadata_tags"),
        *("-metadata", f"{place}=+48.1+011.6/", source),
    )
    for suffix in (".mov", ".mp4"):
        graded(source, tmp_path / f"out{suffix}")
        with av.open(str(tmp_path / f"out{suffix}")) as container:
            assert container.metadata[place] == "+48.1+011.6/"


SUBTITLES = "1\n00:00:00,100 --> 00:00:00,500\nHello\n\n2\n00:00:00,600 --> 00:00:01,000\nthere\n"
CHAPTERS = """;FFMETADATA1
[CHAPTER]
TIMEBASE=1/1000
START=0
END=500
title=First
[CHAPTER]
TIMEBASE=1/1000
START=500
END=1200
title=Second
"""


@pytest.fixture(scope="module")
def rich(clip, tmp_path_factory):
    """A file with everything that a container can hold, by its suffix."""
    folder = tmp_path_factory.mktemp("rich")
    (folder / "words.srt").write_text(SUBTITLES)
    (folder / "chapters.txt").write_text(CHAPTERS)
    (folder / "font.ttf").write_bytes(bytes(range(200)))
    make_clip(folder / "cover.mkv", moving(1, 64, 64), "mjpeg", "yuvj420p", full_range=True)
    ffmpeg("-i", folder / "cover.mkv", "-c", "copy", "-f", "image2", "-update", "1", folder / "cover.jpg")

    def make(suffix):
        path = folder / f"rich{suffix}"
        mp4 = suffix != ".mkv"
        cover = ("-i", folder / "cover.jpg") if mp4 else ()
        last = ("-map", "4", "-disposition:v:1", "attached_pic") if mp4 else ()
        attached = [
            *("-attach", folder / "font.ttf", "-metadata:s:t:0", "mimetype=font/ttf"),
            *("-attach", folder / "cover.jpg", "-metadata:s:t:1", "mimetype=image/jpeg"),
        ]
        ffmpeg(
            *("-i", clip, "-i", folder / "words.srt", "-i", clip, "-i", folder / "chapters.txt", *cover),
            *("-map", "0:v", "-map", "0:a", "-map", "2:a", "-map", "1", *last, "-map_chapters", "3"),
            *("-c", "copy", "-c:s", "mov_text" if mp4 else "srt"),
            *("-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=fra", "-metadata:s:s:0", "language=fin"),
            *("-disposition:a:0", "0", "-disposition:a:1", "default", "-disposition:s:0", "forced"),
            *(() if mp4 else attached),
            path,
        )
        return path

    return make


def contents(path):
    """All that the container holds beside the picture, in the order of kinds."""
    found = []
    with av.open(str(path)) as container:
        for stream in container.streams:
            codec = stream.codec_context.name if stream.codec_context else None
            if (stream.type == "video" and not stream.disposition & 0x400) or stream.type == "data":
                continue
            found.append((stream.type, codec, stream.metadata.get("language"), int(stream.disposition)))
        chapters = [
            (float(c["start"] * c["time_base"]), float(c["end"] * c["time_base"]), c["metadata"]["title"])
            for c in container.chapters()
        ]
    return sorted(found, key=str), chapters


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_everything_else_goes_along(suffix, rich, tmp_path):
    source = rich(suffix)
    out = graded(source, tmp_path / f"out{suffix}")
    assert contents(out) == contents(source)
    for kind in ("audio", "subtitle"):
        for place in range(len(streams(source, kind))):
            one, other = (packets_of(path, kind=kind, place=place) for path in (source, out))
            assert [data for _, data in one] == [data for _, data in other]


def test_attachments_are_the_same_bytes(rich, tmp_path):
    graded(rich(".mkv"), tmp_path / "out.mkv")
    with av.open(str(tmp_path / "out.mkv")) as container:
        (font,) = container.streams.attachments
        assert font.data == bytes(range(200))
        assert (font.name, font.mimetype) == ("font.ttf", "font/ttf")


def test_what_cannot_go_along_is_named(rich, tmp_path):
    with pytest.warns(ClipWarning) as caught:
        grade_clip(rich(".mkv"), tmp_path / "out.mp4", NEUTRAL, FAST)
    said = [str(warning.message) for warning in caught]
    assert all(sentence.startswith("rich.mkv") for sentence in said)
    assert any("subtitle (subrip)" in sentence for sentence in said)
    assert any("attachment" in sentence for sentence in said)
    kinds = [kind for kind, *_ in contents(tmp_path / "out.mp4")[0]]
    assert kinds == ["audio", "audio", "video"]  # the cover picture


@pytest.mark.parametrize(("width", "height", "matrix"), [(1280, 720, 1), (640, 578, 1), (640, 576, 5), (640, 480, 6)])
def test_what_was_not_tagged_is_tagged(width, height, matrix, tmp_path):
    source = make_clip(tmp_path / "a.mp4", moving(1, width, height))
    assert video(source)[3] == (2, 2, 2, 0)
    transfer = matrix if matrix != 5 else 1
    assert video(graded(source, tmp_path / "out.mp4"))[3] == (matrix, matrix, transfer, 1)


@pytest.mark.parametrize("tags", [(BT709, 1, 13), (BT2020, 9, 14), (BT601, 12, 1)])
def test_tags_are_kept(tags, tmp_path):
    source = make_clip(tmp_path / "a.mp4", moving(1), tags=tags, full_range=True, pixel_format="yuv420p")
    for suffix in (".mp4", ".mkv", ".mov"):
        assert video(graded(source, tmp_path / f"out{suffix}"))[3] == (*tags, 2)


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
