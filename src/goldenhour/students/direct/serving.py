"""The student *direct*: an encoder and heads in one forward pass, run by ONNX Runtime; torch is not needed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from goldenhour.students.direct.layout import LIKENESS, OUTPUTS, Floats, Layout, Thresholds, by_row
from goldenhour.students.direct.memory import Memory, mix
from goldenhour.students.student import MANIFEST, Answer, StudentError
from goldenhour.students.wish_shoulds import outright
from goldenhour.students.wishes import explicit, obey
from goldenhour.tools import Recipe, default_toolset, normalise
from goldenhour.tools.intent import MAX_CHARACTERS

T = TypeVar("T")
R = TypeVar("R")
MODEL, TOKENIZER, MEMORY = "model.onnx", "tokenizer.json", "memory.npz"
LANGUAGES = "languages"  # the folder within for what is not in English
MAX_TOKENS = 64  # an intent of 500 characters may have more; what follows is not read
BATCH = 64
CHUNK = 256  # texts whose likeness to every example is in memory at once, and the work of one thread
THREADS = 1  # a second thread gains a third on an idle machine and loses far more on a shared one
ENGLISH = 0.5  # share of the words that must be known for a text to count as English

onnxruntime.disable_telemetry_events()  # its builds may have them; nothing leaves this machine


class Encoder:
    """A network and its tokenizer, in a folder."""

    def __init__(self, folder: Path, layout: Layout, rows: int):
        """Open them; raises StudentError where they are damaged or do not fit the toolset and a memory of ``rows``."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        options.inter_op_num_threads = 1
        options.log_severity_level = 4  # what goes wrong is said by the exception
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
            self._network = onnxruntime.InferenceSession(folder / MODEL, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # neither library raises anything narrower
            raise StudentError(f"the student {folder} is damaged: {error}; copy it anew, or train it again") from None
        widths = {output.name: output.shape[-1] for output in self._network.get_outputs()}
        needed = layout.sizes | {LIKENESS: rows}
        if widths != needed:
            raise StudentError(f"the network of {folder} has outputs {widths}, but toolset and memory need {needed}")
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def pieces(self, text: str) -> int:
        """Into how many tokens a text is cut."""
        return len(self._tokenizer.encode(text).ids)

    def outputs(self, texts: Sequence[str]) -> dict[str, Floats]:
        """What the heads say to normalised texts, (n, width) each; texts of like length run together."""
        # undecodable bytes have no tokens
        encoded = self._tokenizer.encode_batch([text.encode("utf-8", "replace").decode() for text in texts])
        tokens = [one.ids for one in encoded]
        order = sorted(range(len(texts)), key=lambda number: len(tokens[number]))
        names = [*OUTPUTS, LIKENESS]
        results = [
            self._run([tokens[number] for number in order[at : at + BATCH]]) for at in range(0, len(order), BATCH)
        ]
        back = np.argsort(order)
        return {
            name: np.concatenate(parts)[back] for name, parts in zip(names, zip(*results, strict=True), strict=True)
        }

    def _run(self, tokens: Sequence[Sequence[int]]) -> list[Floats]:
        ids = np.zeros((len(tokens), max(map(len, tokens))), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, one in enumerate(tokens):
            ids[row, : len(one)] = one
            mask[row, : len(one)] = 1
        return self._network.run([*OUTPUTS, LIKENESS], {"input_ids": ids, "attention_mask": mask})


class Opinions:
    """What the network of a student's folder says to a text, and what its memory says."""

    def __init__(self, folder: Path, layout: Layout):
        """Open both; raises StudentError."""
        self._layout = layout
        try:
            self.memory = Memory.load(folder / MEMORY, layout)
        except (ValueError, OSError) as error:
            raise StudentError(f"the student {folder} is damaged: {error}; copy it anew, or train it again") from None
        rows, languages = len(self.memory.intents), folder / LANGUAGES
        folders = [folder, languages] if languages.is_dir() else [folder]
        with ThreadPoolExecutor(len(folders)) as threads:  # a start waits for the slower one only
            self._english, *others = threads.map(lambda place: Encoder(place, layout, rows), folders)
        self._languages = others[0] if others else None

    def __call__(self, texts: Sequence[str]) -> list[tuple[dict[str, Floats], dict[str, Floats]]]:
        """(network's, memory's) for each normalised text."""
        found: dict[int, tuple[dict[str, Floats], dict[str, Floats]]] = {}
        foreign = [self._foreign(text) for text in texts]
        for encoder, elsewhere in ((self._english, False), (self._languages, True)):
            rows = [row for row in range(len(texts)) if foreign[row] is elsewhere]
            if encoder is not None and rows:
                asked = [texts[row] for row in rows]
                said = encoder.outputs(asked)
                recalled = self.memory.recall(asked, said[LIKENESS], self._layout)
                found |= zip(rows, zip(by_row(said), by_row(recalled), strict=True), strict=True)
        return [found[row] for row in range(len(texts))]

    def _foreign(self, text: str) -> bool:
        """Whether the other encoder is asked: for words unknown in English that its vocabulary cuts up less."""
        if self._languages is None or self.memory.english(text) >= ENGLISH:
            return False
        return not text.isascii() or self._languages.pieces(text) <= self._english.pieces(text)


def _in_parts(work: Callable[[Sequence[T]], list[R]], rows: Sequence[T]) -> Iterable[list[R]]:
    """What ``work`` makes of parts of the rows, in order; several on threads, since a network runs without the lock."""
    parts = [rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK)]
    if len(parts) <= 1:
        return [work(rows)]
    with ThreadPoolExecutor(min(len(parts), os.cpu_count() or 1)) as threads:
        return list(threads.map(work, parts))


class DirectStudent:
    """Answers from a folder: its opinions, how they are weighed, and the thresholds of its manifest."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]):
        """Open a folder whose files were checked; raises StudentError where they do not fit together."""
        self._folder = folder
        self._layout = Layout(default_toolset())
        self._opinions = Opinions(folder, self._layout)
        try:
            self.thresholds = Thresholds.from_dict(manifest["thresholds"], self._layout)
            self.share = float(manifest["memory"])
            if not 0 <= self.share <= 1:
                raise ValueError(f"the memory's share is 0 to 1, not {self.share}")
        except (KeyError, TypeError, ValueError) as error:
            raise StudentError(f"the student {folder} is damaged: {error}; copy it anew, or train it again") from None

    def predict(self, intents: Sequence[str]) -> list[Answer]:
        """One answer an intent. What an intent says in numbers is obeyed to the number, whatever the network thinks."""
        # as they were typed: to normalise takes the sign from the front of "-13 saturation"
        typed = [intent[: 4 * MAX_CHARACTERS].strip()[:MAX_CHARACTERS] for intent in intents]
        texts = [outright(normalise(intent[: 4 * MAX_CHARACTERS])[:MAX_CHARACTERS]) for intent in intents]
        same: dict[str, list[str]] = {}  # the same words are read once
        for intent, text in dict.fromkeys(zip(typed, texts, strict=True)):
            same.setdefault(text, []).append(intent)
        answers = dict(chain.from_iterable(_in_parts(self._answers, list(same.items()))))
        return [answers[key] for key in zip(typed, texts, strict=True)]

    def outputs(self, texts: Sequence[str]) -> list[dict[str, Floats]]:
        """What network and memory together say to each normalised text, by output of ``layout.OUTPUTS``."""
        return list(chain.from_iterable(_in_parts(self._outputs, texts)))

    def _outputs(self, texts: Sequence[str]) -> list[dict[str, Floats]]:
        return [mix(network, memory, self.share) for network, memory in self._opinions(texts)]

    def _answers(self, same: Sequence[tuple[str, Sequence[str]]]) -> list[tuple[tuple[str, str], Answer]]:
        """The answers to normalised texts, each with the ways in which it was typed, by (typed, text)."""
        asked = [(intent, text) for text, typed in same for intent in typed]
        told = [
            Answer(recipe, 1.0) if (recipe := explicit(intent)) else None if text else Answer(Recipe.neutral(), 0.0)
            for intent, text in asked
        ]
        unread = list(dict.fromkeys(text for (_, text), answer in zip(asked, told, strict=True) if answer is None))
        outputs = dict(zip(unread, self._outputs(unread), strict=True))
        answers = (
            answer or self._answer(intent, outputs[text]) for (intent, text), answer in zip(asked, told, strict=True)
        )
        return list(zip(asked, answers, strict=True))

    def _answer(self, typed: str, outputs: Mapping[str, Floats]) -> Answer:
        recipe = obey(typed, self._layout.recipe(outputs, self.thresholds))
        return Answer(recipe, self._layout.confidence(outputs), ranked=self._layout.ranked(outputs))

    def save(self, folder: Path) -> None:
        """Copy the student; the manifest last."""
        shutil.copytree(self._folder, folder, dirs_exist_ok=True, ignore=lambda *_: [MANIFEST])
        shutil.copyfile(self._folder / MANIFEST, folder / MANIFEST)
