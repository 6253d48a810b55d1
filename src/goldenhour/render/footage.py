"""A clip through a recipe: one decode, one pass, one encode; all that is not picture is carried over.

The recipe works on the encoded R'G'B' of the clip's own primaries and transfer, as editors without colour management do
and as its `.cube` does there; matrix and range are honoured, and written again.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.packet import Packet
from av.video.format import VideoFormat
from numpy.typing import NDArray

from goldenhour.render.clip import ClipError, ClipLimits, Progress, warn
from goldenhour.render.clip_codecs import Encoding, check_encoding
from goldenhour.render.clip_colour import (
    ColourError,
    ColourTags,
    colour_tags,
    planar_format,
    yuv_format,
)
from goldenhour.render.clip_reader import ClipReader, is_cover, open_clip
from goldenhour.render.clip_writer import open_writer
from goldenhour.render.kernel import pack_table
from goldenhour.render.reference import recipe_chain
from goldenhour.render.spatial import apply_spatial, has_spatial
from goldenhour.render.table import PREVIEW_SIZE, compile_table, identity_table
from goldenhour.render.yuv import Planes, YuvFormat, planes_to_rgb, rgb_to_planes, yuv_table
from goldenhour.tools import Recipe
from goldenhour.tools.whole_file import whole_file

GradePlanes = Callable[[Planes, Planes, int, int], None]


def grade_clip(
    path: Path,
    target: Path,
    recipe: Recipe,
    encoding: Encoding | None = None,
    *,
    limits: ClipLimits | None = None,
    progress: Progress | None = None,
) -> None:
    """Grade the clip ``path`` into ``target``, which appears when it is whole, or not at all.

    Kept are sound, subtitles, chapters, metadata, orientation, every frame's time, and the colour tags. What cannot be
    kept, and frames that cannot be read, bring a ClipWarning. Raises ClipError.
    """
    encoding = encoding or Encoding()
    check_encoding(encoding, target)
    with open_clip(path, limits) as reader:
        try:
            with whole_file(target) as temporary:
                _transcode(reader, temporary, target, recipe, encoding, progress)
        except ColourError as error:
            raise ClipError(f"{path.name} {error}") from None
        except FileNotFoundError:
            raise ClipError(f"{target.name} cannot be written: its folder does not exist; create it.") from None
        except (av.error.FFmpegError, OSError) as error:
            raise ClipError(f"{target.name} cannot be written: {error.strerror or error}.") from error
    if reader.skipped:
        warn(f"{path.name}: {reader.skipped} damaged frame{'s were' if reader.skipped > 1 else ' was'} left out")
    if reader.cut_short:
        warn(f"{path.name} is cut off: it was graded as far as it goes")


def _transcode(
    reader: ClipReader, temporary: Path, target: Path, recipe: Recipe, encoding: Encoding, progress: Progress | None
) -> None:
    items = reader.items()
    waiting: list[av.VideoFrame | Packet[Any]] = []  # until the first frame, which tells how to begin
    for item in items:
        waiting.append(item)
        if isinstance(item, av.VideoFrame):
            break
    else:
        raise ClipError(f"{reader.name} has no frame that can be read: copy or download it again.")
    if item.interlaced_frame:
        warn(f"{reader.name} is interlaced, and both fields of a frame are kept in one: deinterlace it if lines show")
    tags = colour_tags(item)
    # cover pictures come before all else
    covers = {it.stream.index: bytes(it) for it in waiting if isinstance(it, Packet) and is_cover(it.stream)}
    with open_writer(temporary, target, encoding, reader, item, tags, covers) as writer:
        context = writer.video.codec_context
        grade = frame_grader(recipe, item.format, tags, context.pix_fmt or "", context.width, context.height)
        done = 0
        for item in chain(waiting, items):
            if isinstance(item, Packet):
                writer.carry(item)
                continue
            writer.encode(grade(item))
            done += 1
            if progress:
                progress(done, reader.expected_frames)
        writer.finish()


def frame_grader(
    recipe: Recipe, source_format: VideoFormat, tags: ColourTags, pixel_format: str, width: int, height: int
) -> Callable[[av.VideoFrame], av.VideoFrame]:
    """A function from a frame to a new, graded one in another pixel format, of its upper left width x height pixels.

    Every frame is graded by itself, so equal frames give equal results: nothing flickers.
    """
    planar = planar_format(source_format)
    grade_planes = planes_grader(recipe, yuv_format(planar, tags), yuv_format(pixel_format, tags))

    def grade(frame: av.VideoFrame) -> av.VideoFrame:
        graded = av.VideoFrame(width, height, pixel_format)
        graded.pts, graded.time_base, graded.duration = frame.pts, frame.time_base, frame.duration
        graded.colorspace, graded.color_range = tags.matrix, tags.range_code
        grade_planes(_planes(_in_planar(frame, planar, tags)), _planes(graded), width, height)
        return graded

    return grade


def planes_grader(recipe: Recipe, source: YuvFormat, target: YuvFormat) -> GradePlanes:
    """A function of planes, planes to write, width and height; a neutral recipe keeps even what lies outside RGB."""
    if source == target and not recipe_chain(recipe) and not has_spatial(recipe):
        return _copy
    table = compile_table(recipe)
    if not has_spatial(recipe):
        return yuv_table(table, source, target).grade
    packed = pack_table(table)

    def grade(planes: Planes, out: Planes, width: int, height: int) -> None:
        rgb = planes_to_rgb(planes, source, packed, width, height)
        apply_spatial(recipe, rgb)
        rgb_to_planes(rgb, target, out)

    return grade


def frame_rgb(frame: av.VideoFrame, tags: ColourTags) -> NDArray[np.uint8]:
    """A frame as encoded RGB (H, W, 3) of 8 bits, unturned, with the frame's own primaries and transfer."""
    planar = planar_format(frame.format)
    packed = pack_table(identity_table(PREVIEW_SIZE))
    planes = _planes(_in_planar(frame, planar, tags))
    rgb = planes_to_rgb(planes, yuv_format(planar, tags), packed, frame.width, frame.height)
    return np.rint(rgb * 255).astype(np.uint8)


def _copy(planes: Planes, out: Planes, _width: int, _height: int) -> None:
    for plane, copied in zip(planes, out, strict=True):
        rows, row = min(len(plane), len(copied)), min(plane.shape[1], copied.shape[1])
        copied[:rows, :row] = plane[:rows, :row]


def _in_planar(frame: av.VideoFrame, planar: str, tags: ColourTags) -> av.VideoFrame:
    """The frame in a planar format; "yuvj420p" is an old name of full-range yuv420p."""
    if frame.format.name.replace("yuvj", "yuv") == planar:
        return frame
    return frame.reformat(format=planar, src_color_range=tags.range_code, dst_color_range=tags.range_code)


def _planes(frame: av.VideoFrame) -> Planes:
    """A frame's own memory: planes (height, line size) of its samples, and neutral chroma if it is grey."""
    dtype = np.uint8 if frame.format.components[0].bits == 8 else np.uint16
    planes = [np.frombuffer(cast("Any", plane), dtype).reshape(plane.height, -1) for plane in frame.planes[:3]]
    if len(planes) == 1:  # grey
        cells = -(-frame.height // 2), -(-frame.width // 2)
        planes += [np.full(cells, 2 ** (frame.format.components[0].bits - 1), dtype)] * 2
    return cast("Planes", tuple(planes))
