"""Pictures in, graded pictures out; and what is said of pictures that are not let in."""

import io
import json
import struct
import zlib
from importlib import resources
from pathlib import Path

import httpx
import numpy as np
import pytest
from pictures import PIXELS8, PIXELS16, camera_exif, check_camera, chunk, tiff16
from PIL import Image
from sending import LOOK, send, sentence
from sqlalchemy import select

from goldenhour.editing import edit
from goldenhour.events.schema import answers, projects
from goldenhour.render.picture import Picture
from goldenhour.render.picture_file import read_picture, write_picture
from goldenhour.tools import Recipe

pytestmark = pytest.mark.usefixtures("nothing_left")


def opened(response: httpx.Response) -> Image.Image:
    assert response.status_code == 200, response.text[:300]
    return Image.open(io.BytesIO(response.content))


def as_file(image: Image.Image, format_: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()


def picture_file(folder: Path, name: str, picture: Picture) -> Path:
    write_picture(picture, folder / name)
    return folder / name


# --- graded ---------------------------------------------------------------------------------------------------------


def test_an_intent_grades_a_picture_as_the_command_line_does(http, shared, tmp_path):
    source = picture_file(tmp_path, "Beach day.jpg", Picture(PIXELS8))
    response = send(http, "/v1/render", source, intent="golden hour")
    assert response.content == edit(source, "golden hour", tmp_path / "out.jpg").read_bytes()
    assert response.headers["content-type"] == "image/jpeg"
    assert response.headers["content-disposition"].startswith("attachment;")
    assert "Beach%20day-golden-hour.jpg" in response.headers["content-disposition"]
    assert shared.metric('goldenhour_stage_seconds_count{stage="render"}') == 1
    with shared.flushed() as store:
        shown = [str(row.id) for row in store.rows(select(answers.c.id))]
    assert response.headers["x-answer-id"] in shown


def test_words_that_no_tonal_tool_can_do_are_told_as_with_recipes(serving, clip):
    http = serving().http
    whole = as_file(Image.fromarray(PIXELS8), "PNG")
    message = http.post("/v1/recipes", json={"intent": "crop it"}).json()["message"]
    assert message
    for path, file in (("/v1/render", whole), ("/v1/videos", clip)):
        assert send(http, path, file, intent="crop it").headers["x-message"] == message
        assert "x-message" not in send(http, path, file, intent="golden hour").headers


def test_an_answer_of_which_nothing_was_made_is_not_shown(serving, clip):
    own = serving()
    half = as_file(Image.fromarray(PIXELS8), "PNG")[:-100]
    sentence(send(own.http, "/v1/render", half, intent="golden hour"), 422)
    with own.flushed() as store:
        assert not [*store.rows(select(answers)), *store.rows(select(projects))]
    whole = as_file(Image.fromarray(PIXELS8), "PNG")
    ids = {
        send(own.http, path, file, intent="dusk").headers["x-answer-id"]
        for path, file in (("/v1/render", whole), ("/v1/videos", clip))
    }
    with own.flushed() as store:
        assert {str(row.id) for row in store.rows(select(answers))} == ids
        assert len(list(store.rows(select(projects)))) == 2


def test_a_recipe_grades_a_picture_at_the_intensity_that_is_asked_for(http, tmp_path):
    source = picture_file(tmp_path, "beach.png", Picture(PIXELS8))
    half = send(http, "/v1/render", source, recipe=LOOK, intensity=50)
    recipe = json.loads(LOOK)
    recipe["filter"]["intensity"] = 20
    assert half.content == send(http, "/v1/render", source, recipe=json.dumps(recipe)).content
    assert "x-answer-id" not in half.headers
    none = opened(send(http, "/v1/render", source, recipe=LOOK, intensity=0))
    assert np.array_equal(np.asarray(none), PIXELS8)


def test_metadata_and_orientation_are_kept(http, tmp_path):
    path = tmp_path / "beach.jpg"
    Image.fromarray(PIXELS8).save(path, exif=b"Exif\0\0" + camera_exif(orientation=6))
    graded = opened(send(http, "/v1/render", path, recipe=LOOK))
    assert graded.size == (60, 90)
    check_camera(graded.info["exif"][6:])


def test_sixteen_bits_are_kept(http, tmp_path):
    path = picture_file(tmp_path, "deep.tif", Picture(PIXELS16))
    (tmp_path / "out.tif").write_bytes(send(http, "/v1/render", path, recipe=LOOK).content)
    edit(path, Recipe.from_json(LOOK), tmp_path / "same.tif")
    graded, same = (read_picture(tmp_path / name).pixels for name in ("out.tif", "same.tif"))
    assert graded.dtype == np.uint16
    assert np.abs(graded.astype(int) - same).max() <= 1  # sums in another order


@pytest.mark.parametrize(
    ("format_", "kind", "start"),
    [
        ("jpeg", "image/jpeg", b"\xff\xd8\xff"),
        ("PNG", "image/png", b"\x89PNG"),
        ("webp", "image/webp", b"RIFF"),
        ("tiff", "image/tiff", b"II*\0"),
        ("avif", "image/avif", b"\0\0\0"),
        ("heic", "image/heic", b"\0\0\0"),
        ("", "image/png", b"\x89PNG"),
    ],
)
def test_the_format_can_be_chosen_and_is_else_that_of_the_content(http, format_, kind, start):
    named_wrongly = as_file(Image.fromarray(PIXELS8), "PNG")
    response = send(http, "/v1/render", named_wrongly, "wrong.jpg", recipe=LOOK, format=format_)
    assert response.headers["content-type"] == kind
    assert response.content.startswith(start)


def test_quality_trades_size(http):
    data = as_file(Image.fromarray(PIXELS8), "PNG")
    low, high = (
        send(http, "/v1/render", data, recipe=LOOK, format="jpeg", quality=quality).content for quality in (20, 100)
    )
    assert len(low) < len(high) / 2


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "either an intent or a recipe"),
        ({"intent": "warm", "recipe": LOOK}, "either an intent or a recipe"),
        ({"recipe": "{}"}, "adjust"),
        ({"recipe": "not JSON"}, "not JSON"),
        ({"recipe": LOOK, "intensity": "151"}, "intensity is '151': choose a number from 0 to 150"),
        ({"recipe": LOOK, "intensity": "nan"}, "intensity is 'nan'"),
        ({"recipe": LOOK, "quality": "0"}, "quality is '0': choose a whole number from 1 to 100"),
        ({"recipe": LOOK, "quality": "ninety"}, "quality is 'ninety'"),
        ({"recipe": LOOK, "format": "gif"}, "format is 'gif': choose jpeg, png"),
        ({"recipe": LOOK, "colour": "red"}, "'colour', which is not known here"),
        ({"intent": "x" * 5000}, "the intent has 5,000 characters"),
        ({"intent": "warm", "project_id": "7"}, "project_id is '7'"),
    ],
)
def test_fields_that_make_no_sense_are_one_sentence(http, fields, words):
    response = send(http, "/v1/render", as_file(Image.fromarray(PIXELS8), "PNG"), **fields)
    assert words in sentence(response, 422)


# --- hostile --------------------------------------------------------------------------------------------------------


def bomb(width: int, height: int, depth: int = 8, colour: int = 2) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(9999))) + chunk(b"IEND", b"")


def real_bomb(width: int, height: int) -> bytes:
    """A picture of zeros: every pixel of it can be decoded, and it is a thousandth of its size."""
    packer = zlib.compressobj(9)
    row = bytes(1 + 3 * width)
    rows = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("50000.png", bomb(50_000, 50_000)),
        ("88.png", real_bomb(9_404, 9_404)),
        ("177.png", bomb(13_300, 13_300)),
        ("grey.png", bomb(50_000, 50_000, 1, 0)),
        ("x.webp", b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\xff\x3f\0" * 2 + b"VP8 \0\0\0\0"),
        ("x.tif", tiff16(PIXELS16, t256=[60000], t257=[60000], t278=[60000])),
    ],
)
@pytest.mark.parametrize("path", ["/v1/render", "/v1/proxies"])
def test_bombs_are_refused_by_what_they_declare(http, path, name, data):
    fields = {"recipe": LOOK} if path == "/v1/render" else {}
    assert len(data) < 300_000
    words = sentence(send(http, path, data, name, **fields), 413)
    assert words.startswith(f"{name} has ")
    assert "more than 50 megapixels" in words


def test_text_that_unpacks_to_a_thousand_times_its_size_is_not_unpacked(http):
    """A zip-like bomb."""
    packer = zlib.compressobj(9)
    text = b"".join(packer.compress(bytes(1 << 20)) for _ in range(200)) + packer.flush()
    data = as_file(Image.fromarray(PIXELS8), "PNG")
    data = data[:33] + chunk(b"zTXt", b"Comment\0\0" + text) + data[33:]
    assert len(data) < 250_000
    response = send(http, "/v1/render", data, "talk.png", recipe=LOOK)
    assert "talk.png is damaged" in sentence(response, 422)


@pytest.mark.parametrize("format_", ["EPS", "PDF", "GIF", "BMP", "TGA", "PPM", "ICO"])
def test_other_formats_are_refused_whatever_their_name(http, format_):
    data = as_file(Image.fromarray(PIXELS8), format_)
    assert "is not a JPEG, PNG, WebP" in sentence(send(http, "/v1/render", data, recipe=LOOK), 422)
    assert "is not a JPEG, PNG, WebP" in sentence(send(http, "/v1/proxies", data), 422)


def fits() -> bytes:
    """A whole picture of one channel."""
    values = {"SIMPLE": "T", "BITPIX": 8, "NAXIS": 2, "NAXIS1": 90, "NAXIS2": 60}
    cards = "".join(f"{name:8}= {value:>20}".ljust(80) for name, value in values.items()) + "END"
    return cards.ljust(2880).encode() + bytes(90 * 60).ljust(2 * 2880, b"\0")


def psd() -> bytes:
    """A whole picture of three channels, without layers."""
    return b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 60, 90, 8, 3) + bytes(14 + 3 * 90 * 60)


@pytest.mark.parametrize(("data", "format_"), [(fits(), "FITS"), (psd(), "PSD")], ids=["FITS", "PSD"])
@pytest.mark.parametrize("path", ["/v1/render", "/v1/proxies"])
def test_what_only_others_call_a_picture_is_refused_as_jpg_too(http, path, data, format_):
    with Image.open(io.BytesIO(data)) as whole:
        assert (whole.format, whole.size) == (format_, (90, 60))
        whole.load()
    fields = {"recipe": LOOK} if path == "/v1/render" else {}
    assert "is not a JPEG, PNG, WebP" in sentence(send(http, path, data, "beach.jpg", **fields), 422)


@pytest.mark.parametrize(
    "data",
    [
        b"PK\3\4" + bytes(500),
        b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
    ],
    ids=["ZIP", "SVG", "concat"],
)
def test_what_is_no_picture_is_refused(http, data):
    assert "is not a JPEG, PNG, WebP" in sentence(send(http, "/v1/render", data, recipe=LOOK), 422)


def test_animations_are_refused(http):
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue", "lime")]
    for format_ in ("PNG", "WEBP", "AVIF"):
        data = as_file(frames[0], format_, save_all=True, append_images=frames[1:])
        assert "is an animation of 3 pictures" in sentence(send(http, "/v1/render", data, recipe=LOOK), 422)
    data = as_file(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    assert "has several pages" in sentence(send(http, "/v1/render", data, recipe=LOOK), 422)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".heic", ".avif"])
def test_half_a_picture_is_refused(http, suffix, noise, tmp_path):
    path = picture_file(tmp_path, f"half{suffix}", Picture(noise))
    words = sentence(
        send(http, "/v1/render", path.read_bytes()[: path.stat().st_size // 2], path.name, recipe=LOOK), 422
    )
    assert words.startswith(f"half{suffix} is ")
    assert "copy" in words


def test_limits_of_pictures_are_settings_and_so_is_the_memory_that_one_may_need(serving, monkeypatch):
    monkeypatch.setenv("GOLDENHOUR_MAX_MEGAPIXELS", "49.5")
    monkeypatch.setenv("GOLDENHOUR_MAX_MEGABYTES", "0.3")
    monkeypatch.setenv("GOLDENHOUR_MEDIA_MEMORY_MEGABYTES", "200")
    http = serving().http
    large = real_bomb(7_000, 7_000)
    assert len(large) < 300_000
    assert "more than 49.5 megapixels" in sentence(send(http, "/v1/render", bomb(7_100, 7_000), recipe=LOOK), 413)
    assert "more than 0.3 megabytes" in sentence(send(http, "/v1/render", bytes(310_000), recipe=LOOK), 413)
    words = sentence(send(http, "/v1/render", large, "large.png", recipe=LOOK), 413)
    assert words.startswith("large.png ")
    assert "memory" in words
    assert opened(send(http, "/v1/render", as_file(Image.fromarray(PIXELS8), "PNG"), recipe=LOOK)).size == (90, 60)


# --- for browsers ---------------------------------------------------------------------------------------------------


def test_a_proxy_is_upright_and_small_and_as_good_as_the_original(http, tmp_path):
    with (resources.files("goldenhour") / "samples" / "lake.jpg").open("rb") as file:
        large = np.asarray(Image.open(file).convert("RGB").resize((1800, 1200)))
    path = picture_file(tmp_path, "lake.heic", Picture(large))
    response = send(http, "/v1/proxies", path)
    small = opened(response)
    assert response.headers["x-media-kind"] == "photo"
    assert (response.headers["x-width"], response.headers["x-height"]) == ("1800", "1200")
    assert small.size[0] * small.size[1] <= 2_000_000
    assert small.size[0] * small.size[1] > 1_990_000
    reference = np.asarray(Image.fromarray(large).resize(small.size, Image.Resampling.BILINEAR), int)
    assert np.abs(np.asarray(small, int) - reference).mean() < 2


def test_a_proxy_of_sixteen_bits_is_rounded(http, tmp_path):
    path = picture_file(tmp_path, "deep.tif", Picture(PIXELS16))
    small = opened(send(http, "/v1/proxies", path))
    assert small.size == (90, 60)
    assert np.abs(np.asarray(small, int) - PIXELS8).max() <= 4


def test_a_proxy_keeps_alpha(http, tmp_path):
    alpha = np.full((60, 90), 128, np.uint8)
    response = send(http, "/v1/proxies", picture_file(tmp_path, "glass.tif", Picture(PIXELS8, alpha)))
    assert response.headers["content-type"] == "image/png"
    assert np.array_equal(np.asarray(opened(response))[..., 3], alpha)


def test_a_proxy_is_turned_and_converted(http, tmp_path):
    turned = as_file(Image.fromarray(PIXELS8), "TIFF", exif=b"Exif\0\0" + camera_exif(orientation=6))
    response = send(http, "/v1/proxies", turned, "turned.tif")
    assert opened(response).size == (60, 90)
    assert (response.headers["x-width"], response.headers["x-height"]) == ("60", "90")
    cmyk = as_file(Image.new("CMYK", (30, 20), (0, 255, 255, 0)), "TIFF")
    assert opened(send(http, "/v1/proxies", cmyk, "print.tif")).mode == "RGB"
