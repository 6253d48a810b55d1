"""What goes along with a graded clip: orientation, metadata, subtitles, chapters, attachments, tags."""

from fractions import Fraction

import av
import pytest
from clips import (
    BT601,
    BT709,
    BT2020,
    FAST,
    NEUTRAL,
    ffmpeg,
    frames_of,
    graded,
    make_clip,
    moving,
    packets_of,
    streams,
    video,
)

from goldenhour.render.clip import ClipWarning
from goldenhour.render.footage import grade_clip


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
