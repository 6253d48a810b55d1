import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from goldenhour.render.kernel import apply_float
from goldenhour.render.lut import Grid, LookError, Lut, apply_lut, plain_title, unit_domain

RANDOM = np.random.default_rng(5)


def identity(size):
    axis = np.linspace(0, 1, size)
    return np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)


def cube(points, domain=None):
    return Lut("", cube=Grid(points, unit_domain() if domain is None else np.array(domain, float)))


def curves(points, domain=None):
    return Lut("", curves=Grid(np.array(points, float), unit_domain() if domain is None else np.array(domain, float)))


@pytest.mark.parametrize("size", [2, 3, 33, 64])
def test_a_cube_is_applied_as_the_kernel_applies_its_tables(size):
    points, rgb = RANDOM.random((size, size, size, 3)), RANDOM.random((3, 5000)).astype(np.float32)
    kernels = apply_float(points.astype(np.float32), np.ascontiguousarray(rgb.T)).T
    assert np.abs(apply_lut(rgb, cube(points)) - kernels).max() < 1e-5


def test_a_cube_holds_exactly_at_its_points():
    points = RANDOM.random((5, 5, 5, 3))
    assert apply_lut(identity(5).reshape(-1, 3).T, cube(points)).T.reshape(points.shape) == pytest.approx(points, abs=0)


@given(arrays(np.float64, (3, 4), elements=st.floats(0, 1)))
def test_between_black_and_white_a_cube_is_linear_along_each_edge_of_a_tetrahedron(rgb):
    corners = np.zeros((2, 2, 2, 3))
    corners[1, 1, 1] = 1  # in all six tetrahedra only the far corner is lit: the smallest coordinate is its share
    assert apply_lut(rgb, cube(corners)) == pytest.approx(np.tile(rgb.min(axis=0), (3, 1)), abs=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_is_kept_and_the_identity_changes_nothing(dtype):
    rgb = RANDOM.random((3, 1000)).astype(dtype)
    for lut in (cube(identity(17)), curves([[0] * 3, [1] * 3])):
        out = apply_lut(rgb, lut)
        assert out.dtype == dtype
        assert np.abs(out - rgb).max() < 1e-7


def test_each_channel_has_a_curve_and_a_domain_of_its_own():
    lut = curves([[0, 10, 5], [1, 20, 5], [4, 40, 6]], [[0, -1, 2], [2, 1, 4]])
    assert apply_lut(np.array([[1.5], [-0.5], [3.5]]), lut).ravel().tolist() == [2.5, 15, 5.5]


def test_inputs_are_clamped_to_the_domain_and_outputs_are_not():
    lut = curves([[-3] * 3, [7] * 3], [[0.25] * 3, [0.75] * 3])
    assert apply_lut(np.array([[0.0, 1.0]] * 3), lut).tolist() == [[-3, 7]] * 3
    lut = cube(10 * identity(3) - 3, [[1] * 3, [2] * 3])
    assert apply_lut(np.array([[-5.0, 1.75, 9.0]] * 3), lut) == pytest.approx(np.array([[-3, 4.5, 7]] * 3))


def test_curves_come_first_and_the_cube_has_its_own_domain():
    shaper = Grid(np.array([[0.0] * 3, [4.0] * 3]), unit_domain())
    lut = Lut("", shaper, Grid(identity(2), np.array([[0.0] * 3, [8.0] * 3])))
    assert apply_lut(np.array([[0.5], [1.0], [0.25]]), lut).ravel() == pytest.approx([0.25, 0.5, 0.125])


def test_what_is_not_a_number_does_not_leave_the_cube():
    rgb = np.array([[np.nan, 0.5], [np.inf, 0.5], [-np.inf, 0.5]])
    assert apply_lut(rgb, cube(identity(4)))[:, 0].tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("points", "domain", "reason"),
    [
        (np.zeros((1, 3)), unit_domain(), "a 1D table has 2 to 65,536 points, not 1"),
        (np.zeros((65_537, 3)), unit_domain(), "a 1D table has 2 to 65,536 points, not 65,537"),
        (np.broadcast_to(0.0, (145, 145, 145, 3)), unit_domain(), "a 3D table has 2 to 144 points, not 145"),
        (np.zeros((2, 2, 3, 3)), unit_domain(), "a table has the shape (n, 3) or (n, n, n, 3), not (2, 2, 3, 3)"),
        (np.zeros((4, 4)), unit_domain(), "a table has the shape (n, 3) or (n, n, n, 3), not (4, 4)"),
        (np.zeros(3), unit_domain(), "a table has the shape (n, 3) or (n, n, n, 3), not (3,)"),
        (np.zeros((2, 3)), np.zeros((2, 2)), "a domain has the shape (2, 3), not (2, 2)"),
        (np.zeros((2, 3)), np.zeros((2, 3)), "the domain must go up: its ends are [0.0, 0.0, 0.0] and [0.0, 0.0, 0.0]"),
        (np.full((2, 3), np.nan), unit_domain(), "a table's numbers must lie within -1,000,000 and 1,000,000"),
        (np.full((2, 3), -np.inf), unit_domain(), "a table's numbers must lie within -1,000,000 and 1,000,000"),
        (np.zeros((2, 3)), unit_domain() * 2e6, "a table's numbers must lie within -1,000,000 and 1,000,000"),
    ],
)
def test_a_grid_cannot_be_wrong(points, domain, reason):
    with pytest.raises(LookError) as refused:
        Grid(points, domain)
    assert str(refused.value) == reason


def test_a_lut_has_at_least_one_table_each_in_its_place():
    line, block = Grid(np.zeros((2, 3)), unit_domain()), Grid(np.zeros((2, 2, 2, 3)), unit_domain())
    assert [Lut("", line).kind, Lut("", None, block).kind] == ["1D, 2 points", "3D, 2 points"]
    assert Lut("", line, block).kind == "1D, 2 points + 3D, 2 points"
    for tables in ((None, None), (block, None), (None, line), (line, line)):
        with pytest.raises(LookError):
            Lut("", *tables)


def test_a_title_fits_on_a_line_of_a_terminal():
    assert plain_title("\x1b[31mTeal\x07\n& Orange é ") == "[31mTeal  & Orange é"
    assert len(plain_title("x" * 1000)) == 200
