"""The student *seq2seq*, run by CTranslate2 with 8-bit weights; torch is not needed."""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ctranslate2
from tokenizers import Tokenizer

from goldenhour.students.generative import Form, Written
from goldenhour.students.student import MANIFEST, Answer, StudentError

MODEL, TOKENIZER = "model", "tokenizer.json"
MAX_REQUEST = 128  # tokens of a request that are read
BATCH = 64
THREADS = 1  # a second thread made models of this kind slower on a shared machine


class Translator:
    """Writes to requests, greedily, with the model and the tokenizer of a folder."""

    def __init__(self, folder: Path, most: int):
        """``most``: how many tokens it may write to a request. Raises StudentError for a damaged folder."""
        self._most = most
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
            self._model = ctranslate2.Translator(
                str(folder / MODEL), device="cpu", inter_threads=1, intra_threads=THREADS
            )
        except Exception as error:  # neither library raises anything narrower
            raise StudentError(f"the student {folder} is damaged: {error}; copy it anew, or train it again") from None
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_REQUEST)

    def __call__(self, requests: Sequence[str]) -> list[Written]:
        """What is written to each request, in order."""
        tokens = [one.tokens for one in self._tokenizer.encode_batch(list(requests))]
        results = self._model.translate_batch(
            tokens, beam_size=1, max_decoding_length=self._most, max_batch_size=BATCH, return_scores=True
        )
        return [self._written(result.hypotheses[0], result.scores[0]) for result in results]

    def _written(self, tokens: Sequence[str], score: float) -> Written:
        ids = [number for token in tokens if (number := self._tokenizer.token_to_id(token)) is not None]
        return Written(self._tokenizer.decode(ids), math.exp(min(0.0, score)), len(tokens) + 1)  # the end is one, too


class Seq2SeqStudent:
    """Answers from a folder: its model, and the form of its answers as the manifest says."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]):
        """Open a folder whose files were checked; raises StudentError where they do not fit together."""
        self._folder = folder
        try:
            settings = manifest["settings"]
            self._form = Form.of(settings["target"], settings["tasks"])
            self._write = Translator(folder, int(manifest["max_tokens"]))
        except (KeyError, TypeError, ValueError) as error:
            raise StudentError(f"the student {folder} is damaged: {error!r}; copy it anew, or train it again") from None

    def predict(self, intents: Sequence[str]) -> list[Answer]:
        """One answer an intent, written greedily, then validated and repaired."""
        return self._form.answers(intents, self._write)

    def save(self, folder: Path) -> None:
        """Copy the student; the manifest last."""
        shutil.copytree(self._folder, folder, dirs_exist_ok=True, ignore=lambda *_: [MANIFEST])
        shutil.copyfile(self._folder / MANIFEST, folder / MANIFEST)
