"""The contact sheet: moments of a clip, or one photo, before and after, to judge a grade by before a long export."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from goldenhour.render.clip import ClipError, ClipLimits
from goldenhour.render.clip_colour import ColourError, colour_tags
from goldenhour.render.clip_reader import open_clip
from goldenhour.render.footage import frame_grader, frame_rgb
from goldenhour.render.picture import Limits
from goldenhour.render.picture_file import read_picture
from goldenhour.render.still import grade
from goldenhour.tools import Recipe

Rgb = NDArray[np.uint8]  # (H, W, 3)
Moment = tuple[float | None, Rgb, Rgb]  # seconds, before, after

CELL = 480  # pixels of a picture's longer side
GAP, HAIR, CAPTION = 12, 2, 34
PAPER, INK = (24, 24, 24), (220, 220, 220)


def clip_moments(path: Path, recipe: Recipe, count: int, limits: ClipLimits | None = None) -> list[Moment]:
    """``count`` moments spread evenly over a clip, each as it is and graded just as the export grades it.

    Raises ClipError.
    """
    moments: list[Moment] = []
    with open_clip(path, limits) as reader:
        times = [reader.seconds * (number + 0.5) / count for number in range(count)] if reader.seconds else [0.0]
        grade_frame = tags = None
        for time in times:
            frame = reader.frame_at(time + float(reader.start))
            if frame is None:
                continue
            if grade_frame is None or tags is None:
                try:
                    tags = colour_tags(frame)
                    grade_frame = frame_grader(recipe, frame.format, tags, "yuv444p", frame.width, frame.height)
                except ColourError as error:
                    raise ClipError(f"{path.name} {error}") from None
            shape = reader.video.sample_aspect_ratio or Fraction(1)
            before, after = (_small(frame_rgb(f, tags), shape, frame.rotation) for f in (frame, grade_frame(frame)))
            moments.append(((frame.time or 0) - float(reader.start), before, after))
    if not moments:
        raise ClipError(f"{path.name} has no frame that can be read: copy or download it again.")
    return moments


def photo_moment(path: Path, recipe: Recipe, limits: Limits | None = None) -> Moment:
    """A photo as it is and graded; raises PictureError."""
    pixels = read_picture(path, limits).pixels
    return None, _small(pixels), _small(grade(pixels, recipe))


def draw_sheet(moments: Sequence[Moment]) -> Rgb:
    """The sheet of pairs, each with its time below, in as many columns as make it about half as wide again as high."""
    height, width = moments[0][1].shape[:2]
    pair_width, pair_height = 2 * width + HAIR + GAP, height + CAPTION

    def misshape(columns: int) -> float:
        rows = math.ceil(len(moments) / columns)
        return abs(math.log(columns * pair_width / (rows * pair_height) / 1.5))

    columns = min(range(1, len(moments) + 1), key=misshape)
    rows = math.ceil(len(moments) / columns)
    sheet = Image.new("RGB", (columns * pair_width + GAP, rows * pair_height + GAP), PAPER)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(18)
    for number, (seconds, before, after) in enumerate(moments):
        left = GAP + number % columns * pair_width
        top = GAP + number // columns * pair_height
        sheet.paste(Image.fromarray(before), (left, top))
        sheet.paste(Image.fromarray(after), (left + width + HAIR, top))
        labels = ["before", "after"] if seconds is None else [f"{_clock(seconds)}  before", "after"]
        for label, x in zip(labels, (left, left + width + HAIR), strict=True):
            draw.text((x, top + height + 5), label, INK, font)
    return np.asarray(sheet)


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(max(seconds, 0), 60)
    return f"{minutes:.0f}:{seconds:04.1f}"


def _small(rgb: NDArray[Any], pixel_shape: Fraction = Fraction(1), rotation: int = 0) -> Rgb:
    """8 bits, upright, with square pixels, the longer side as long as a cell's; ``rotation`` is counterclockwise."""
    height, width = rgb.shape[0], rgb.shape[1] * float(pixel_shape)
    scale = CELL / max(height, width)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    if small.dtype == np.uint16:
        small = cv2.convertScaleAbs(small, alpha=255 / 65535)
    return np.ascontiguousarray(np.rot90(small, round(rotation / 90)), np.uint8)
