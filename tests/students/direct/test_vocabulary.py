import pytest

from goldenhour.students.direct.vocabulary import SPECIAL, script, trim, unigram_tokenizer

PIECES = [
    *((piece, 0.0) for piece in SPECIAL),
    ("▁Marrakech", -3.0),
    ("▁marrakech", -9.0),
    ("▁", -2.0),
    *((letter, -10.0) for letter in "abcdehkmrs"),
    ("▁Москва", -4.0),
    ("東京", -5.0),
    ("▁rare", -20.0),
]
ROOM = {"": 10, "LATIN": 12, "CYRILLIC": 1, "CJK": 0}


@pytest.mark.parametrize(
    ("piece", "name"),
    [
        *(("▁warm", "LATIN"), ("é", "LATIN"), ("▁москва", "CYRILLIC"), ("東京", "CJK"), ("한", "HANGUL")),
        *(("ש", "HEBREW"), ("▁", ""), ("12", ""), ("🌅", ""), ("", "")),
    ],
)
def test_the_script_of_a_piece(piece, name):
    assert script(piece) == name


def test_a_piece_is_filed_under_its_folded_form_with_the_row_of_its_likeliest_spelling():
    pieces, rows = trim(PIECES, ROOM)
    kept = {piece: PIECES[row] for (piece, _), row in zip(pieces, rows, strict=True)}
    assert kept["▁marrakech"] == ("▁Marrakech", -3.0)
    assert "▁Marrakech" not in kept
    assert [score for _, score in pieces] == [PIECES[row][1] for row in rows]


def test_special_pieces_come_first_and_each_script_keeps_its_likeliest():
    pieces, _ = trim(PIECES, ROOM)
    names = [piece for piece, _ in pieces]
    assert tuple(names[:4]) == SPECIAL
    assert len(set(names)) == len(names)
    assert "▁москва" in names
    assert "東京" not in names
    assert "▁rare" in names
    assert "▁rare" not in [piece for piece, _ in trim(PIECES, ROOM | {"LATIN": 11})[0]]


def test_the_tokenizer_knows_words_in_any_case_and_marks_the_ends():
    tokenizer = unigram_tokenizer(trim(PIECES, ROOM)[0])
    assert tokenizer.encode("MARRAKECH").tokens == ["<s>", "▁marrakech", "</s>"]
    assert tokenizer.encode("Ｍarrakech marrakech").tokens == ["<s>", "▁marrakech", "▁marrakech", "</s>"]
    assert tokenizer.encode("").tokens == ["<s>", "</s>"]
    ids = tokenizer.encode("東").ids
    assert SPECIAL.index("<unk>") in ids
    assert (ids[0], ids[-1]) == (SPECIAL.index("<s>"), SPECIAL.index("</s>"))
