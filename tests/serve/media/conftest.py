"""A clip, a clip that takes its time, noise; and a folder of the tests' own for all temporary files."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clips import black, make_clip, moving
from sending import folders, until


@pytest.fixture(autouse=True, scope="module")
def _own_temporary_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("temporary")))
        yield


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Whatever happens in a test, no file of an upload is left."""
    yield
    until(lambda: not folders())


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "waves.mp4", moving(25), sound="aac")


@pytest.fixture(scope="session")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With `slow_recipe` a matter of a minute."""
    frames = (black(1280, 720) for _ in range(300))
    return make_clip(tmp_path_factory.mktemp("long") / "long.mp4", frames)


@pytest.fixture(scope="session")
def noise() -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.random.default_rng(0).integers(0, 256, (600, 900, 3), np.uint8)
