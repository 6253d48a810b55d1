"""Pictures, metadata and files from which the tests of picture files are made."""

import struct
import zlib
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from goldenhour.render.picture import PictureError
from goldenhour.render.picture_file import read_picture

EXIF_IFD, GPS_IFD, ORIENTATION = 0x8769, 0x8825, 0x0112
MAKER_NOTE = b"Maker\0" + bytes(range(64))
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r xmlns:tiff="t" tiff:Orientation="6" tiff:Make="caf\xc3\xa9"/></x:xmpmeta>'
)
UPRIGHT_XMP = XMP.replace(b'Orientation="6"', b'Orientation="1"')
LOSSLESS = [".png", ".tif", ".tiff"]
EIGHT = [".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".heic", ".heif", ".avif"]


def smooth(height=60, width=90, channels=3):
    """A picture that compresses like a photo: gradients, all corners different."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    return np.stack([x, y, 1 - x * y, 0.2 + 0.7 * x * y][:channels], axis=-1)


PIXELS8 = np.rint(smooth() * 255).astype(np.uint8)
PIXELS16 = np.rint(smooth() * 65535).astype(np.uint16)


ALPHA8 = np.rint(smooth(channels=4)[..., 3] * 255).astype(np.uint8)


ALPHA16 = np.rint(smooth(channels=4)[..., 3] * 65535).astype(np.uint16)


def camera_exif(orientation=1):
    tags = Image.Exif()
    tags[0x0110] = "Reference 1"
    tags[0x8298] = "Somebody"
    tags[ORIENTATION] = orientation
    tags.get_ifd(EXIF_IFD).update({0x9003: "2024:05:06 07:08:09", 0x927C: MAKER_NOTE, 0x829A: IFDRational(1, 125)})
    tags.get_ifd(EXIF_IFD).update({0xA001: 65535, 0xA002: 5, 0xA003: 7})  # not sRGB, a wrong size
    tags.get_ifd(GPS_IFD).update({1: "N", 2: (48.0, 8.0, 14.5), 3: "E", 4: (11.0, 34.0, 31.75)})
    return tags.tobytes()[6:]


def tags_of(block):
    tags = Image.Exif()
    tags.load(block)
    return tags


def check_camera(block):
    tags = tags_of(block)
    assert tags[0x0110] == "Reference 1"
    assert tags[0x8298] == "Somebody"
    assert tags.get(ORIENTATION, 1) == 1
    nested = tags.get_ifd(EXIF_IFD)
    assert nested[0x9003] == "2024:05:06 07:08:09"
    assert nested[0x927C] == MAKER_NOTE
    assert nested[0x829A] == Fraction(1, 125)
    assert [float(v) for v in tags.get_ifd(GPS_IFD)[2]] == [48.0, 8.0, 14.5]
    assert tags.get_ifd(GPS_IFD)[3] == "E"


def save(path, image, **options):
    image.save(path, **options)
    return path


def wrong(path, limits=None):
    """The sentence about a file that cannot be read."""
    with pytest.raises(PictureError) as caught:
        read_picture(path, limits)
    sentence = str(caught.value)
    assert sentence.startswith(path.name + " ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def with_orientation(path, orientation):
    """Put an orientation into a 16-bit file: Pillow cannot write one."""
    data = path.read_bytes()
    if data.startswith(b"\x89PNG"):
        tags = Image.Exif()
        tags[ORIENTATION] = orientation
        data = data[:33] + chunk(b"eXIf", tags.tobytes()[6:]) + data[33:]
    else:  # a copy of the directory at the end, with one more entry
        (at,) = struct.unpack_from("<I", data, 4)
        (count,) = struct.unpack_from("<H", data, at)
        entries = [data[at + 2 + 12 * i :][:12] for i in range(count)]
        entries.append(struct.pack("<HHIHH", ORIENTATION, 3, 1, orientation, 0))
        entries.sort(key=lambda entry: struct.unpack_from("<H", entry))
        end = struct.pack("<H", count + 1) + b"".join(entries) + bytes(4)
        data = data[:4] + struct.pack("<I", len(data)) + data[8:] + end
    path.write_bytes(data)


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png16(samples, colour_type, extra=b""):
    height, width = samples.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def tiff16(samples, light=2, order="<", **fields):
    """One uncompressed strip; fields t338=[1] and the like are added or changed."""
    height, width = samples.shape[:2]
    channels = samples.shape[2] if samples.ndim == 3 else 1
    data = samples.astype(order + "u2").tobytes()
    given = {256: [width], 257: [height], 258: [16] * channels, 259: [1], 262: [light], 273: [8], 277: [channels]}
    given |= {278: [height], 279: [len(data)]} | {int(name[1:]): value for name, value in fields.items()}
    at = 8 + len(data)
    behind = at + 2 + 12 * len(given) + 4
    directory, tail = struct.pack(order + "H", len(given)), b""
    for tag in sorted(given):
        value = struct.pack(f"{order}{len(given[tag])}I", *given[tag])
        if len(value) > 4:
            tail, value = tail + value, struct.pack(order + "I", behind + len(tail))
        directory += struct.pack(order + "HHI", tag, 4, len(given[tag])) + value
    start = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", at)
    return start + data + directory + bytes(4) + tail
