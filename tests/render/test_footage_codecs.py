"""Clips in every codec and container: frames, times and sound are as they were."""

import warnings
from fractions import Fraction

import av
import numpy as np
import pytest
from clips import (
    BT709,
    NEUTRAL,
    frames_of,
    graded,
    make_clip,
    moving,
    packets_of,
    rgb_of,
    streams,
    times_of,
    video,
)

from goldenhour.render.clip import ClipWarning
from goldenhour.render.clip_codecs import CODECS, FORMATS, Encoding
from goldenhour.render.footage import grade_clip

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
