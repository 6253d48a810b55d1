"""Other profiles than sRGB; a profile of tables is built here, because nothing installed writes one."""

import struct
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms

from goldenhour.render import icc
from goldenhour.render.picture import PictureError
from goldenhour.render.picture_file import read_picture, write_picture
from icc_profiles import SRGB, SRGB_CURVE, gamma, matrix_profile, profile, table

# Colours of CSS, and the same in Display P3 (W3C, CSS Color Module Level 4, and its test suite)
PUBLISHED = {
    (0.21604, 0.49418, 0.13151): (0, 128, 0),
    (0.91749, 0.20029, 0.13856): (255, 0, 0),
    (0.0, 0.0, 0.95959): (0, 0, 255),
    (1.0, 1.0, 1.0): (255, 255, 255),
    (0.0, 0.0, 0.0): (0, 0, 0),
    (0.5, 0.5, 0.5): (127.5, 127.5, 127.5),
}


def lut_profile(inks, space, kind):
    """Two points a side in 8-bit Lab: paper is white, and every ink darkens it alike."""
    corners = np.stack(np.meshgrid(*[[0, 1]] * inks, indexing="ij"), axis=-1).reshape(-1, inks)
    dark = corners.max(axis=1) if space == b"CMYK" else 1 - corners.mean(axis=1)
    lab = np.stack([255 * (1 - dark), np.full(len(dark), 128), np.full(len(dark), 128)], axis=1).astype(np.uint8)
    ramp = bytes(range(256))
    identity = struct.pack(">9i", *(65536 if i % 4 == 0 else 0 for i in range(9)))
    lut = b"mft1" + bytes(4) + bytes([inks, 3, 2, 0]) + identity + ramp * inks + lab.tobytes() + ramp * 3
    return profile({b"A2B0": lut, b"A2B1": lut}, space, kind, b"Lab ")


def by_littlecms(pixels, data):
    to_srgb = ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(BytesIO(data)), ImageCms.createProfile("sRGB"), "RGB", "RGB", 1
    )
    return np.array(ImageCms.applyTransform(Image.fromarray(pixels), to_srgb))


@pytest.fixture
def colours():
    return np.random.default_rng(5).integers(0, 256, (40, 50, 3), np.uint8)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_display_p3_has_its_published_srgb_values(dtype):
    full = np.iinfo(dtype).max
    pixels = np.rint(np.array([list(PUBLISHED)]) * full).astype(dtype)
    got = icc.to_srgb(pixels, matrix_profile()) / full * 255
    assert got.shape == (1, len(PUBLISHED), 3)
    assert got[0] == pytest.approx(np.array(list(PUBLISHED.values())), abs=1.01 if dtype == np.uint8 else 0.6)


CURVES = {
    "sRGB": SRGB_CURVE,
    "gamma 2.2": gamma(2.2),
    "identity": table([]),
    "table": table([round(65535 * (i / 1023) ** 1.8) for i in range(1024)]),
    "para 0": b"para" + bytes(4) + struct.pack(">HHi", 0, 0, 2 * 65536),
    "para 1": b"para" + bytes(4) + struct.pack(">HH3i", 1, 0, 2 * 65536, 62259, 3277),
    "para 2": b"para" + bytes(4) + struct.pack(">HH4i", 2, 0, 2 * 65536, 60293, 1966, 3277),
    "para 4": b"para" + bytes(4) + struct.pack(">HH7i", 4, 0, 157286, 62119, 3417, 5072, 2651, 0, 0),
}


@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
def test_sixteen_bits_agree_with_littlecms_at_eight(curve, colours):
    data = matrix_profile(curve=curve)
    got = icc.to_srgb(colours.astype(np.uint16) * 257, data)
    assert got.dtype == np.uint16
    assert got.flags.c_contiguous
    assert np.abs(got / 257 - by_littlecms(colours, data)).max() < 1.6  # LittleCMS's 8-bit path rounds its matrix


def test_colours_stay_in_their_strip_of_a_large_picture(colours):
    large = np.tile(colours, (8, 40, 1)).astype(np.uint16) * 257
    assert np.array_equal(
        icc.to_srgb(large, matrix_profile()), np.tile(icc.to_srgb(large[:40, :50], matrix_profile()), (8, 40, 1))
    )


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_grey_profile_is_its_curve(dtype):
    full = np.iinfo(dtype).max
    grey = np.arange(0, full + 1, 17 if dtype == np.uint8 else 4369, dtype=np.int64).astype(dtype)[None]
    got = icc.to_srgb(grey, profile({b"kTRC": gamma(1.0)}, b"GRAY"))
    linear = grey / full
    want = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)
    assert got.shape == (*grey.shape, 3)
    assert got / full == pytest.approx(np.repeat(want[..., None], 3, axis=2), abs=0.006 if dtype == np.uint8 else 2e-5)


@pytest.mark.parametrize("data", [icc.srgb_profile(), matrix_profile(SRGB)], ids=["ours", "other"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_pixels_in_srgb_are_kept_exactly(data, dtype, colours):
    pixels = colours.astype(dtype)
    assert np.array_equal(icc.to_srgb(pixels, data), pixels)


@pytest.mark.parametrize(
    "data", [b"", b"rubbish", matrix_profile()[:200], profile({b"kTRC": gamma(2)}, b"GRAY"), profile({})]
)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_damaged_or_foreign_profile_means_srgb(data, dtype, colours):
    pixels = colours.astype(dtype)
    assert np.array_equal(icc.to_srgb(pixels, data), pixels)


def test_cmyk_goes_through_its_profile():
    cmyk = np.array([[(0, 0, 0, 0), (0, 0, 0, 255), (128, 0, 0, 0)]], np.uint8)
    got = icc.to_srgb(cmyk, lut_profile(4, b"CMYK", b"prtr"))
    assert got[0].tolist() == pytest.approx(np.array([[255] * 3, [0] * 3, [118] * 3]), abs=2)  # L* 50 is sRGB 119


def test_cmyk_without_a_usable_profile_is_pillows():
    cmyk = np.array([[(0, 0, 0, 0), (0, 0, 0, 255), (255, 0, 0, 0)]], np.uint8)
    for data in (None, matrix_profile()):
        assert icc.to_srgb(cmyk, data)[0].tolist() == [[255] * 3, [0] * 3, [0, 255, 255]]


def test_tables_are_read_at_eight_bits_only(tmp_path, colours):
    data = lut_profile(3, b"RGB ", b"scnr")
    assert np.ptp(icc.to_srgb(colours, data), axis=2).max() <= 1
    with pytest.raises(icc.LutProfileError):
        icc.to_srgb(colours.astype(np.uint16), data)


def test_the_profile_to_embed_never_changes():
    first = icc.srgb_profile()
    icc.srgb_profile.cache_clear()
    assert icc.srgb_profile() == first


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".heic", ".avif"])
def test_every_format_is_read_through_its_profile(suffix, tmp_path):
    path = tmp_path / f"p3{suffix}"
    image = Image.new("RGB", (64, 48), tuple(round(255 * v) for v in next(iter(PUBLISHED))))
    if suffix == ".heic":
        import pillow_heif

        file = pillow_heif.from_pillow(image)
        file.save(path, quality=95, icc_profile=matrix_profile())
    else:
        image.save(path, icc_profile=matrix_profile())
    picture = read_picture(path)
    assert picture.pixels.mean(axis=(0, 1)) == pytest.approx((0, 128, 0), abs=3)
    assert picture.icc == icc.srgb_profile()
    write_picture(picture, tmp_path / f"again{suffix}")
    again = read_picture(tmp_path / f"again{suffix}")
    assert again.icc == icc.srgb_profile()
    assert again.pixels.mean(axis=(0, 1)) == pytest.approx((0, 128, 0), abs=4)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bit_files_are_read_through_their_profile(suffix, tmp_path):
    pixels = np.full((20, 30, 3), np.rint(np.array(next(iter(PUBLISHED))) * 65535), np.uint16)
    Image.fromarray(np.zeros((1, 1), np.uint8)).save(tmp_path / "any.png")
    picture = replace(read_picture(tmp_path / "any.png"), pixels=pixels, icc=matrix_profile())
    write_picture(picture, tmp_path / f"p3{suffix}")
    got = read_picture(tmp_path / f"p3{suffix}")
    assert got.pixels.dtype == np.uint16
    assert got.pixels[0, 0] / 257 == pytest.approx((0, 128, 0), abs=0.6)
    write_picture(replace(picture, icc=lut_profile(3, b"RGB ", b"scnr")), tmp_path / f"lut{suffix}")
    with pytest.raises(PictureError, match=r"^lut\.\w+ has 16 bits and a colour profile of tables"):
        read_picture(tmp_path / f"lut{suffix}")
