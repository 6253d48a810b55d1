import io
import os
import time
import zipfile

import numpy as np
import pytest
from PIL import Image

from goldenhour.render import chain
from goldenhour.render.cube import cube_text
from goldenhour.render.look import LookError, blend_look, look_chain
from goldenhour.render.lut import apply_lut
from goldenhour.render.still import render
from goldenhour.render.user_looks import add_look, load_look, look_versions, remove_look, user_looks
from goldenhour.tools import Recipe
from goldenhour.tools.data_folder import data_folder as where_data_go

PHOTO = np.random.default_rng(2).integers(0, 256, (8, 9, 3), dtype=np.uint8)


def rgb_table(function, size=9):
    axis = np.linspace(0, 1, size)
    return function(np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1))


def write(path, function=lambda rgb: 1 - rgb, title="Negative", size=9):
    """A .cube file of a function of colours; by default the negative."""
    path.write_text(cube_text(rgb_table(function, size), title))
    return path


def using(name, intensity=100):
    return Recipe.from_dict(
        {"adjust": None, "selective_adjust": None, "filter": {"name": name, "intensity": intensity}}
    )


def refusal(act, *arguments, **options):
    with pytest.raises(LookError) as refused:
        act(*arguments, **options)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.fixture(autouse=True)
def kept(data_folder):
    """The folder of looks, as yet missing."""
    return data_folder / "looks"


def test_a_look_is_added_listed_loaded_and_removed(tmp_path, kept):
    assert user_looks() == []
    assert add_look(write(tmp_path / "Négatif  No. 2.CUBE")) == "user:negatif-no-2"
    assert add_look(str(write(tmp_path / "b.cube")), "teal") == "user:teal"
    assert user_looks() == ["user:negatif-no-2", "user:teal"]
    lut = load_look("user:teal")
    assert (lut.title, lut.kind) == ("Negative", "3D, 9 points")
    assert np.abs(lut.cube.points - rgb_table(lambda rgb: 1 - rgb)).max() < 1e-6
    assert remove_look("teal") == "user:teal"
    assert remove_look("user:negatif-no-2") == "user:negatif-no-2"
    assert user_looks() == []
    assert list(kept.iterdir()) == []


def test_a_hald_picture_is_a_look_too(tmp_path):
    pixels = rgb_table(lambda rgb: rgb, 4).transpose(2, 1, 0, 3).reshape(8, 8, 3)
    Image.fromarray(np.rint(255 * pixels).astype(np.uint8)).save(tmp_path / "plain.png")
    assert add_look(tmp_path / "plain.png") == "user:plain"
    assert np.array_equal(render(PHOTO, using("user:plain")), PHOTO)


def test_curves_cubes_and_domains_are_kept_exactly(tmp_path):
    text = "LUT_1D_SIZE 2\nLUT_1D_INPUT_RANGE -1 3\nLUT_3D_SIZE 2\nLUT_3D_INPUT_RANGE 0 2\n-1 0 0.1\n3 2 1\n"
    (tmp_path / "both.cube").write_text(text + "0.123456789012345678 0 9\n" * 8)
    from goldenhour.render.cube import read_cube

    add_look(tmp_path / "both.cube")
    read, stored = read_cube(tmp_path / "both.cube"), load_look("user:both")
    for ours, theirs in ((stored.curves, read.curves), (stored.cube, read.cube)):
        assert np.array_equal(ours.points, theirs.points)
        assert np.array_equal(ours.domain, theirs.domain)


def test_a_name_is_derived_from_the_file_or_else_from_the_title(tmp_path):
    assert add_look(write(tmp_path / "夜.cube", title="Night 1!")) == "user:night-1"
    (tmp_path / "朝.cube").write_text('TITLE "朝"\nLUT_1D_SIZE 2\n0 0 0\n1 1 1\n', encoding="utf-8")
    assert refusal(add_look, tmp_path / "朝.cube") == ("朝.cube makes no simple name: choose one, as in --name teal")


@pytest.mark.parametrize(
    "name", ["", "Teal", "-teal", "_teal", "te al", "../teal", "user:", "é", "a" * 65, "teal\n", "a.b"]
)
def test_a_name_that_is_not_simple_is_refused(name, tmp_path, kept):
    sentence = refusal(add_look, write(tmp_path / "a.cube"), name)
    assert sentence.endswith("cannot be a look's name: choose 1 to 64 of a-z, 0-9, - and _, as in teal-1")
    assert refusal(remove_look, name) == sentence
    assert not kept.exists()


def test_a_name_that_is_taken_needs_force(tmp_path):
    add_look(write(tmp_path / "teal.cube"))
    other = write(tmp_path / "other.cube", lambda rgb: rgb**2)
    assert refusal(add_look, other, "teal") == (
        "there is a look user:teal already; choose another --name, or --force to replace it"
    )
    assert load_look("user:teal").title == "Negative"
    add_look(other, "user:teal", force=True)
    assert apply_lut(np.full((3, 1), 0.5), load_look("user:teal")) == pytest.approx(0.25, abs=1e-6)


def test_a_file_that_is_no_look_is_refused_and_nothing_is_kept(tmp_path, kept):
    (tmp_path / "broken.cube").write_text("LUT_3D_SIZE 2\n0 0 0")
    (tmp_path / "look.3dl").write_text("0 1 2")
    assert refusal(add_look, tmp_path / "broken.cube").startswith("broken.cube: 8 rows are declared")
    assert refusal(add_look, tmp_path / "missing.cube") == "missing.cube does not exist"
    assert refusal(add_look, tmp_path / "missing.png").startswith("missing.png does not exist")
    assert refusal(add_look, tmp_path / "look.3dl") == (
        "look.3dl is no look that can be read: a look is a .cube file or a HaldCLUT as .png"
    )
    assert not kept.exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path, kept):
    kept.parent.write_text("a file")
    assert refusal(add_look, write(tmp_path / "teal.cube")).startswith(f"the look cannot be kept in {kept}: ")


def test_a_look_that_fails_to_be_written_leaves_nothing_behind(tmp_path, kept, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", interrupted)
    with pytest.raises(KeyboardInterrupt):
        add_look(write(tmp_path / "teal.cube"))
    assert list(kept.iterdir()) == []


def test_a_look_is_rendered_by_name_in_encoded_srgb(tmp_path):
    add_look(write(tmp_path / "negative.cube"))
    assert np.array_equal(render(PHOTO, using("user:negative")), 255 - PHOTO)
    halfway = render(PHOTO, using("user:negative", 50))
    assert np.abs(halfway.astype(int) - 127.5).max() <= 0.5
    quarter = blend_look(np.full((3, 1), 0.2), {"name": "user:negative", "intensity": 25})
    assert quarter == pytest.approx(0.75 * 0.2 + 0.25 * 0.8, abs=1e-6)


def test_values_out_of_range_are_kept_until_the_end(tmp_path):
    add_look(write(tmp_path / "hard.cube", lambda rgb: 3 * rgb - 1))
    full = chain.run(look_chain("user:hard"), np.array([[0.0], [0.5], [1.0]]))
    assert full.ravel() == pytest.approx([-1, 0.5, 2], abs=1e-6)
    pixels = np.array([[[0, 128, 255]]], np.uint8)
    assert render(pixels, using("user:hard")).ravel().tolist() == [0, 129, 255]
    assert render(pixels, using("user:hard", 50)).ravel().tolist() == [0, 128, 255]


def test_a_look_that_is_missing_is_never_rendered_as_something_else(tmp_path):
    sentence = (
        "there is no look user:teal: see `goldenhour looks list`, or add it by `goldenhour looks add FILE --name teal`"
    )
    assert refusal(look_chain, "user:teal") == sentence
    assert refusal(render, PHOTO, using("user:teal")) == sentence
    assert refusal(remove_look, "teal") == sentence


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_a_look_that_is_replaced_or_removed_is_not_rendered_from_memory(dtype, tmp_path):
    """As in a server that lives on while another process adds and removes looks."""
    photo = PHOTO.astype(dtype) / (255 if dtype == np.float32 else 1)
    photo = photo.astype(dtype)
    add_look(write(tmp_path / "a.cube", lambda rgb: rgb), "teal")
    before = render(photo, using("user:teal"))
    for function in (lambda rgb: 1 - rgb, lambda rgb: rgb, lambda rgb: 1 - rgb):
        add_look(write(tmp_path / "a.cube", function), "teal", force=True)
        after = render(photo, using("user:teal"))
        assert not np.array_equal(before, after)
        before = after
    remove_look("teal")
    with pytest.raises(LookError):
        render(photo, using("user:teal"))


def test_a_version_is_good_for_as_long_as_the_file(tmp_path):
    assert look_versions(Recipe.neutral()) == look_versions(using("warm_Honey")) == ()
    add_look(write(tmp_path / "teal.cube"))
    (version,) = look_versions(using("user:teal"))
    assert look_versions(using("user:teal", 30)) == (version,)
    add_look(tmp_path / "teal.cube", force=True)
    assert look_versions(using("user:teal")) != (version,)


def test_another_data_folder_has_other_looks(tmp_path, monkeypatch):
    add_look(write(tmp_path / "teal.cube"))
    load_look("user:teal")
    monkeypatch.setenv("GOLDENHOUR_DATA", str(tmp_path / "other"))
    assert user_looks() == []
    assert refusal(load_look, "user:teal").startswith("there is no look user:teal")


def stored(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def zipped_bomb():
    file, header = io.BytesIO(), io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (2**28, 3)})
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("cube.npy", "w") as member:
        member.write(header.getvalue())
        for _ in range(60):
            member.write(bytes(1_000_000))
    return file.getvalue()


UNIT = np.array([[0.0] * 3, [1.0] * 3])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"LUT_3D_SIZE 2",
        b"PK\3\4 and then nothing",
        stored(title="t"),
        stored(cube=np.zeros((2, 2, 2, 3)), cube_domain=UNIT),
        stored(title="t", cube=np.zeros((2, 2, 2, 3))),
        stored(title="t", cube=np.full((2, 2, 2, 3), np.nan), cube_domain=UNIT),
        stored(title="t", cube=np.zeros((2, 2, 2, 3)), cube_domain=0 * UNIT),
        stored(title="t", cube=np.zeros((2, 3)), cube_domain=UNIT),
        stored(title="t", cube=np.full((2, 2, 2, 3), "1.5"), cube_domain=UNIT),
        stored(title="t", cube=np.full((2, 2, 2, 3), None), cube_domain=UNIT),
        stored(title="t", cube=np.full((2, 2, 2, 3), 1j), cube_domain=UNIT),
        zipped_bomb(),
    ],
    ids=range(13),
)
def test_a_file_that_somebody_changed_is_damaged_and_no_more(data, kept):
    kept.mkdir(parents=True)
    (kept / "teal.npz").write_bytes(data)
    assert user_looks() == ["user:teal"]
    assert refusal(load_look, "user:teal") == "the look user:teal is damaged: add it again with --force, or remove it"
    assert refusal(render, PHOTO, using("user:teal")).startswith("the look user:teal is damaged")


def test_other_files_in_the_folder_do_not_count(kept):
    kept.mkdir(parents=True)
    for name in ("Teal.npz", ".hidden.npz", "teal.cube", "a b.npz"):
        (kept / name).touch()
    assert user_looks() == []


def test_a_large_look_is_loaded_in_a_blink(tmp_path):
    add_look(write(tmp_path / "large.cube", size=64))
    start = time.perf_counter()
    load_look("user:large")
    assert time.perf_counter() - start < 0.1  # about 0.01


def test_the_data_folder_is_the_systems_unless_a_variable_says_otherwise(monkeypatch):
    monkeypatch.setenv("GOLDENHOUR_DATA", "~/looks")
    assert str(where_data_go()) == os.path.expanduser("~/looks")  # noqa: PTH111
    monkeypatch.setenv("GOLDENHOUR_DATA", "")
    assert where_data_go().name == "goldenhour"
    assert where_data_go().is_absolute()
