"""How a clip can be encoded: containers, codecs and what can be chosen of each.

PyAV's wheels bundle x264 and x265, which are GPL.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from goldenhour.render.clip import ClipError

FORMATS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm"}
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
    name = encoding.codec or default_codec(target.suffix)
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


def default_codec(suffix: str) -> str:
    """The codec of a file where none is asked for: AV1 in WebM, else H.264."""
    return "av1" if FORMATS.get(suffix.lower()) == "webm" else "h264"


def fitting_suffix(source: str, codec: str | None) -> str:
    """The suffix of a graded clip: that of its source, if the codec goes into such a file, else .mp4 or .mov."""
    containers = CODECS[codec].containers if codec in CODECS else tuple(FORMATS.values())
    return next(suffix for suffix in (source.lower(), ".mp4", ".mov") if FORMATS.get(suffix) in containers)
