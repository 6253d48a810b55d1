"""Colours that a file declares by numbers, against the pixels that Chromium 156 shows of the same files."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from goldenhour.render.declared_colour import chunks_of_png, profile_of_nclx, profile_of_png
from goldenhour.render.icc import srgb_profile, to_srgb
from goldenhour.render.picture import PictureError
from goldenhour.render.picture_file import read_picture, write_picture
from icc_profiles import P3, matrix_profile

COLOUR = (180, 90, 60)
P3_SAID = (0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060)


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(*chunks, image=None, **options):
    file = io.BytesIO()
    (image or Image.new("RGB", (8, 8), COLOUR)).save(file, "PNG", **options)
    data = file.getvalue()
    return data[:33] + b"".join(chunk(name, data) for name, data in chunks) + data[33:]


def gama(value):
    return b"gAMA", struct.pack(">I", round(100_000 * value))


def chrm(values):
    return b"cHRM", struct.pack(">8I", *(round(100_000 * value) for value in values))


def cicp(primaries, transfer):
    return b"cICP", bytes([primaries, transfer, 0, 1])


def pixel(tmp_path, data, suffix=".png"):
    path = tmp_path / f"picture{suffix}"
    path.write_bytes(data)
    return tuple(read_picture(path).pixels[3, 3].tolist())


@pytest.mark.parametrize(
    ("chunks", "shown"),
    [
        ((cicp(12, 13),), (193, 83, 51)),
        ((cicp(9, 13),), (217, 68, 50)),
        ((cicp(1, 1),), (176, 81, 49)),
        ((cicp(12, 1),), (190, 73, 38)),
        ((cicp(1, 4),), (181, 90, 57)),
        ((cicp(1, 5),), (165, 66, 36)),
        ((cicp(1, 7),), (188, 106, 77)),
        ((cicp(1, 8),), (219, 160, 133)),
        ((cicp(6, 13),), (176, 92, 59)),
        ((cicp(11, 13),), (190, 84, 51)),
        ((cicp(4, 13),), (208, 84, 50)),
        ((cicp(22, 13),), (182, 92, 59)),
        ((cicp(12, 2),), COLOUR),  # half of it is not said
        ((gama(1),), (219, 160, 133)),
        ((gama(0.5), chrm(P3_SAID)), (201, 93, 57)),
        ((gama(0.45455),), COLOUR),
        ((gama(0.45),), COLOUR),
        ((chrm(P3_SAID),), COLOUR),
        (((b"sRGB", b"\0"), gama(1)), COLOUR),
    ],
    ids=str,
)
def test_a_png_is_read_as_a_browser_shows_it(tmp_path, chunks, shown):
    assert pixel(tmp_path, png(*chunks)) == shown


def test_grey_and_sixteen_bits_go_by_their_gamma_too(tmp_path):
    assert pixel(tmp_path, png(gama(0.5), image=Image.new("L", (8, 8), 180))) == (187, 187, 187)
    deep = png(gama(0.5), image=Image.fromarray(np.full((8, 8), 180 * 257, np.uint16)))
    assert np.array(pixel(tmp_path, deep)) == pytest.approx(187 * 257, abs=130)


@pytest.mark.parametrize(
    ("codes", "shown"),
    [
        ((12, 13), (193, 85, 49)),
        ((9, 13), (217, 70, 49)),
        ((12, 1), (193, 85, 49)),  # a video's curve, which cameras write for sRGB's
        ((1, 8), (219, 161, 132)),
        ((1, 13), (180, 91, 59)),
        ((2, 13), (180, 91, 59)),
    ],
    ids=str,
)
def test_an_avif_is_read_as_a_browser_shows_it(tmp_path, codes, shown):
    file = io.BytesIO()
    Image.new("RGB", (64, 64), COLOUR).save(file, "AVIF", quality=100, subsampling="4:4:4")
    data = bytearray(file.getvalue())
    at = data.index(b"colrnclx") + 8
    data[at : at + 4] = struct.pack(">HH", *codes)
    assert pixel(tmp_path, bytes(data), ".avif") == shown


def test_what_is_declared_is_what_a_profile_says():
    pixels = np.random.default_rng(0).integers(0, 256, (20, 20, 3), np.uint8)
    declared, embedded = (to_srgb(pixels, profile) for profile in (profile_of_nclx(12, 13), matrix_profile(P3)))
    assert np.abs(declared.astype(int) - embedded).max() <= 1


def test_an_embedded_profile_goes_before_gamma_but_not_before_codes(tmp_path):
    embedded = {"icc_profile": matrix_profile(P3)}
    assert pixel(tmp_path, png(gama(1), **embedded)) == pixel(tmp_path, png(**embedded)) == (193, 83, 51)
    assert pixel(tmp_path, png(cicp(9, 13), **embedded)) == (217, 68, 50)
    assert pixel(tmp_path, png(cicp(1, 13), **embedded)) == COLOUR


def test_a_png_in_hdr_is_refused(tmp_path):
    with pytest.raises(PictureError, match="is an HDR picture"):
        pixel(tmp_path, png(cicp(9, 16)))


def test_what_was_converted_is_written_as_srgb(tmp_path):
    source, written = tmp_path / "p3.png", tmp_path / "out.png"
    source.write_bytes(png(cicp(12, 13)))
    write_picture(read_picture(source), written)
    with Image.open(written) as image:
        assert image.info["icc_profile"] == srgb_profile()
    assert read_picture(written).pixels[0, 0].tolist() == [193, 83, 51]


@given(st.lists(st.tuples(st.sampled_from([b"cICP", b"gAMA", b"cHRM", b"sRGB", b"iCCP"]), st.binary(max_size=40))))
def test_damaged_chunks_declare_nothing_or_a_profile(chunks):
    data = b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*one) for one in chunks) + chunk(b"IDAT", b"")
    pixels = np.full((2, 2, 3), 90, np.uint8)
    assert to_srgb(pixels, profile_of_png(chunks_of_png(data), grey=False)).shape == (2, 2, 3)
    assert to_srgb(pixels[..., 0], profile_of_png(chunks_of_png(data), grey=True)).shape == (2, 2, 3)
    profile_of_png(chunks_of_png(data[: len(data) // 2]), grey=False)
