"""What every test may use: a photo, a clip, and the command line."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from goldenhour.cli import main

SAMPLES = ("portrait", "forest", "lake", "meadow", "night")


@dataclass(frozen=True)
class Run:
    code: int
    out: str
    err: str


@pytest.fixture(autouse=True, scope="session")
def _nobodys_data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes the data folder or the event store of whoever runs it, or asks their teacher."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("URL", "MODEL", "KEY", "PRICE_IN", "PRICE_OUT"):
            patch.delenv(f"GOLDENHOUR_TEACHER_{name}", raising=False)
        patch.delenv("GOLDENHOUR_STORE", raising=False)
        patch.setenv("GOLDENHOUR_DATA", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture
def practice_servers() -> Iterator[Callable]:
    """Start practice servers, each with its teacher and its manner."""
    from goldenhour.teacher.server import Manner, PracticeServer

    servers = []

    def start(teacher, manner=None, port=0):
        server = PracticeServer(port, manner or Manner(), teacher)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


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


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A clip of one's own: clip.mov, half a second of a pan over a real photo, 160 x 90, with sound."""
    import av

    path = tmp_path / "clip.mov"
    with Image.open(str(resources.files("goldenhour") / "samples" / "lake.jpg")) as image:
        view = np.asarray(image.convert("RGB").resize((200, 110), Image.Resampling.LANCZOS))
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=24, options={"preset": "ultrafast"})
        video.width, video.height = 160, 90
        sound = container.add_stream("aac", rate=48_000)
        for number in range(12):
            frame = av.VideoFrame.from_ndarray(view[number : number + 90, number : number + 160].copy(), "rgb24")
            container.mux(video.encode(frame.reformat(format="yuv420p")))
        tone = np.sin(np.arange(24_000) * 2 * np.pi * 440 / 48_000).astype(np.float32)
        samples = av.AudioFrame.from_ndarray(np.stack([tone, tone]), "fltp", "stereo")
        samples.sample_rate = 48_000
        for stream, last in ((sound, samples), (sound, None), (video, None)):
            container.mux(stream.encode(last))
    return path
