"""``goldenhour preview``: the contact sheet."""

import numpy as np
import pytest
from PIL import Image


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(int)


@pytest.fixture
def here(clip, photo, monkeypatch):
    monkeypatch.chdir(clip.parent)
    return clip.parent


def test_a_sheet_of_a_clip_goes_beside_it(run, here):
    result = run("preview", "clip.mov", "rainy night in tokyo")
    assert (result.code, result.out, result.err) == (0, "clip-rainy-night-in-tokyo-preview.jpg\n", "")
    sheet = pixels("clip-rainy-night-in-tokyo-preview.jpg")
    before, after = sheet[20:250, 20:480], sheet[20:250, 520:960]
    assert after.mean() < before.mean() - 10  # night


def test_moments_place_recipe_and_look_can_be_chosen(run, here):
    assert run("preview", "clip.mov", "--look", "mono_Classic", "--moments", "2", "-o", "two.png").out == "two.png\n"
    run("preview", "clip.mov", "--look", "mono_Classic", "--moments", "8", "-o", "eight.png")
    assert pixels("eight.png").size == pytest.approx(4 * pixels("two.png").size, rel=0.05)
    assert run("preview", "beach.jpg", "morocco", "-o", "sheets/").out == "sheets/beach.jpg\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["clip.mov", "beach.jpg", "morocco"], "a sheet shows one file"),
        (["clip.mov"], "goldenhour preview clip.mov"),
        (["nothing.mov", "morocco"], "does not exist"),
        (["clip.mov", "morocco", "-o", "clip.mov"], "exists already"),
        (["clip.mov", "morocco", "-o", "sheet.mp4"], ".png"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_one_sentence(run, here, arguments, says):
    result = run("preview", *arguments)
    assert (result.code, len(result.err.splitlines())) == (2, 1)
    assert says in result.err
