"""The short Python API."""

import numpy as np
import pytest
from PIL import Image

import goldenhour
from goldenhour.editing import output_path
from goldenhour.render.picture import PictureError
from goldenhour.tools import IntentError, RecipeError


def test_recipe_render_and_edit_agree(photo):
    recipe = goldenhour.recipe("morocco")
    with Image.open(photo) as image:
        rendered = goldenhour.render(image, recipe)
    out = goldenhour.edit(photo, "morocco", photo.with_suffix(".png"))
    with Image.open(out) as written:
        assert (np.asarray(rendered) == np.asarray(written)).all()


def test_edit_takes_a_ready_recipe(photo):
    first = goldenhour.edit(photo, goldenhour.recipe("morocco", intensity=50), photo.with_name("a.png"))
    second = goldenhour.edit(photo, "morocco", photo.with_name("b.png"), intensity=50)
    assert first.read_bytes() == second.read_bytes()


def test_what_the_file_said_is_kept(photo):
    exif = Image.Exif()
    exif[0x010F] = "Camera Maker"
    with Image.open(photo) as image:
        image.save(photo, exif=exif)
    out = goldenhour.edit(photo, "morocco", photo.with_name("out.jpg"))
    with Image.open(out) as image:
        assert image.getexif()[0x010F] == "Camera Maker"


def test_errors_are_raised_before_anything_is_written(photo):
    before = set(photo.parent.iterdir())
    with pytest.raises(IntentError):
        goldenhour.edit(photo, "")
    with pytest.raises(RecipeError):
        goldenhour.edit(photo, "morocco", intensity=-1)
    with pytest.raises(PictureError):
        goldenhour.edit(photo.with_name("none.jpg"), "morocco")
    assert set(photo.parent.iterdir()) == before


def test_the_output_is_named_after_the_intent_in_a_format_that_can_be_written(tmp_path):
    assert output_path(tmp_path / "a.JPG", None, "Too dark, fix it!").name == "a-too-dark-fix-it.JPG"
    assert output_path(tmp_path / "a.mpo", None, "../../etc").name == "a-etc.jpg"
    assert output_path(tmp_path / "a.png", None, "夕阳").name == "a-夕阳.png"
    assert output_path(tmp_path / "a.png", None, "?!").name == "a-edited.png"
    assert output_path(tmp_path / "a.png", tmp_path, "x") == tmp_path / "a.png"


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nope"):
        _ = goldenhour.nope
