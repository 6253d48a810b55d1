"""EXIF and XMP of a picture whose pixels have changed.

EXIF is a small TIFF file. It is patched in place, never parsed and written again: a maker note holds offsets from the
start of the block, so it is readable only as long as nothing moves. Blocks are kept without the "Exif\\0\\0" of JPEG.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from PIL import Image

ByteOrder: TypeAlias = Literal["<", ">"]

ORIENTATION = 0x0112
EXIF_IFD = 0x8769
GPS_IFD = 0x8825
_INTEROP_IFD = 0xA005
_SHORT, _LONG = 3, 4
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}  # TIFF 6.0: type to bytes
_XP_TAGS = range(0x9C9B, 0x9CA0)  # title, comment, author, keywords and subject, as Windows writes them

# Tags that say something about the picture, not about how its pixels lie in a file
DESCRIPTIVE = frozenset(
    {0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x013C, 0x4746, 0x4749, 0x8298, EXIF_IFD, GPS_IFD, *_XP_TAGS}
)


@dataclass(frozen=True)
class Entry:
    """One entry of a directory: ``at`` is where its 12 bytes stand in the block."""

    tag: int
    kind: int
    at: int


def byte_order(block: bytes | bytearray) -> ByteOrder:
    """Of a TIFF block, as struct wants it; ValueError if this is none."""
    if block[:4] == b"II*\0":
        return "<"
    if block[:4] == b"MM\0*":
        return ">"
    raise ValueError("not a TIFF block")


def entries(block: bytes | bytearray, directory: int) -> Iterator[Entry]:
    """The entries of the directory at an offset; struct.error where it leaves the block."""
    order = byte_order(block)
    (count,) = struct.unpack_from(order + "H", block, directory)
    for at in range(directory + 2, directory + 2 + 12 * count, 12):
        tag, kind = struct.unpack_from(order + "HH", block, at)
        struct.unpack_from("12x", block, at)
        yield Entry(tag, kind, at)


def first_directory(block: bytes | bytearray) -> int:
    """Offset of IFD0."""
    return int(struct.unpack_from(byte_order(block) + "I", block, 4)[0])


def tidy(block: bytes | None, width: int, height: int) -> bytes | None:
    """The block for upright sRGB pixels of this size: no rotation, no thumbnail of the picture as it was.

    Everything else stays as and where it is. None for no block, and for one too damaged to be patched.
    """
    if block is None:
        return None
    exif = bytearray(re.sub(rb"^(Exif\0\0)+", b"", block))
    try:
        order = byte_order(exif)
        first = first_directory(exif)
        pointers = _patch(exif, first, {ORIENTATION: 1})
        if EXIF_IFD in pointers:  # colour space 1 is sRGB; a wrong size would survive rotation
            _patch(exif, pointers[EXIF_IFD], {0xA001: 1, 0xA002: width, 0xA003: height})
        (count,) = struct.unpack_from(order + "H", exif, first)
        link = first + 2 + 12 * count
        (second,) = struct.unpack_from(order + "I", exif, link)
    except (ValueError, struct.error):
        return None
    struct.pack_into(order + "I", exif, link, 0)
    return bytes(_without_thumbnail(exif, second) if second else exif)


def _patch(exif: bytearray, directory: int, values: dict[int, int]) -> dict[int, int]:
    """Overwrite numbers of one directory where it has them; returns its single long values by tag (the pointers)."""
    order, longs = byte_order(exif), {}
    for entry in entries(exif, directory):
        count, value = struct.unpack_from(order + "II", exif, entry.at + 4)
        if count != 1 or entry.kind not in (_SHORT, _LONG):
            continue
        if entry.tag in values:
            new = values[entry.tag]
            if entry.kind == _LONG:
                struct.pack_into(order + "I", exif, entry.at + 8, new)
            elif new < 65536:
                struct.pack_into(order + "H", exif, entry.at + 8, new)
        elif entry.kind == _LONG:
            longs[entry.tag] = value
    return longs


def _without_thumbnail(exif: bytearray, directory: int) -> bytearray:
    try:
        pointers = _patch(exif, directory, {})
    except struct.error:
        return exif
    start, size = pointers.get(0x0201, 0), pointers.get(0x0202, 0)
    if not 8 < start < start + size <= len(exif):
        return exif
    if start + size == len(exif):  # nearly always
        return exif[:start]
    exif[start : start + size] = bytes(size)
    return exif


def carried(block: bytes) -> dict[int, bytes]:
    """The descriptive entries of IFD0, by tag: 12 bytes each, to be put into another directory of the same file.

    One that points out of the block is left out: readers would take the rest of that directory for damaged.
    """
    order, kept = byte_order(block), {}
    for entry in entries(block, first_directory(block)):
        count, offset = struct.unpack_from(order + "II", block, entry.at + 4)
        size = count * _SIZES.get(entry.kind, len(block))
        if entry.tag in DESCRIPTIVE and (size <= 4 or offset + size <= len(block)):
            kept[entry.tag] = block[entry.at : entry.at + 12]
    return kept


def from_tiff(tags: Image.Exif) -> bytes | None:
    """What a TIFF file says about its picture, as a block of its own; None if it says nothing, or is damaged."""
    kept, empty = Image.Exif(), True
    try:
        for tag in sorted(DESCRIPTIVE.intersection(tags)):
            if tag in (EXIF_IFD, GPS_IFD):
                nested = {name: value for name, value in tags.get_ifd(tag).items() if name != _INTEROP_IFD}
                if not nested:
                    continue
                kept.get_ifd(tag).update(nested)
            else:
                kept[tag] = tags[tag]
            empty = False
        return None if empty else kept.tobytes()
    except Exception:  # Pillow has no error of its own for values that do not suit their tag
        return None


def upright_xmp(xmp: bytes | None) -> bytes | None:
    """XMP for upright pixels: an orientation in it becomes 1."""
    return re.sub(rb"(tiff:Orientation\s*(?:=\s*[\"']|>\s*))\d", rb"\g<1>1", xmp) if xmp else None
