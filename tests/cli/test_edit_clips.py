"""``goldenhour edit`` of clips."""

import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest

from goldenhour import editing
from goldenhour.render.clip import ClipError


def frames(path):
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24").astype(int) for frame in container.decode(video=0)]


def video(path):
    """Codec and pixel format."""
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        return context.codec.canonical_name, context.pix_fmt


@pytest.fixture
def here(clip, monkeypatch):
    monkeypatch.chdir(clip.parent)
    return clip.parent


def left_behind(folder):
    return [path.name for path in folder.rglob("*") if path.name.startswith(".")]


def test_a_clip_is_graded_into_a_file_that_every_player_opens(run, here):
    result = run("edit", "clip.mov", "rainy night in tokyo", "-o", "out.mp4")
    assert (result.code, result.out, result.err) == (0, "out.mp4\n", "")
    assert video("out.mp4") == ("h264", "yuv420p")
    before, after = frames("clip.mov"), frames("out.mp4")
    assert len(before) == len(after) == 12
    assert np.mean(after) < np.mean(before) - 10  # night
    with av.open("out.mp4") as container:
        assert container.streams.audio


def test_the_same_options_as_for_photos(run, here):
    run("recipe", "morocco", "--json", "morocco.json")
    assert run("edit", "clip.mov", "--recipe", "morocco.json").out == "clip-morocco.mov\n"
    assert run("edit", "clip.mov", "--look", "mono_Classic", "-o", "mono/").out == "mono/clip.mov\n"
    assert run("edit", "clip.mov", "golden hour", "--intensity", "0", "-o", "same.mov").err == ""
    grey = frames("mono/clip.mov")[5]
    assert np.abs(grey[..., 0] - grey[..., 2]).mean() < 3
    assert np.abs(np.array(frames("same.mov")) - np.array(frames("clip.mov"))).mean() < 3


def test_photos_and_clips_go_together(run, here, photo):
    result = run("edit", "beach.jpg", "clip.mov", "morocco", "-o", "graded/", "--jobs", "2")
    assert (result.code, result.out.split()) == (0, ["graded/beach.jpg", "graded/clip.mov"])
    Path("holiday/sea").mkdir(parents=True)
    Path("holiday/sea/clip.mov").write_bytes(Path("clip.mov").read_bytes())
    assert run("edit", "-r", "holiday", "morocco", "-o", "all/").out == "all/sea/clip.mov\n"


@pytest.mark.parametrize(
    ("options", "out", "found"),
    [
        (["--codec", "hevc", "--crf", "30"], "out.mp4", ("hevc", "yuv420p")),
        (["--codec", "prores", "--preset", "lt"], "out.mov", ("prores", "yuv422p10le")),
        (["--pix-fmt", "yuv420p10le", "--preset", "ultrafast"], "out.mkv", ("h264", "yuv420p10le")),
    ],
)
def test_how_a_clip_is_encoded_can_be_chosen(run, here, options, out, found):
    assert run("edit", "clip.mov", "morocco", "-o", out, *options).code == 0
    assert video(out) == found


def test_without_a_name_a_clip_gets_a_suffix_that_holds_its_codec(run, here):
    Path("clip.mov").rename("clip.mp4")
    assert run("edit", "clip.mp4", "morocco", "--codec", "prores").out == "clip-morocco.mov\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["clip.mov", "morocco", "-o", "out.jpg"], "choose a name that ends in .mp4"),
        (["clip.mov", "morocco", "-o", "out.webm", "--codec", "h264"], "cannot hold h264"),
        (["clip.mov", "morocco", "--codec", "divx"], "no codec 'divx'"),
        (["clip.mov", "morocco", "--crf", "77"], "0 to 51"),
        (["clip.mov", "morocco", "--preset", "hasty"], "no preset 'hasty'"),
        (["clip.mov", "morocco", "--pix-fmt", "rgb24"], "does not write rgb24"),
        (["clip.mov", "morocco", "--codec", "prores", "--crf", "20"], "has no rate factor"),
        (["clip.mov", "morocco", "-o", "missing/out.mp4"], "folder does not exist"),
        (["clip.mov", "morocco", "-o", "clip.mov"], "is an original"),
        (["clip.mov"], "say after the files how they should look"),
        (["sound.mp4", "morocco"], "has sound but no picture"),
        (["empty.mov", "morocco"], "empty.mov is empty"),
        (["cut.mov", "morocco"], "cut off or damaged"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence_and_leaves_nothing(run, here, arguments, says):
    Path("empty.mov").touch()
    Path("cut.mov").write_bytes(Path("clip.mov").read_bytes()[:4000])
    with av.open("sound.mp4", "w") as container, av.open("clip.mov") as source:
        sound = container.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(audio=0):
            if packet.dts is not None:
                packet.stream = sound
                container.mux(packet)
    before = sorted(path.name for path in here.iterdir())
    result = run("edit", *arguments)
    assert result.code == 2
    assert says in result.err
    assert len(result.err.splitlines()) == 1
    assert sorted(path.name for path in here.iterdir()) == before


def test_what_a_clip_could_not_keep_is_said_and_the_rest_is_done(run, here):
    result = run("edit", "clip.mov", "morocco", "-o", "out.webm")
    assert (result.code, result.out) == (0, "out.webm\n")
    assert result.err == "goldenhour: clip.mov: sound coded as aac does not fit the new file: it is libopus now\n"


def test_the_python_call_tells_progress_and_raises_clip_errors(here):
    told = []
    editing.edit("clip.mov", "morocco", "out.mp4", progress=lambda *frames: told.append(frames))
    assert told == [(number, 12) for number in range(1, 13)]
    with pytest.raises(ClipError, match="does not exist"):
        editing.edit("nothing.mp4", "morocco")


def long_clip(path):
    """Ten seconds that take a while to encode."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"preset": "ultrafast"})
        stream.width, stream.height = 1280, 720
        noise = np.random.default_rng(0).integers(0, 255, (760, 1320, 3), np.uint8)
        for number in range(300):
            view = noise[number % 40 :][:720, number % 39 :][:, :1280]
            container.mux(stream.encode(av.VideoFrame.from_ndarray(view.copy(), "rgb24").reformat(format="yuv420p")))
        container.mux(stream.encode(None))


def test_ctrl_c_stops_at_once_and_leaves_no_half_file_and_a_terminal_shows_speed_and_time_left(here):
    long_clip("long.mp4")
    Path("out.mp4").write_text("what was there before")
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "goldenhour", "edit", "long.mp4", "morocco", "-o", "out.mp4", "--preset", "slow"]
    process = subprocess.Popen(command, stderr=follower, stdout=subprocess.DEVNULL, env=os.environ | {"COLUMNS": "120"})
    os.close(follower)
    shown = ""
    while not re.search(r"\d/300.*\d fps .*\d:\d\d", shown):
        shown += os.read(leader, 4096).decode()
    process.send_signal(signal.SIGINT)
    asked = time.monotonic()
    assert process.wait(20) != 0
    assert time.monotonic() - asked < 10
    os.close(leader)
    assert Path("out.mp4").read_text() == "what was there before"
    assert left_behind(here) == []
