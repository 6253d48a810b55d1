import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenhour.events.masking import mask
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.tools import normalise


@pytest.mark.parametrize(
    ("typed", "masked"),
    [
        ("like jane.doe+film@example.co.uk's wedding", "like <email>'s wedding"),
        ("mailto:jane@example.org", "<email>"),
        ("warm (jane@example.org)", "warm (<email>)"),
        ("@jane@mastodon.social mood", "<email> mood"),
        ("jane＠example．org", "<email>"),
        ("call +44 20 7946 0958 warm", "call <phone> warm"),
        ("+1 (555) 123-4567", "<phone>"),
        ("(030) 1234567", "<phone>"),
        ("030/1234567", "<phone>"),
        ("06 12 34 56 78", "<phone>"),
        ("06.12.34.56.78", "<phone>"),
        ("555-123-4567 please", "<phone> please"),
        ("555 123 4567", "<phone>"),
        ("98765 43210", "<phone>"),
        ("5551234567", "<phone>"),
        ("shot 2024-10-12, call 0171 1234567", "shot 2024-10-12, call <phone>"),
        ("tel:+4915112345678", "tel:<phone>"),
        ("like https://example.org/a?b=c#d now", "like <url> now"),
        ("www.example.org look", "<url> look"),
        ("as on Instagram.com/jane_doe", "as on <url>"),
        ("youtu.be/abc123 vibes", "<url> vibes"),
        ("example.com", "<url>"),
        ("by @jane_doe, dreamy", "by <name>, dreamy"),
        ("like @wes.anderson.", "like <name>."),
        ("photo by@jane", "photo by<name>"),
        ("@Жанна", "<name>"),
    ],
)
def test_what_names_a_person_is_masked(typed, masked):
    assert mask(typed) == masked


@pytest.mark.parametrize(
    "typed",
    [
        "80s music video",
        "f/1.8",
        "35mm 2024-10-12",
        "24/7",
        "@ golden hour",
        "1990s film 400 iso",
        "@35mm",
        "@f/1.8 and @iso400",
        "kodak portra 400 800 1600 3200",
        "iso 100 200 400 800",
        "1/250 f2.8 iso 1600",
        "0.5 1.25 2.75 10.5 stops",
        "1985 1995 2005",
        "12.10.2024 18:30",
        "05/06/2024",
        "3840x2160 60fps",
        "exposure +15 contrast -20 saturation +30",
        "brighter.in the middle",
        "black and/or white",
        "no.1 look, v2.0",
        "teal & orange...wow",
        "50% less, 100% more",
        "2001: a space odyssey",
        "½ as bright … ﬁlm",
    ],
)
def test_what_names_nobody_stays_as_typed(typed):
    assert mask(typed) == typed


def test_no_recorded_intent_is_touched():
    assert [answer.intent for answer in recorded_answers() if mask(answer.intent) != answer.intent] == []


@given(st.text(max_size=60) | st.text("@＠.．:/+-() 0159aB_w", max_size=40))
def test_masked_text_has_nothing_left_to_mask_even_in_its_normalised_form(typed):
    masked = mask(typed)
    assert mask(masked) == masked
    assert mask(normalise(masked)) == normalise(masked)


words = st.text(string.ascii_letters + " ,!", max_size=15)
local = st.text(string.ascii_letters + string.digits + "._+-", min_size=1, max_size=12)
label = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=8)


@given(words, st.builds("{}@{}.{}".format, local, label, st.sampled_from(["com", "de", "museum"])), words)
def test_every_address_is_masked(before, address, after):
    masked = mask(f"{before} {address} {after}")
    assert address not in masked
    assert "<email>" in masked


def digits(pattern: str) -> st.SearchStrategy[str]:
    """Numbers of a form; # is any digit."""
    return st.lists(st.integers(1, 9), min_size=20, max_size=20).map(
        lambda found: "".join(str(found[i]) if letter == "#" else letter for i, letter in enumerate(pattern))
    )


@given(
    words,
    st.sampled_from(
        ["+## ### ######", "+#-###-###-####", "(0##) ### ## ##", "0### #######", "###-###-####", "#" * 11]
    ).flatmap(digits),
    words,
)
def test_every_number_of_a_phones_form_is_masked(before, number, after):
    masked = mask(f"{before} {number} {after}")
    assert "<phone>" in masked
    assert not any(map(str.isdigit, masked))


@given(words, st.builds("{}{}/{}".format, st.sampled_from(["https://", "http://a.", "www."]), label, label), words)
def test_every_link_is_masked(before, link, after):
    assert link not in mask(f"{before} {link} {after}")


@given(words, st.from_regex(r"@[a-z][a-z_]{2,11}", fullmatch=True), words)
def test_every_name_after_an_at_sign_is_masked(before, name, after):
    masked = mask(f"{before} {name} {after}")
    assert "@" not in masked
    assert "<name>" in masked
