"""A picture to the bytes of a file. Writing them is ``picture_file.write_picture``'s work."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from tempfile import TemporaryFile
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from goldenhour.render import exif
from goldenhour.render.icc import Pixels
from goldenhour.render.picture import Picture

_JPEG_SEGMENT = 65_000  # of the 65,533 bytes that an APP1 segment holds, some go to its name


def encode(picture: Picture, suffix: str, quality: int | None) -> bytes:
    """The file for a suffix in ENCODERS; ``quality`` 1..100 or None; what encoders raise where a picture won't fit."""
    return ENCODERS[suffix](picture, quality)


def _eight_bit(samples: Pixels) -> NDArray[np.uint8]:
    """Rounded, so that a 16-bit value that was 8-bit times 257 comes back exactly."""
    if samples.dtype == np.uint8:
        return np.asarray(samples, np.uint8)
    rounded = np.empty(samples.shape, np.uint8)
    for row, out in zip(samples, rounded, strict=True):  # by rows: 32-bit copies of a whole picture are slow
        out[...] = (row.astype(np.uint32) * 255 + 32767) // 65535
    return rounded


def _joined(picture: Picture) -> Pixels:
    """(H, W, 3), or (H, W, 4) with alpha."""
    return picture.pixels if picture.alpha is None else np.dstack([picture.pixels, picture.alpha])


def _on_white(picture: Picture) -> NDArray[np.uint8]:
    pixels = _eight_bit(picture.pixels)
    if picture.alpha is None:
        return pixels
    alpha = _eight_bit(picture.alpha).astype(np.uint32)[..., None]
    return ((pixels * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def _save(samples: NDArray[np.uint8], picture: Picture, format_: str, **options: Any) -> bytes:
    given = {"exif": picture.exif, "xmp": picture.xmp, "icc_profile": picture.icc} | options
    with TemporaryFile() as file:  # of the system: only for those does Pillow let other threads go on meanwhile
        Image.fromarray(samples).save(file, format_, **{k: v for k, v in given.items() if v is not None})
        file.seek(0)
        return file.read()


def _jpeg(picture: Picture, quality: int | None) -> bytes:
    block = picture.exif and b"Exif\0\0" + picture.exif
    return _save(
        _on_white(picture),
        picture,
        "JPEG",
        quality=95 if quality is None else quality,
        subsampling=picture.subsampling or "4:4:4",
        # JPEG has no room for more: a picture without a long editing history is worth more than none
        exif=block if block and len(block) < _JPEG_SEGMENT else None,
        xmp=picture.xmp if picture.xmp and len(picture.xmp) < _JPEG_SEGMENT else None,
        dpi=picture.dpi,
    )


def _webp(picture: Picture, quality: int | None) -> bytes:
    return _save(
        _eight_bit(_joined(picture)), picture, "WEBP", quality=92 if quality is None else quality, method=3, exact=True
    )


def _avif(picture: Picture, quality: int | None) -> bytes:
    return _save(
        _eight_bit(_joined(picture)),
        picture,
        "AVIF",
        quality=88 if quality is None else quality,
        subsampling="4:4:4",
        speed=8,
    )


def _heif(picture: Picture, quality: int | None) -> bytes:
    import pillow_heif  # noqa: PLC0415 - slow to import, and few need it

    samples = np.ascontiguousarray(_eight_bit(_joined(picture)))
    height, width, channels = samples.shape
    file = BytesIO()
    image = pillow_heif.from_bytes("RGBA" if channels == 4 else "RGB", (width, height), samples.tobytes())
    image.save(
        file,
        quality=90 if quality is None else quality,
        exif=picture.exif,
        xmp=picture.xmp,
        icc_profile=picture.icc,
        chroma=420,  # phones decode no other
        enc_params={"preset": "veryfast"},  # "slow", the default, takes 3 times as long
    )
    return file.getvalue()


def _png(picture: Picture, quality: int | None) -> bytes:  # noqa: ARG001
    """By OpenCV, because Pillow has no 16-bit RGB; the metadata go right behind the header."""
    joined = _joined(picture)
    swapped = cv2.cvtColor(joined, cv2.COLOR_RGBA2BGRA if joined.shape[2] == 4 else cv2.COLOR_RGB2BGR)
    done, encoded = cv2.imencode(".png", swapped, [cv2.IMWRITE_PNG_COMPRESSION, 4])
    if not done:
        raise ValueError("OpenCV refused")
    chunks = b""
    if picture.icc:
        chunks += _chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(picture.icc))
    if picture.dpi:
        chunks += _chunk(b"pHYs", struct.pack(">IIB", *(round(d / 0.0254) for d in picture.dpi), 1))
    if picture.xmp:
        chunks += _chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + picture.xmp)
    if picture.exif:
        chunks += _chunk(b"eXIf", picture.exif)
    data = encoded.tobytes()
    header = 8 + 12 + 13
    return data[:header] + chunks + data[header:]


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _tiff(picture: Picture, quality: int | None) -> bytes:  # noqa: ARG001
    """TIFF 6.0 with deflated strips, 8 or 16 bits.

    The file begins as the EXIF block does, which is a TIFF file itself: nothing in it moves, so every offset in its
    nested directories and maker note still holds. Pixels and a new first directory follow.
    """
    samples = _joined(picture)
    height, width, channels = samples.shape
    block = picture.exif or b"II*\0" + bytes(4)
    order = exif.byte_order(block)
    body = bytearray(block)
    rows = max(1, 2**20 // samples[0].nbytes)
    strips = [_strip(samples[top : top + rows], order) for top in range(0, height, rows)]
    offsets = []
    for strip in strips:
        body += bytes(-len(body) % 4)
        offsets.append(len(body))
        body += strip
    fields: list[tuple[int, str, list[int]]] = [
        (256, "I", [width]),
        (257, "I", [height]),
        (258, "H", [samples.itemsize * 8] * channels),
        (259, "H", [8]),  # deflate
        (262, "H", [2]),  # RGB
        (273, "I", offsets),
        (277, "H", [channels]),
        (278, "I", [rows]),
        (279, "I", [len(strip) for strip in strips]),
        (284, "H", [1]),
        (317, "H", [2]),  # horizontal differences
    ]
    if channels == 4:
        fields.append((338, "H", [2]))  # straight alpha
    if picture.dpi:
        x, y = (round(d * 1000) for d in picture.dpi)
        fields += [(282, "II", [x, 1000]), (283, "II", [y, 1000]), (296, "H", [2])]
    fields += [(tag, "B", list(data)) for tag, data in ((700, picture.xmp), (34675, picture.icc)) if data]
    directory = {tag: _field(body, order, tag, code, values) for tag, code, values in fields}
    if picture.exif:
        directory = exif.carried(block) | directory
    body += bytes(-len(body) % 4)
    struct.pack_into(order + "I", body, 4, len(body))
    body += struct.pack(order + "H", len(directory)) + b"".join(directory[tag] for tag in sorted(directory)) + bytes(4)
    return bytes(body)


def _strip(samples: Pixels, order: exif.ByteOrder) -> bytes:
    differences = samples.copy()
    differences[:, 1:] -= samples[:, :-1]  # modulo 2^8 or 2^16, as predictor 2 wants
    return zlib.compress(np.asarray(differences, differences.dtype.newbyteorder(order)).tobytes(), 4)


def _field(body: bytearray, order: exif.ByteOrder, tag: int, code: str, values: list[int]) -> bytes:
    """One directory entry; a value of more than four bytes is put at the end of the body."""
    kind = {"B": 1, "H": 3, "I": 4, "II": 5}[code]
    data = struct.pack(f"{order}{len(values)}{code[0]}", *values)
    head = struct.pack(order + "HHI", tag, kind, len(values) // len(code))
    if len(data) <= 4:
        return head + data.ljust(4, b"\0")
    body += bytes(-len(body) % 4)
    body += data
    return head + struct.pack(order + "I", len(body) - len(data))


ENCODERS: dict[str, Callable[[Picture, int | None], bytes]] = {
    ".jpg": _jpeg,
    ".jpeg": _jpeg,
    ".png": _png,
    ".webp": _webp,
    ".tif": _tiff,
    ".tiff": _tiff,
    ".heic": _heif,
    ".heif": _heif,
    ".avif": _avif,
}
