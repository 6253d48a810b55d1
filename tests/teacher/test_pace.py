import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from time import monotonic

import pytest

from goldenhour.teacher.errors import TeacherError
from goldenhour.teacher.pace import Limits, Pace, asked_wait, wait_before


def test_waits_grow_to_a_bound_and_differ():
    limits = Limits(first_wait=1, longest_wait=60)
    for attempt, longest in ((2, 1), (3, 2), (4, 4), (8, 60), (100, 60)):
        waits = [wait_before(attempt, limits) for _ in range(50)]
        assert longest / 2 <= min(waits) < max(waits) <= longest


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", None),
        ("soon", None),
        ("inf", None),
        ("nan", None),
        ("7", 7),
        (" 1.5 ", 1.5),
        ("-3", 0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
    ],
)
def test_retry_after_is_read_in_seconds(text, seconds):
    assert asked_wait({"retry-after": text}) == seconds


@pytest.mark.parametrize(
    "form", [lambda date: format_datetime(date, usegmt=True), lambda date: f"{date:%a, %d %b %Y %X}"]
)
def test_retry_after_is_read_as_a_date(form):
    date = datetime.now(UTC) + timedelta(seconds=30)
    assert asked_wait({"retry-after": form(date)}) == pytest.approx(30, abs=2)


def test_so_many_requests_go_out_a_minute():
    async def go():
        pace, start = Pace(1200), monotonic()
        await asyncio.gather(*(pace.turn() for _ in range(7)))
        return monotonic() - start

    assert 0.3 <= asyncio.run(go()) < 1


def test_a_pause_holds_for_all():
    async def go():
        pace, start = Pace(None), monotonic()
        await pace.turn()
        pace.pause(0.2)
        await asyncio.gather(*(pace.turn() for _ in range(5)))
        return monotonic() - start

    assert 0.2 <= asyncio.run(go()) < 0.8


@pytest.mark.parametrize("wrong", [{"concurrency": 0}, {"per_minute": 0}, {"per_minute": float("nan")}, {"timeout": 0}])
def test_limits_that_let_nothing_through_are_refused(wrong):
    with pytest.raises(TeacherError):
        Limits(**wrong)
