"""How much of the machine uploads may have, from the environment."""

from dataclasses import fields

import pytest

from goldenhour.serve.media.settings import MediaError, MediaLimits, MediaSettings

pytestmark = pytest.mark.usefixtures("nothing_left")


def test_settings_come_from_the_environment():
    found = MediaSettings.from_environment(
        {"GOLDENHOUR_MEDIA_VIDEOS": "2", "GOLDENHOUR_MAX_MEGAPIXELS": "12", "GOLDENHOUR_MAX_CLIP_SIDE": "1920"}
    )
    assert (found.media.videos, found.pictures.megapixels, found.clips.side) == (2, 12, 1920)
    assert MediaSettings.from_environment({}) == MediaSettings()


@pytest.mark.parametrize("name", [field.name for field in fields(MediaLimits)])
def test_a_setting_that_is_no_number_is_refused_with_a_number_that_would_do(name):
    variable = f"GOLDENHOUR_MEDIA_{name.upper()}"
    with pytest.raises(MediaError, match=rf"{variable} must be a number such as [\d.]+, not 'x'"):
        MediaSettings.from_environment({variable: "x"})


@pytest.mark.parametrize(
    ("name", "value"), [("videos", 0.5), ("waiting", 0), ("kept_videos", -1), ("picture_seconds", 0)]
)
def test_settings_that_make_no_sense_are_refused(name, value):
    with pytest.raises(MediaError, match=f"GOLDENHOUR_MEDIA_{name.upper()} cannot be {value:g}"):
        MediaLimits(**{name: value})
