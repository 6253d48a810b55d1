"""The student *direct*: an encoder and heads in one forward pass, run by ONNX Runtime; torch is not needed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidArgument, InvalidGraph, InvalidProtobuf
from tokenizers import Tokenizer

from goldenhour.students.direct.layout import OUTPUTS, Floats, Layout, Thresholds
from goldenhour.students.student import MANIFEST, Answer, StudentError
from goldenhour.students.wishes import explicit, obey
from goldenhour.tools import default_toolset, normalise
from goldenhour.tools.intent import MAX_CHARACTERS

MODEL, TOKENIZER = "model.onnx", "tokenizer.json"
MAX_TOKENS = 64  # an intent of 500 characters may have more; what follows is not read
BATCH = 64
THREADS = 1  # a second thread gains a third on an idle machine and loses far more on a shared one


class DirectStudent:
    """Answers from a folder with the network, its tokenizer and a manifest with the thresholds."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]):
        """Open a folder whose files were checked; raises StudentError where they do not fit together."""
        self._folder = folder
        self._layout = Layout(default_toolset())
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        options.inter_op_num_threads = 1
        options.log_severity_level = 4  # what goes wrong is said by the exception
        try:
            self._thresholds = Thresholds.from_dict(manifest["thresholds"], self._layout)
            self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
            self._network = onnxruntime.InferenceSession(folder / MODEL, options, providers=["CPUExecutionProvider"])
            self._check_outputs()
        except (KeyError, TypeError, ValueError, Fail, InvalidArgument, InvalidGraph, InvalidProtobuf) as error:
            raise StudentError(f"the student {folder} is damaged: {error}; train it again, or copy it anew") from None
        except Exception as error:  # tokenizers raises nothing narrower
            raise StudentError(f"the student {folder} is damaged: {error}; train it again, or copy it anew") from None
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def _check_outputs(self) -> None:
        widths = {output.name: output.shape[-1] for output in self._network.get_outputs()}
        if widths != self._layout.sizes:
            raise ValueError(f"its network has outputs {widths}, but the toolset needs {self._layout.sizes}")

    def predict(self, intents: Sequence[str]) -> list[Answer]:
        """One answer an intent. What an intent says in numbers is obeyed to the number, whatever the network thinks."""
        texts = [normalise(intent[: 4 * MAX_CHARACTERS])[:MAX_CHARACTERS] for intent in intents]
        answers: dict[int, Answer] = {}
        for number, text in enumerate(texts):
            if (recipe := explicit(text)) is not None:
                answers[number] = Answer(recipe, 1.0)
        unread = [number for number in range(len(texts)) if number not in answers]
        for number, outputs in zip(unread, self.outputs([texts[number] for number in unread]), strict=True):
            recipe = obey(texts[number], self._layout.recipe(outputs, self._thresholds))
            ranked = self._layout.ranked(outputs)
            answers[number] = Answer(recipe, self._layout.confidence(outputs), ranked=ranked)
        return [answers[number] for number in range(len(texts))]

    def outputs(self, texts: Sequence[str]) -> list[dict[str, Floats]]:
        """What the heads say to each normalised text, by output, in order; texts of like length run together."""
        encoded = self._tokenizer.encode_batch(list(texts))
        order = sorted(range(len(texts)), key=lambda number: len(encoded[number].ids))
        found: dict[int, dict[str, Floats]] = {}
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            width = max(len(encoded[number].ids) for number in batch)
            ids = np.zeros((len(batch), width), dtype=np.int64)
            mask = np.zeros_like(ids)
            for row, number in enumerate(batch):
                length = len(encoded[number].ids)
                ids[row, :length] = encoded[number].ids
                mask[row, :length] = 1
            results = self._network.run(list(OUTPUTS), {"input_ids": ids, "attention_mask": mask})
            for row, number in enumerate(batch):
                found[number] = {name: result[row] for name, result in zip(OUTPUTS, results, strict=True)}
        return [found[number] for number in range(len(texts))]

    def save(self, folder: Path) -> None:
        """Copy the student; the manifest last."""
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(self._folder.iterdir(), key=lambda path: path.name == MANIFEST):
            shutil.copyfile(path, folder / path.name)
