"""Speed of grading a clip: whole exports beside an ungraded transcode, and beside what FFmpeg's own filter takes."""

from __future__ import annotations

import subprocess
import tempfile
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np

from goldenhour.render.clip_codecs import Encoding
from goldenhour.render.export import write_cube
from goldenhour.render.footage import grade_clip
from goldenhour.tools import Recipe
from measuring import GOLDENHOUR, Claim, Measured, interleaved, photo
from render import strong_recipe

FRAMES, RATE, WIDTH, HEIGHT = 300, 30, 1920, 1080
ROUNDS = 3
X264 = {"preset": "veryfast", "crf": "18"}
FLOOR, OURS, SPATIAL = "PyAV, ungraded", "ours", "ours, with structure, sharpen and bloom"
COMMAND = "`goldenhour edit`, start-up included"
TYPED = "`ffmpeg -vf lut3d=look.cube`, 33 points"
EXPERT = "`ffmpeg`, format=gbrpf32le,lut3d,format=yuv420p, 65 points"


def film(path: Path) -> None:
    """A pan over a sample photo under moving grain, H.264 4:2:0."""
    still = photo(WIDTH + FRAMES, HEIGHT + FRAMES)
    random = np.random.default_rng(0)
    grain = [random.integers(-4, 5, (HEIGHT, WIDTH, 1), np.int16) for _ in range(8)]
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=RATE, options=X264)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        context = video.codec_context
        context.colorspace = context.color_primaries = context.color_trc = context.color_range = 1
        for number in range(FRAMES):
            view = still[number : number + HEIGHT, number : number + WIDTH] + grain[number % 8]
            picture = av.VideoFrame.from_ndarray(np.clip(view, 0, 255).astype(np.uint8), "rgb24")
            frame = picture.reformat(format="yuv420p", dst_colorspace="ITU709")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))


def transcode(source: Path, target: Path) -> None:
    """The floor: decoding and encoding with PyAV, and nothing between."""
    with av.open(str(source)) as clip, av.open(str(target), "w") as container:
        clip.streams.video[0].thread_type = "AUTO"
        video = container.add_stream("libx264", rate=RATE, options=X264)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for frame in clip.decode(video=0):
            frame.pict_type = 0
            container.mux(video.encode(frame))
        container.mux(video.encode(None))


def lut3d(source: Path, target: Path, filters: str, *options: str) -> None:
    """The ``ffmpeg`` command with its 3D-table filter."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-i", str(source), "-vf", filters]
    encoder = ["-c:v", "libx264", "-preset", X264["preset"], "-crf", X264["crf"]]
    subprocess.run([*command, *encoder, *options, str(target)], check=True)


def pointwise(recipe: Recipe) -> Recipe:
    """The part of a recipe that a table carries, which is all that FFmpeg's filter can do."""
    data = recipe.to_dict()
    for step in recipe.toolset.spatial:
        tool, parameter = step.split(".")
        data[tool][parameter] = 0
    return Recipe.from_dict(data)


def clip_times() -> dict[str, float]:
    """Exports of the same clip by the same encoder, milliseconds."""
    full = strong_recipe()
    recipe = pointwise(full)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, target, saved = folder / "clip.mp4", folder / "graded.mp4", folder / "recipe.json"
        film(source)
        saved.write_text(recipe.to_json(), encoding="utf-8")
        for size in (33, 65):
            write_cube(recipe, folder / f"{size}.cube", size)
        command = [*GOLDENHOUR, "edit", str(source), "--recipe", str(saved), "-o", str(target)]
        expert = f"format=gbrpf32le,lut3d={folder / '65.cube'},format=yuv420p"
        return interleaved(
            {
                FLOOR: lambda: transcode(source, target),
                OURS: lambda: grade_clip(source, target, recipe, Encoding("h264", 18, "veryfast")),
                SPATIAL: lambda: grade_clip(source, target, full, Encoding("h264", 18, "veryfast")),
                COMMAND: lambda: subprocess.run(command, check=True, capture_output=True),
                TYPED: lambda: lut3d(source, target, f"lut3d={folder / '33.cube'}"),
                EXPERT: lambda: lut3d(source, target, expert),
            },
            ROUNDS,
        )


def measure() -> Measured:
    """Claims and tables of this module."""
    times = clip_times()
    what = f"export of {FRAMES} frames of 1080p"
    claims = [
        Claim(f"{what}: times the ungraded transcode", times[OURS] / times[FLOOR], "×", at_most=1.5),
        Claim(
            f"{what}: times faster than `ffmpeg` with its default lut3d", times[TYPED] / times[OURS], "×", at_least=1.5
        ),
        Claim(f"{what}: times faster than the expert form", times[EXPERT] / times[OURS], "×", at_least=1.0),
    ]
    page = [
        f"## {FRAMES} frames of 1080p, x264 veryfast, crf 18",
        "| route | s | × ungraded |",
        "| --- | ---: | ---: |",
        *(f"| {route} | {ms / 1000:.1f} | {ms / times[FLOOR]:.2f} |" for route, ms in times.items()),
        "",
    ]
    return Measured(claims, times, page)
