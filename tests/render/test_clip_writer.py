"""What can be chosen for a clip, and what is refused in one sentence before anything is read."""

import os
import sys
from contextlib import nullcontext
from pathlib import Path

import av
import pytest
from clips import make_clip, moving

from goldenhour.render.clip import ClipError, ClipWarning
from goldenhour.render.clip_codecs import CODECS, FORMATS, Encoding, check_encoding, fitting_suffix
from goldenhour.render.clip_writer import SOUNDS, kept_metadata
from goldenhour.render.footage import grade_clip
from goldenhour.tools import Recipe


@pytest.mark.parametrize(
    ("name", "encoding", "words"),
    [
        ("a.avi", Encoding(), "a.avi cannot be written: choose a name that ends in .mp4, .m4v, .mov, .mkv, .webm."),
        ("a", Encoding(), "choose a name that ends in"),
        ("a.mp4", Encoding("vp9"), "there is no codec 'vp9': choose h264, hevc, av1, prores."),
        ("a.webm", Encoding("h264"), "a.webm cannot hold h264: choose a name that ends in .mp4, .m4v, .mov, .mkv."),
        ("a.mp4", Encoding("prores"), "a.mp4 cannot hold prores: choose a name that ends in .mov, .mkv."),
        ("a.mov", Encoding("av1"), "a.mov cannot hold av1"),
        ("a.mov", Encoding("prores", crf=20), "prores has no rate factor: choose a preset instead"),
        ("a.mp4", Encoding(crf=52), "the rate factor of h264 is 0 to 51, not 52."),
        ("a.mp4", Encoding(crf=-1), "the rate factor of h264 is 0 to 51, not -1."),
        ("a.mp4", Encoding("av1", crf=64), "the rate factor of av1 is 0 to 63, not 64."),
        ("a.mp4", Encoding(preset="8"), "h264 has no preset '8': choose ultrafast, "),
        ("a.mp4", Encoding("av1", preset="fast"), "av1 has no preset 'fast': choose 0, 1, "),
        ("a.mp4", Encoding(pixel_format="rgb24"), "h264 does not write rgb24: choose yuv420p, "),
        ("a.mp4", Encoding("av1", pixel_format="yuv444p"), "av1 does not write yuv444p"),
    ],
)
def test_what_does_not_go_together_is_one_sentence(name, encoding, words):
    with pytest.raises(ClipError) as caught:
        check_encoding(encoding, Path(name))
    sentence = str(caught.value)
    assert words in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"),
    [("a.mp4", "libx264", "yuv420p"), ("A.MOV", "libx264", "yuv420p"), ("a.webm", "libsvtav1", "yuv420p")],
)
def test_what_is_not_chosen_is_sensible(name, codec, pixel_format):
    chosen, chosen_format = check_encoding(Encoding(), Path(name))
    assert (chosen.encoder, chosen_format) == (codec, pixel_format)


@pytest.mark.parametrize("name", CODECS)
def test_every_codec_is_there_and_knows_its_formats(name):
    codec = CODECS[name]
    encoder = av.Codec(codec.encoder, "w")
    assert set(codec.formats) <= {form.name for form in encoder.video_formats}
    assert codec.preset in codec.presets
    assert set(codec.containers) <= set(FORMATS.values())


@pytest.mark.parametrize(
    ("source", "codec", "suffix"),
    [
        (".mp4", None, ".mp4"),
        (".MOV", "h264", ".mov"),
        (".avi", None, ".mp4"),
        (".mts", "hevc", ".mp4"),
        (".mp4", "prores", ".mov"),
        (".webm", "h264", ".mp4"),
        (".mov", "av1", ".mp4"),
        (".webm", "av1", ".webm"),
    ],
)
def test_a_suffix_that_fits_is_found(source, codec, suffix):
    assert fitting_suffix(source, codec) == suffix
    check_encoding(Encoding(codec), Path(f"a{suffix}"))


def test_what_describes_the_file_is_not_kept():
    kept = {"title": "A day", "com.apple.quicktime.make": "Apple", "creation_time": "2024"}
    file = {"major_brand": "isom", "COMPATIBLE_BRANDS": "x", "encoder": "Lavf", "DURATION": "1", "vendor_id": "FFMP"}
    counted = {"BPS": "1", "NUMBER_OF_FRAMES-eng": "2", "_STATISTICS_TAGS": "BPS"}  # as mkvmerge writes
    assert kept_metadata(kept | file | counted) == kept


def test_only_known_kinds_of_sound_are_decoded(tmp_path):
    for codec, kept in (("adpcm_yamaha", False), ("adpcm_ms", True)):
        assert (codec in SOUNDS) == kept
        path = make_clip(tmp_path / f"{codec}.avi", moving(5), sound=codec)
        words = "it is libopus now" if kept else rf"{codec}\) does not fit the new file and is left out"
        with pytest.warns(ClipWarning, match=words):
            grade_clip(path, tmp_path / "out.webm", Recipe.neutral())
        with av.open(str(tmp_path / "out.webm")) as container:
            assert len(container.streams.audio) == kept


def test_every_kind_of_sound_goes_by_the_name_that_decoders_have():
    assert {av.Codec(name, "r").canonical_name for name in SOUNDS} == SOUNDS


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root's threads can become real-time ones, on Linux"
)
@pytest.mark.parametrize("sound", [None, "adpcm_ms"])  # which comes before the first frame
def test_an_export_leaves_all_threads_of_its_process_scheduled_as_they_were(sound, tmp_path):
    def policies():
        return {os.sched_getscheduler(int(thread.name)) for thread in Path("/proc/self/task").iterdir()}

    seen = []
    source = make_clip(tmp_path / "a.avi", moving(3, 128, 96), sound=sound)
    encoding = Encoding("av1", None, "12")
    with pytest.warns(ClipWarning, match="libopus") if sound else nullcontext():
        grade_clip(source, tmp_path / "b.webm", Recipe.neutral(), encoding, progress=lambda *_: seen.append(policies()))
    assert [*seen, policies()] == [{os.SCHED_OTHER}] * 4
