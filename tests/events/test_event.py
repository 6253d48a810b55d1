from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from happenings import MORNING, WARM, edited, exported, exposed, shown, started
from hypothesis import given
from hypothesis import strategies as st

from goldenhour.events import EventError, new_id
from goldenhour.events.event import from_milliseconds, to_milliseconds
from goldenhour.events.ids import user_id
from goldenhour.tools import IntentError, UserError


def test_the_example_of_rfc_9562_is_made_from_its_time_and_its_random_bits():
    # appendix A.6: unix_ts_ms 0x017F22E279B0, rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F
    made = new_id(0x017F22E279B0, 0xCC3 << 62 | 0x18C4DC0C0C07398F)
    assert made == UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**74 - 1))
def test_every_id_is_of_version_7_and_begins_with_its_time(milliseconds, randomness):
    made = new_id(milliseconds, randomness)
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made.int >> 80 == milliseconds


def test_ids_differ_and_sort_by_time():
    ids = [new_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert new_id(1, 2**74 - 1) < new_id(2, 0)
    with pytest.raises(ValueError, match="48 bits"):
        new_id(2**48)


def test_a_users_id_depends_on_the_salt_and_not_on_how_the_name_is_encoded():
    composed, decomposed = "Ren\u00e9", " Rene\u0301 "
    assert user_id(composed, b"salt") == user_id(decomposed, b"salt") != user_id(composed, b"pepper")
    # RFC 9562, section 5.8: version 8 is for ids of one's own making
    assert user_id(composed, b"salt").int >> 76 & 0xF == 8


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.timezones()))
def test_times_are_kept_to_the_millisecond(at):
    assert timedelta(0) <= at - from_milliseconds(to_milliseconds(at)) < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: started(id=uuid4()), "id must be a UUID of version 7, not UUID"),
        (lambda: started(id=str(new_id())), "id must be a UUID of version 7"),
        (lambda: started(" "), "user must be 1 to 200 characters of plain text"),
        (lambda: started("x" * 201), "user must be"),
        (lambda: started("nul\0"), "user must be"),
        (lambda: started("\ud800"), "user must be"),
        (lambda: started(started_at=datetime(2024, 5, 1)), "started_at must be a time with its zone"),
        (lambda: started(media_kind="song"), "media_kind must be photo or clip, not 'song'"),
        (lambda: started(arm=""), "arm must be"),
        (lambda: started(simulated=1), "simulated must be true or false"),
        (lambda: shown(started(), recipe=WARM.to_dict()), "recipe must be a Recipe"),
        (lambda: shown(started(), latency_ms=float("nan")), "latency_ms must be a number of milliseconds"),
        (lambda: shown(started(), latency_ms=-1), "latency_ms must be"),
        (lambda: shown(started(), source_model=None), "source_model must be"),
        (lambda: shown(started(), project_id=None), "project_id must be a UUID"),
        (lambda: shown(started(), domain=""), "domain must be 1 to 200 characters"),
        (lambda: shown(started(), repaired=1), "repaired must be true or false, not 1"),
        (lambda: shown(started(), refused=None), "refused must be true or false, not None"),
        (lambda: shown(started(), follow_up=1), "follow_up must be true or false, not 1"),
        (lambda: exposed(started(), arm=""), "arm must be 1 to 200 characters"),
        (lambda: exposed(started(), experiment=None), "experiment must be 1 to 200 characters"),
        (lambda: exposed(started(), project_id=7), "project_id must be a UUID of version 7, not 7"),
        (lambda: exposed(started(), exposed_at=datetime(2024, 5, 1)), "exposed_at must be a time with its zone"),
        (lambda: edited(shown(started()), "warm"), "recipe must be a Recipe"),
        (lambda: exported(shown(started()), "warm"), "recipe must be a Recipe"),
    ],
)
def test_what_is_no_event_is_refused_in_one_sentence(make, sentence):
    with pytest.raises(EventError, match=sentence) as error:
        make()
    assert isinstance(error.value, UserError)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("intent", ["", " ! "[:1], "\x00", "x" * 501])
def test_an_intent_is_checked_as_everywhere(intent):
    with pytest.raises(IntentError):
        shown(started(), intent=intent)


def test_events_are_of_one_moment():
    with pytest.raises(AttributeError):
        started().user = "other"
    assert started(started_at=MORNING).started_at == MORNING
