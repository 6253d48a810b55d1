"""What a worker can be told to do, as JSON, and what a request may say of it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from goldenhour.events.event import MediaKind
from goldenhour.render.clip import CLIP_SUFFIXES, ClipError, ClipLimits
from goldenhour.render.clip_codecs import CODECS, FORMATS, Encoding, check_encoding, default_codec, fitting_suffix
from goldenhour.render.picture import Limits
from goldenhour.serve.media.protocol import CONTAINERS, PROXY_OF_CLIP, SUFFIXES, TARGET, Work
from goldenhour.serve.media.protocol import FORMATS as PICTURES
from goldenhour.serve.problems import Problem
from goldenhour.tools import Recipe
from goldenhour.tools.sentences import names, shorten

TYPES = {
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".tif": "image/tiff",
    ".heic": "image/heic",
    ".avif": "image/avif",
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".mkv": "video/matroska",
    ".webm": "video/webm",
}
_BEST, _WORST = 0.2, 0.8  # shares of a codec's worst rate factor, for the qualities 100 and 0


def grading_of_picture(source: str, recipe: Recipe, format_: str | None, quality: int | None, limits: Limits) -> Work:
    """Grade a picture; raises Problem for a format that is not written."""
    if format_ is not None and format_.lower() not in SUFFIXES:
        raise Problem(
            422, f"format is {shorten(format_)}: choose {names(PICTURES)}, or leave it out to keep the source's"
        )
    return {
        "kind": "picture",
        "source": source,
        "recipe": recipe.to_json(),
        "suffix": None if format_ is None else SUFFIXES[format_.lower()],
        "quality": quality,
        "pictures": asdict(limits),
    }


def grading_of_clip(
    source: str,
    recipe: Recipe,
    codec: str | None,
    container: str | None,
    quality: int | None,
    limits: ClipLimits,
) -> Work:
    """Grade a clip into a file of a kind, one of CONTAINERS; by default its own, if that can hold the codec.

    Raises Problem for other codecs and containers, and where they do not go together.
    """
    if codec is not None and codec not in CODECS:
        raise Problem(422, f"codec is {shorten(codec)}: choose {names(CODECS)}, or leave it out for H.264")
    if container is not None and container not in CONTAINERS:
        raise Problem(422, f"container is {shorten(container)}: choose {names(CONTAINERS)}, or leave it out")
    suffix = f".{container}" if container else fitting_suffix(suffix_of(source), codec)
    try:
        check_encoding(Encoding(codec), Path(TARGET + suffix))
    except ClipError:
        fitting = (one for one in CONTAINERS if FORMATS[f".{one}"] in CODECS[codec or default_codec(suffix)].containers)
        raise Problem(422, f"container {container} cannot hold {codec}: choose {names(fitting)}") from None
    return {
        "kind": "clip",
        "source": source,
        "recipe": recipe.to_json(),
        "suffix": suffix,
        "codec": codec,
        "crf": rate_factor(codec or default_codec(suffix), quality),
        "clips": asdict(limits),
    }


def proxy(source: str, media_kind: MediaKind, pictures: Limits, clips: ClipLimits) -> Work:
    """Make of a picture or a clip what a browser can show."""
    if media_kind == "photo":
        return {"kind": "proxy of a picture", "source": source, "pictures": asdict(pictures)}
    return {"kind": PROXY_OF_CLIP, "source": source, "clips": asdict(clips)}


def rate_factor(codec: str, quality: int | None) -> int | None:
    """The rate factor for a quality 1..100, evenly from four fifths of the codec's worst to one fifth; None for None.

    Raises Problem where the codec has none.
    """
    if quality is None:
        return None
    if CODECS[codec].crf is None:
        raise Problem(422, f"{codec} has no quality to choose: leave quality out")
    return round(CODECS[codec].worst_crf * (_WORST + (_BEST - _WORST) * quality / 100))


def media_kind_of(first: bytes, name: str) -> MediaKind:
    """Photo or clip: by the first bytes of a file, or where they say nothing, by its name."""
    return kind_by_content(first) or ("clip" if suffix_of(name) in CLIP_SUFFIXES else "photo")


def kind_by_content(first: bytes) -> MediaKind | None:
    """Photo or clip, as far as the first 12 bytes or more of a file say it."""
    if first.startswith((b"\xff\xd8\xff", b"\x89PNG", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return "photo"
    if first.startswith(b"RIFF"):
        return _RIFF.get(first[8:12])
    if first[4:8] == b"ftyp" and len(first) >= 12:
        return "photo" if first[8:12] in _STILL else "clip"
    if first.startswith(b"\x1aE\xdf\xa3") or first[4:8] in {b"moov", b"mdat", b"wide", b"free"}:
        return "clip"
    return None


def suffix_of(name: str) -> str:
    """A file name's suffix in small letters, with its dot."""
    stem, dot, suffix = name.rpartition(".")
    return f".{suffix.lower()}" if dot and stem else ""


_RIFF: dict[bytes, MediaKind] = {b"WEBP": "photo", b"AVI ": "clip"}
# brands of files that hold pictures (ISO/IEC 23008-12, AVIF, and Canon's raw ones)
_STILL = {
    *(b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"),
    b"crx ",
}
