"""Writing a clip: the graded frames are encoded, everything else is carried over from the source.

PyAV's wheels bundle x264 and x265, which are GPL.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from io import BytesIO
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

from goldenhour.render.clip import warn
from goldenhour.render.clip_codecs import FORMATS, Encoding, check_encoding
from goldenhour.render.clip_colour import ColourTags
from goldenhour.render.clip_reader import ClipReader, is_cover

# SVT-AV1 would tell its settings on standard error
os.environ.setdefault("SVT_LOG", "1")

# what belongs to the source's file and not to what it shows
_FILE_METADATA = {
    *("major_brand", "minor_version", "compatible_brands", "encoder", "duration", "vendor_id"),
    *("bps", "number_of_frames", "number_of_bytes", "_statistics_writing_app", "_statistics_writing_date_utc"),
    "_statistics_tags",
}
_WITHOUT_SHAPE = {"libsvtav1", "prores_ks"}  # bitstreams that do not say what shape a pixel has
_LAYOUTS = {1: "mono", 6: "5.1", 8: "7.1"}  # by channels; of other numbers stereo is made
# kinds of sound that are decoded where a file cannot hold them as they are; "pcm_" and what follows are, too
SOUNDS = {
    *("aac", "ac3", "adpcm_ima_qt", "adpcm_ima_wav", "adpcm_ms", "alac", "amr_nb", "amr_wb", "dts", "eac3"),
    *("flac", "mp2", "mp3", "opus", "truehd", "vorbis"),
}
_PICTURES = {"mjpeg": ("jpg", "jpeg")}  # how files of a codec end, and their type


@dataclass
class ClipWriter:
    """A clip being written: the encoded stream, and for each stream of the source that goes along, where it goes."""

    container: OutputContainer
    video: VideoStream
    copies: dict[int, Stream]
    recoded: dict[int, AudioStream]
    start: Fraction
    _durations: dict[int | None, int] = field(default_factory=dict, repr=False)

    def encode(self, frame: av.VideoFrame) -> None:
        """Add a frame, whose ``pts`` is in the time base of the source's stream."""
        frame.pts = _since(self.start, frame.pts, frame.time_base)
        self._durations[frame.pts] = frame.duration
        with self._opening():
            self._mux(self.video.encode(frame))

    def carry(self, packet: Packet[Any]) -> None:
        """Add a packet of another stream of the source."""
        with self._opening():
            self._carry(packet)

    def _opening(self) -> AbstractContextManager[None]:
        """Around whatever may open the encoders: the first frame does, or the first packet before it."""
        return nullcontext() if self.video.codec_context.is_open else scheduled_as_before()

    def _carry(self, packet: Packet[Any]) -> None:
        index = packet.stream.index
        if index in self.recoded:
            self._recode(packet, self.recoded[index])
        elif index in self.copies and packet.size:  # a stream ends with an empty one
            if is_cover(packet.stream):
                packet.pts = packet.dts = 0
            else:
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

    def _mux(self, packets: list[Packet[Any]]) -> None:
        for packet in packets:  # not every encoder keeps how long a frame lasts
            packet.duration = self._durations.pop(packet.pts, 0) or packet.duration
            # x265 leaves this open in a clip of one or two frames: it may be anything
            if packet.pts is not None and not -1000 < ((packet.dts or 0) - packet.pts) * packet.time_base <= 0:
                packet.dts = packet.pts
        self.container.mux(packets)

    def finish(self) -> None:
        """Write what the encoders still hold."""
        self._mux(self.video.encode(None))
        for stream in self.recoded.values():
            self.container.mux(stream.encode(None))


@contextmanager
def open_writer(
    temporary: Path,
    target: Path,
    encoding: Encoding,
    reader: ClipReader,
    first: av.VideoFrame,
    tags: ColourTags,
    covers: dict[int, bytes],
) -> Iterator[ClipWriter]:
    """Begin a clip with all that goes along from ``reader``; raises ClipError for what does not go together.

    ``covers`` are the cover pictures' files by their stream.
    """
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
        ratio = reader.video.sample_aspect_ratio
        _tag(video, first, tags, ratio)
        if ratio not in {None, 1} and name in {"matroska", "webm"} and codec.encoder in _WITHOUT_SHAPE:
            warn(f"{reader.name}: its pixels are not square, which {name} with {encoding.codec or 'av1'} cannot say")
        writer = ClipWriter(container, video, {}, {}, reader.start)
        _carry_streams(reader, writer, covers)
        container.metadata.update(kept_metadata(reader.container.metadata))
        video.metadata.update(kept_metadata(reader.video.metadata))
        video.disposition = reader.video.disposition
        container.set_chapters(reader.container.chapters())
        yield writer


@contextmanager
def scheduled_as_before() -> Iterator[None]:
    """Around an encoder's opening: for root, SVT-AV1 makes its caller and its own threads real-time ones.

    Those would starve the machine, and so would every process that is begun later.
    """
    if not hasattr(os, "sched_setscheduler"):
        yield
        return
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        if os.sched_getscheduler(0) != policy:
            for thread in Path("/proc/self/task").iterdir():
                with suppress(OSError):  # it has ended meanwhile
                    os.sched_setscheduler(int(thread.name), policy, parameters)


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


def _carry_streams(reader: ClipReader, writer: ClipWriter, covers: dict[int, bytes]) -> None:
    """Open a stream in the target for each one of the source that it can hold; warn of those that it cannot."""
    target = writer.container
    for stream in reader.container.streams:
        if stream.index == reader.video.index or _is_carried_otherwise(stream, reader):
            continue
        codec = stream.codec_context.codec.canonical_name if stream.codec_context is not None else stream.name
        copied: Stream
        if target.format.name == "matroska" and _attach(target, stream, covers):
            continue
        if (stream.type in {"audio", "subtitle"} or is_cover(stream)) and _fits(stream, target.format.name):
            copied = writer.copies[stream.index] = target.add_stream_from_template(stream)
        elif isinstance(stream, AudioStream) and is_known_sound(stream):
            copied = writer.recoded[stream.index] = recoded_sound(target, stream)
            warn(f"{reader.name}: sound coded as {codec} does not fit the new file: it is {copied.name} now")
        else:
            warn(f"{reader.name}: a stream of {stream.type} ({codec}) does not fit the new file and is left out")
            continue
        copied.metadata.update(kept_metadata(stream.metadata))
        copied.disposition = stream.disposition


def _attach(target: OutputContainer, stream: Stream, covers: dict[int, bytes]) -> bool:
    """Attach a font or a cover picture to a Matroska file; whether the stream is such a thing."""
    if isinstance(stream, AttachmentStream):
        target.add_attachment(stream.name or "attachment", stream.mimetype or "", stream.data)
    elif stream.index in covers and stream.codec_context is not None:
        suffix, kind = _PICTURES.get(stream.codec_context.name, (stream.codec_context.name,) * 2)
        name = stream.metadata.get("filename", f"cover.{suffix}")
        target.add_attachment(name, stream.metadata.get("mimetype", f"image/{kind}"), covers[stream.index])
    else:
        return False
    return True


def _fits(stream: Stream, container: str) -> bool:
    """Whether a container holds a stream as it is: only writing a header tells for sure."""
    if container == "mp4" and isinstance(stream, AudioStream) and _is_unplaced(stream):
        return not stream.codec_context.name.startswith("pcm")  # which fails at the end of the file
    try:
        with av.open(BytesIO(), "w", format=container) as trial:
            trial.add_stream_from_template(stream)
            trial.start_encoding()
    except (av.error.FFmpegError, ValueError):
        return False
    return True


def _is_carried_otherwise(stream: Stream, reader: ClipReader) -> bool:
    """Whether a data stream is only where MP4 keeps the chapters, or the time code, which is metadata here."""
    chapters = stream.name == "bin_data" and bool(reader.container.chapters())
    return stream.type == "data" and (chapters or "timecode" in stream.metadata)


def recoded_sound(target: OutputContainer, source: AudioStream) -> AudioStream:
    """Sound anew, in a codec that the container takes."""
    encoder = "libopus" if target.format.name == "webm" else "aac"
    rates = av.Codec(encoder, "w").audio_rates or []
    rate = source.rate if source.rate in rates else 48_000
    bits = f"{max(source.channels, 2) * 96}k"
    stream = cast("AudioStream", target.add_stream(encoder, rate=rate, options={"b": bits}))
    if not _is_unplaced(source):
        stream.layout = source.layout.name
    elif source.channels in _LAYOUTS:
        stream.layout = _LAYOUTS[source.channels]
    return stream


def is_known_sound(stream: AudioStream) -> bool:
    """Whether sound is of a kind that is decoded here: FFmpeg itself knows a hundred others."""
    context = stream.codec_context
    name = "" if context is None else context.codec.canonical_name
    return name in SOUNDS or name.startswith("pcm_")


def _is_unplaced(stream: AudioStream) -> bool:
    """Whether it is not said which channel is heard where, as in AVI."""
    return stream.layout.name.endswith(" channels")


def kept_metadata(metadata: dict[str, str]) -> dict[str, str]:
    """What describes the footage, without what describes the source's file."""
    return {key: value for key, value in metadata.items() if key.lower().partition("-")[0] not in _FILE_METADATA}
