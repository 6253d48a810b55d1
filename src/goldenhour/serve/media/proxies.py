"""What a browser can show of a picture or clip that it cannot decode itself: smaller, in the plainest of formats."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import cv2
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream
from numpy.typing import NDArray

from goldenhour.render.clip import ClipError, ClipLimits, Progress
from goldenhour.render.clip_colour import BT709, LIMITED_RANGE, SMPTE170M, ColourError, ColourTags, colour_tags
from goldenhour.render.clip_reader import ClipReader, open_clip
from goldenhour.render.clip_writer import ClipWriter, is_known_sound, recoded_sound
from goldenhour.render.picture import Limits, Picture
from goldenhour.render.picture_file import read_picture, write_picture

PIXELS = 2_000_000  # of a picture
LONG, SHORT = 1280, 720  # sides of a clip
_CRF, _PRESET, _GROUP = "23", "veryfast", "50"  # frames from one that can be jumped to, to the next
_SWSCALE_BT601 = 5


def proxy_of_picture(path: Path, stem: str, limits: Limits) -> tuple[Path, int, int]:
    """An upright sRGB picture of 8 bits and at most two megapixels, as JPEG, or with alpha as PNG, without metadata.

    Returns its file, ``stem`` with the suffix, and the width and height of the original, upright. Raises PictureError.
    """
    picture = read_picture(path, limits)
    height, width = picture.pixels.shape[:2]
    scale = min(1.0, math.sqrt(PIXELS / (height * width)))
    size = max(int(width * scale), 1), max(int(height * scale), 1)
    alpha = None if picture.alpha is None else _small(picture.alpha, size)
    target = Path(stem + (".jpg" if alpha is None else ".png"))
    write_picture(Picture(_small(picture.pixels, size), alpha), target, None)
    return target, width, height


def _small(samples: NDArray[Any], size: tuple[int, int]) -> NDArray[np.uint8]:
    if samples.shape[1::-1] != size:
        samples = cv2.resize(samples, size, interpolation=cv2.INTER_AREA)
    if samples.dtype == np.uint16:
        samples = cv2.convertScaleAbs(samples, alpha=255 / 65535)
    return np.asarray(samples, np.uint8)


def proxy_of_clip(path: Path, target: Path, limits: ClipLimits, progress: Progress) -> tuple[int, int]:
    """An MP4 of at most 1280 × 720 pixels: H.264, 4:2:0 of 8 bits, BT.709, its index first; sound as AAC.

    Every frame keeps its time, and R'G'B' its values: a recipe works on those, whatever primaries they are meant for.
    Returns width and height of the original, upright and with square pixels. Raises ClipError.
    """
    with open_clip(path, limits) as reader:
        try:
            done, size = _transcode(reader, target, progress)
        except ColourError as error:
            raise ClipError(f"{path.name} {error}") from None
        except (av.error.FFmpegError, OSError) as error:
            raise ClipError(f"the preview of {path.name} cannot be written: {error.strerror or error}.") from error
    if not done:
        raise ClipError(f"{path.name} has no frame that can be read: copy or download it again.")
    return size


def _transcode(reader: ClipReader, target: Path, progress: Progress) -> tuple[int, tuple[int, int]]:
    done, original = 0, (0, 0)
    tags: ColourTags | None = None
    with av.open(f"file:{target.absolute()}", "w", format="mp4", options={"movflags": "+faststart"}) as container:
        writer = _writer(reader, container)
        context = writer.video.codec_context
        waiting: list[Packet[Any]] = []  # the encoder must be open before the first packet is written
        for item in reader.items():
            if isinstance(item, Packet):
                if tags is None:
                    waiting.append(item)
                else:
                    writer.carry(item)
                continue
            if tags is None:
                tags = colour_tags(item)
                original = _begin(writer.video, item, reader.video.sample_aspect_ratio or Fraction(1))
                for packet in waiting:
                    writer.carry(packet)
            writer.encode(_plain(item, context.width, context.height, tags))
            done += 1
            progress(done, reader.expected_frames)
        if done:
            writer.finish()
    return done, original


def _writer(reader: ClipReader, container: OutputContainer) -> ClipWriter:
    """The picture, and the first sound, if it is of a kind that is decoded here."""
    rate = reader.video.guessed_rate or reader.video.average_rate or Fraction(25)
    options = {"crf": _CRF, "preset": _PRESET, "g": _GROUP}
    video = container.add_stream("libx264", rate=rate, options=options)
    sounds: list[AudioStream] = [stream for stream in reader.container.streams.audio if is_known_sound(stream)]
    recoded = {stream.index: recoded_sound(container, stream) for stream in sounds[:1]}
    return ClipWriter(container, video, {}, recoded, reader.start)


def _begin(video: VideoStream, first: av.VideoFrame, shape: Fraction) -> tuple[int, int]:
    """Size, time base, colour and orientation; returns the original's size with square pixels of the given shape."""
    stretch = float(shape)
    width, height = round(first.width * max(stretch, 1)), round(first.height / min(stretch, 1))
    scale = min(1.0, LONG / max(width, height), SHORT / min(width, height))
    context = video.codec_context
    context.width, context.height = (max(round(side * scale / 2), 1) * 2 for side in (width, height))
    context.pix_fmt, context.time_base = "yuv420p", first.time_base or Fraction(1, 1000)
    context.colorspace, context.color_primaries, context.color_trc = BT709, BT709, BT709
    context.color_range = LIMITED_RANGE
    if (matrix := cast("Any", first.side_data).get("DISPLAYMATRIX")) is not None:
        video.set_display_matrix(np.frombuffer(matrix, np.int32).tolist())
    return (height, width) if first.rotation % 180 else (width, height)


def _plain(frame: av.VideoFrame, width: int, height: int, tags: ColourTags) -> av.VideoFrame:
    """A frame as 8-bit 4:2:0 in BT.709 of limited range."""
    plain = frame.reformat(
        width,
        height,
        "yuv420p",
        src_colorspace=_SWSCALE_BT601 if tags.matrix == SMPTE170M else tags.matrix,
        dst_colorspace=BT709,
        src_color_range=tags.range_code,
        dst_color_range=LIMITED_RANGE,
        interpolation="BICUBIC",
    )
    plain.pts, plain.time_base, plain.duration = frame.pts, frame.time_base, frame.duration
    plain.colorspace, plain.color_range = BT709, LIMITED_RANGE
    plain.pict_type = 0  # of the source; the encoder chooses its own
    return plain
