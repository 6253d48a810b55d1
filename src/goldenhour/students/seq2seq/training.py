"""Training *seq2seq*: a pretrained T5, or a small one from scratch, on all tools; then the export, and the manifest."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from ctranslate2.converters import TransformersConverter
from tokenizers import AddedToken, Tokenizer
from torch import Tensor, nn
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer, PreTrainedTokenizerFast

from goldenhour.metrics import PaperScores
from goldenhour.students.base_model import find_base
from goldenhour.students.examples import Example, Examples
from goldenhour.students.folder import refuse_occupied
from goldenhour.students.generative import (
    Form,
    GenerativeSettings,
    Lessons,
    Writer,
    Written,
    dev_scores,
    lengths,
    teachable,
)
from goldenhour.students.seq2seq.scratch import END, PAD, UNKNOWN, new_t5, new_tokenizer
from goldenhour.students.seq2seq.serving import MAX_REQUEST, MODEL, TOKENIZER, Translator
from goldenhour.students.student import StudentError
from goldenhour.students.training import fit, open_run, save_run

NEW = "new"
IGNORED = -100  # the label that torch's cross-entropy leaves out
BATCH = 64
PARTS = 3


@dataclass(frozen=True)
class Seq2SeqSettings(GenerativeSettings):
    """Of *seq2seq*. ``base`` new: a T5 from scratch, of this ``width``, twice these ``layers``, so many ``pieces``."""

    base: str = NEW
    learning_rate: float = 1e-3
    width: int = 256
    layers: int = 4
    heads: int = 4
    pieces: int = 2000

    def __post_init__(self) -> None:
        super().__post_init__()
        if min(self.width, self.layers, self.heads, self.pieces) < 1:
            raise StudentError("the settings width, layers, heads and pieces must be above 0")


def train(out: Path, examples: Examples, settings: Seq2SeqSettings) -> None:
    """Train a student into the folder ``out``; goes on where the same training was stopped. Raises UserError."""
    refuse_occupied(out)
    form = Form.of(settings.target, settings.tasks)
    examples = teachable(examples, form)
    lessons = Lessons(form, settings.rationale_weight)
    pairs = lessons.pairs(examples.train)
    pretrained = None if settings.base == NEW else load(settings.base, pairs)
    folder = open_run(out, "seq2seq", settings, examples)
    model, tokenizer = pretrained or from_scratch(settings, pairs, folder)
    codec = tokenizer.backend_tokenizer
    most, mean_tokens = lengths(examples.train, form, lambda text: len(codec.encode(text).ids))
    dev = examples.dev[: settings.dev_rows]

    def score() -> PaperScores:
        return dev_scores(dev, form, writer(model, codec, most))

    history = fit(model, examples, Collate(codec, lessons), loss, score, folder, settings)

    def write(building: Path) -> Mapping[str, Any]:
        export(model, tokenizer, building)
        overall = dev_scores(examples.dev, form, Translator(building, most)).overall
        metrics = {"dev_overall": round(overall, 4), "epochs": len(history), "tokens_per_answer": round(mean_tokens, 1)}
        return {"max_tokens": most, "metrics": metrics}

    save_run(out, "seq2seq", settings, examples, folder, write)


def from_scratch(settings: Seq2SeqSettings, pairs: Sequence[tuple[str, str]], folder: Path) -> tuple[Any, Any]:
    """A new model and the tokenizer of the texts that it learns from, which is kept in the working ``folder``."""
    kept = folder / TOKENIZER
    if not kept.exists():  # a second one could differ in its last pieces from that of the checkpoints
        new_tokenizer((text for pair in pairs for text in pair), settings.pieces).save(str(kept))
    codec = Tokenizer.from_file(str(kept))
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=codec, pad_token=PAD, eos_token=END, unk_token=UNKNOWN
    )
    torch.manual_seed(settings.seed)
    return new_t5(codec.get_vocab_size(), settings.width, settings.layers, settings.heads), tokenizer


def load(name: str, pairs: Sequence[tuple[str, str]]) -> tuple[Any, Any]:
    """A pretrained model and its tokenizer, which knows all characters of the targets; raises StudentError."""
    base = find_base(name)
    try:
        if base.gguf:
            raise ValueError("it is a GGUF file")
        model = AutoModelForSeq2SeqLM.from_pretrained(base.name, use_safetensors=True, dtype=torch.float32)
        tokenizer = AutoTokenizer.from_pretrained(base.name)
    except (OSError, ValueError) as error:
        said = str(error).partition("\n")[0]
        raise StudentError(
            f"{name} cannot be loaded as an encoder-decoder: {said}; name a T5, such as google/flan-t5-base"
        ) from None
    add_unknown(tokenizer, model, {character for _, target in pairs for character in target})
    return model, tokenizer


def add_unknown(tokenizer: Any, model: Any, characters: set[str]) -> None:
    """Teach a tokenizer, and its model, the characters that it lacks, as T5's lacks braces."""
    unknown = tokenizer.unk_token_id
    lacking = [c for c in sorted(characters) if unknown in tokenizer(c, add_special_tokens=False).input_ids]
    tokenizer.add_tokens([AddedToken(character, normalized=False) for character in lacking])
    if len(tokenizer) > model.get_input_embeddings().num_embeddings:  # T5 has rows to spare
        model.resize_token_embeddings(len(tokenizer))


class Collate:
    """Examples → a batch: padded requests, the labels of what is to be written, and what a token of them weighs."""

    def __init__(self, codec: Tokenizer, lessons: Lessons):
        self._codec, self._lessons = codec, lessons

    def __call__(self, examples: list[Example]) -> dict[str, Tensor]:
        """All that is known of the examples, one row a request."""
        pairs = self._lessons.pairs(examples)
        targets = [self._codec.encode(target).ids for _, target in pairs]
        weights = torch.tensor(self._lessons.weights(examples, [len(target) for target in targets]))
        asked = inputs(self._codec, [request for request, _ in pairs])
        return asked | {"labels": _padded(targets, IGNORED), "weights": weights}


def inputs(codec: Tokenizer, requests: Sequence[str]) -> dict[str, Tensor]:
    """Token ids and mask (n, length) of requests, cut as the student in service cuts them."""
    rows = [codec.encode(request).ids for request in requests]
    rows = [row if len(row) <= MAX_REQUEST else [*row[: MAX_REQUEST - 1], row[-1]] for row in rows]
    return {"input_ids": _padded(rows, 0), "attention_mask": _padded([[1] * len(row) for row in rows], 0)}


def _padded(rows: Sequence[Sequence[int]], value: int) -> Tensor:
    width = max(len(row) for row in rows)
    return torch.tensor([[*row, *[value] * (width - len(row))] for row in rows])


def loss(model: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
    """Cross-entropy of the targets' tokens, each with the weight of its row: ``Lessons.weights``.

    It is taken in parts of like length, so that short answers of one tool are not padded to long ones of another.
    """
    lengths = (batch["labels"] != IGNORED).sum(1)
    total = torch.zeros((), device=lengths.device)
    for part in lengths.argsort().tensor_split(PARTS):
        if len(part):
            rows = {name: value[part] for name, value in batch.items() if name != "weights"}
            labels = rows["labels"] = rows["labels"][:, : lengths[part].max()].contiguous()
            logits = model(**rows).logits.flatten(0, 1).float()
            each = nn.functional.cross_entropy(logits, labels.flatten(), ignore_index=IGNORED, reduction="none")
            total = total + each.view(labels.shape).sum(1) @ batch["weights"][part]
    return total


def writer(model: Any, codec: Tokenizer, most: int) -> Writer:
    """The model as it is, writing greedily with torch; it does not say how sure it is."""

    def write(requests: Sequence[str]) -> list[Written]:
        written = []
        for start in range(0, len(requests), BATCH):
            batch = {name: x.to(model.device) for name, x in inputs(codec, requests[start : start + BATCH]).items()}
            rows = model.generate(**batch, max_new_tokens=most, do_sample=False, num_beams=1)
            written += [Written(codec.decode(row), 1.0) for row in rows.tolist()]
        return written

    return write


def export(model: Any, tokenizer: Any, folder: Path, weights: str = "int8") -> None:
    """Write what ``Translator`` opens: the model by CTranslate2 with ``weights`` int8 or float32, and the tokenizer."""
    with tempfile.TemporaryDirectory() as exact:
        model.float().cpu().save_pretrained(exact)
        tokenizer.save_pretrained(exact)
        TransformersConverter(exact).convert(str(folder / MODEL), quantization=weights)
    tokenizer.backend_tokenizer.save(str(folder / TOKENIZER))
