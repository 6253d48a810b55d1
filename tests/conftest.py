"""What every test may use: the sample photos, and the command line."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import pytest

from goldenhour.cli import main

SAMPLES = ("portrait", "forest", "lake", "meadow", "night")


@dataclass(frozen=True)
class Run:
    code: int
    out: str
    err: str


@pytest.fixture(autouse=True, scope="session")
def _nobodys_data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes the data folder of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOLDENHOUR_DATA", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own, empty."""
    folder = tmp_path / "data"
    monkeypatch.setenv("GOLDENHOUR_DATA", str(folder))
    return folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    """The command line in this process: exit code, standard output, standard error."""

    def run(*arguments: object) -> Run:
        capsys.readouterr()
        try:
            main([str(argument) for argument in arguments])
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return Run(code, captured.out, captured.err)

    return run


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A real photo of one's own: beach.jpg."""
    path = tmp_path / "beach.jpg"
    path.write_bytes((resources.files("goldenhour") / "samples" / "lake.jpg").read_bytes())
    return path
