from fractions import Fraction

import numpy as np
import pytest
from clips import BT601, frames_of, make_clip, moving, rgb_of, times_of
from PIL import Image

from goldenhour.render import still
from goldenhour.render.clip import ClipError
from goldenhour.render.clip_codecs import Encoding
from goldenhour.render.clip_reader import open_clip
from goldenhour.render.footage import grade_clip
from goldenhour.render.sheet import CELL, clip_moments, draw_sheet, photo_moment
from goldenhour.tools import Recipe

NEUTRAL = Recipe.neutral()
LOSSLESS = {"preset": "ultrafast", "crf": "10", "g": "10"}


def colours(count, width=160, height=90):
    """Frames of one colour each, which tell their number: red rises by 5 from 20."""
    for number in range(count):
        yield np.broadcast_to(np.uint8([20 + 5 * number, 90, 120]), (height, width, 3)).copy()


def number_of(picture):
    return round((float(picture[..., 0].mean()) - 20) / 5)


@pytest.fixture(scope="module")
def strong(make_recipe):
    return make_recipe({"adjust.contrast": 40, "adjust.temperature": 30})


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mts", ".avi"])
def test_moments_are_spread_evenly(suffix, tmp_path):
    path = make_clip(tmp_path / f"a{suffix}", colours(40), options=LOSSLESS, pixel_format="yuv444p", matrix=BT601)
    moments = clip_moments(path, NEUTRAL, 4)
    middles = [0.2, 0.6, 1.0, 1.4]
    assert [time for time, _, _ in moments] == pytest.approx(middles, abs=0.0801)
    assert clip_moments(path, NEUTRAL, 1)[0][0] == pytest.approx(0.8, abs=0.0801)  # straight into the middle
    for time, before, after in moments:
        assert number_of(before) == pytest.approx(time * 25, abs=2.01)
        assert abs(before.astype(int) - after).max() <= 1
        assert before.shape == after.shape == (270, CELL, 3)


@pytest.mark.parametrize("count", [1, 2, 7])
def test_there_are_as_many_as_were_asked_for(count, tmp_path):
    path = make_clip(tmp_path / "a.mp4", colours(20))
    assert len(clip_moments(path, NEUTRAL, count)) == count


def test_a_clip_of_one_frame_and_one_of_unknown_length(tmp_path, strong):
    one = make_clip(tmp_path / "one.mp4", colours(1))
    live = make_clip(tmp_path / "live.mkv", colours(10), container={"live": "1"})
    for path in (one, live):
        moments = clip_moments(path, strong, 3)
        assert moments
        assert all(number_of(before) < 10 for _, before, _ in moments)
        draw_sheet(moments)


def test_a_free_running_clock_shows_the_time_in_the_clip(tmp_path):
    path = make_clip(tmp_path / "a.mts", colours(20), container={"output_ts_offset": "5000"})
    assert times_of(path)[0] >= 5000
    assert [time for time, _, _ in clip_moments(path, NEUTRAL, 2)] == pytest.approx([0.2, 0.6], abs=0.09)


@pytest.mark.parametrize(
    ("turn", "shape", "size"),
    [(None, None, (270, 480)), (90, None, (480, 270)), (180, None, (270, 480)), (None, Fraction(4, 3), (202, 480))],
)
def test_pictures_stand_upright_with_square_pixels(turn, shape, size, tmp_path):
    """The upper left corner is red; FFmpeg turns counterclockwise."""
    picture = np.full((90, 160, 3), 60, np.uint8)
    picture[:45, :80, 0] = 250
    path = make_clip(tmp_path / "a.mp4", [picture] * 5, turn=turn, shape=shape)
    ((_, before, _),) = clip_moments(path, NEUTRAL, 1)
    height, width = before.shape[:2]
    assert (height, width) == pytest.approx(size, abs=1)
    reds = [
        before[: height // 2, : width // 2, 0].mean(),
        before[: height // 2, width // 2 :, 0].mean(),
        before[height // 2 :, width // 2 :, 0].mean(),
        before[height // 2 :, : width // 2, 0].mean(),
    ]
    assert int(np.argmax(reds)) == {None: 0, 90: 3, 180: 2}[turn]


def test_after_is_what_the_export_makes(tmp_path, strong):
    path = make_clip(tmp_path / "a.mp4", moving(9, 480, 270), options=LOSSLESS)
    ((time, before, after),) = clip_moments(path, strong, 1)
    number = round(time * 25)
    source = rgb_of(frames_of(path)[number])
    assert abs(before - 255 * source).max() < 1
    assert abs(after.astype(int) - still.render(np.rint(255 * source).astype(np.uint8), strong)).max() <= 3
    encoding = Encoding(crf=1, preset="ultrafast", pixel_format="yuv444p")
    grade_clip(path, tmp_path / "out.mp4", strong, encoding)
    exported = 255 * rgb_of(frames_of(tmp_path / "out.mp4")[number])
    assert np.percentile(abs(after - exported), 99) < 4


def test_a_photo_is_one_pair(tmp_path, strong):
    pixels = next(moving(1, 960, 540))
    Image.fromarray(pixels).save(tmp_path / "a.png")
    time, before, after = photo_moment(tmp_path / "a.png", strong)
    assert time is None
    assert before.shape == after.shape == (270, CELL, 3)
    assert before.dtype == after.dtype == np.uint8
    assert abs(after.mean((0, 1)) - still.render(pixels, strong).mean((0, 1))).max() < 1


@pytest.mark.parametrize("count", [1, 3, 6])
@pytest.mark.parametrize("size", [(270, 480), (480, 270)])
def test_the_sheet_holds_all_pairs_and_is_not_too_long(count, size):
    moments = [
        (61.25 + n, np.full((*size, 3), 10 * n + 40, np.uint8), np.full((*size, 3), 10 * n + 120, np.uint8))
        for n in range(count)
    ]
    sheet = draw_sheet(moments)
    assert sheet.dtype == np.uint8
    assert 0.4 < sheet.shape[1] / sheet.shape[0] < 4
    for n in range(count):
        for value in (10 * n + 40, 10 * n + 120):
            assert (sheet == value).all(axis=-1).sum() >= size[0] * size[1]


def test_what_cannot_be_read_is_one_sentence(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"no clip")
    hdr = make_clip(tmp_path / "hdr.mp4", moving(4), "libx265", "yuv420p10le", tags=(9, 9, 16))
    with pytest.raises(ClipError, match="is not a clip"):
        clip_moments(tmp_path / "a.mp4", NEUTRAL, 3)
    with pytest.raises(ClipError, match=r"hdr\.mp4 is an HDR clip"):
        clip_moments(hdr, NEUTRAL, 3)


def test_few_frames_are_decoded_for_a_moment(tmp_path):
    """Not the whole clip: the group of each moment, here ten frames."""
    path = make_clip(tmp_path / "a.mp4", moving(200), options=LOSSLESS)
    with open_clip(path) as reader:
        for seconds in (2.0, 5.5, 7.96):
            assert reader.frame_at(seconds).time == pytest.approx(seconds, abs=0.041)
            assert reader._frames <= 12
