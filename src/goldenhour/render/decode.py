"""The bytes of a picture file to pixels as they stand in it, and its metadata. See ``picture`` for what is not read."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

# All plugins that are used, by name: Pillow would otherwise import every one it has
from PIL import (
    AvifImagePlugin,
    Image,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from goldenhour.render import exif
from goldenhour.render.declared_colour import chunks_of_png, light_of_png, profile_of_nclx, profile_of_png
from goldenhour.render.icc import Pixels

_PLUGINS = (AvifImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin)
_EIGHT_BIT_MODES = {"1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBX", "RGBa", "CMYK", "YCbCr"}
_SUBSAMPLING = {0: "4:4:4", 1: "4:2:2", 2: "4:2:0"}


class RefusedError(Exception):
    """Why a file is not read: the rest of a sentence that begins with the file's name."""


class TooManyError(RefusedError):
    """It has more pixels or bytes than it may have."""


@dataclass(frozen=True)
class Decoded:
    """A picture as it stands in its file.

    ``base`` is grey (H, W), RGB (H, W, 3) or CMYK (H, W, 4), uint8 or uint16, in the colours of its profile and still
    to be turned by ``orientation`` (EXIF 1..8); ``alpha`` (H, W) straight; ``info`` what Pillow found.
    """

    format: str
    base: Pixels
    alpha: Pixels | None
    orientation: int
    info: Mapping[Any, Any]
    exif: bytes | None
    subsampling: str | None = None


def decode(data: bytes, megapixels: float) -> Decoded:
    """Decode a file of at most so many million pixels.

    Raises RefusedError for what is not supported, and nearly any exception for a damaged file.
    """
    format_ = _sniff(data)
    if format_ == "HEIF":
        return _decode_heif(data, megapixels)
    return _decode_tiff(data, megapixels) if format_ == "TIFF" else _decode_one(data, format_, megapixels)


def _sniff(data: bytes) -> str:
    """The format by the first bytes."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    if data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "TIFF"
    if data[4:8] == b"ftyp":
        brands = data[8 : min(int.from_bytes(data[:4], "big"), 256)]
        if b"avif" in brands or b"avis" in brands:
            return "AVIF"
        if re.match(rb"hei[cxms]|hev[cxms]|mif1|msf1", brands):
            return "HEIF"
    raise RefusedError("is not a JPEG, PNG, WebP, TIFF, HEIC or AVIF picture: convert it to one of these first.")


def _check_pixels(width: int, height: int, megapixels: float) -> None:
    if width * height > megapixels * 1e6:
        raise TooManyError(
            f"has {width} × {height} pixels, more than {megapixels:g} megapixels: "
            "make it smaller, or raise GOLDENHOUR_MAX_MEGAPIXELS."
        )


def _check_light(transfer: int) -> None:
    """Refuse HEIC and AVIF in PQ or HLG (codes of ITU-T H.273): taken as sRGB they would be grey and flat."""
    if transfer in (16, 18):
        raise RefusedError("is an HDR picture (PQ or HLG), which is not supported: export it as SDR first.")


def _decode_one(data: bytes, format_: str, megapixels: float) -> Decoded:
    """JPEG, PNG, WebP or AVIF by Pillow; PNG of 16 bits, which Pillow would reduce to 8, by OpenCV."""
    if format_ == "WEBP" and data[12:16] == b"VP8X":  # the only kind whose canvas can be huge; allocated on opening
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
        _check_pixels(width, height, megapixels)
    if format_ == "AVIF" and b"tmap" not in data:  # a gain map's alternate is HDR where the picture is not
        _check_light(_nclx(data)[1])
    chunks: dict[bytes, bytes] = {}
    if format_ == "PNG":
        _verify_png(data)
        chunks = chunks_of_png(data)
        _check_light(light_of_png(chunks))
    image = Image.open(BytesIO(data), formats=[format_])
    _check_pixels(image.width, image.height, megapixels)
    frames = getattr(image, "n_frames", 1)
    if format_ != "JPEG" and frames > 1:
        raise RefusedError(f"is an animation of {frames} pictures: save the one you want as a picture of its own.")
    image.load()
    base, alpha = _png16(data, image) if format_ == "PNG" and data[24] == 16 else _eight_bit(image)
    orientation, block = _said(image)
    grey = base.ndim == 2
    declared = _declared_by_avif(data, grey=grey) if format_ == "AVIF" else profile_of_png(chunks, grey=grey)
    info = image.info | ({} if declared is None else {"icc_profile": declared})
    return Decoded(format_, base, alpha, orientation, info, block, _subsampling(image))


def _declared_by_avif(data: bytes, *, grey: bool) -> bytes | None:
    """The profile of colours that are declared by numbers, unless an embedded one goes before them."""
    return None if grey or b"colrprof" in data or b"colrrICC" in data else profile_of_nclx(*_nclx(data))


def _nclx(data: bytes) -> tuple[int, int]:
    """The codes of the primaries and of the transfer function that an AVIF file declares, 0 where it has none."""
    at = data.find(b"colrnclx")
    return struct.unpack_from(">HH", data, at + 8) if 0 <= at < len(data) - 12 else (0, 0)


def _said(image: Image.Image) -> tuple[int, bytes | None]:
    """Orientation and EXIF; a picture whose EXIF is damaged is better than none."""
    info = image.info
    try:
        orientation = image.getexif().get(exif.ORIENTATION, 1)
        raw = info.get("Raw profile type exif")  # ImageMagick's way into PNG, before there was a chunk for it
        if "exif" not in info and isinstance(raw, str):
            return orientation, bytes.fromhex("".join(raw.split("\n")[3:]))
    except Exception:  # Pillow has no error of its own for this
        return 1, None
    return orientation, info.get("exif")


def _subsampling(image: Image.Image) -> str | None:
    if not isinstance(image, JpegImagePlugin.JpegImageFile):
        return None
    return _SUBSAMPLING.get(JpegImagePlugin.get_sampling(image))


def _verify_png(data: bytes) -> None:
    """Raise for a file that is cut off or whose pixels are damaged: decoders may show it with black rows instead."""
    at, name, view = 8, b"", memoryview(data)
    while name != b"IEND":
        length = int.from_bytes(data[at : at + 4], "big")
        name = data[at + 4 : at + 8]
        end = at + 8 + length
        if len(data) < end + 4:
            raise EOFError
        critical = not name[0] & 32
        if critical and zlib.crc32(view[at + 4 : end]) != int.from_bytes(view[end : end + 4], "big"):
            raise ValueError("checksum")
        at = end + 4


def _eight_bit(image: Image.Image) -> tuple[Pixels, Pixels | None]:
    """Grey, RGB or CMYK of a loaded picture, and its alpha."""
    if image.mode not in _EIGHT_BIT_MODES:
        raise RefusedError(f"stores its pixels in an unusual way ({image.mode}): save it as 8 or 16-bit RGB first.")
    grey = image.mode in ("1", "L", "LA", "La")
    alpha = None
    if image.has_transparency_data and image.mode != "CMYK":
        image = image.convert("LA" if grey else "RGBA")
        alpha = np.array(image.getchannel("A"))
    wanted = "L" if grey else "RGB"
    if image.mode != wanted and (image.mode != "CMYK" or not image.info.get("icc_profile")):
        image = image.convert(wanted)
    return np.array(image), alpha


def _decode_tiff(data: bytes, megapixels: float) -> Decoded:
    """The only page of a TIFF file; reduced-resolution pages and masks beside it (tag 254) do not count."""
    image = Image.open(BytesIO(data), formats=["TIFF"])
    assert isinstance(image, TiffImagePlugin.TiffImageFile)  # noqa: S101 - for the type checker
    _check_pixels(image.width, image.height, megapixels)
    tags = image.tag_v2
    deep = _check_tiff(tags, data)
    light, extra = tags.get(262), (tags.get(338) or (2,))[0]
    said = image.getexif()
    block, orientation = exif.from_tiff(said), said.get(exif.ORIENTATION, 1)
    if not deep or exif.ORIENTATION in tags:  # Pillow and OpenCV turn TIFF by themselves; OpenCV knows no XMP
        orientation = 1
    image.load()
    base, alpha = _tiff16(data, inverted=light == 0, extra=extra) if deep else _eight_bit(image)
    info = dict(image.info)
    _check_pages(image)
    return Decoded("TIFF", base, alpha, orientation, info, block)


def _check_tiff(tags: TiffImagePlugin.ImageFileDirectory_v2, data: bytes) -> bool:
    """Whether its samples have 16 bits; RefusedError for what cannot be read or is a raw file."""
    if tags.get(254, 0) & 1 or 50706 in tags or data[8:10] == b"CR":
        raise RefusedError("is a camera's raw file: develop it to a picture first.")
    bits = max(tags.get(258, (1,)))
    if bits not in (1, 2, 4, 8, 16):
        raise RefusedError(f"has {bits} bits per channel: save it with 8 or 16 first.")
    unusual = set(tags.get(339, (1,))) != {1} or tags.get(262) not in (0, 1, 2) or tags.get(284, 1) != 1
    if bits == 16 and unusual:
        raise RefusedError("is a 16-bit TIFF of an unusual kind: save it as 16-bit RGB, interleaved, first.")
    return bool(bits == 16)


def _check_pages(image: TiffImagePlugin.TiffImageFile) -> None:
    for page in range(1, 10):
        try:
            image.seek(page)
        except EOFError:
            return
        if not image.tag_v2.get(254, 0) & 5:
            break
    raise RefusedError("has several pages: save the one you want as a picture of its own.")


def _imdecode(data: bytes) -> NDArray[np.uint16]:
    """OpenCV's (H, W) grey, or (H, W, 3 or 4) turned from BGR to RGB; ValueError unless it is uint16."""
    samples = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if samples is None or samples.dtype != np.uint16:
        raise ValueError("not 16 bits")
    if samples.ndim == 3:
        samples = cv2.cvtColor(samples, cv2.COLOR_BGRA2RGBA if samples.shape[2] == 4 else cv2.COLOR_BGR2RGB)
    return np.asarray(samples, np.uint16)


def _png16(data: bytes, image: Image.Image) -> tuple[Pixels, Pixels | None]:
    samples = _imdecode(data)
    if samples.ndim == 2:
        key = image.info.get("transparency")  # OpenCV makes an alpha of a transparent colour, but not of a grey
        return samples, None if key is None else np.where(samples == key, 0, 65535).astype(np.uint16)
    base = samples[..., 0] if data[25] == 4 else samples[..., :3]
    return base, samples[..., 3] if samples.shape[2] == 4 else None


def _tiff16(data: bytes, *, inverted: bool, extra: int) -> tuple[Pixels, Pixels | None]:
    """``extra`` is TIFF's ExtraSamples: 0 no alpha, 1 premultiplied, 2 straight."""
    samples = _imdecode(data)
    if samples.ndim == 2:
        return (np.invert(samples) if inverted else samples), None
    if samples.shape[2] == 3 or extra == 0:
        return samples[..., :3], None
    return _straight(samples[..., :3], samples[..., 3], premultiplied=extra == 1)


def _straight(colour: Pixels, alpha: Pixels, *, premultiplied: bool) -> tuple[Pixels, Pixels]:
    if not premultiplied:
        return colour, alpha
    full = np.iinfo(alpha.dtype).max
    weight = np.maximum(alpha, 1).astype(np.float32).reshape(*alpha.shape, *[1] * (colour.ndim - 2))
    return np.minimum(np.rint(colour * (full / weight)), full).astype(alpha.dtype), alpha


def _decode_heif(data: bytes, megapixels: float) -> Decoded:
    """libheif turns and mirrors by itself; EXIF and XMP may repeat the rotation, which is not to be applied again."""
    import pillow_heif  # noqa: PLC0415 - slow to import, and few need it

    file = pillow_heif.open_heif(BytesIO(data), convert_hdr_to_8bit=False)
    width, height = file.size
    _check_pixels(width, height, megapixels)
    _check_light(file.info.get("nclx_profile", {}).get("transfer_characteristics", 0))
    samples = np.array(file)
    mode = file.mode.partition(";")[0]
    alpha = None
    if mode[-1] in "Aa":
        colour = samples[..., 0] if mode in ("LA", "La") else samples[..., :3]
        samples, alpha = _straight(colour, samples[..., -1], premultiplied=mode[-1] == "a")
    info = file.info
    if (nclx := info.get("nclx_profile")) and not info.get("icc_profile") and samples.ndim == 3:
        declared = profile_of_nclx(nclx.get("color_primaries", 0), nclx.get("transfer_characteristics", 0))
        info = info | {"icc_profile": declared}
    return Decoded("HEIF", samples, alpha, 1, info, info.get("exif"))
