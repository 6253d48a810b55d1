import os
import re
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pictures import ALPHA16, EIGHT, PIXELS8, PIXELS16, UPRIGHT_XMP, camera_exif, chunk, save, tiff16, wrong
from PIL import Image

from goldenhour.render.encode import ENCODERS
from goldenhour.render.limits import TooLargeError
from goldenhour.render.picture import Limits, Picture, PictureError
from goldenhour.render.picture_file import read_picture, write_picture

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
    for limits in (Limits(megabytes=0.0001), Limits(megapixels=0.0001)):
        with pytest.raises(TooLargeError):
            read_picture(path, limits)


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
