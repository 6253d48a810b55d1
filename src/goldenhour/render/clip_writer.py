"""Writing a clip: the graded frames are encoded, everything else is carried over from the source.

PyAV's wheels bundle x264 and x265, which are GPL.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.stream import AttachmentStream, Stream
from av.video.format import VideoFormat
from av.video.stream import VideoStream

from goldenhour.render.clip import ClipError, ClipWarning
from goldenhour.render.clip_colour import ColourTags
from goldenhour.render.clip_reader import ClipReader, is_cover

# SVT-AV1 would tell its settings on standard error
os.environ.setdefault("SVT_LOG", "1")

FORMATS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm"}
# what belongs to the source's file and not to what it shows
_FILE_METADATA = {"major_brand", "minor_version", "compatible_brands", "encoder", "duration", "vendor_id"}
_X264_PRESETS = (
    *("ultrafast", "superfast", "veryfast", "faster", "fast"),
    *("medium", "slow", "slower", "veryslow", "placebo"),
)
_DEEP = ("yuv420p10le", "yuv422p10le", "yuv444p10le")


@dataclass(frozen=True)
class Codec:
    """An encoder, and what can be chosen; the first pixel format is the default."""

    encoder: str
    formats: tuple[str, ...]
    containers: tuple[str, ...]
    presets: tuple[str, ...]
    preset: str
    crf: int | None = None
    worst_crf: int = 51

    def options(self, crf: int | None, preset: str | None) -> dict[str, str]:
        """For the encoder; ProRes has no rate factor, and its presets are its profiles."""
        if self.crf is None:
            return {"profile": preset or self.preset, "vendor": "apl0"}
        options = {"crf": str(self.crf if crf is None else crf), "preset": preset or self.preset}
        return options | ({"x265-params": "log-level=error"} if self.encoder == "libx265" else {})


CODECS = {
    "h264": Codec(
        "libx264", ("yuv420p", "yuv422p", "yuv444p", *_DEEP), ("mp4", "mov", "matroska"), _X264_PRESETS, "veryfast", 18
    ),
    "hevc": Codec(
        "libx265", ("yuv420p", "yuv422p", "yuv444p", *_DEEP), ("mp4", "mov", "matroska"), _X264_PRESETS, "veryfast", 20
    ),
    "av1": Codec(
        "libsvtav1",
        ("yuv420p", "yuv420p10le"),
        ("mp4", "matroska", "webm"),
        tuple(map(str, range(14))),
        "8",
        crf=28,
        worst_crf=63,
    ),
    "prores": Codec(
        "prores_ks",
        ("yuv422p10le", "yuv444p10le"),
        ("mov", "matroska"),
        ("proxy", "lt", "standard", "hq", "4444", "4444xq"),
        "hq",
    ),
}


@dataclass(frozen=True)
class Encoding:
    """How a clip is encoded; what is None is chosen: H.264 (AV1 in WebM), the codec's default quality, 4:2:0 of 8 bits.

    ``crf`` is the rate factor, 0 the best; ``preset`` trades time for size (for ProRes it names the profile).
    """

    codec: str | None = None
    crf: int | None = None
    preset: str | None = None
    pixel_format: str | None = None


def check_encoding(encoding: Encoding, target: Path) -> tuple[Codec, str]:
    """The codec and the pixel format for a file; raises ClipError for what does not go together."""
    container = FORMATS.get(target.suffix.lower())
    if container is None:
        raise ClipError(f"{target.name} cannot be written: choose a name that ends in {', '.join(FORMATS)}.")
    name = encoding.codec or ("av1" if container == "webm" else "h264")
    if name not in CODECS:
        raise ClipError(f"there is no codec {name!r}: choose {', '.join(CODECS)}.")
    codec = CODECS[name]
    if container not in codec.containers:
        fitting = [suffix for suffix, known in FORMATS.items() if known in codec.containers]
        raise ClipError(f"{target.name} cannot hold {name}: choose a name that ends in {', '.join(fitting)}.")
    if encoding.crf is not None and codec.crf is None:
        raise ClipError(f"{name} has no rate factor: choose a preset instead, one of {', '.join(codec.presets)}.")
    if encoding.crf is not None and not 0 <= encoding.crf <= codec.worst_crf:
        raise ClipError(f"the rate factor of {name} is 0 to {codec.worst_crf}, not {encoding.crf}.")
    if encoding.preset is not None and encoding.preset not in codec.presets:
        raise ClipError(f"{name} has no preset {encoding.preset!r}: choose {', '.join(codec.presets)}.")
    pixel_format = encoding.pixel_format or codec.formats[0]
    if pixel_format not in codec.formats:
        raise ClipError(f"{name} does not write {pixel_format}: choose {', '.join(codec.formats)}.")
    return codec, pixel_format


@dataclass
class ClipWriter:
    """A clip being written: the encoded stream, and for each stream of the source that goes along, where it goes."""

    container: OutputContainer
    video: VideoStream
    copies: dict[int, Stream]
    recoded: dict[int, AudioStream]
    start: Fraction

    def encode(self, frame: av.VideoFrame) -> None:
        """Add a frame, whose ``pts`` is in the time base of the source's stream."""
        frame.pts = _since(self.start, frame.pts, frame.time_base)
        self.container.mux(self.video.encode(frame))

    def carry(self, packet: Packet[Any]) -> None:
        """Add a packet of another stream of the source."""
        index = packet.stream.index
        if index in self.recoded:
            self._recode(packet, self.recoded[index])
        elif index in self.copies and packet.dts is not None:
            packet.pts = _since(self.start, packet.pts, packet.time_base)
            packet.dts = _since(self.start, packet.dts, packet.time_base)
            packet.stream = self.copies[index]
            self.container.mux(packet)

    def _recode(self, packet: Packet[Any], target: AudioStream) -> None:
        try:
            frames = cast("list[av.AudioFrame]", packet.decode())
        except av.error.FFmpegError:
            return
        for frame in frames:
            frame.pts = _since(self.start, frame.pts, frame.time_base)
            self.container.mux(target.encode(frame))

    def finish(self) -> None:
        """Write what the encoders still hold."""
        self.container.mux(self.video.encode(None))
        for stream in self.recoded.values():
            self.container.mux(stream.encode(None))


@contextmanager
def open_writer(
    temporary: Path, target: Path, encoding: Encoding, reader: ClipReader, first: av.VideoFrame, tags: ColourTags
) -> Iterator[ClipWriter]:
    """Begin a clip with all that goes along from ``reader``; raises ClipError for what does not go together."""
    codec, pixel_format = check_encoding(encoding, target)
    name = FORMATS[target.suffix.lower()]
    flags = "+faststart"
    if any(key.startswith("com.") for key in reader.container.metadata):  # phones' own keys, such as the place
        flags += "+use_metadata_tags"
    options = {"movflags": flags} if name in {"mp4", "mov"} else {}
    with av.open(f"file:{temporary.absolute()}", "w", format=name, options=options) as container:
        rate = reader.video.guessed_rate or reader.video.average_rate or Fraction(25)
        video = cast(
            "VideoStream",
            container.add_stream(codec.encoder, rate=rate, options=codec.options(encoding.crf, encoding.preset)),
        )
        video.pix_fmt = pixel_format
        if codec.encoder == "libx265":
            video.codec_context.codec_tag = "hvc1"  # the only one that Apple's players take
        _tag(video, first, tags, reader.video.sample_aspect_ratio)
        writer = ClipWriter(container, video, {}, {}, reader.start)
        _carry_streams(reader, writer)
        container.metadata.update(kept_metadata(reader.container.metadata))
        video.metadata.update(kept_metadata(reader.video.metadata))
        video.disposition = reader.video.disposition
        container.set_chapters(reader.container.chapters())
        yield writer


def _tag(video: VideoStream, first: av.VideoFrame, tags: ColourTags, ratio: Fraction | None) -> None:
    """Size, shape of a pixel, time base, colour and orientation."""
    context = video.codec_context
    cell = VideoFormat(context.pix_fmt or "")
    # whole cells of chroma: encoders refuse a half one
    context.width = first.width - first.width % (64 // cell.chroma_width(64))
    context.height = first.height - first.height % (64 // cell.chroma_height(64))
    context.time_base = first.time_base or Fraction(1, 1000)
    context.colorspace, context.color_primaries = tags.matrix, tags.primaries
    context.color_trc, context.color_range = tags.transfer, tags.range_code
    context.sample_aspect_ratio = ratio or Fraction(0)
    if (matrix := cast("Any", first.side_data).get("DISPLAYMATRIX")) is not None:
        video.set_display_matrix(np.frombuffer(matrix, np.int32).tolist())


def _since(start: Fraction, time: int | None, time_base: Fraction | None) -> int | None:
    """A time, in units of ``time_base``, counted from ``start`` seconds."""
    return time if time is None or not time_base or not start else time - round(start / time_base)


def _carry_streams(reader: ClipReader, writer: ClipWriter) -> None:
    """Open a stream in the target for each one of the source that it can hold; warn of those that it cannot."""
    target = writer.container
    codecs = target.supported_codecs
    for stream in reader.container.streams:
        if stream.index == reader.video.index or _is_carried_otherwise(stream, reader):
            continue
        codec = stream.codec_context.codec.canonical_name if stream.codec_context is not None else stream.name
        copied: Stream
        if isinstance(stream, AttachmentStream) and target.format.name == "matroska":
            target.add_attachment(stream.name or "attachment", stream.mimetype or "", stream.data)
            continue
        if codec in codecs and (stream.type in {"audio", "subtitle"} or is_cover(stream)):
            copied = writer.copies[stream.index] = target.add_stream_from_template(stream)
        elif isinstance(stream, AudioStream):
            copied = writer.recoded[stream.index] = _recoded(target, stream)
            _warn(reader, f"sound coded as {codec} does not fit the new file: it is {copied.name} now")
        else:
            _warn(reader, f"a stream of {stream.type} ({codec}) does not fit the new file and is left out")
            continue
        copied.metadata.update(kept_metadata(stream.metadata))
        copied.disposition = stream.disposition


def _is_carried_otherwise(stream: Stream, reader: ClipReader) -> bool:
    """Whether a data stream is only where MP4 keeps the chapters, or the time code, which is metadata here."""
    chapters = stream.name == "bin_data" and bool(reader.container.chapters())
    return stream.type == "data" and (chapters or "timecode" in stream.metadata)


def _recoded(target: OutputContainer, source: AudioStream) -> AudioStream:
    """Sound anew, in a codec that the container takes."""
    stream = target.add_stream(
        "libopus" if target.format.name == "webm" else "aac",
        rate=48_000 if target.format.name == "webm" else source.rate,
        options={"b": f"{max(source.channels, 2) * 96}k"},
    )
    stream.layout = source.layout.name
    return stream


def kept_metadata(metadata: dict[str, str]) -> dict[str, str]:
    """What describes the footage, without what describes the source's file."""
    return {key: value for key, value in metadata.items() if key.lower() not in _FILE_METADATA}


def _warn(reader: ClipReader, sentence: str) -> None:
    warnings.warn(f"{reader.name}: {sentence}", ClipWarning, stacklevel=2)
