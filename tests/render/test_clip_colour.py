"""What a frame's numbers mean, for every kind of tag that is there or missing."""

import av
import pytest
from clips import frames_of, make_clip, moving

from goldenhour.render.clip import ClipError
from goldenhour.render.clip_codecs import Encoding
from goldenhour.render.clip_colour import ColourError, ColourTags, colour_tags, planar_format, yuv_format
from goldenhour.render.footage import grade_clip
from goldenhour.tools import Recipe

NOTHING = 2


def frame(width=640, height=480, pixel_format="yuv420p", matrix=NOTHING, primaries=NOTHING, transfer=NOTHING, span=0):
    made = av.VideoFrame(width, height, pixel_format)
    made.colorspace, made.color_range = matrix, span
    made.color_primaries, made.color_trc = primaries, transfer
    return made


@pytest.mark.parametrize(
    ("width", "height", "matrix", "transfer"),
    [  # mpv's rule: at least 1280 wide or more than 576 high is high definition
        (1280, 720, 1, 1),
        (1920, 1080, 1, 1),
        (1280, 2, 1, 1),
        (608, 1080, 1, 1),
        (1024, 577, 1, 1),
        (1279, 576, 5, 1),
        (720, 576, 5, 1),
        (720, 480, 6, 6),
        (640, 360, 6, 6),
    ],
)
def test_untagged_colours_are_guessed_by_size(width, height, matrix, transfer):
    assert colour_tags(frame(width, height)) == ColourTags(matrix, matrix, transfer, full_range=False)


@pytest.mark.parametrize("matrix", [1, 4, 5, 6, 7, 9])
@pytest.mark.parametrize("full", [False, True])
def test_tags_are_taken_as_they_are(matrix, full):
    tagged = frame(matrix=matrix, primaries=12, transfer=13, span=2 if full else 1)
    assert colour_tags(tagged) == ColourTags(matrix, 12, 13, full)


@pytest.mark.parametrize(
    ("pixel_format", "span", "full"),
    [
        ("yuvj420p", 0, True),
        ("yuv420p", 0, False),
        ("gray", 0, True),  # as FFmpeg reads it
        ("gray", 1, False),
        ("gray10le", 2, True),
        ("gbrp", 2, False),  # of the Y'CbCr that is made of it
    ],
)
def test_the_range_depends_on_the_format_too(pixel_format, span, full):
    assert colour_tags(frame(pixel_format=pixel_format, span=span)).full_range is full


@pytest.mark.parametrize("matrix", [8, 10, 12, 14])
def test_rare_matrices_are_refused(matrix):
    with pytest.raises(ColourError, match="in a rare way"):
        colour_tags(frame(matrix=matrix))


@pytest.mark.parametrize(("transfer", "name"), [(16, "PQ"), (18, "HLG")])
def test_hdr_is_one_sentence(transfer, name, tmp_path):
    path = make_clip(tmp_path / "hdr.mp4", moving(4), "libx265", "yuv420p10le", matrix=9, tags=(9, 9, transfer))
    with pytest.raises(ClipError) as caught:
        grade_clip(path, tmp_path / "out.mp4", Recipe.neutral())
    assert str(caught.value) == f"hdr.mp4 is an HDR clip ({name}), which is not supported: export it as SDR."
    assert [path.name for path in tmp_path.iterdir()] == ["hdr.mp4"]


@pytest.mark.parametrize("transfer", [1, 14, 15])
def test_wide_gamut_is_not_hdr(transfer, tmp_path):
    path = make_clip(tmp_path / "a.mp4", moving(4), "libx265", "yuv420p10le", matrix=9, tags=(9, 9, transfer))
    encoding = Encoding("hevc", None, "ultrafast", "yuv420p10le")
    grade_clip(path, tmp_path / "out.mp4", Recipe.neutral(), encoding)
    graded = frames_of(tmp_path / "out.mp4")[0]
    assert (graded.colorspace, graded.color_primaries, graded.color_trc) == (9, 9, transfer)


@pytest.mark.parametrize(
    ("pixel_format", "planar"),
    [
        ("yuv420p", "yuv420p"),
        ("yuvj444p", "yuv444p"),
        ("yuva420p", "yuv420p"),
        ("nv12", "yuv420p"),
        ("p010le", "yuv420p10le"),
        ("yuyv422", "yuv422p"),
        ("yuv420p9le", "yuv420p10le"),
        ("yuv422p16be", "yuv422p12le"),
        ("yuv440p10le", "yuv440p10le"),
        ("uyyvyy411", "yuv411p"),
        ("yuva444p12le", "yuv444p12le"),
        ("gray", "gray"),
        ("ya16le", "gray12le"),
        ("bgra", "gbrp"),
        ("rgb48be", "gbrp12le"),
        ("gbrpf32le", "gbrp12le"),
    ],
)
def test_every_format_has_a_planar_one(pixel_format, planar):
    assert planar_format(av.VideoFormat(pixel_format)) == planar


@pytest.mark.parametrize("pixel_format", ["pal8", "bayer_rggb8"])
def test_what_has_no_planes_is_refused(pixel_format):
    with pytest.raises(ColourError, match=f"has frames of the kind {pixel_format}"):
        planar_format(av.VideoFormat(pixel_format))


@pytest.mark.parametrize(
    ("planar", "bits", "chroma", "gbr"),
    [
        ("yuv420p", 8, (1, 1), False),
        ("yuv422p10le", 10, (1, 0), False),
        ("yuv444p12le", 12, (0, 0), False),
        ("yuv411p", 8, (2, 0), False),
        ("yuv410p", 8, (2, 2), False),
        ("yuv440p", 8, (0, 1), False),
        ("gray", 8, (1, 1), False),
        ("gbrp10le", 10, (0, 0), True),
    ],
)
def test_planes_are_described(planar, bits, chroma, gbr):
    form = yuv_format(planar, ColourTags(9, 9, 14, full_range=True))
    assert (form.bits, form.chroma, form.gbr) == (bits, chroma, gbr)
    assert (form.kr, form.kb, form.full_range) == (0.2627, 0.0593, True)
