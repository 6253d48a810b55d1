import io
import struct

import cv2
import numpy as np
import pillow_heif
import pytest
from pictures import (
    ALPHA8,
    ALPHA16,
    EIGHT,
    EXIF_IFD,
    LOSSLESS,
    MAKER_NOTE,
    ORIENTATION,
    PIXELS8,
    PIXELS16,
    UPRIGHT_XMP,
    XMP,
    camera_exif,
    check_camera,
    chunk,
    png16,
    save,
    tags_of,
    tiff16,
    with_orientation,
)
from PIL import Image, ImageOps

from goldenhour.render.picture import Picture
from goldenhour.render.picture_file import read_picture, write_picture

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
