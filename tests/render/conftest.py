"""The sample photos, and recipes by the few values that are not neutral, for all tests of this floor."""

from importlib import resources

import numpy as np
import pytest
from clips import BT709, make_clip, moving
from hypothesis import settings
from PIL import Image

from goldenhour.tools import Recipe, default_toolset

settings.register_profile("unhurried", deadline=None)  # first calls compile, and other work may share the cores
settings.load_profile("unhurried")

PHOTOS = ("forest", "lake", "meadow", "night", "portrait")


@pytest.fixture(scope="session")
def photo():
    """A sample photo as an array (height, width, 3), uint8, at the size that is asked for."""

    def read(name, width, height):
        with (resources.files("goldenhour") / "samples" / f"{name}.jpg").open("rb") as file:
            image = Image.open(file).convert("RGB")
        return np.asarray(image.resize((width, height), Image.Resampling.LANCZOS))

    return read


@pytest.fixture(scope="session")
def photo_pixels(photo):
    """Pixels (N, 3), uint8, of all sample photos at 60 x 40."""
    return np.concatenate([photo(name, 60, 40).reshape(-1, 3) for name in PHOTOS])


@pytest.fixture(scope="session")
def make_recipe():
    """A recipe from dotted names to values, such as ``{"adjust.contrast": 30}``; the rest is neutral."""

    def make(values, toolset=None):
        toolset = toolset or default_toolset()
        slots = {slot.path: slot for slot in toolset.slots}
        vector = Recipe.neutral(toolset).to_vector()
        for path, value in values.items():
            slot = slots[path]
            if isinstance(value, str):
                vector[slot.start + list(slot.parameter.options).index(value)] = 1
            else:
                vector[slot.start] = value
        return Recipe.from_vector(vector, toolset)

    return make


@pytest.fixture(scope="session")
def clip(tmp_path_factory):
    """A clip like a phone's: sound, tags, B-frames."""
    options = {"preset": "fast", "crf": "16"}
    path = tmp_path_factory.mktemp("clip") / "beach.mp4"
    return make_clip(path, moving(30), options=options, sound="aac", tags=(BT709,) * 3)
