import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from goldenhour.render import colour

# Sharma, Wu and Dalal (2005), "The CIEDE2000 color-difference formula", table 1
CIEDE2000 = """
50.0000   2.6772 -79.7751  50.0000   0.0000 -82.7485   2.0425
50.0000   3.1571 -77.2803  50.0000   0.0000 -82.7485   2.8615
50.0000   2.8361 -74.0200  50.0000   0.0000 -82.7485   3.4412
50.0000  -1.3802 -84.2814  50.0000   0.0000 -82.7485   1.0000
50.0000  -1.1848 -84.8006  50.0000   0.0000 -82.7485   1.0000
50.0000  -0.9009 -85.5211  50.0000   0.0000 -82.7485   1.0000
50.0000   0.0000   0.0000  50.0000  -1.0000   2.0000   2.3669
50.0000  -1.0000   2.0000  50.0000   0.0000   0.0000   2.3669
50.0000   2.4900  -0.0010  50.0000  -2.4900   0.0009   7.1792
50.0000   2.4900  -0.0010  50.0000  -2.4900   0.0010   7.1792
50.0000   2.4900  -0.0010  50.0000  -2.4900   0.0011   7.2195
50.0000   2.4900  -0.0010  50.0000  -2.4900   0.0012   7.2195
50.0000  -0.0010   2.4900  50.0000   0.0009  -2.4900   4.8045
50.0000  -0.0010   2.4900  50.0000   0.0010  -2.4900   4.8045
50.0000  -0.0010   2.4900  50.0000   0.0011  -2.4900   4.7461
50.0000   2.5000   0.0000  50.0000   0.0000  -2.5000   4.3065
50.0000   2.5000   0.0000  73.0000  25.0000 -18.0000  27.1492
50.0000   2.5000   0.0000  61.0000  -5.0000  29.0000  22.8977
50.0000   2.5000   0.0000  56.0000 -27.0000  -3.0000  31.9030
50.0000   2.5000   0.0000  58.0000  24.0000  15.0000  19.4535
50.0000   2.5000   0.0000  50.0000   3.1736   0.5854   1.0000
50.0000   2.5000   0.0000  50.0000   3.2972   0.0000   1.0000
50.0000   2.5000   0.0000  50.0000   1.8634   0.5757   1.0000
50.0000   2.5000   0.0000  50.0000   3.2592   0.3350   1.0000
60.2574 -34.0099  36.2677  60.4626 -34.1751  39.4387   1.2644
63.0109 -31.0961  -5.8663  62.8187 -29.7946  -4.0864   1.2630
61.2901   3.7196  -5.3901  61.4292   2.2480  -4.9620   1.8731
35.0831 -44.1164   3.7933  35.0232 -40.0716   1.5901   1.8645
22.7233  20.0904 -46.6940  23.0331  14.9730 -42.5619   2.0373
36.4612  47.8580  18.3852  36.2715  50.5065  21.2231   1.4146
90.8027  -2.0831   1.4410  91.1528  -1.6435   0.0447   1.4441
90.9257  -0.5406  -0.9208  88.6381  -0.8985  -0.7239   1.5381
 6.7747  -0.2908  -2.4247   5.8714  -0.0985  -2.2286   0.6377
 2.0776   0.0795  -1.1350   0.9033  -0.0636  -0.5514   0.9082
"""


def pixels(low, high, count=8):
    return arrays(np.float64, (3, count), elements=st.floats(low, high, width=32, allow_subnormal=False))


@pytest.fixture(scope="module")
def science():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that scipy is missing, which nothing here needs
        import colour as science

        yield science


@pytest.mark.parametrize(
    ("encoded", "linear"),
    # OpenGL extension EXT_texture_sRGB and IEC 61966-2-1
    [(0, 0), (1, 0.000303527), (10, 0.00303527), (11, 0.00334654), (128, 0.215861), (188, 0.502886), (255, 1)],
)
def test_srgb_codes_have_their_published_light(encoded, linear):
    assert colour.srgb_decode(np.array([encoded / 255]))[0] == pytest.approx(linear, rel=1e-5)
    assert colour.srgb_encode(np.array([linear]))[0] * 255 == pytest.approx(encoded, abs=1e-3)


def test_srgb_agrees_with_colour_science(science):
    ramp = np.linspace(0, 1, 1001)
    assert colour.srgb_decode(ramp) == pytest.approx(science.models.eotf_sRGB(ramp), abs=1e-6)
    assert colour.srgb_encode(ramp) == pytest.approx(science.models.eotf_inverse_sRGB(ramp), abs=1e-6)


@given(pixels(0, 1))
def test_srgb_goes_there_and_back(encoded):
    assert colour.srgb_encode(colour.srgb_decode(encoded)) == pytest.approx(encoded, abs=1e-7)


def test_the_matrix_of_srgb_is_that_of_its_standard():
    # IEC 61966-2-1, four decimals
    standard = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    assert np.array_equal(colour.RGB_TO_XYZ.round(4), standard)
    x, y, z = colour.WHITE_XYZ
    assert (x / (x + y + z), y / (x + y + z)) == pytest.approx((0.3127, 0.3290), abs=1e-5)


@pytest.mark.parametrize(
    ("xyz", "lab"),
    # Ottosson (2020), "A perceptual color space for image processing", table of test values
    [
        ([0.950, 1.000, 1.089], [1.000, 0.000, 0.000]),
        ([1.000, 0.000, 0.000], [0.450, 1.236, -0.019]),
        ([0.000, 1.000, 0.000], [0.922, -0.671, 0.263]),
        ([0.000, 0.000, 1.000], [0.153, -1.415, -0.449]),
    ],
)
def test_oklab_has_its_published_values(xyz, lab):
    got = colour.linear_to_oklab(colour.apply_matrix(colour.XYZ_TO_RGB, np.array([xyz]).T))
    assert got[:, 0] == pytest.approx(lab, abs=1e-3)


@given(pixels(-0.5, 1.5))
def test_oklab_goes_there_and_back(rgb):
    assert colour.oklab_to_linear(colour.linear_to_oklab(rgb)) == pytest.approx(rgb, abs=1e-9)


@given(st.floats(0, 1))
def test_greys_have_no_colour_in_oklab(value):
    assert np.abs(colour.linear_to_oklab(np.full((3, 1), value))[1:]).max() < 1e-12


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [
        ((1, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 1, 0), (87.73, -86.18, 83.18)),
        ((0, 0, 1), (32.30, 79.19, -107.86)),
        ((1, 1, 1), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
    ],
)
def test_primaries_have_their_known_cielab(rgb, lab):
    assert colour.linear_to_cielab(np.array([rgb], float).T)[:, 0] == pytest.approx(lab, abs=0.03)


def test_cielab_agrees_with_colour_science(science):
    rgb = np.random.default_rng(1).random((3, 200))
    xyz = colour.RGB_TO_XYZ @ rgb
    want = science.XYZ_to_Lab(xyz.T, illuminant=np.array(colour.WHITE_XY)).T
    assert colour.linear_to_cielab(rgb) == pytest.approx(want, abs=1e-3)


def test_ciede2000_has_its_published_differences():
    table = np.array([line.split() for line in CIEDE2000.split("\n") if line], float)
    assert table.shape == (34, 7)
    one, other, want = table[:, :3].T, table[:, 3:6].T, table[:, 6]
    assert colour.ciede2000(one, other) == pytest.approx(want, abs=5.1e-5)
    assert colour.ciede2000(other, one) == pytest.approx(want, abs=5.1e-5)


@given(pixels(0, 1), pixels(0, 1))
def test_ciede2000_is_a_symmetric_difference(one, other):
    one, other = colour.linear_to_cielab(one), colour.linear_to_cielab(other)
    assert (colour.ciede2000(one, one) == 0).all()
    assert colour.ciede2000(one, other) == pytest.approx(colour.ciede2000(other, one), abs=1e-6)


@pytest.mark.parametrize("white", [(1.09850, 1, 0.35585), (0.96422, 1, 0.82521), (0.99186, 1, 0.67393)])  # A, D50, F2
def test_adaptation_is_cat16_of_colour_science(white, science):
    rgb = np.random.default_rng(2).random((3, 50))
    got = colour.RGB_TO_XYZ @ colour.adaptation_matrix(colour.WHITE_XYZ, np.array(white)) @ rgb
    want = science.adaptation.chromatic_adaptation_VonKries(
        (colour.RGB_TO_XYZ @ rgb).T, colour.WHITE_XYZ, np.array(white), transform="CAT16"
    )
    assert np.abs(got.T - want).max() < 1e-6


@pytest.mark.parametrize("kelvin", [1700, 2000, 2500, 2856, 3500, 4500, 6500, 10000, 20000])
def test_black_bodies_agree_with_planck(kelvin, science):
    u, v = science.temperature.CCT_to_uv_Planck1900(kelvin)
    xy = (3 * u / (2 * u - 8 * v + 4), 2 * v / (2 * u - 8 * v + 4))
    assert colour.planckian_xy(kelvin) == pytest.approx(xy, abs=1e-3)


def test_illuminant_a_is_a_black_body():
    assert colour.planckian_xy(2856) == pytest.approx((0.4476, 0.4074), abs=1e-3)  # CIE 15


@pytest.mark.parametrize("kelvin", [2222, 4000])
def test_the_pieces_of_the_locus_meet(kelvin):
    assert colour.planckian_xy(kelvin) == pytest.approx(colour.planckian_xy(kelvin + 0.01), abs=1e-4)


def test_the_unshifted_white_is_d65():
    assert colour.shifted_white(0, 0) == pytest.approx(colour.WHITE_XYZ, abs=2e-4)


@given(pixels(0, 1))
def test_into_gamut_leaves_what_is_inside(rgb):
    assert np.array_equal(colour.into_gamut(rgb), rgb)


@given(pixels(-1, 3))
def test_into_gamut_reaches_the_gamut_and_keeps_luminance_and_hue(rgb):
    got, grey = colour.into_gamut(rgb), colour.luminance(rgb)
    inside = (rgb >= 0).all(axis=0) & (rgb <= 1).all(axis=0)
    assert got.min() >= 0
    assert got.max() <= 1
    assert got[:, inside] == pytest.approx(rgb[:, inside], abs=1e-12)
    assert colour.luminance(got) == pytest.approx(np.clip(grey, 0, 1), abs=1e-9)
    possible = (grey > 0) & (grey < 1)
    before, after = (rgb - grey)[:, possible], (got - grey)[:, possible]
    assert np.cross(before.T, after.T) == pytest.approx(0, abs=1e-9)  # one line through grey
    assert ((before * after).sum(axis=0) >= -1e-12).all()


@pytest.mark.parametrize(("dtype", "tiny"), [(np.float64, 1e-310), (np.float32, 1e-40)])
def test_into_gamut_is_quiet_about_nearly_black_pixels(dtype, tiny):
    rgb = np.array([[tiny, 2.0], [0, 0], [0, 0]], dtype)
    assert colour.into_gamut(rgb)[:, 0] == pytest.approx(rgb[:, 0], abs=1e-30)


@given(pixels(0, 1), pixels(-1, 3))
def test_within_gamut_never_leaves_the_gamut(before, after):
    got = colour.within_gamut(before, after)
    assert got.min() >= 0
    assert got.max() <= 1
    assert colour.luminance(got) == pytest.approx(np.clip(colour.luminance(after), 0, 1), abs=2e-6)


@given(pixels(0, 1), st.floats(0, 1))
def test_within_gamut_leaves_what_moved_towards_grey(before, share):
    after = colour.luminance(before) + share * (before - colour.luminance(before))
    assert colour.within_gamut(before, after) == pytest.approx(after, abs=1e-6)


@given(pixels(0.0625, 0.9375), st.floats(1, 3))
def test_within_gamut_rolls_a_growing_share_off(before, gain):
    grey = colour.luminance(before)
    after = grey + gain * (before - grey)
    s, t = colour.gamut_share(before), colour.gamut_share(after)
    got = colour.gamut_share(colour.within_gamut(before, after))
    assert got == pytest.approx(t / np.sqrt(1 + t**2 - s**2), abs=1e-6)


@given(pixels(0.0625, 0.9375), st.floats(1, 3))
def test_within_gamut_keeps_the_surface_on_the_surface(rgb, gain):
    grey = colour.luminance(rgb)
    share = colour.gamut_share(rgb)
    coloured = share > 1e-3
    surface = (grey + (rgb - grey) / np.where(coloured, share, 1))[:, coloured]
    if not coloured.any():
        return
    grey = grey[coloured]
    got = colour.within_gamut(surface, grey + gain * (surface - grey))
    assert got == pytest.approx(surface, abs=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_conversion_keeps_the_dtype(dtype):
    rgb = np.random.default_rng(3).random((3, 5)).astype(dtype)
    for function in (
        colour.srgb_decode,
        colour.srgb_encode,
        colour.linear_to_oklab,
        colour.oklab_to_linear,
        colour.luminance,
        colour.gamut_share,
        colour.linear_to_cielab,
        lambda x: colour.into_gamut(3 * x - 1),
        lambda x: colour.within_gamut(x, 3 * x - 1),
    ):
        assert function(rgb).dtype == dtype
