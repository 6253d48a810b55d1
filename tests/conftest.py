"""What every test may use: the sample photos, and the command line."""

from collections.abc import Callable
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
