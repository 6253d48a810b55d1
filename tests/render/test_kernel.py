import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenhour.render.kernel import apply_float, apply_packed, in_strips, pack_table
from goldenhour.render.table import compile_table, identity_table

SIZES = [2, 17, 33, 65]
GREYS = np.tile(np.arange(256, dtype=np.uint8)[:, None], (1, 3))
# every 8-bit value of each channel, each with 52 x 52 values of the others
STEPS = np.arange(0, 256, 5)
COLOURS = np.concatenate(
    [
        np.roll(
            np.stack(np.meshgrid(np.arange(256), STEPS, STEPS, indexing="ij"), axis=-1).reshape(-1, 3), turn, axis=1
        )
        for turn in range(3)
    ]
    + [GREYS]
).astype(np.uint8)
DTYPES = [np.uint8, np.uint16, np.float32]


def tetrahedral(table, rgb):
    """Sakamoto and Itooka (1981), plainly: from the cell's corner, step along the axes, the largest fraction first."""
    size = len(table)
    position = np.clip(rgb, 0, 1) * (size - 1)
    corner = np.minimum(position.astype(int), size - 2)
    fraction = position - corner
    value = table[tuple(corner.T)].astype(float)
    for axis in np.argsort(-fraction, axis=1).T:
        onward = corner + np.eye(3, dtype=int)[axis]
        weight = np.take_along_axis(fraction, axis[:, None], axis=1)
        value += weight * (table[tuple(onward.T)] - table[tuple(corner.T)].astype(float))
        corner = onward
    return value


def random_table(seed, size):
    return np.random.default_rng(seed).random((size, size, size, 3), np.float32)


def random_pixels(dtype, shape=(40, 30, 3), seed=0):
    random = np.random.default_rng(seed)
    if dtype == np.float32:
        return random.random(shape, np.float32)
    return random.integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


def full(dtype):
    return 1.0 if dtype == np.float32 else float(np.iinfo(dtype).max)


@pytest.fixture(scope="module")
def graded(make_recipe):
    values = {"adjust.contrast": 40, "adjust.temperature": 30, "filter.name": "film_Chrome", "filter.intensity": 80}
    return compile_table(make_recipe(values))


@pytest.mark.parametrize("size", SIZES)
def test_the_identity_keeps_every_8_bit_value(size):
    table = identity_table(size)
    assert np.array_equal(apply_packed(pack_table(table), COLOURS), COLOURS)
    assert np.array_equal(apply_float(table, COLOURS), COLOURS)


@pytest.mark.parametrize("size", SIZES)
def test_the_identity_keeps_every_16_bit_value(size):
    ramp = np.arange(65536, dtype=np.uint16)
    pixels = np.stack([ramp, ramp[::-1], np.roll(ramp, 12345)], axis=-1)
    assert np.array_equal(apply_float(identity_table(size), pixels), pixels)


@pytest.mark.parametrize("size", SIZES)
def test_the_identity_keeps_floats(size):
    pixels = random_pixels(np.float32)
    assert np.abs(apply_float(identity_table(size), pixels) - pixels).max() < 1e-6


@given(seed=st.integers(0, 2**32 - 1), size=st.sampled_from([2, 3, 17, 33]), dtype=st.sampled_from(DTYPES))
@settings(max_examples=40)
def test_the_float_kernel_is_tetrahedral_interpolation(seed, size, dtype):
    table, pixels = random_table(seed, size), random_pixels(dtype, (500, 3), seed)
    want = tetrahedral(table, pixels / full(dtype))
    assert apply_float(table, pixels, np.float32) == pytest.approx(want, abs=1e-4)
    assert np.abs(apply_float(table, pixels).astype(float) - want * full(dtype)).max() < (
        1e-4 if dtype == np.float32 else 0.5 + 1e-4 * full(dtype)
    )


@given(seed=st.integers(0, 2**32 - 1), size=st.sampled_from([2, 3, 17, 33, 65]))
@settings(max_examples=40)
def test_the_packed_kernel_follows_any_table(seed, size):
    table, pixels = random_table(seed, size), random_pixels(np.uint8, (500, 3), seed)
    want = 255 * tetrahedral(table, pixels / 255)
    # three weights of 1/256, each rounded, between entries as far apart as black and white
    bound = 3 * 255 / 512 + 1 / 32
    as_float = apply_packed(pack_table(table), pixels, np.float32)
    assert as_float.dtype == np.float32
    assert np.abs(255 * as_float.astype(float) - want).max() < bound
    rounded = apply_packed(pack_table(table), pixels)
    assert np.abs(255 * as_float.astype(float) - rounded).max() < 0.5001


@pytest.mark.parametrize("table", ["graded", "black", "white"])
def test_the_packed_kernel_is_within_a_code_of_the_float_kernel(table, graded):
    table = {"graded": graded, "black": np.zeros_like(graded), "white": np.ones_like(graded)}[table]
    packed, plain = apply_packed(pack_table(table), COLOURS), apply_float(table, COLOURS)
    assert np.abs(packed.astype(int) - plain).max() <= 1


def test_the_packed_kernel_is_not_biased(graded):
    exact = 255 * apply_float(graded, COLOURS, np.float32)
    assert abs((apply_packed(pack_table(graded), COLOURS) - exact).mean()) < 0.01


def test_sixteen_bits_agree_with_eight(graded):
    wide = apply_float(graded, COLOURS.astype(np.uint16) * 257)
    assert np.abs(wide / 257 - apply_float(graded, COLOURS)).max() <= 0.51


@pytest.mark.parametrize("dtype", DTYPES)
def test_greys_through_a_table_of_greys_stay_grey(dtype, make_recipe):
    table = compile_table(make_recipe({"adjust.contrast": 70, "adjust.exposure": -30}))
    pixels = (GREYS / 255 * full(dtype)).astype(dtype)
    outputs = [apply_float(table, pixels)]
    if dtype == np.uint8:
        outputs.append(apply_packed(pack_table(table), pixels))
    for got in outputs:
        assert np.ptp(got, axis=-1).max() <= (1e-6 if dtype == np.float32 else 0)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(41, 30, 3), (1, 1, 3), (3,), (0, 3), (0, 5, 3), (2, 3, 4, 3)])
def test_threads_and_shapes_make_no_difference(dtype, shape, graded):
    pixels = random_pixels(dtype, shape)
    one, two = (apply_float(graded, pixels, threads=threads) for threads in (1, 2))
    assert one.shape == shape
    assert one.dtype == dtype
    assert np.array_equal(one, two)
    want = tetrahedral(graded, pixels.reshape(-1, 3) / full(dtype)).reshape(shape)
    assert one / full(dtype) == pytest.approx(want, abs=1e-4 if dtype == np.float32 else 0.51 / full(dtype) + 1e-6)
    if dtype == np.uint8:
        packed = [apply_packed(pack_table(graded), pixels, threads=threads) for threads in (1, 2)]
        assert packed[0].shape == shape
        assert packed[0].dtype == np.uint8
        assert np.array_equal(*packed)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("view", [np.s_[::2, ::-1], np.s_[:, 3:20], np.s_[..., ::-1], np.s_[5::7]])
def test_pixels_need_not_be_contiguous(dtype, view, graded):
    pixels = random_pixels(dtype)[view]
    before = pixels.copy()
    assert np.array_equal(apply_float(graded, pixels), apply_float(graded, before))
    if dtype == np.uint8:
        assert np.array_equal(apply_packed(pack_table(graded), pixels), apply_packed(pack_table(graded), before))
    assert np.array_equal(pixels, before)


def test_floats_out_of_range_are_the_nearest_in_range(graded):
    pixels = np.array([[-1, 0.5, 2], [1e30, -1e30, 0.25], [np.inf, -np.inf, 1]], np.float32)
    assert np.array_equal(apply_float(graded, pixels), apply_float(graded, np.clip(pixels, 0, 1)))


def test_not_a_number_does_not_crash():
    code = """
import numpy as np
from goldenhour.render.kernel import apply_float
from goldenhour.render.table import identity_table
apply_float(identity_table(65), np.full((100, 3), np.nan, np.float32))
"""
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


@pytest.mark.parametrize("threads", [None, 1, 2, 5])
@pytest.mark.parametrize("length", [0, 1, 2, 1000])
def test_strips_cover_everything_once(threads, length):
    seen = np.zeros(length, int)

    def work(start, stop):
        seen[start:stop] += 1

    in_strips(work, length, threads)
    assert (seen == 1).all()


def test_an_error_in_a_strip_is_raised():
    def work(start, stop):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        in_strips(work, 10, 2)
