import io
import os
import re
import struct
import zlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps
from PIL.TiffImagePlugin import IFDRational

from goldenhour.render.encode import ENCODERS
from goldenhour.render.picture import Limits, Picture, PictureError
from goldenhour.render.picture_file import read_picture, write_picture

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


# Round trips


@pytest.mark.parametrize("suffix", EIGHT)
def test_eight_bits_with_all_that_is_known_come_back(suffix, tmp_path):
    path = tmp_path / f"beach{suffix}"
    write_picture(Picture(PIXELS8, exif=camera_exif(), xmp=UPRIGHT_XMP, dpi=(300.0, 240.0)), path)
    got = read_picture(path)
    assert got.pixels.dtype == np.uint8
    assert got.pixels.shape == PIXELS8.shape
    assert got.pixels.flags.c_contiguous
    assert got.pixels.flags.writeable
    assert got.alpha is None
    assert got.icc is None
    if suffix in LOSSLESS:
        assert np.array_equal(got.pixels, PIXELS8)
    assert np.abs(got.pixels.astype(int) - PIXELS8).mean() < 2
    check_camera(got.exif)
    assert got.xmp == UPRIGHT_XMP
    if suffix in (".jpg", ".png", ".tif"):
        assert got.dpi == pytest.approx((300, 240), abs=0.02)
    assert got.format == {".jpeg": "JPEG", ".jpg": "JPEG", ".tif": "TIFF", ".heic": "HEIF"}.get(
        suffix, {".tiff": "TIFF", ".heif": "HEIF"}.get(suffix, suffix[1:].upper())
    )


@pytest.mark.parametrize("suffix", LOSSLESS)
@pytest.mark.parametrize("alpha", [None, ALPHA16], ids=["opaque", "alpha"])
@pytest.mark.parametrize("exif", [None, camera_exif()], ids=["bare", "exif"])
def test_sixteen_bits_come_back_exactly(suffix, alpha, exif, tmp_path):
    path = tmp_path / f"deep{suffix}"
    write_picture(Picture(PIXELS16, alpha, exif=exif, xmp=UPRIGHT_XMP, dpi=(300.0, 300.0)), path)
    got = read_picture(path)
    assert got.pixels.dtype == np.uint16
    assert np.array_equal(got.pixels, PIXELS16)
    assert (got.alpha is None) == (alpha is None)
    if alpha is not None:
        assert np.array_equal(got.alpha, alpha)
    assert got.dpi == pytest.approx((300, 300), abs=0.02)
    assert got.xmp == UPRIGHT_XMP
    if exif:
        check_camera(got.exif)
    else:
        assert got.exif is None


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".heic", ".avif"])
def test_sixteen_bits_are_rounded_for_formats_of_eight(suffix, tmp_path):
    flat = np.full((64, 64, 3), 128 * 257 + 128, np.uint16)  # rounds to 128, would truncate to 128 too; one more: 129
    for extra, want in ((0, 128), (1, 129)):
        write_picture(Picture(flat + np.uint16(extra)), tmp_path / f"flat{suffix}", quality=100)
        assert read_picture(tmp_path / f"flat{suffix}").pixels.mean() == pytest.approx(want, abs=0.6)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
def test_alpha_is_kept_exactly(suffix, tmp_path):
    alpha = ALPHA8.copy()
    alpha[:5] = 0
    write_picture(Picture(PIXELS8, alpha), tmp_path / f"a{suffix}")
    got = read_picture(tmp_path / f"a{suffix}")
    assert np.array_equal(got.alpha, alpha)
    assert np.abs(got.pixels.astype(int) - PIXELS8).mean() < 2  # what is transparent keeps its colour


@pytest.mark.parametrize("suffix", [".heic", ".avif"])
def test_alpha_is_kept_nearly(suffix, tmp_path):
    write_picture(Picture(PIXELS8, ALPHA8), tmp_path / f"a{suffix}")
    assert np.abs(read_picture(tmp_path / f"a{suffix}").alpha.astype(int) - ALPHA8).mean() < 2


@pytest.mark.parametrize("scale", [1, 257])
def test_jpeg_lays_alpha_on_white(scale, tmp_path):
    dtype = np.uint8 if scale == 1 else np.uint16
    pixels = np.zeros((16, 48, 3), dtype)
    alpha = np.repeat(np.array([[0, 128, 255]]) * scale, 16, axis=1).repeat(16, axis=0).astype(dtype)
    write_picture(Picture(pixels, alpha), tmp_path / "a.jpg")
    assert read_picture(tmp_path / "a.jpg").pixels[8, [8, 24, 40], 0] == pytest.approx((255, 127, 0), abs=2)


@pytest.mark.parametrize(("subsampling", "kept"), [(0, "4:4:4"), (1, "4:2:2"), (2, "4:2:0")])
def test_a_jpeg_keeps_its_chroma_and_others_get_all_of_it(subsampling, kept, tmp_path):
    save(tmp_path / "in.jpg", Image.fromarray(PIXELS8), subsampling=subsampling)
    picture = read_picture(tmp_path / "in.jpg")
    assert picture.subsampling == kept
    write_picture(picture, tmp_path / "out.jpg")
    assert read_picture(tmp_path / "out.jpg").subsampling == kept
    write_picture(Picture(PIXELS8), tmp_path / "new.jpg")
    assert read_picture(tmp_path / "new.jpg").subsampling == "4:4:4"


def test_quality_changes_the_size(tmp_path):
    for suffix in (".jpg", ".webp", ".heic", ".avif"):
        sizes = []
        for quality in (20, 100):
            write_picture(Picture(PIXELS8), tmp_path / f"q{suffix}", quality)
            sizes.append((tmp_path / f"q{suffix}").stat().st_size)
        assert sizes[0] < sizes[1]


def test_other_programs_read_our_tiff_and_png(tmp_path):
    both = np.dstack([PIXELS16, ALPHA16])
    for suffix in (".png", ".tif"):
        write_picture(Picture(PIXELS16, ALPHA16, exif=camera_exif()), tmp_path / f"x{suffix}")
        by_opencv = cv2.imread(str(tmp_path / f"x{suffix}"), cv2.IMREAD_UNCHANGED)
        assert np.array_equal(by_opencv[..., [2, 1, 0, 3]], both)
        write_picture(Picture(PIXELS8, exif=camera_exif()), tmp_path / f"y{suffix}")
        with Image.open(tmp_path / f"y{suffix}") as image:
            assert np.array_equal(np.array(image), PIXELS8)
            assert image.getexif()[0x0110] == "Reference 1"
            assert image.getexif().get_ifd(EXIF_IFD)[0x927C] == MAKER_NOTE


def test_a_maker_note_stays_where_it_was_in_jpeg_and_tiff(tmp_path):
    """Its offsets count from the start of the block."""
    block = camera_exif()
    at = block.index(MAKER_NOTE)
    write_picture(Picture(PIXELS8, exif=block), tmp_path / "m.tif")
    assert (tmp_path / "m.tif").read_bytes()[at:].startswith(MAKER_NOTE)
    write_picture(Picture(PIXELS8, exif=block), tmp_path / "m.jpg")
    assert read_picture(tmp_path / "m.jpg").exif[at:].startswith(MAKER_NOTE)


# What files say


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".avif", ".16.tif", ".16.png"])
def test_orientation_is_honoured_once(suffix, orientation, tmp_path):
    path, again = tmp_path / f"turned{suffix}", tmp_path / f"again{suffix}"
    if ".16" in suffix:
        write_picture(Picture(PIXELS16), path)
        with_orientation(path, orientation)
    else:
        save(path, Image.fromarray(PIXELS8), exif=b"Exif\0\0" + camera_exif(orientation))
    stored = Image.fromarray(PIXELS8)
    stored.getexif()[ORIENTATION] = orientation
    want = np.array(ImageOps.exif_transpose(stored)).astype(int)
    got = read_picture(path)
    write_picture(got, again)
    for picture in (got, read_picture(again)):
        assert picture.pixels.shape == want.shape
        assert np.abs(picture.pixels / (257 if ".16" in suffix else 1) - want).mean() < 2
        assert picture.pixels.flags.c_contiguous
        if ".16" not in suffix:
            check_camera(picture.exif)
            assert tags_of(picture.exif).get_ifd(EXIF_IFD)[0xA002] == want.shape[1]
            assert tags_of(picture.exif).get_ifd(EXIF_IFD)[0xA001] == 1


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


def test_orientation_in_xmp_alone_counts(tmp_path):
    save(tmp_path / "x.jpg", Image.fromarray(PIXELS8), xmp=XMP)
    got = read_picture(tmp_path / "x.jpg")
    assert got.pixels.shape == (90, 60, 3)
    assert b'tiff:Orientation="1"' in got.xmp


def test_heic_is_turned_by_its_own_property_only(tmp_path):
    image = Image.fromarray(PIXELS8)
    file = pillow_heif.from_pillow(image)
    file.save(tmp_path / "irot.heic", quality=95, exif=camera_exif(6))  # pillow_heif writes the property for it
    got = read_picture(tmp_path / "irot.heic")
    assert np.abs(got.pixels.astype(int) - np.rot90(PIXELS8, -1)).mean() < 3
    check_camera(got.exif)
    plain = io.BytesIO()
    file.save(plain, quality=95, exif=camera_exif(1))
    (tmp_path / "exif.heic").write_bytes(plain.getvalue().replace(camera_exif(1), camera_exif(6)))
    assert read_picture(tmp_path / "exif.heic").pixels.shape == PIXELS8.shape


def test_the_thumbnail_of_the_picture_as_it_was_is_dropped(tmp_path):
    block = bytearray(camera_exif())
    thumbnail = b"\xff\xd8thumbnail\xff\xd9"
    (first,) = struct.unpack_from(">I", block, 4)
    (count,) = struct.unpack_from(">H", block, first)
    struct.pack_into(">I", block, first + 2 + 12 * count, len(block))
    start = len(block) + 2 + 24 + 4
    second = struct.pack(">H" + "HHII" * 2 + "I", 2, 0x0201, 4, 1, start, 0x0202, 4, 1, len(thumbnail), 0)
    for tail in (b"", b"something behind it"):
        save(tmp_path / "t.jpg", Image.fromarray(PIXELS8), exif=b"Exif\0\0" + bytes(block) + second + thumbnail + tail)
        got = read_picture(tmp_path / "t.jpg").exif
        assert thumbnail not in got
        assert tail in got
        assert tags_of(got).get_ifd(1) == {}
        check_camera(got)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_damaged_exif_costs_no_picture(suffix, tmp_path):
    for block in (b"II*\0\xff\xff\xff\x7f", b"nonsense", camera_exif()[:40]):
        write_picture(Picture(PIXELS8, exif=block), tmp_path / f"e{suffix}")
        got = read_picture(tmp_path / f"e{suffix}")
        assert got.pixels.shape == PIXELS8.shape
        assert got.exif is None


@pytest.mark.parametrize("count", [2**31, 1000])
def test_damaged_exif_does_not_damage_a_tiff(count, tmp_path):
    block = bytearray(camera_exif())
    struct.pack_into(">I", block, 8 + 2 + 4, count)  # of its first entry, the camera's model
    write_picture(Picture(PIXELS8, exif=bytes(block)), tmp_path / "e.tif")
    got = read_picture(tmp_path / "e.tif")
    assert np.array_equal(got.pixels, PIXELS8)
    assert tags_of(got.exif)[0x8298] == "Somebody"
    assert 0x0110 not in tags_of(got.exif)


def test_metadata_too_large_for_jpeg_are_left_out(tmp_path):
    large = Picture(PIXELS8, exif=camera_exif() + bytes(70_000), xmp=UPRIGHT_XMP + b" " * 70_000)
    write_picture(large, tmp_path / "l.jpg")
    assert (read_picture(tmp_path / "l.jpg").exif, read_picture(tmp_path / "l.jpg").xmp) == (None, None)
    write_picture(large, tmp_path / "l.png")
    check_camera(read_picture(tmp_path / "l.png").exif)


def test_exif_in_a_text_chunk_of_png(tmp_path):
    write_picture(Picture(PIXELS8), tmp_path / "t.png")
    data, block = (tmp_path / "t.png").read_bytes(), b"Exif\0\0" + camera_exif(3)
    text = chunk(b"tEXt", b"Raw profile type exif\0\nexif\n%8d\n" % len(block) + block.hex().encode() + b"\n")
    (tmp_path / "t.png").write_bytes(data[:33] + text + data[33:])
    got = read_picture(tmp_path / "t.png")
    check_camera(got.exif)
    assert np.array_equal(got.pixels, np.rot90(PIXELS8, 2))


# Kinds of pixels


def test_cmyk_jpeg_without_a_profile(tmp_path):
    inks = Image.fromarray(np.dstack([255 - PIXELS8, np.zeros(PIXELS8.shape[:2], np.uint8)]), "CMYK")
    got = read_picture(save(tmp_path / "c.jpg", inks, quality=95))  # Pillow writes it inverted, as Adobe does
    assert np.abs(got.pixels.astype(int) - PIXELS8).mean() < 3
    assert got.alpha is None


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
def test_grey(suffix, tmp_path):
    grey = PIXELS8[..., 0]
    got = read_picture(save(tmp_path / f"g{suffix}", Image.fromarray(grey))).pixels
    assert np.abs(got.astype(int) - grey[..., None]).max() <= (3 if suffix == ".jpg" else 0)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_grey_of_sixteen_bits(suffix, tmp_path):
    grey = PIXELS16[..., 0]
    got = read_picture(save(tmp_path / f"g{suffix}", Image.fromarray(grey))).pixels
    assert np.array_equal(got, np.repeat(grey[..., None], 3, axis=2))


def png16(samples, colour_type, extra=b""):
    height, width = samples.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_transparency_of_sixteen_bit_png(tmp_path):
    path = tmp_path / "t.png"
    path.write_bytes(png16(np.dstack([PIXELS16[..., 0], ALPHA16]), 4))
    got = read_picture(path)
    assert np.array_equal(got.pixels[..., 1], PIXELS16[..., 0])
    assert np.array_equal(got.alpha, ALPHA16)
    for samples, colour_type in ((PIXELS16[..., 0], 0), (PIXELS16, 2)):
        key = np.array(samples[3, 4], ">u2").tobytes()
        path.write_bytes(png16(samples, colour_type, chunk(b"tRNS", key)))
        same = samples == samples[3, 4]
        got = read_picture(path)
        assert np.array_equal(got.alpha, np.where(same if same.ndim == 2 else same.all(axis=2), 0, 65535))
        assert np.array_equal(got.pixels, samples if samples.ndim == 3 else np.repeat(samples[..., None], 3, axis=2))


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


@pytest.mark.parametrize("order", ["<", ">"])
def test_sixteen_bit_tiff_of_others(order, tmp_path):
    path = tmp_path / "o.tif"
    both = np.dstack([PIXELS16, ALPHA16])
    path.write_bytes(tiff16(PIXELS16, order=order))
    assert np.array_equal(read_picture(path).pixels, PIXELS16)
    path.write_bytes(tiff16(both, order=order, t338=[2]))
    assert np.array_equal(read_picture(path).alpha, ALPHA16)
    path.write_bytes(tiff16(both, order=order, t338=[0]))
    assert read_picture(path).alpha is None
    premultiplied = both.copy()
    premultiplied[..., :3] = np.rint(PIXELS16 * (ALPHA16[..., None] / 65535))
    path.write_bytes(tiff16(premultiplied, order=order, t338=[1]))
    assert np.abs(read_picture(path).pixels.astype(int) - PIXELS16).max() <= 3
    assert np.array_equal(read_picture(path).alpha, ALPHA16)


def test_sixteen_bit_tiff_whose_white_is_zero(tmp_path):
    (tmp_path / "w.tif").write_bytes(tiff16(65535 - PIXELS16[..., 0], light=0))
    assert np.array_equal(read_picture(tmp_path / "w.tif").pixels[..., 2], PIXELS16[..., 0])


def test_palette_with_transparency(tmp_path):
    image = Image.fromarray(PIXELS8).quantize(32)
    opaque = read_picture(save(tmp_path / "p.png", image))
    assert opaque.alpha is None
    assert np.array_equal(opaque.pixels, np.array(image.convert("RGB")))
    for transparency in (3, bytes(range(0, 256, 8))):
        save(tmp_path / "p.png", image, transparency=transparency)
        got = read_picture(tmp_path / "p.png")
        opacity = np.full(256, 255)
        opacity[: len(transparency) if isinstance(transparency, bytes) else 4] = (
            list(transparency) if isinstance(transparency, bytes) else [255, 255, 255, 0]
        )
        assert np.array_equal(got.alpha, opacity[np.array(image)])
        assert np.array_equal(got.pixels, opaque.pixels)


def test_few_bits_and_other_modes(tmp_path):
    path = tmp_path / "m.png"
    bits = PIXELS8[..., 0] > 99
    assert np.array_equal(read_picture(save(path, Image.fromarray(bits))).pixels[..., 0], bits * 255)
    got = read_picture(save(path, Image.fromarray(np.dstack([PIXELS8[..., 0], ALPHA8]), "LA")))
    assert np.array_equal(got.pixels[..., 2], PIXELS8[..., 0])
    assert np.array_equal(got.alpha, ALPHA8)
    key = tuple(PIXELS8[2, 2].tolist())
    got = read_picture(save(path, Image.fromarray(PIXELS8), transparency=key))
    assert np.array_equal(got.alpha == 0, (key == PIXELS8).all(axis=2))
    got = read_picture(save(path, Image.fromarray(PIXELS8[..., 0]), transparency=7))
    assert np.array_equal(got.alpha == 0, PIXELS8[..., 0] == 7)


def test_ten_bit_heic_has_sixteen(tmp_path):
    file = pillow_heif.from_bytes("RGB;16", (90, 60), PIXELS16.tobytes())
    file.save(tmp_path / "t.heic", quality=95)
    got = read_picture(tmp_path / "t.heic")
    assert got.pixels.dtype == np.uint16
    assert np.abs(got.pixels.astype(int) - PIXELS16).mean() < 600
    assert got.pixels.max() > 65000


def test_of_several_pictures_the_primary(tmp_path):
    other = Image.fromarray(255 - PIXELS8)
    save(tmp_path / "two.jpg", Image.fromarray(PIXELS8), format="MPO", save_all=True, append_images=[other], quality=95)
    got = read_picture(tmp_path / "two.jpg")
    assert got.format == "JPEG"
    assert np.abs(got.pixels.astype(int) - PIXELS8).mean() < 3
    file = pillow_heif.from_pillow(other)
    file.add_from_pillow(Image.fromarray(PIXELS8))
    file.save(tmp_path / "two.heic", quality=95, primary_index=1)
    assert np.abs(read_picture(tmp_path / "two.heic").pixels.astype(int) - PIXELS8).mean() < 3


# Files that are refused


def test_files_that_are_not_there_or_no_files(tmp_path):
    assert "does not exist" in wrong(tmp_path / "beach.jpg")
    assert "is a folder" in wrong(tmp_path)
    os.mkfifo(tmp_path / "pipe.jpg")
    assert "no ordinary file" in wrong(tmp_path / "pipe.jpg")
    (tmp_path / "empty.jpg").touch()
    assert "is empty" in wrong(tmp_path / "empty.jpg")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file(tmp_path):
    save(tmp_path / "secret.png", Image.new("L", (4, 4))).chmod(0)
    assert "permission" in wrong(tmp_path / "secret.png")


@pytest.mark.parametrize("format_", ["GIF", "BMP", "PDF", "EPS", "PPM", "TGA", "ICO"])
def test_other_formats_whatever_their_suffix(format_, tmp_path):
    save(tmp_path / "x.jpg", Image.fromarray(PIXELS8), format=format_)
    assert "is not a JPEG, PNG, WebP, TIFF, HEIC or AVIF picture" in wrong(tmp_path / "x.jpg")


def test_text_is_no_picture(tmp_path):
    (tmp_path / "x.png").write_text("ffconcat version 1.0")
    assert "is not a JPEG" in wrong(tmp_path / "x.png")


def test_animations_and_documents(tmp_path):
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue", "lime")]
    for suffix in (".png", ".webp", ".avif"):
        save(tmp_path / f"a{suffix}", frames[0], save_all=True, append_images=frames[1:])
        assert "is an animation of 3 pictures" in wrong(tmp_path / f"a{suffix}")
    save(tmp_path / "a.tif", frames[0], save_all=True, append_images=frames[1:])
    assert "has several pages" in wrong(tmp_path / "a.tif")


def test_a_small_copy_beside_a_tiff_is_no_page(tmp_path):
    small = Image.new("RGB", (20, 20))
    small.encoderinfo = {"tiffinfo": {254: 1}}
    save(tmp_path / "t.tif", Image.fromarray(PIXELS8), save_all=True, append_images=[small])
    assert np.array_equal(read_picture(tmp_path / "t.tif").pixels, PIXELS8)


def test_camera_raws(tmp_path):
    save(tmp_path / "x.nef", Image.fromarray(PIXELS8), format="TIFF", tiffinfo={254: 1})
    assert "raw file" in wrong(tmp_path / "x.nef")
    save(tmp_path / "x.dng", Image.fromarray(PIXELS8), format="TIFF", tiffinfo={50706: b"\1\4\0\0"})
    assert "raw file" in wrong(tmp_path / "x.dng")


def test_pixels_that_cannot_be_graded(tmp_path):
    path = tmp_path / "x.tif"
    assert "32 bits" in wrong(save(path, Image.fromarray(PIXELS8[..., 0].astype(np.float32))))
    assert "32 bits" in wrong(save(path, Image.fromarray(PIXELS8[..., 0].astype(np.int32))))
    assert "LAB" in wrong(save(path, Image.new("LAB", (9, 9))))
    cv2.imwrite(str(path), PIXELS8.astype(np.float32))
    assert "damaged, or of an unusual kind" in wrong(path)
    path.write_bytes(tiff16(np.dstack([PIXELS16, ALPHA16]), light=5))
    assert "16-bit TIFF of an unusual kind" in wrong(path)
    planes = tiff16(PIXELS16, t284=[2], t273=[8] * 3, t279=[60 * 90 * 2] * 3)
    path.write_bytes(planes)
    assert "16-bit TIFF of an unusual kind" in wrong(path)
    path.write_bytes(tiff16(PIXELS16, light=8))
    assert wrong(path)


def test_hdr_heic(tmp_path):
    file = pillow_heif.from_bytes("RGB;16", (90, 60), PIXELS16.tobytes())
    for transfer in (16, 18):
        light = {"color_primaries": 9, "transfer_characteristics": transfer, "matrix_coefficients": 9}
        file.save(tmp_path / "h.heic", **light, full_range_flag=1)
        assert "is an HDR picture" in wrong(tmp_path / "h.heic")


def test_hdr_avif(tmp_path):
    write_picture(Picture(PIXELS8), tmp_path / "h.avif")
    data = bytearray((tmp_path / "h.avif").read_bytes())
    at = data.index(b"colrnclx") + 10
    for transfer in (16, 18):
        struct.pack_into(">H", data, at, transfer)  # Pillow cannot write it
        (tmp_path / "h.avif").write_bytes(data)
        assert "is an HDR picture" in wrong(tmp_path / "h.avif")


def test_a_file_too_large(tmp_path):
    path = save(tmp_path / "x.png", Image.fromarray(PIXELS8))
    assert "more than 0.0001 megabytes" in wrong(path, Limits(megabytes=0.0001))


def huge_png(width, height):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(9999))) + chunk(b"IEND", b"")


BOMBS = {
    "88.png": huge_png(9000, 9833),
    "177.png": huge_png(13000, 13600),
    "4000.png": huge_png(65535, 65535),
    "x.webp": b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\xff\x3f\0" * 2 + b"VP8 \0\0\0\0",
    "x.tif": tiff16(PIXELS16, t256=[60000], t257=[60000], t278=[60000]),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_before_they_are_decoded(name, tmp_path):
    (tmp_path / name).write_bytes(BOMBS[name])
    assert "more than 50 megapixels" in wrong(tmp_path / name)


@pytest.mark.parametrize("suffix", [".jpg", ".heic", ".avif", ".webp"])
def test_declared_sizes_of_lossy_formats(suffix, tmp_path):
    write_picture(Picture(PIXELS8), tmp_path / f"x{suffix}")
    assert "has 90 × 60 pixels, more than 0.005 megapixels" in wrong(tmp_path / f"x{suffix}", Limits(megapixels=0.005))


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".heic", ".avif", ".16.png", ".16.tif"])
def test_half_a_file(suffix, tmp_path):
    path = tmp_path / f"beach{suffix}"
    noise = np.random.default_rng(1).integers(0, 65536, (60, 90, 3), np.uint16)
    write_picture(Picture(noise if ".16" in suffix else noise.astype(np.uint8)), path)
    data = path.read_bytes()
    for share in (0.5, 0.9):
        path.write_bytes(data[: int(len(data) * share)])
        assert re.search("is cut off|is damaged", wrong(path))
    if suffix in (".jpg", ".png", ".16.png"):
        assert "is cut off" in wrong(path)


@pytest.mark.parametrize("suffix", [".png", ".16.png"])
def test_damaged_pixels_of_png_are_noticed(suffix, tmp_path):
    path = tmp_path / f"x{suffix}"
    write_picture(Picture(PIXELS16 if ".16" in suffix else PIXELS8), path)
    data = bytearray(path.read_bytes())
    data[-100] ^= 4
    path.write_bytes(data)
    assert "is damaged" in wrong(path)


def test_limits_come_from_the_environment():
    assert Limits.from_environment({}) == Limits(50, 50)
    given = {"GOLDENHOUR_MAX_MEGAPIXELS": "12.5", "GOLDENHOUR_MAX_MEGABYTES": "8"}
    assert Limits.from_environment(given) == Limits(12.5, 8)
    for value in ("many", "", "0", "-3", "nan", "inf", "1000"):
        with pytest.raises(PictureError, match=r"(?i)megapixels must be .*\.$"):
            Limits.from_environment({"GOLDENHOUR_MAX_MEGAPIXELS": value})
    with pytest.raises(PictureError, match="megabytes"):
        Limits(megabytes=float("nan"))


# Writing


def test_only_known_suffixes_are_written(tmp_path):
    for name in ("x.gif", "x", "x.jpg.txt"):
        with pytest.raises(PictureError, match=rf"^{name} cannot be written: choose .*\.jpg, .*\.avif\.$"):
            write_picture(Picture(PIXELS8), tmp_path / name)
    write_picture(Picture(PIXELS8), tmp_path / "X.JPG")
    assert set(ENCODERS) == set(EIGHT)


def test_quality_must_make_sense(tmp_path):
    for quality in (0, 101, -5):
        with pytest.raises(PictureError, match="from 1 to 100"):
            write_picture(Picture(PIXELS8), tmp_path / "x.jpg", quality)


def test_folders_that_cannot_be_written(tmp_path):
    with pytest.raises(PictureError, match=r"^x\.jpg cannot be written: its folder does not exist"):
        write_picture(Picture(PIXELS8), tmp_path / "nowhere" / "x.jpg")
    (tmp_path / "f").touch()
    with pytest.raises(PictureError, match=r"^x\.jpg cannot be"):
        write_picture(Picture(PIXELS8), tmp_path / "f" / "x.jpg")
    (tmp_path / "d.png").mkdir()
    with pytest.raises(PictureError, match=r"^d\.png is a folder"):
        write_picture(Picture(PIXELS8), tmp_path / "d.png")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["d.png", "f"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(PictureError, match="permission"):
        write_picture(Picture(PIXELS8), tmp_path / "x.jpg")


def test_a_failing_encoder_leaves_the_old_file(tmp_path):
    path = tmp_path / "wide.webp"
    write_picture(Picture(PIXELS8), path)
    before = path.read_bytes()
    wide = Picture(np.zeros((1, 16384, 3), np.uint8))  # WebP ends at 16383
    with pytest.raises(PictureError, match=r"^wide\.webp cannot be written as \.webp of 16384 × 1 pixels"):
        write_picture(wide, path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_ctrl_c_leaves_nothing_behind(tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_picture(Picture(PIXELS8), tmp_path / "x.png")
    assert list(tmp_path.iterdir()) == []


def test_a_new_file_follows_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        write_picture(Picture(PIXELS8), tmp_path / "x.png")
    finally:
        os.umask(before)
    assert (tmp_path / "x.png").stat().st_mode & 0o777 == 0o640


# Anything may be in a file


@pytest.fixture(scope="module")
def good_files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("good")
    small = Picture(PIXELS8[::3, ::3].copy(), exif=camera_exif(), xmp=UPRIGHT_XMP, dpi=(72.0, 72.0))
    for suffix in (".jpg", ".png", ".webp", ".tif", ".heic", ".avif"):
        write_picture(small, folder / f"x{suffix}")
    for suffix in (".png", ".tif"):
        write_picture(replace(small, pixels=PIXELS16[::3, ::3].copy()), folder / f"deep{suffix}")
    return [path.read_bytes() for path in sorted(folder.iterdir())]


def only_picture_errors(path, data):
    path.write_bytes(data)
    try:
        picture = read_picture(path, Limits(megapixels=1))
    except PictureError:
        return
    copy = path.with_suffix(".tif")
    write_picture(picture, copy)  # whatever could be read can be written, and read again
    assert np.array_equal(read_picture(copy).pixels, picture.pixels)


ANYTHING = settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])


@ANYTHING
@given(file=st.integers(0, 7), flips=st.lists(st.tuples(st.floats(0, 1), st.integers(1, 255)), min_size=1, max_size=8))
def test_files_with_flipped_bits(file, flips, good_files, tmp_path):
    data = bytearray(good_files[file])
    for share, mask in flips:
        data[int(share**2 * (len(data) - 1))] ^= mask  # headers are hit more often than pixels
    only_picture_errors(tmp_path / "flipped.bin", bytes(data))


@ANYTHING
@given(file=st.integers(0, 7), share=st.floats(0, 1), tail=st.binary(max_size=30))
def test_files_cut_off_and_continued(file, share, tail, good_files, tmp_path):
    data = good_files[file]
    only_picture_errors(tmp_path / "cut.bin", data[: int(share * len(data))] + tail)


STARTS = [b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\x40\0\0\0WEBPVP8 ", b"II*\0\x08\0\0\0"]
STARTS += [b"\0\0\0\x18ftypheic", b"\0\0\0\x18ftypavif"]


@ANYTHING
@given(
    start=st.sampled_from(STARTS),
    tail=st.binary(max_size=300),
)
def test_random_bytes(start, tail, tmp_path):
    only_picture_errors(tmp_path / "random.bin", start + tail)
