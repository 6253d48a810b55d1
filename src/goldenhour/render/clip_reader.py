"""Reading a clip: which files are let in, and their packets and frames in the order in which they stand.

Clips come from strangers. Containers and codecs are those listed here and no others, since FFmpeg knows playlists that
open other files; size, length and dimensions are checked before anything is decoded, and again as it is. (Decoders are
C code: a server should still read uploads in a process of their own.)
"""

from __future__ import annotations

import math
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO, cast

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from goldenhour.render.clip import ClipError, ClipLimits, ClipTooLargeError

CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mxf"
CODECS = {
    *("h264", "hevc", "av1", "vp8", "vp9", "mpeg4", "mpeg2video", "mjpeg"),
    *("prores", "dnxhd", "cfhd", "ffv1"),
}
FREE_RUNNING = {"mpegts", "mpeg"}  # containers whose clock starts anywhere


@dataclass
class ClipReader:
    """An open clip: the stream that is graded, all others, and what could not be read so far."""

    name: str
    container: InputContainer
    video: VideoStream
    limits: ClipLimits
    skipped: int = 0  # frames
    cut_short: bool = False
    _frames: int = field(default=0, repr=False)
    _last: int = field(default=-(2**63), repr=False)
    _delay: int | None = field(default=None, repr=False)
    _end: float = field(default=0, repr=False)  # of what was read, in seconds
    _shape: tuple[int, int, str] | None = field(default=None, repr=False)

    @property
    def expected_frames(self) -> int | None:
        """How many frames there should be, as far as the file says."""
        rate = self.video.average_rate
        return self.video.frames or (round(self.seconds * rate) if rate and self.seconds else None)

    @property
    def start(self) -> Fraction:
        """The time in seconds that counts as the beginning."""
        free = self.container.format.name in FREE_RUNNING
        return Fraction(self.container.start_time or 0, av.time_base) if free else Fraction(0)

    def items(self) -> Iterator[av.VideoFrame | Packet[Any]]:
        """The frames of the graded stream, and the packets of all others; ends early where the file is damaged."""
        packets = self.container.demux()
        while True:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError:
                self.cut_short = True
                yield from self.frames(None)
                return
            if packet is None:
                expected = (self.container.start_time or 0) / av.time_base + self.seconds
                # a quarter of a second, and a frame whose duration is not known
                self.cut_short = self._end + 0.25 + self._step < expected
                return
            if packet.pts is not None and packet.time_base:
                self._end = max(self._end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
            if packet.stream.index == self.video.index:
                yield from self.frames(packet)
            else:
                yield packet

    def frames(self, packet: Packet[Any] | None) -> Iterator[av.VideoFrame]:
        """The frames that a packet of the video completes, ``pts`` rising; for None those that are left.

        Frames that are damaged, or whose time does not rise, are counted and passed over. Raises ClipError for a clip
        that changes its size, or has more frames than it may.
        """
        try:
            decoded = self.video.decode(packet)
        except av.error.EOFError:
            return
        except (av.error.FFmpegError, MemoryError):
            self.skipped += 1
            return
        for frame in decoded:
            frame.pts = self._time(frame)
            if frame.is_corrupt or frame.pts is None or frame.pts <= self._last:
                self.skipped += 1
                continue
            self._check(frame)
            self._last = frame.pts
            yield frame

    def _time(self, frame: av.VideoFrame) -> int | None:
        """When a frame is shown."""
        if self.container.format.name != "avi":
            return frame.dts if frame.pts is None else frame.pts
        # AVI tells times only of packets: those of the frames follow one another in the same way, but begin later
        if self._delay is None:
            self._delay = frame.dts or 0
        return self._last + 1 if frame.dts is None else frame.dts - self._delay

    def frame_at(self, seconds: float) -> av.VideoFrame | None:
        """The first readable frame shown at or after a time, or the last one before; None if there is none.

        The place in the clip moves there: to be used before or instead of ``items``.
        """
        found = None
        for earlier in (0, 10, math.inf):  # a clip without an index may be entered too late
            self._enter(seconds - earlier)
            frames = (item for item in self.items() if isinstance(item, av.VideoFrame))
            for number, frame in enumerate(frames):
                found = frame
                if frame.time >= seconds:
                    if number or frame.time < seconds + self._step:
                        return frame
                    break
        return found

    def _enter(self, seconds: float) -> None:
        """Go to a key frame at or before a time, as far as the clip allows."""
        start = self.video.start_time or 0
        place = start if seconds == -math.inf else max(round(seconds / (self.video.time_base or 1)), start)
        with suppress(av.error.FFmpegError):  # a clip without an index is read from where it stands
            self.container.seek(place, stream=self.video)
        self._last, self._frames, self._delay = -(2**63), 0, 0

    @property
    def seconds(self) -> float:
        """How long the clip is, as far as its file says, else 0."""
        return max(self.container.duration or 0, 0) / av.time_base

    @property
    def _step(self) -> float:
        """How long a frame lasts on average, in seconds."""
        return float(1 / (self.video.average_rate or 25))

    def _check(self, frame: av.VideoFrame) -> None:
        shape = frame.width, frame.height, frame.format.name
        if self._shape is None:
            _check_size(self.name, frame.width, frame.height, self.limits)
        elif shape != self._shape:
            raise ClipError(f"{self.name} changes its size or format in mid-clip: export it anew in another program.")
        self._shape = shape
        self._frames += 1
        if self._frames > self.limits.frames:
            raise ClipTooLargeError(_too_long(self.name, f"{self.limits.frames:,g} frames", "FRAMES"))


@contextmanager
def open_clip(path: Path, limits: ClipLimits | None = None) -> Iterator[ClipReader]:
    """Open a clip; without ``limits`` those of the environment hold. Raises ClipError, and nothing else."""
    limits = limits or ClipLimits.from_environment()
    with _open_file(path, limits) as file, _open_container(file, path.name, limits) as container:
        reader = ClipReader(path.name, container, _graded_stream(container, path.name), limits)
        context = reader.video.codec_context
        _check_size(path.name, context.width, context.height, limits)
        if reader.seconds > 60 * limits.minutes:
            raise ClipTooLargeError(_too_long(path.name, f"{limits.minutes:g} minutes", "MINUTES"))
        if (reader.expected_frames or 0) > limits.frames:
            raise ClipTooLargeError(_too_long(path.name, f"{limits.frames:,g} frames", "FRAMES"))
        reader.video.thread_type = "AUTO"
        yield reader


def _open_file(path: Path, limits: ClipLimits) -> BinaryIO:
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise ClipError(f"{path} is a folder: name a clip.")
        if not stat.S_ISREG(found.st_mode):  # opening a pipe would wait for ever
            raise ClipError(f"{path.name} is no ordinary file: name a clip.")
        if not found.st_size:
            raise ClipError(f"{path.name} is empty: copy or download it again.")
        if found.st_size > limits.megabytes * 1e6:
            raise ClipTooLargeError(_too_long(path.name, f"{limits.megabytes:g} megabytes", "MEGABYTES"))
        return path.open("rb")
    except ClipError:
        raise
    except FileNotFoundError:
        raise ClipError(f"{path} does not exist: check its name and folder.") from None
    except (OSError, ValueError) as error:
        raise ClipError(f"{path.name} cannot be opened: {getattr(error, 'strerror', None) or error}.") from None


def _open_container(file: BinaryIO, name: str, limits: ClipLimits) -> InputContainer:
    # a file object, never a name: FFmpeg would take some names for addresses
    options = {"format_whitelist": CONTAINERS, "max_pixels": str(int(limits.side**2))}
    try:
        return cast("InputContainer", av.open(file, options=options, metadata_errors="replace"))
    except (av.error.FFmpegError, ValueError, OSError) as error:
        file.seek(0)
        if file.read(12)[4:8] in {b"ftyp", b"mdat", b"moov", b"wide", b"free"}:
            raise ClipError(f"{name} is cut off or damaged: copy or download it again.") from error
        raise ClipError(f"{name} is not a clip that can be read: convert it to MP4 with H.264 first.") from error


def _graded_stream(container: InputContainer, name: str) -> VideoStream:
    """The first video stream that is no cover picture."""
    pictures = [stream for stream in container.streams.video if not is_cover(stream)]
    if not pictures:
        raise ClipError(f"{name} has sound but no picture: name a clip.")
    context = pictures[0].codec_context
    codec = context.codec.canonical_name if context is not None else "unknown"
    if codec not in CODECS:
        raise ClipError(f"{name} is coded as {codec}, which is not supported: convert it to H.264 first.")
    if context.codec_tag in {"dvh1", "dvhe", "dav1"}:
        raise ClipError(f"{name} is an HDR clip (Dolby Vision), which is not supported: export it as SDR.")
    return pictures[0]


def is_cover(stream: Stream) -> bool:
    """Whether a video stream is a picture for the shelf."""
    return bool(stream.disposition & Disposition.attached_pic)


def _check_size(name: str, width: int, height: int, limits: ClipLimits) -> None:
    if min(width, height) < 1:
        raise ClipError(f"{name} is damaged: it does not say how large its frames are.")
    if max(width, height) > limits.side:
        raise ClipTooLargeError(
            f"{name} has frames of {width} × {height} pixels, more than {limits.side:g} on a side: "
            "make it smaller, or raise GOLDENHOUR_MAX_CLIP_SIDE."
        )


def _too_long(name: str, most: str, setting: str) -> str:
    return f"{name} has more than {most}: cut it, or raise GOLDENHOUR_MAX_CLIP_{setting}."
