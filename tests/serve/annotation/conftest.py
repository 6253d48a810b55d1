"""One real annotation for all tests of the page: a small student, sample photos, all pictures drawn."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from goldenhour.evaluate.material import read_material
from goldenhour.experiment.annotation import Annotation, read_annotation
from goldenhour.serve.annotation.prepare import prepare_annotation
from goldenhour.students.nearest import NearestStudent
from goldenhour.teacher.recorded import recorded_answers

ITEMS = 5


@pytest.fixture(scope="session")
def student() -> NearestStudent:
    return NearestStudent(recorded_answers()[:300])


@pytest.fixture(scope="session")
def rows():
    return read_material(None, "test").rows


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, student, rows) -> Path:
    """An annotation that nobody may change."""
    folder = tmp_path_factory.mktemp("prepared") / "annotation"
    about = {"student": "small", "rows": "the recorded answers, test split"}
    prepare_annotation(folder, student, rows, [], ITEMS, about=about)
    return folder


@pytest.fixture
def annotation(prepared: Path, tmp_path: Path) -> Iterator[Annotation]:
    """A copy of one's own."""
    shutil.copytree(prepared, tmp_path / "annotation")
    return read_annotation(tmp_path / "annotation")
