"""A large multilingual vocabulary cut down to what intents need: one case, and the scripts of our languages.

Intents are case-folded, so "▁marrakech" would fall into crumbs that mean nothing, since the vocabulary knows only
"▁Marrakech". Each piece is therefore filed under its case-folded form, with the row of its most frequent spelling.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram

# how many of each script's pieces are kept, the most frequent first; "" are digits, signs and emoji
SCRIPTS: Mapping[str, int] = {
    "": 1_500,
    "LATIN": 22_000,
    "CYRILLIC": 4_000,
    "CJK": 4_500,
    "ARABIC": 2_500,
    "HEBREW": 2_000,
    "HANGUL": 2_200,
    "HIRAGANA": 1_200,
    "KATAKANA": 700,
}
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")


def script(piece: str) -> str:
    """The script of a piece's first letter, as Unicode names it; "" if it has none."""
    letter = next((character for character in piece if character.isalpha()), None)
    return unicodedata.name(letter, "?").split()[0] if letter else ""


def trim(
    pieces: Sequence[tuple[str, float]], scripts: Mapping[str, int] = SCRIPTS
) -> tuple[list[tuple[str, float]], list[int]]:
    """The kept pieces with their scores (log probabilities), special ones first, and the old row of each."""
    row = {piece: number for number, (piece, _) in enumerate(pieces)}
    kept = {piece: row[piece] for piece in SPECIAL}
    room = dict(scripts)
    for number in sorted(range(len(pieces)), key=lambda number: -pieces[number][1]):
        piece = pieces[number][0].casefold()
        home = script(piece)
        if piece not in kept and room.get(home, 0) > 0:
            room[home] -= 1
            kept[piece] = number
    return [(piece, pieces[number][1]) for piece, number in kept.items()], list(kept.values())


def unigram_tokenizer(pieces: Sequence[tuple[str, float]]) -> Tokenizer:
    """The tokenizer of XLM-RoBERTa (Conneau et al. 2020) over those pieces, which begin with SPECIAL."""
    tokenizer = Tokenizer(Unigram(list(pieces), unk_id=SPECIAL.index("<unk>"), byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", None, [("<s>", 0), ("</s>", 2)])
    return tokenizer
