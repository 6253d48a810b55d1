"""Small real clips, encoded by PyAV, and what is in a clip, for the tests of video."""

import subprocess
from fractions import Fraction

import av
import imageio_ffmpeg
import numpy as np
from pictures import smooth

from goldenhour.render.clip_codecs import Encoding
from goldenhour.render.clip_writer import scheduled_as_before
from goldenhour.render.footage import grade_clip
from goldenhour.tools import Recipe

FAST = Encoding(crf=10, preset="ultrafast")
NEUTRAL = Recipe.neutral()
BT709, BT601, BT2020 = 1, 6, 9
LIMITED, FULL = 1, 2
LUMA = {BT709: (0.2126, 0.0722), 5: (0.299, 0.114), BT601: (0.299, 0.114), BT2020: (0.2627, 0.0593)}


def moving(count=10, width=160, height=90):
    """Pictures of a gradient that moves, with a light that is different in each: RGB (H, W, 3), uint8."""
    picture = smooth(height, width)
    for number in range(count):
        yield np.rint(np.roll(picture, 3 * number, axis=1) * (200 + number % 50)).astype(np.uint8)


def frame_of(rgb, pixel_format="yuv420p", matrix=BT709, full_range=False):
    """A frame with exactly the colours of RGB as FFmpeg converts them."""
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), "rgb24")
    if frame.format.name != pixel_format:
        # swscale numbers BT.601 as 5
        target = 5 if matrix == BT601 else matrix
        frame = frame.reformat(
            format=pixel_format, dst_colorspace=target, dst_color_range=FULL if full_range else LIMITED
        )
    frame.pts, frame.time_base = 0, Fraction(1, 25)
    return frame


def make_clip(
    path,
    pictures=None,
    codec="libx264",
    pixel_format="yuv420p",
    *,
    rate=25,
    time_base=None,
    times=None,
    matrix=BT709,
    full_range=False,
    tags=None,
    shape=None,
    turn=None,
    options=None,
    container=None,
    sound=None,
    metadata=None,
    language=None,
):
    """A clip of RGB pictures, or of frames as they are; returns its path.

    ``times`` are in units of ``time_base``; ``tags`` matrix, primaries and transfer (None: not tagged, "auto": as the
    matrix says); ``shape`` of a pixel; ``turn`` in degrees; ``sound`` a codec.
    """
    options = {"crf": "10", "preset": "ultrafast"} if options is None and codec.startswith("libx26") else options or {}
    if codec == "libx265":
        options = {"x265-params": "log-level=none"} | options
    pictures = moving() if pictures is None else pictures
    with scheduled_as_before(), av.open(str(path), "w", options=container or {}) as output:
        video = None
        audio = output.add_stream(sound, rate=48_000) if sound else None
        for number, picture in enumerate(pictures):
            frame = (
                picture if isinstance(picture, av.VideoFrame) else frame_of(picture, pixel_format, matrix, full_range)
            )
            if video is None:
                video = output.add_stream(codec, rate=rate, options=dict(options))
                video.width, video.height, video.pix_fmt = frame.width, frame.height, frame.format.name
                context = video.codec_context
                context.time_base = time_base or 1 / Fraction(rate)
                if tags is not None:
                    context.colorspace, context.color_primaries, context.color_trc = tags
                    context.color_range = FULL if full_range else LIMITED
                if shape:
                    context.sample_aspect_ratio = shape
                if turn:
                    video.set_display_rotation(turn)
                output.metadata.update(metadata or {})
                if language:
                    video.metadata["language"] = language
            frame.colorspace = context.colorspace
            frame.color_range = context.color_range
            frame.pts, frame.time_base = (times[number] if times else number), context.time_base
            output.mux(video.encode(frame))
            if audio:
                output.mux(encoded_sound(audio, number, rate))
        output.mux(video.encode(None))
        if audio:
            output.mux(audio.encode(None))
    return path


def encoded_sound(stream, number, rate):
    """The packets of as much of a tone as one frame of video lasts."""
    first, behind = (round(n * 48_000 / Fraction(rate)) for n in (number, number + 1))
    wave = 0.3 * np.sin(np.arange(first, behind) * 2 * np.pi * 440 / 48_000)
    frame = av.AudioFrame.from_ndarray(np.stack([wave, -wave]).astype(np.float32), "fltp", "stereo")
    frame.sample_rate, frame.pts, frame.time_base = 48_000, first, Fraction(1, 48_000)
    return stream.encode(frame)


def ffmpeg(*arguments):
    """FFmpeg's own command, which knows more than PyAV: whole files from others."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *map(str, arguments)]
    subprocess.run(command, check=True, timeout=60)


def frames_of(path):
    """All frames of the first video stream, in memory."""
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


def times_of(path):
    """When each frame is shown, in seconds."""
    return [float(frame.time) for frame in frames_of(path)]


def packets_of(path, kind, place=0):
    """(time in seconds, bytes) of each packet of one stream."""
    with av.open(str(path)) as container:
        stream = [stream for stream in container.streams if stream.type == kind][place]
        return [(float(p.pts * p.time_base), bytes(p)) for p in container.demux(stream) if p.dts is not None]


def planes_of(frame):
    """The samples of a planar frame's first three planes, without what pads their rows; float64."""
    found = []
    for plane in frame.planes[:3]:
        dtype = np.uint8 if frame.format.components[0].bits == 8 else np.uint16
        rows = np.frombuffer(plane, dtype).reshape(plane.height, -1)
        found.append(rows[:, : plane.width].astype(float))
    return found


def luma_of(path):
    """The mean code value of the luma of a whole clip."""
    return float(np.mean([planes_of(frame)[0].mean() for frame in frames_of(path)]))


def rgb_of(frame):
    """A planar frame's R'G'B' 0..1 (H, W, 3), plainly by ITU-T H.273, chroma repeated; grey and RGB as well."""
    bits, peak = frame.format.components[0].bits, 2 ** frame.format.components[0].bits - 1
    shape = frame.height, frame.width
    planes = planes_of(frame)
    if frame.format.is_rgb:
        return np.stack([planes[2], planes[0], planes[1]], axis=-1) / peak
    grey = len(planes) == 1
    full = frame.color_range == FULL or frame.format.name.startswith("yuvj") or (grey and frame.color_range != LIMITED)
    kr, kb = LUMA[BT601 if frame.colorspace == 2 else frame.colorspace]
    one, middle = 2 ** (bits - 8), 2 ** (bits - 1)
    luma = planes[0] / peak if full else (planes[0] / one - 16) / 219
    blue, red = (
        (np.full(shape, 0.0), np.full(shape, 0.0))
        if grey
        else ((spread(plane, shape) - middle) / (peak if full else 224 * one) for plane in planes[1:])
    )
    r, b = luma + 2 * (1 - kr) * red, luma + 2 * (1 - kb) * blue
    return np.clip(np.stack([r, (luma - kr * r - kb * b) / (1 - kr - kb), b], axis=-1), 0, 1)


def spread(plane, shape):
    """Each sample repeated for the pixels that share it."""
    down, across = (-(-length // size) for length, size in zip(shape, plane.shape, strict=True))
    down, across = (1 << (step - 1).bit_length() for step in (down, across))
    return plane.repeat(down, axis=0).repeat(across, axis=1)[: shape[0], : shape[1]]


def encode_again(source, target, codec, **options):
    """A plain transcode of the picture."""
    with av.open(str(source)) as container, av.open(str(target), "w") as output:
        stream = None
        for frame in container.decode(video=0):
            if stream is None:
                stream = output.add_stream(codec, rate=container.streams.video[0].average_rate, options=options)
                stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, frame.format.name
                context = stream.codec_context
                context.time_base, context.color_range = frame.time_base, frame.color_range
                context.colorspace, context.color_primaries = frame.colorspace, frame.color_primaries
                context.color_trc = frame.color_trc
            frame.pict_type = 0
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return target


def black(width, height, pixel_format="yuv420p"):
    """One frame, all of it code 128."""
    frame = av.VideoFrame(width, height, pixel_format)
    for plane in frame.planes:
        plane.update(bytes([128]) * plane.buffer_size)
    return frame


def graded(path, target, recipe=NEUTRAL, encoding=FAST):
    """Grade without a word of warning."""
    grade_clip(path, target, recipe, encoding)
    return target


def streams(path, kind):
    with av.open(str(path)) as container:
        return [dict(s.metadata) | {"codec": s.codec_context.name} for s in container.streams if s.type == kind]


def video(path):
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        tags = context.colorspace, context.color_primaries, context.color_trc, context.color_range
        return context.codec.canonical_name, context.codec_tag, stream.sample_aspect_ratio, tags
