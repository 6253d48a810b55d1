import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_kernel import random_table, tetrahedral

from goldenhour.render.kernel import pack_table
from goldenhour.render.table import compile_table, identity_table
from goldenhour.render.yuv import YuvFormat, planes_to_rgb, rgb_to_planes, yuv_table

WEIGHTS = {"BT.601": (0.299, 0.114), "BT.709": (0.2126, 0.0722), "BT.2020": (0.2627, 0.0593)}
NAMES = {"BT.601": "ITU-R BT.601", "BT.709": "ITU-R BT.709", "BT.2020": "ITU-R BT.2020"}
C420, C422, C444 = (1, 1), (1, 0), (0, 0)
WIDTH, HEIGHT = 64, 48

matrices = pytest.mark.parametrize("matrix", WEIGHTS)
ranges = pytest.mark.parametrize("full", [False, True], ids=["limited", "full"])
formats = st.builds(
    lambda bits, chroma, weights, full: YuvFormat(bits, chroma, *weights, full),
    st.sampled_from([8, 10]),
    st.sampled_from([C420, C422, C444]),
    st.sampled_from(list(WEIGHTS.values())),
    st.booleans(),
)


def cells(size, chroma):
    """Along each axis, rounded up: an odd picture's last chroma sample is only half used."""
    return tuple(-(-length // (1 << shift)) for length, shift in zip(size, chroma[::-1], strict=True))


def empty(form, width=WIDTH, height=HEIGHT):
    small = cells((height, width), form.chroma)
    return tuple(np.zeros(size, form.dtype) for size in ((height, width), small, small))


def noise(form, seed=0, width=WIDTH, height=HEIGHT):
    random = np.random.default_rng(seed)
    return tuple(random.integers(0, 2**form.bits, plane.shape, form.dtype) for plane in empty(form, width, height))


def codes(rgb, form):
    """H.273, equations 38 to 43 and 30 to 37, plainly, neither rounded nor clipped: (..., 3) to (..., 3)."""
    red, green, blue = np.moveaxis(np.asarray(rgb, float), -1, 0)
    luma = form.kr * red + (1 - form.kr - form.kb) * green + form.kb * blue
    pb, pr = 0.5 * (blue - luma) / (1 - form.kb), 0.5 * (red - luma) / (1 - form.kr)
    one, middle = 2 ** (form.bits - 8), 2 ** (form.bits - 1)
    if form.full_range:
        peak = 2**form.bits - 1
        return np.stack([peak * luma, peak * pb + middle, peak * pr + middle], axis=-1)
    return np.stack([one * (219 * luma + 16), one * 224 * pb + middle, one * 224 * pr + middle], axis=-1)


def rgb_of(planes, form):
    """Every pixel's R'G'B' (H, W, 3), chroma repeated, out of range too."""
    shape = planes[0].shape
    chroma = [p.repeat(1 << form.chroma[1], 0).repeat(1 << form.chroma[0], 1) for p in planes[1:]]
    y, u, v = (plane[: shape[0], : shape[1]].astype(float) for plane in (planes[0], *chroma))
    one, middle, peak = 2 ** (form.bits - 8), 2 ** (form.bits - 1), 2**form.bits - 1
    luma, share = (y / peak, peak) if form.full_range else ((y - 16 * one) / (219 * one), 224 * one)
    red, blue = luma + 2 * (1 - form.kr) * (v - middle) / share, luma + 2 * (1 - form.kb) * (u - middle) / share
    return np.stack([red, (luma - form.kr * red - form.kb * blue) / (1 - form.kr - form.kb), blue], axis=-1)


def averaged(plane, chroma):
    down, across = 1 << chroma[1], 1 << chroma[0]
    return plane.reshape(plane.shape[0] // down, down, plane.shape[1] // across, across).mean(axis=(1, 3))


def expected(rgb, form):
    """Planes of float64 for R'G'B' in range."""
    values = codes(rgb, form)
    peak = 2**form.bits - 1
    chroma = (np.minimum(averaged(values[..., i], form.chroma), peak) for i in (1, 2))
    return values[..., 0], *chroma


def graded(table, planes, source, target):
    return applied(yuv_table(table, source, target), planes)


def applied(ready, planes):
    out = empty(ready.target)
    ready.grade(planes, out, WIDTH, HEIGHT)
    return out


def each_chroma(table, form):
    """The table for every subsampling, made ready once: colours are looked up in the same place."""
    ready = yuv_table(table, form, form)
    for chroma in (C420, C422, C444):
        same = replace(form, chroma=chroma)
        yield replace(ready, source=same, target=same), same


def errors(planes, want):
    return [plane.astype(float) - wanted for plane, wanted in zip(planes, want, strict=True)]


def one_colour(rgb, form):
    """The code of one colour, by a table that makes nothing else."""
    table = np.broadcast_to(np.float32(rgb), (3, 3, 3, 3))
    source = replace(form, bits=10)
    return np.array([int(plane[0, 0]) for plane in graded(table, empty(source), source, form)])


@pytest.fixture(scope="module")
def science():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that scipy is missing, which nothing here needs
        import colour

        yield colour


@pytest.fixture(scope="module")
def strong(make_recipe):
    values = {"adjust.contrast": 40, "adjust.temperature": 30, "filter.name": "film_Chrome", "filter.intensity": 80}
    return compile_table(make_recipe(values))


@pytest.mark.parametrize(
    ("weights", "rgb", "code"),
    [  # ITU-R BT.471: colour bars of 100 %, as every textbook prints them
        ("BT.709", (1, 0, 0), (63, 102, 240)),
        ("BT.709", (0, 1, 0), (173, 42, 26)),
        ("BT.709", (0, 0, 1), (32, 240, 118)),
        ("BT.709", (1, 1, 1), (235, 128, 128)),
        ("BT.601", (1, 0, 0), (81, 90, 240)),
        ("BT.601", (0, 1, 0), (145, 54, 34)),
        ("BT.601", (0, 0, 1), (41, 240, 110)),
        ("BT.601", (0, 0, 0), (16, 128, 128)),
    ],
)
def test_colour_bars_have_their_published_codes(weights, rgb, code):
    assert one_colour(rgb, YuvFormat(8, C444, *WEIGHTS[weights], full_range=False)).tolist() == list(code)


@matrices
@ranges
@pytest.mark.parametrize("bits", [8, 10, 12])
def test_matrices_are_those_of_colour_science(matrix, full, bits, science):
    form = YuvFormat(bits, C444, *WEIGHTS[matrix], full)
    rgb = np.random.default_rng(0).random((500, 3))
    weights = science.WEIGHTS_YCBCR[NAMES[matrix]]
    kind = {"out_bits": bits, "out_legal": not full}
    want = science.RGB_to_YCbCr(rgb, weights, in_bits=bits, in_legal=False, **kind) * (2**bits - 1)
    if full:  # colour-science leaves full-range chroma around zero
        want += [0, 2 ** (bits - 1), 2 ** (bits - 1)]
    ours = rgb @ form.from_rgb[:, :3].T + form.from_rgb[:, 3]
    assert ours == pytest.approx(want, abs=1e-9)
    assert ours == pytest.approx(codes(rgb, form), abs=1e-9)
    assert ours @ form.to_rgb[:, :3].T + form.to_rgb[:, 3] == pytest.approx(rgb, abs=1e-12)


@matrices
@ranges
@pytest.mark.parametrize("bits", [8, 10])
def test_the_identity_table_keeps_every_colour(matrix, full, bits):
    for ready, form in each_chroma(identity_table(65), YuvFormat(bits, C420, *WEIGHTS[matrix], full)):
        across, down = 1 << form.chroma[0], 1 << form.chroma[1]
        rgb = np.random.default_rng(0).random((HEIGHT // down, WIDTH // across, 3)).repeat(down, 0).repeat(across, 1)
        planes = tuple(np.rint(plane).astype(form.dtype) for plane in expected(rgb, form))
        luma, *chromas = errors(applied(ready, planes), planes)
        assert not luma.any()
        for error in chromas:  # a code whose RGB is a little out of range
            assert abs(error).max() <= 1
            assert (error != 0).mean() < 0.005


@given(seed=st.integers(0, 2**32 - 1), source=formats, target=formats)
@settings(max_examples=12)
def test_planes_are_graded_as_their_rgb_would_be(seed, source, target):
    table, planes = random_table(seed, 17), noise(source, seed)
    rgb = tetrahedral(table, rgb_of(planes, source).reshape(-1, 3)).reshape(HEIGHT, WIDTH, 3)
    # three weights of 1/256 between entries as far apart as black and white, and then the rounding
    bound = 3 / 512 * 2**target.bits + 0.7
    for error in errors(graded(table, planes, source, target), expected(rgb, target)):
        assert abs(error).max() < bound
        assert abs(error.mean()) < 0.3


@matrices
@ranges
@pytest.mark.parametrize("bits", [8, 10])
def test_a_recipe_is_precise_and_not_biased(matrix, full, bits, strong):
    for ready, form in each_chroma(strong, YuvFormat(bits, C420, *WEIGHTS[matrix], full)):
        planes = noise(form)
        rgb = tetrahedral(strong, rgb_of(planes, form).reshape(-1, 3)).reshape(HEIGHT, WIDTH, 3)
        luma, *chromas = errors(applied(ready, planes), expected(rgb, form))
        assert abs(luma).max() < 0.65
        assert abs(luma.mean()) < 0.02  # by chance: 0.29 of rounding / sqrt(3,072)
        for error in chromas:
            assert abs(error).max() < (0.6 if bits == 8 else 0.85)
            assert abs(error.mean()) < (0.05 if bits == 8 else 0.2)


@ranges
@pytest.mark.parametrize("bits", [8, 10])
@pytest.mark.parametrize("rgb", list(np.ndindex(2, 2, 2)), ids=lambda rgb: "".join(map(str, rgb)))
def test_the_corners_of_rgb_do_not_overflow(rgb, full, bits):
    """Full-range chroma of pure blue is 255.5, which must not become 256 and then 0."""
    for chroma in (C420, C422, C444):
        form = YuvFormat(bits, chroma, *WEIGHTS["BT.709"], full)
        want = np.minimum(codes(rgb, form), 2**bits - 1)
        assert abs(one_colour(rgb, form) - want).max() < 0.6
        out = empty(form)
        rgb_to_planes(np.broadcast_to(np.float32(rgb), (HEIGHT, WIDTH, 3)), form, out)
        for plane, code in zip(out, want, strict=True):
            assert abs(plane - code).max() < 0.51


@given(seed=st.integers(0, 2**32 - 1), source=formats)
@settings(max_examples=15)
def test_planes_become_rgb(seed, source):
    planes = noise(source, seed)
    table = identity_table(33)
    rgb = planes_to_rgb(planes, source, pack_table(table), WIDTH, HEIGHT)
    assert rgb.dtype == np.float32
    assert rgb == pytest.approx(np.clip(rgb_of(planes, source), 0, 1), abs=2e-4)


@given(seed=st.integers(0, 2**32 - 1), target=formats)
@settings(max_examples=15)
def test_rgb_becomes_planes(seed, target):
    rgb = np.random.default_rng(seed).random((HEIGHT, WIDTH, 3), np.float32)
    out = empty(target)
    rgb_to_planes(rgb, target, out)
    for error in errors(out, expected(rgb, target)):
        assert abs(error).max() < 0.502


def test_twelve_bits_are_read(strong):
    source, target = (YuvFormat(bits, C422, *WEIGHTS["BT.709"], full_range=False) for bits in (12, 10))
    planes = noise(source)
    rgb = tetrahedral(strong, rgb_of(planes, source).reshape(-1, 3)).reshape(HEIGHT, WIDTH, 3)
    for error in errors(graded(strong, planes, source, target), expected(rgb, target)):
        assert abs(error).max() < 0.85


def test_rows_may_be_longer_than_the_picture_and_the_rest_is_left_alone(strong):
    for ready, form in each_chroma(strong, YuvFormat(8, C420, *WEIGHTS["BT.709"], full_range=False)):
        planes = noise(form)
        plain = applied(ready, planes)
        wide = tuple(np.pad(plane, ((0, 3), (0, 17)), constant_values=7) for plane in planes)
        out = tuple(np.full_like(plane, 9) for plane in wide)
        ready.grade(wide, out, WIDTH, HEIGHT)
        for plane, whole in zip(plain, out, strict=True):
            assert np.array_equal(whole[: len(plane), : plane.shape[1]], plane)
            assert (whole[len(plane) :] == 9).all()
            assert (whole[:, plane.shape[1] :] == 9).all()


def test_a_picture_may_have_any_size(strong):
    for ready, form in each_chroma(strong, YuvFormat(8, C420, *WEIGHTS["BT.709"], full_range=False)):
        target = replace(form, chroma=C444)
        for width, height in [(2, 2), (63, 47), (64, 1), (1, 48), (3, 2)]:
            planes = noise(form, 0, width, height)
            out = empty(target, width, height)
            replace(ready, target=target).grade(planes, out, width, height)
            rgb = tetrahedral(strong, rgb_of(planes, form).reshape(-1, 3))
            want = np.moveaxis(codes(rgb, target).reshape(height, width, 3), -1, 0)
            for error in errors(out, want):
                assert abs(error).max() < 0.6


@pytest.mark.parametrize("bits", [8, 10, 12])
def test_rgb_in_planes_is_graded_as_it_is(bits, strong):
    """Green, blue and red, as H.273 orders them."""
    source = YuvFormat(bits, C444, *WEIGHTS["BT.709"], full_range=False, gbr=True)
    target = YuvFormat(10, C444, *WEIGHTS["BT.709"], full_range=False)
    planes = noise(source)
    rgb = np.stack([planes[2], planes[0], planes[1]], axis=-1).reshape(-1, 3) / (2**bits - 1)
    want = expected(tetrahedral(strong, rgb).reshape(HEIGHT, WIDTH, 3), target)
    for error in errors(graded(strong, planes, source, target), want):
        assert abs(error).max() < 0.85


def test_what_is_given_is_not_changed(strong):
    form = YuvFormat(8, C420, *WEIGHTS["BT.709"], full_range=False)
    planes = noise(form)
    before = [plane.copy() for plane in planes]
    graded(strong, planes, form, form)
    assert all(np.array_equal(*pair) for pair in zip(planes, before, strict=True))
