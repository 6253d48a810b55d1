from pathlib import Path

import numpy as np
import pytest
from pictures import ORIENTATION, chunk, png16, tiff16
from PIL import Image

from goldenhour.render.hald import LEVELS, read_hald
from goldenhour.render.lut import LookError, apply_lut

LUTS = Path(__file__).parent / "luts"


def identity(level, dtype=np.uint8):
    """Pixels (level³, level³, 3): red runs fastest, along the rows from the top left."""
    axis = np.linspace(0, 1, level**2)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    pixels = np.stack([red, green, blue], axis=-1).reshape(level**3, level**3, 3)
    return np.rint(pixels * np.iinfo(dtype).max).astype(dtype)


def saved(path, pixels, **options):
    Image.fromarray(pixels).save(path, **options)
    return path


def refusal(path):
    with pytest.raises(LookError) as refused:
        read_hald(path)
    assert str(refused.value).startswith(path.name)
    assert "\n" not in str(refused.value)
    return str(refused.value).removeprefix(path.name + " ")


def test_the_identity_of_another_program_is_the_identity():
    lut = read_hald(LUTS / "pillow_hald4_identity.png")
    assert (lut.kind, lut.title) == ("3D, 16 points", "pillow_hald4_identity")
    rgb = np.random.default_rng(0).random((3, 500))
    assert np.abs(apply_lut(rgb, lut) - rgb).max() < 1e-12


def test_a_look_of_another_program_is_what_pillow_makes_of_it():
    """Pillow's Color3DLUT takes the pixels as they come: red fastest. It interpolates trilinearly, in 8 bits."""
    from PIL import ImageFilter

    path = LUTS / "pillow_hald6_hefe.png"
    with Image.open(path) as image:
        table = np.asarray(image.convert("RGB")).reshape(-1) / 255
    points = np.rint(np.linspace(0, 255, 36)).astype(np.uint8)  # where the two ways to interpolate agree
    rgb = np.stack(np.meshgrid(points, points[::5], points, indexing="ij"), axis=-1).reshape(1, -1, 3)
    theirs = np.asarray(Image.fromarray(rgb).filter(ImageFilter.Color3DLUT(36, table.tolist()))).reshape(-1, 3)
    ours = apply_lut(rgb.reshape(-1, 3).T / 255, read_hald(path)).T * 255
    assert np.abs(ours - theirs).max() < 2
    assert np.abs(ours - theirs).mean() < 0.4


@pytest.mark.parametrize("level", [2, 3, 8, 11])
def test_a_level_has_its_square_of_points(level, tmp_path):
    lut = read_hald(saved(tmp_path / "hald.png", identity(level)))
    assert lut.cube.points.shape == (level**2,) * 3 + (3,)
    axis = np.linspace(0, 1, level**2)
    assert np.abs(lut.cube.points[..., 0] - axis[:, None, None]).max() <= 0.501 / 255
    assert np.abs(lut.cube.points[..., 1] - axis[:, None]).max() <= 0.501 / 255
    assert np.abs(lut.cube.points[..., 2] - axis).max() <= 0.501 / 255


def test_16_bits_are_kept(tmp_path):
    pixels = identity(3, np.uint16)
    (tmp_path / "hald.png").write_bytes(png16(pixels, 2))
    (tmp_path / "hald.tif").write_bytes(tiff16(pixels))
    for name in ("hald.png", "hald.tif"):
        points = read_hald(tmp_path / name).cube.points
        assert points[1, 2, 3] * 65535 == pytest.approx([8192, 16384, 24576], abs=0.5)


def test_alpha_rotation_and_profile_change_nothing(tmp_path):
    from PIL import ImageCms

    pixels = identity(3)
    plain = read_hald(saved(tmp_path / "plain.png", pixels)).cube.points
    tags = Image.Exif()
    tags[ORIENTATION] = 6
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    turned = saved(tmp_path / "turned.png", pixels, exif=tags, icc_profile=lab)
    alpha = saved(tmp_path / "alpha.png", np.dstack([pixels, identity(3)[..., 0]]))
    for path in (turned, alpha):
        assert np.array_equal(read_hald(path).cube.points, plain)


def test_grey_and_palettes_are_what_they_look_like(tmp_path):
    grey = read_hald(saved(tmp_path / "grey.png", identity(2)[..., 1])).cube.points
    assert np.array_equal(grey[..., 0], grey[..., 2])
    assert grey[0, 3, 0].tolist() == [1, 1, 1]
    palette = Image.fromarray(identity(2)).convert("P", palette=Image.Palette.ADAPTIVE, colors=64)
    palette.save(tmp_path / "palette.png")
    assert np.array_equal(read_hald(tmp_path / "palette.png").cube.points[3, 3, 3], [1, 1, 1])


@pytest.mark.parametrize("shape", [(1, 1), (27, 26), (64, 128), (63, 63), (13**3, 13**3)])
def test_a_picture_of_another_size_is_refused(shape, tmp_path):
    path = saved(tmp_path / "hald.png", np.zeros((*shape, 3), np.uint8))
    assert refusal(path) == (
        "is no HaldCLUT: those are squares of 8, 27, 64, 125, 216, 343, 512, 729, 1000, 1331, 1728 pixels, "
        f"and this picture has {shape[1]} x {shape[0]}"
    )
    assert shape[0] not in [level**3 for level in LEVELS] or shape[0] != shape[1]


def test_lossy_and_other_pictures_are_refused(tmp_path):
    assert refusal(saved(tmp_path / "hald.jpg", identity(2))) == (
        "is a JPEG, which changes the numbers of a HaldCLUT: save it as PNG"
    )
    Image.fromarray(np.zeros((27, 27, 4), np.uint8), "CMYK").save(tmp_path / "hald.tif")
    read_hald(tmp_path / "hald.tif")  # without a profile it has a meaning in RGB


def test_damaged_files_are_refused_by_the_reader_of_pictures(tmp_path, monkeypatch):
    path = saved(tmp_path / "hald.png", identity(3))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert refusal(path) == "is cut off: copy or download it again."
    path.write_bytes(b"LUT_3D_SIZE 2")
    assert refusal(path).startswith("is not a JPEG, PNG")
    header = b"\0\1\0\0\0\1\0\0\x08\x02\0\0\0"  # 65,536 x 65,536
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
    assert "megapixels" in refusal(path)
    path.unlink()
    assert refusal(path) == "does not exist: check its name and folder."
