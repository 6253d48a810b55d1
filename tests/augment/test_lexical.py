from goldenhour.augment.lexical import lexical_neighbours

TRAINING = [
    "warmer light",
    "brighter light",
    "lighter sky",
    "warmer sky",
    "brighter and warmer",
    "lighter, soft",
    "soft sky",
]


def test_parts_change_places(by_letters):
    found = lexical_neighbours((), by_letters)(["warm, soft and dark", "warm"])
    assert found["warm, soft and dark"] == ["soft, warm and dark", "warm, dark and soft"]
    assert found["warm"] == []


def test_words_of_the_same_meaning_stand_for_each_other(by_letters):
    found = lexical_neighbours(TRAINING, by_letters)(["brighter evening"])
    assert "lighter evening" in found["brighter evening"]
    assert all(text.endswith(" evening") for text in found["brighter evening"])


def test_rare_and_short_words_and_the_intent_itself_are_not_proposed(by_letters):
    found = lexical_neighbours([*TRAINING, "lightest lightish"], by_letters)(["light sky", "🌅", ""])
    assert all("lightest" not in text and text != "light sky" for text in found["light sky"])
    assert found["🌅"] == found[""] == []


def test_it_proposes_the_same_every_time(by_letters):
    parents = ["warmer light and soft sky", "brighter"]
    first, second = (lexical_neighbours(TRAINING, by_letters)(parents) for _ in range(2))
    assert first == second


def test_a_word_of_a_wish_is_not_replaced_by_another_wish(by_letters):
    training = [
        "warmer sky",
        "warm sky",
        "warmest sky",
        "warm light",
        "colder sky",
        "cold light",
        "cold sky",
        "coldest",
    ] * 2
    found = lexical_neighbours(training, by_letters)(["warmer morning", "colder morning"])
    assert not any("cold" in text for text in found["warmer morning"])
    assert not any("warm" in text for text in found["colder morning"])
