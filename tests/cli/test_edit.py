"""goldenhour edit, as its user types it."""

import json
import os
import subprocess
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import goldenhour
from goldenhour.students.unmet import BEYOND, UNREAD
from goldenhour.tools import Recipe


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def test_a_photo_is_graded_by_words_into_the_named_file(run, photo):
    out = photo.with_name("out.jpg")
    result = run("edit", photo, "like an 80s music video", "-o", out)
    assert (result.code, result.err) == (0, "")
    assert result.out.strip() == str(out)
    assert np.abs(pixels(out) - pixels(photo)).mean() > 3


def test_the_words_warm_up_and_cool_down(run, photo):
    for intent, sign in (("warmer", 1), ("colder", -1)):
        out = photo.with_name(f"{intent}.png")
        assert run("edit", photo, intent, "-o", out).code == 0
        change = (pixels(out) - pixels(photo)).mean(axis=(0, 1))
        assert sign * (change[0] - change[2]) > 1


def test_without_an_output_the_photo_goes_beside_the_original_named_by_the_intent(run, photo):
    assert run("edit", photo, "Golden Hour!").code == 0
    assert photo.with_name("beach-golden-hour.jpg").exists()


def test_intensity_0_changes_nothing_and_more_changes_more(run, photo, tmp_path):
    distances = []
    for intensity in (0, 50, 150):
        out = tmp_path / f"{intensity}.png"
        assert run("edit", photo, "morocco", "-o", out, "--intensity", intensity).code == 0
        distances.append(np.abs(pixels(out) - pixels(photo)).mean())
    assert distances[0] == 0
    assert 0 < distances[1] < distances[2]


@pytest.mark.parametrize(
    ("intent", "says"),
    [("crop it to a square", BEYOND), ("remove the background", BEYOND), ("asdfghjkl", UNREAD)],
)
@pytest.mark.parametrize("command", ["edit", "preview"])
def test_words_that_change_nothing_are_told_why_and_write_no_file(run, photo, command, intent, says):
    before = sorted(photo.parent.iterdir())
    result = run(command, photo, intent)
    assert (result.code, result.out, result.err) == (1, "", f"goldenhour: {intent!r}: {says}\n")
    assert sorted(photo.parent.iterdir()) == before


def test_words_without_quotes_are_told_of_them(run, photo):
    for words in (("golden", "hour"), ("like", "an", "80s", "video")):
        result = run("edit", photo, *words)
        quoted = f'goldenhour edit {photo} "{" ".join(words)}"'
        assert (result.code, result.out) == (2, "")
        assert result.err == (
            f"goldenhour: {words[0]} is no file; if it is a part of the look, put the look in quotes, as in: {quoted}\n"
        )


def test_several_photos_go_into_a_folder_which_is_made(run, photo, tmp_path):
    other = photo.with_name("dune.jpg")
    other.write_bytes(photo.read_bytes())
    result = run("edit", photo, other, "morocco", "-o", tmp_path / "new" / "graded")
    assert result.code == 0
    assert sorted(path.name for path in (tmp_path / "new" / "graded").iterdir()) == ["beach.jpg", "dune.jpg"]


def test_a_folder_keeps_its_tree_and_what_is_graded_is_not_graded_again(run, photo, tmp_path):
    trip = tmp_path / "trip"
    (trip / "day 1").mkdir(parents=True)
    photo.rename(trip / "day 1" / "a.jpg")
    (trip / "notes.txt").write_text("no picture")
    for _ in range(2):
        assert run("edit", "-r", trip, "morocco", "-o", trip / "graded").code == 0
    assert [p.relative_to(trip).as_posix() for p in trip.rglob("*.jpg")].count("day 1/a.jpg") == 1
    assert [p.name for p in (trip / "graded").rglob("*.jpg")] == ["a.jpg"]


def test_a_recipe_file_is_used_instead_of_words(run, photo, tmp_path):
    recipe = goldenhour.recipe("morocco")
    (tmp_path / "m.json").write_text(recipe.to_json())
    assert run("edit", photo, "--recipe", tmp_path / "m.json", "-o", tmp_path / "a.png").code == 0
    assert run("edit", photo, "morocco", "-o", tmp_path / "b.png").code == 0
    assert (pixels(tmp_path / "a.png") == pixels(tmp_path / "b.png")).all()


def test_in_a_batch_the_others_go_on_and_the_failures_are_listed(run, photo, tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(photo.read_bytes()[:5000])
    (tmp_path / "text.jpg").write_text("hello")
    result = run("edit", broken, photo, tmp_path / "text.jpg", tmp_path / "none.jpg", "morocco", "-o", tmp_path / "g")
    assert result.code == 2
    assert [path.name for path in (tmp_path / "g").iterdir()] == ["beach.jpg"]
    sentences = result.err.strip().splitlines()
    assert len(sentences) == 4
    for name, sentence in zip(("broken.jpg", "text.jpg", "none.jpg"), sentences, strict=False):
        assert name in sentence
    assert sentences[-1].endswith("3 of 4 could not be graded")


def test_two_photos_of_one_name_do_not_overwrite_each_other(run, photo, tmp_path):
    (tmp_path / "b").mkdir()
    twin = tmp_path / "b" / "beach.jpg"
    twin.write_bytes(photo.read_bytes())
    result = run("edit", photo, twin, "morocco", "-o", tmp_path / "g")
    assert result.code == 2
    assert "would overwrite" in result.err
    assert [path.name for path in (tmp_path / "g").iterdir()] == ["beach.jpg"]


def test_the_original_is_overwritten_only_with_force(run, photo, tmp_path):
    before = photo.read_bytes()
    for same in (photo, photo.parent / "." / photo.name):
        result = run("edit", photo, "morocco", "-o", same)
        assert result.code == 2
        assert "--force" in result.err
    link = tmp_path / "link.jpg"
    link.symlink_to(photo)
    assert run("edit", photo, "morocco", "-o", link).code == 2
    assert photo.read_bytes() == before
    assert run("edit", photo, "morocco", "-o", photo, "--force").code == 0
    assert photo.read_bytes() != before


FULL = {
    "adjust": dict.fromkeys([slot.keys[0] for slot in Recipe.neutral().toolset.tool_slots["adjust"]], 0),
    "selective_adjust": None,
    "filter": None,
}


@pytest.mark.parametrize(
    ("recipe", "says"),
    [
        ("{", "not JSON"),
        (json.dumps({**FULL, "crop": {}}), "'crop'"),
        (json.dumps({**FULL, "adjust": {**FULL["adjust"], "gamma": 1}}), "'gamma'"),
        (json.dumps({**FULL, "filter": {"name": "user_Nope", "intensity": 5}}), "'user_Nope'"),
        (json.dumps({**FULL, "adjust": {**FULL["adjust"], "exposure": float("nan")}}), "NaN"),
        (json.dumps({**FULL, "adjust": {**FULL["adjust"], "exposure": 101}}), "101"),
    ],
)
def test_a_faulty_recipe_file_is_refused_in_one_sentence(run, photo, tmp_path, recipe, says):
    (tmp_path / "r.json").write_text(recipe)
    result = run("edit", photo, "--recipe", tmp_path / "r.json", "-o", tmp_path / "out.jpg")
    assert result.code == 2
    assert says in result.err
    assert "r.json" in result.err
    assert len(result.err.strip().splitlines()) == 1
    assert not (tmp_path / "out.jpg").exists()


@pytest.mark.parametrize(
    ("intent", "says"),
    [("", "empty"), ("   ", "empty"), ("a" * 100_000, "100,000"), ("golden\x07hour", "U+0007"), ("\ud800", "U+D800")],
)
def test_text_that_is_no_intent_is_refused(run, photo, intent, says):
    result = run("edit", photo, intent)
    assert result.code == 2
    assert says in result.err
    assert len(result.err.strip().splitlines()) == 1
    assert [path.name for path in photo.parent.iterdir()] == ["beach.jpg"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["golden hour"], "which file"),
        ([".", "golden hour"], "add -r"),
        (["-r", ".", "golden hour"], "-o FOLDER"),
        (["-r", ".", "beach.jpg", "golden hour", "-o", "beach.jpg"], "need a folder"),
        (["beach.jpg", "golden hour", "-o", "missing/out.jpg"], "folder does not exist"),
        (["beach.jpg", "golden hour", "-o", "out.xyz"], ".png"),
        (["beach.jpg", "golden hour", "--intensity", "151"], "0 to 150"),
        (["beach.jpg", "golden hour", "--intensity", "nan"], "0 to 150"),
        (["beach.jpg", "golden hour", "--student", "."], "student.json"),
        (["beach.jpg", "golden hour", "--quality", "0"], "quality"),
    ],
)
def test_what_cannot_be_done_is_said_with_exit_code_2_and_nothing_is_written(run, photo, monkeypatch, arguments, says):
    monkeypatch.chdir(photo.parent)
    result = run("edit", *arguments)
    assert result.code == 2
    assert says in " ".join(result.err.split())
    assert [path.name for path in photo.parent.iterdir()] == ["beach.jpg"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_an_output_folder_without_permission_is_refused(run, photo, tmp_path):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    result = run("edit", photo, "morocco", "-o", locked / "out.jpg")
    assert (result.code, "permission" in result.err) == (2, True)


def test_the_installed_command_works_in_a_process_of_its_own(photo):
    done = subprocess.run(
        [sys.executable, "-m", "goldenhour", "edit", str(photo), "golden hour", "-o", str(photo.with_name("o.webp"))],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    with Image.open(photo.with_name("o.webp")) as image:
        assert image.size == (1600, 900)
    failed = subprocess.run(
        [sys.executable, "-m", "goldenhour", "edit", "nope.jpg", "x"], check=False, capture_output=True, text=True
    )
    assert failed.returncode == 2
    assert failed.stderr.startswith("goldenhour: nope.jpg does not exist")


def test_no_photo_of_a_batch_is_overwritten_by_the_graded_version_of_another(run, photo, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "beach.jpg").write_bytes(photo.read_bytes())
    before = photo.read_bytes()
    result = run("edit", "sub/beach.jpg", "beach.jpg", "morocco", "-o", "./")
    assert (result.code, photo.read_bytes() == before) == (2, True)
    assert "is an original" in result.err


def test_the_output_folder_may_lie_above_the_photos(run, photo, tmp_path):
    (tmp_path / "trip").mkdir()
    photo.rename(tmp_path / "trip" / "beach.jpg")
    assert run("edit", "-r", tmp_path / "trip", "morocco", "-o", tmp_path).code == 0
    assert (tmp_path / "beach.jpg").exists()
    same = run("edit", "-r", tmp_path / "trip", "morocco", "-o", tmp_path / "trip")
    assert (same.code, "is an original" in same.err) == (2, True)


def test_a_folder_that_ends_in_a_slash_is_made_when_something_goes_into_it(run, photo, tmp_path):
    assert run("edit", photo, "morocco", "-o", f"{tmp_path}/new/").code == 0
    assert (tmp_path / "new" / "beach.jpg").exists()
    assert run("edit", tmp_path / "none.jpg", "morocco", "-o", f"{tmp_path}/other/").code == 2
    assert not (tmp_path / "other").exists()


def test_photos_without_an_intent_are_not_taken_for_one(run, photo):
    result = run("edit", photo, photo.with_name("dune.jpg"))
    assert (result.code, "how they should look" in result.err) == (2, True)
    assert [path.name for path in photo.parent.iterdir()] == ["beach.jpg"]


def test_a_name_that_is_too_long_is_one_sentence(run, photo):
    result = run("edit", photo, "morocco", "-o", photo.with_name("n" * 300 + ".jpg"))
    assert result.code == 2
    assert len(result.err.strip().splitlines()) == 1


def test_a_recipe_is_taken_from_standard_input(run, photo, tmp_path, monkeypatch):
    text = goldenhour.recipe("morocco").to_json()
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(b"\xef\xbb\xbf" + text.encode())))
    assert run("edit", photo, "--recipe", "-", "-o", tmp_path / "a.png").code == 0
    assert run("edit", photo, "morocco", "-o", tmp_path / "b.png").code == 0
    assert (pixels(tmp_path / "a.png") == pixels(tmp_path / "b.png")).all()


def test_a_look_by_name_stands_for_an_intent(run, photo, tmp_path, data_folder):
    (tmp_path / "negative.cube").write_text("LUT_1D_SIZE 2\n1 1 1\n0 0 0\n")
    assert run("looks", "add", tmp_path / "negative.cube").out.strip() == "user:negative"
    original = tmp_path / "beach.png"
    Image.open(photo).save(original)
    assert run("edit", original, original, "--look", "user:negative").code == 2  # two of one name
    result = run("edit", original, "--look", "user:negative")
    assert (result.code, result.err) == (0, "")
    assert Path(result.out.strip()) == tmp_path / "beach-negative.png"
    assert np.array_equal(pixels(tmp_path / "beach-negative.png"), 255 - pixels(original))
    out = tmp_path / "half.png"
    assert run("edit", original, "--look", "user:negative", "--intensity", "50", "-o", out).code == 0
    assert np.abs(pixels(out) - 127.5).max() <= 0.5


def test_a_look_takes_the_place_of_that_of_a_recipe(run, photo, tmp_path):
    recipe = {"adjust": None, "selective_adjust": None, "filter": {"name": "mono_Classic", "intensity": 100}}
    (tmp_path / "grey.json").write_text(json.dumps(recipe))
    for name, arguments in (("both", ["--recipe", tmp_path / "grey.json"]), ("alone", [])):
        assert run("edit", photo, *arguments, "--look", "warm_Honey", "-o", tmp_path / f"{name}.png").code == 0
    assert np.array_equal(pixels(tmp_path / "both.png"), pixels(tmp_path / "alone.png"))


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("golden", "did you mean warm_GoldenHour?"), ("user:nope", "`goldenhour looks list` shows all of them")],
)
def test_a_look_that_is_not_there_is_refused(name, remedy, run, photo):
    result = run("edit", photo, "--look", name)
    assert (result.code, result.out) == (2, "")
    assert result.err == f"goldenhour: there is no look named '{name}'; {remedy}\n"
