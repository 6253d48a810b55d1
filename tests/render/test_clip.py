import math

import pytest

from goldenhour.render.clip import CLIP_SUFFIXES, ClipError, ClipLimits
from goldenhour.tools import UserError


def test_limits_come_from_the_environment():
    assert ClipLimits.from_environment({}) == ClipLimits() == ClipLimits(4096, 10, 36_000, 500)
    environment = {"GOLDENHOUR_MAX_CLIP_SIDE": "8192", "GOLDENHOUR_MAX_CLIP_MINUTES": "0.5", "PATH": "/bin"}
    assert ClipLimits.from_environment(environment) == ClipLimits(side=8192, minutes=0.5)


@pytest.mark.parametrize("value", ["", "many", "4k", "1e", "-1", "0", "nan", "inf"])
@pytest.mark.parametrize("name", ["SIDE", "MINUTES", "FRAMES", "MEGABYTES"])
def test_a_limit_must_be_a_number_above_zero(name, value):
    with pytest.raises(ClipError) as caught:
        ClipLimits.from_environment({f"GOLDENHOUR_MAX_CLIP_{name}": value})
    assert name.lower() in str(caught.value).lower()
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("value", [0, -3, math.nan, math.inf])
def test_limits_that_make_no_sense_are_refused(value):
    with pytest.raises(UserError, match="minutes must be above 0"):
        ClipLimits(minutes=value)


def test_suffixes_are_written_small():
    assert len(set(CLIP_SUFFIXES)) == len(CLIP_SUFFIXES)
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in CLIP_SUFFIXES)
