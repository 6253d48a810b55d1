"""The words of an intent that `wishes.yaml` knows, in thirteen languages, and what each of them means for a toolset."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from goldenhour.tools import Toolset
from goldenhour.tools.strict_yaml import load_yaml
from goldenhour.tools.toolset import Choice, Number, Slot

MIN_TYPO = 6  # letters; shorter names are one letter away from too many other words
SILENT = "'\"()[]{}*_=:~“”„«»<>"  # says nothing between words

# a hyphen after a Hebrew prefix joins it to the number; everywhere else it is a minus, but not between two digits
_TOKEN = re.compile(
    r"(?P<number>(?:(?<![\d\u0590-\u05ff])[+-] ?)?\d+(?:[.,]\d+)?)(?P<glued>[a-zа-я]*)"
    r"|(?P<code>[a-z]+\d\w*)"
    r"|(?P<dense>[\u3005\u3040-\u30ff\u3400-\u9fff]+)"  # kana and ideographs, which have no spaces between words
    r"|(?P<word>[^\W\d_]+)"
    r"|(?P<hyphen>(?<=[\u0590-\u05ff])-(?=\d))"
    r"|(?P<mark>(?<!\d)[,;.!?/|&+、。\n-]|[,;.!?/|&+、。\n-](?!\d))"
    r"|(?P<other>\S)"
)
_APOSTROPHE = re.compile(r"(?<=\w)['’](?=(?:t|s|m|d|re|ll|ve)\b)")  # of English: don't; that of French parts two words
_ACCENTS = dict.fromkeys(range(0x300, 0x370))  # the combining marks of European scripts
_ALIKE = str.maketrans({"ı": "i", "−": "-", "–": "-", "—": "-", "٫": ".", "’": "'"})


class Aim(NamedTuple):
    """What a name or a direction moves, and whether it raises or lowers it (sign 1 or -1).

    ``whole`` is the slot for the frame, ``part`` the parameter for one colour; ``by_colour`` if that is what it is for.
    """

    whole: Slot | None
    part: str | None
    sign: int = 1
    by_colour: bool = False


class Look(NamedTuple):
    """An option of a choice, with the number that says how much of it."""

    choice: Slot
    option: str
    amount: Slot


class Word(NamedTuple):
    """A known phrase, a number or an unknown word. ``value`` by kind: Aim, Look, a colour, slots, a number."""

    kind: str
    value: Any = None
    signed: bool = False  # of a number: whether its sign was written
    end: bool = False  # a number: where to end, as in "to 20"; a "no": leaves nothing; a joiner: lists, as "or" does


UNKNOWN = Word("unknown")
JOINER = Word("joiner", False)


def fold(text: str) -> str:
    """Text in the form that words are compared in: NFKC, case-folded, without the accents of European scripts."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).translate(_ACCENTS))
    return _APOSTROPHE.sub("", text.translate(_ALIKE))


class Vocabulary:
    """The phrases of `wishes.yaml` that mean something for a toolset.

    ``beside`` a recipe that stands already, "this", "undo" and "more of it" mean something too.
    """

    def __init__(self, toolset: Toolset, beside: bool = False):
        self.toolset = toolset
        self._beside = beside
        data = _data()
        self._slots = {slot.path: slot for slot in toolset.slots}
        self.colour_tool = str(data["colour_tool"])
        self.colour_means = str(data["colour_means"])
        self.plain = _numbers(data["plain"])
        self._none_at = frozenset(data["none at"].split())
        self.colourless = str(data["colourless"])
        self.colourless_but = self._set(data["colourless_but"].split())
        self._phrases: dict[str, Word] = {}
        self._stems: dict[str, Word] = {}
        for words, word in self._entries(data):
            for phrase in words:
                if phrase.endswith("*"):
                    self._stems.setdefault(phrase[:-1], word)
                else:
                    self._phrases.setdefault(phrase, word)
        units = (word.value for word in self._phrases.values() if word.kind == "unit")
        self._steps: dict[Slot, float] = {slot: size for slot, size in units if slot and size > 1}
        self._lengths: dict[str, int] = {}  # first word to the most words of a phrase that begins with it
        for phrase in self._phrases:
            first, length = phrase.partition(" ")[0], phrase.count(" ") + 1
            self._lengths[first] = max(self._lengths.get(first, 1), length)
        self._typos = _typos(
            {phrase: word for phrase, word in self._phrases.items() if word.kind == "name" and " " not in phrase}
        )

    def step(self, slot: Slot) -> float | None:
        """The size of the unit in which small numbers of a slot are meant: of an exposure the stop."""
        return self._steps.get(slot)

    def is_colourless(self, look: Look) -> bool:
        """Whether a look is of the pack that leaves no colour."""
        packs = look.choice.parameter.packs if isinstance(look.choice.parameter, Choice) else ()
        return any(look.option in dict(options) for pack, options in packs if pack == self.colourless)

    def none_left(self, slot: Slot) -> bool:
        """Whether the least value of a slot leaves nothing of what it is for: no contrast, no colour."""
        return f"{slot.tool}.{slot.keys[-1]}" in self._none_at

    def part(self, colour: str, parameter: str) -> Slot | None:
        """The slot of one colour."""
        return self._slots.get(f"{self.colour_tool}.{colour}.{parameter}")

    def read(self, text: str) -> list[Word]:
        """The words of a text in order, longest phrases first; of silent marks none."""
        tokens = [match for match in _TOKEN.finditer(fold(text)) if match[0] not in SILENT]
        texts = [match[0] for match in tokens]
        numbered = any(match["number"] for match in tokens)
        words: list[Word] = []
        place = 0
        while place < len(tokens):
            length = self._phrase_at(texts, place)
            if length:
                words.append(self._phrases[" ".join(texts[place : place + length])])
                place += length
            else:
                words.extend(self._single(tokens[place], numbered))
                place += 1
        return words

    def _phrase_at(self, texts: Sequence[str], place: int) -> int:
        """How many tokens the longest phrase has that begins there; 0 if none does."""
        for length in range(self._lengths.get(texts[place], 0), 0, -1):
            if " ".join(texts[place : place + length]) in self._phrases:
                return min(length, len(texts) - place)
        return 0

    def _single(self, match: re.Match[str], numbered: bool) -> Iterator[Word]:
        if number := match["number"]:
            value = float(number.replace(" ", "").replace(",", "."))
            yield Word("number", value, number[0] in "+-")
            if match["glued"]:
                unit = self._phrases.get(match["glued"], UNKNOWN)
                yield unit if unit.kind == "unit" else UNKNOWN
        elif match["dense"]:
            yield from self._dense(match[0])
        elif match["word"]:
            # a slip is only believed beside numbers, where few other words stand
            yield self._inflected(match[0]) or (self._slip(match[0]) if numbered else None) or UNKNOWN
        elif match["mark"]:
            yield JOINER
        elif not match["hyphen"]:
            yield UNKNOWN

    def _dense(self, run: str) -> Iterator[Word]:
        place = 0
        while place < len(run):
            for length in range(min(8, len(run) - place), 0, -1):
                if word := self._phrases.get(run[place : place + length]):
                    yield word
                    place += length
                    break
            else:
                yield UNKNOWN
                place += 1

    def _inflected(self, text: str) -> Word | None:
        stems = (text[:length] for length in range(min(len(text), 20), 1, -1))
        return next((self._stems[stem] for stem in stems if stem in self._stems), None)

    def _slip(self, text: str) -> Word | None:
        if not MIN_TYPO - 1 <= len(text) <= 20:
            return None
        return next((self._typos[form] for form in _shorter(text) if form in self._typos), None)

    def _entries(self, data: Mapping[str, Any]) -> Iterator[tuple[list[str], Word]]:
        """Every entry that the toolset has a use for: its phrases and what they mean; the first meaning counts."""
        if self._beside:
            yield from self._follow_ups(data["follow-ups"])
        yield from self._targets(data)
        for kind in ("tools", "without"):
            for tool, words in data[kind].items():
                if tool in self.toolset.tool_slots:
                    yield phrases(words), Word(kind, tool)
        for paths, words in data["sets"].items():
            if slots := self._set(paths.split()):
                yield phrases(words), Word("set", slots)
        yield from self._amounts(data)
        yield from self._turns(data)

    def _turns(self, data: Mapping[str, Any]) -> Iterator[tuple[list[str], Word]]:
        """What says which way, how far, or not."""
        for kind in ("up", "down", "more", "less", "enough", "keep", "beyond", "and", "only", "fillers"):
            yield phrases(data[kind]), Word("joiner", True) if kind == "and" else Word(kind)
        yield phrases(data["listing"]), Word("joiner", True, end=True)
        yield phrases(data["turns keep"]), Word("unknown", True)
        yield phrases(data["changing"]), Word("fillers", True)
        for kind in ("too", "so"):  # value: whether it complains, also without a "no"
            yield phrases(data[kind]), Word("too", kind == "too")
        for kind in ("no", "leave"):  # value: whether it stands after what it is about
            yield phrases(data[kind]), Word(kind, False)
            yield phrases(data[f"{kind} after"]), Word(kind, True)
        for name, after in (("none", False), ("none after", True)):
            yield phrases(data[name]), Word("no", after, end=True)

    def _follow_ups(self, data: Mapping[str, Any]) -> Iterator[tuple[list[str], Word]]:
        for kind in ("same", "undo", "comparative", "mend", "to"):
            yield phrases(data[kind]), Word(kind)
        yield phrases(data["undo after"]), Word("undo", True)
        yield phrases(data["start"]), Word("start")
        for kind in ("more", "less"):  # value: whether it compares, as "more" does and "push" does not
            yield phrases(data[kind]), Word(kind, True)
        yield phrases(data["lack"]), Word("more", True)
        yield phrases(data["excess"]), Word("too")
        for size, words in data["times"].items():
            yield phrases(words), Word("times", float(size))
        yield phrases(data["fillers"]), Word("fillers")

    def _targets(self, data: Mapping[str, Any]) -> Iterator[tuple[list[str], Word]]:
        for look, names in self._looks(data["looks"]):
            yield names, Word("look", look)
        for kind, section in (("name", data["names"]), ("direction", data["directions"])):
            for paths, words in section.items():
                aim = self._aim(paths.split())
                if aim.whole or aim.part:
                    yield phrases(words), Word(kind, aim)
        for colour, words in data["colours"].items():
            if self.part(colour, self.colour_means):
                yield phrases(words), Word("colour", colour)

    def _amounts(self, data: Mapping[str, Any]) -> Iterator[tuple[list[str], Word]]:
        for value, words in data["number words"].items():
            yield phrases(words), Word("number words", float(value))
        for band, words in data["degrees"].items():
            yield phrases(words), Word("degrees", _numbers(band))
        for unit, words in data["units"].items():
            path, _, size = unit.partition(" ")
            if not size or path in self._slots:
                yield phrases(words), Word("unit", (self._slots.get(path), float(size or 1)))

    def _aim(self, paths: Sequence[str]) -> Aim:
        bare = [path.lstrip("+-") for path in paths]
        whole = next((self._slots[path] for path in bare if path in self._slots), None)
        parts = [path.partition(".")[2] for path in bare if path.partition(".")[0] == self.colour_tool]
        part = parts[0] if parts and self.colour_tool in self.toolset.tool_slots else None
        return Aim(whole, part, -1 if paths[0][0] == "-" else 1, bare[0] not in self._slots)

    def _set(self, paths: Sequence[str]) -> tuple[Slot, ...]:
        """The slots of paths; a tool's name stands for all of its slots."""
        return tuple(slot for slot in self.toolset.slots if slot.path in paths or slot.tool in paths)

    def _looks(self, names: Mapping[str, str]) -> Iterator[tuple[Look, list[str]]]:
        """Each option with its names: its own in words, with and without its pack, and those of the file."""
        for slots in self.toolset.tool_slots.values():
            amounts = [slot for slot in slots if isinstance(slot.parameter, Number)]
            for slot in slots:
                if isinstance(slot.parameter, Choice) and len(amounts) == 1:
                    for option in slot.parameter.options:
                        own = phrases(_option_names(option))
                        yield Look(slot, option, amounts[0]), own + phrases(names.get(option, ""))


@cache
def vocabulary(toolset: Toolset, beside: bool = False) -> Vocabulary:
    """The vocabulary for a toolset, alone or beside a recipe, made on first use."""
    return Vocabulary(toolset, beside)


@cache
def _data() -> Mapping[str, Any]:
    text = (resources.files("goldenhour.students") / "wishes.yaml").read_text(encoding="utf-8")
    return dict(load_yaml(text, own=True))


def shoulds() -> list[tuple[str, str]]:
    """How what should be is said, with X for it, each with how an outright wish for X begins; longer phrases first."""
    said = [
        (phrase.strip(), wish.removesuffix("X"))
        for wish, words in _data()["should"].items()
        for phrase in words.split(",")
    ]
    return sorted(said, key=lambda pair: -len(pair[0]))


def phrases(words: str) -> list[str]:
    """The phrases of an entry, which commas part, as the texts of their tokens with single spaces."""
    found = []
    for phrase in fold(words).split(","):
        tokens = [match[0] for match in _TOKEN.finditer(phrase) if match[0] not in SILENT]
        if tokens:
            found.append(" ".join(tokens) + "*" * phrase.endswith("*"))
    return found


def _numbers(pair: str) -> tuple[float, float]:
    low, high = pair.split()
    return float(low), float(high)


def _option_names(option: str) -> str:
    """What people call `film_SlideOne`: slide one, slideone, slide one film, film slide one, film slideone."""
    pack, _, name = option.rpartition("_")
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return ", ".join([words, name, f"{words} {pack}", f"{pack} {words}", f"{pack} {name}", f"{pack}_{name}"])


def _shorter(word: str) -> Iterator[str]:
    """The word, and the word without each of its letters."""
    yield word
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]


def _typos(names: Mapping[str, Word]) -> dict[str, Word]:
    """Names by what one slip makes of them: two words that a slip parts share a form with a letter less (SymSpell)."""
    return {
        form: word
        for name, word in names.items()
        if len(name) >= MIN_TYPO and name.isascii()
        for form in _shorter(name)
    }
