"""A chat model in this process: its weights, the LoRA adapter on them, and how it writes."""

from __future__ import annotations

import hashlib
import importlib.util
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
import transformers
from jinja2 import TemplateError
from peft import PeftModel
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig, LogitsProcessor, LogitsProcessorList

from goldenhour.students.base_model import find_base
from goldenhour.students.causal.chat import Chat
from goldenhour.students.generative import Writer, Written
from goldenhour.students.student import StudentError

BATCH = 16
QUANTISER = ("is_quantized", "quantization_method", "hf_quantizer")  # what GGUF leaves on a model that it no longer is
PLAIN_TEMPLATE = (  # for models that come without a chat template
    "{% for message in messages %}{{ message['content'] }}\n{% endfor %}{% if add_generation_prompt %}> {% endif %}"
)


def load_base(name: str, four_bit: bool = False) -> Any:
    """The pretrained model: float32 on a CPU, bfloat16 on a GPU, or 4-bit there (QLoRA, Dettmers et al. 2023).

    Raises StudentError.
    """
    options: dict[str, Any] = {"dtype": torch.bfloat16 if torch.cuda.is_available() else torch.float32}
    if four_bit:
        options |= _four_bit()
    base = find_base(name)
    try:
        with quiet():
            model = AutoModelForCausalLM.from_pretrained(
                base.name, gguf_file=base.gguf, use_safetensors=True, **options
            )
    except (OSError, ValueError) as error:
        said = str(error).partition("\n")[0]
        raise StudentError(f"{name} cannot be loaded as a causal language model: {said}") from None
    if base.gguf:
        for attribute in QUANTISER:
            vars(model).pop(attribute, None)
        del model.config.quantization_config
    return model


def load_tokenizer(name: str) -> Any:
    """The tokenizer of a pretrained model, with a chat template and a token for padding; raises StudentError."""
    base = find_base(name)
    try:
        with quiet():
            tokenizer = AutoTokenizer.from_pretrained(base.name, gguf_file=base.gguf)
    except (OSError, ValueError) as error:
        said = str(error).partition("\n")[0]
        raise StudentError(f"{name} has no tokenizer that can be loaded: {said}") from None
    if tokenizer.eos_token_id is None:
        raise StudentError(f"the tokenizer of {name} has no token for the end of an answer; choose another --base")
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    tokenizer.chat_template = tokenizer.chat_template or PLAIN_TEMPLATE
    return tokenizer


def _four_bit() -> dict[str, Any]:
    if not torch.cuda.is_available() or importlib.util.find_spec("bitsandbytes") is None:
        raise StudentError("4-bit weights need a CUDA GPU and the package bitsandbytes; leave four_bit out")
    from transformers import BitsAndBytesConfig  # noqa: PLC0415 - for GPUs alone

    config = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16)  # type: ignore[no-untyped-call]
    return {"quantization_config": config, "device_map": {"": torch.cuda.current_device()}}


@contextmanager
def quiet() -> Iterator[None]:
    """Without the progress bars of transformers, and without its and PEFT's warnings to each other."""
    transformers.utils.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def fingerprint(model: Any) -> str:
    """SHA-256 of a sample of a model's weights, the same in every precision: which base an adapter belongs to."""
    sample = [p for _, p in sorted(model.named_parameters()) if p.ndim == 1]
    sample.append(model.get_input_embeddings().weight[:64])
    digest = hashlib.sha256()
    for weights in sample:
        digest.update(weights.detach().bfloat16().float().cpu().numpy().tobytes())
    return digest.hexdigest()


def open_adapter(folder: Path, base: str, expected: str) -> tuple[Any, Any]:
    """The model and the tokenizer of a student's folder; raises StudentError."""
    model = load_base(base)
    if fingerprint(model) != expected:
        raise StudentError(f"{base} is not the model that the student {folder} was trained on; install that one")
    try:
        with quiet():
            tokenizer = AutoTokenizer.from_pretrained(folder)
            adapted = PeftModel.from_pretrained(model, str(folder)).eval()
    except Exception as error:  # the libraries raise whatever they like
        raise StudentError(f"the student {folder} is damaged: {error}; copy it anew, or train it again") from None
    return adapted.to("cuda" if torch.cuda.is_available() else "cpu"), tokenizer


def prompt(tokenizer: Any, chat: Chat, request: str) -> list[int]:
    """The token ids of a conversation up to the answer; raises StudentError if the template takes no such one."""
    try:
        text = tokenizer.apply_chat_template(chat.messages(request), tokenize=False, add_generation_prompt=True)
    except TemplateError as error:
        raise StudentError(
            f"the model's chat template refuses the system message ({error}): set system to ''"
        ) from None
    return list(tokenizer(text, add_special_tokens=False).input_ids)


def left_padded(rows: Sequence[Sequence[int]], padding: int) -> dict[str, Tensor]:
    """Token ids, mask and positions (n, length) of rows that all end at the right."""
    width = max(len(row) for row in rows)
    ids = torch.tensor([[*[padding] * (width - len(row)), *row] for row in rows])
    mask = torch.tensor([[*[0] * (width - len(row)), *[1] * len(row)] for row in rows])
    return {"input_ids": ids, "attention_mask": mask, "position_ids": (mask.cumsum(1) - 1).clamp(min=0)}


def writer(model: Any, tokenizer: Any, chat: Chat, most: int) -> Writer:
    """What the model writes greedily to requests, at most ``most`` tokens each."""
    end, padding = tokenizer.eos_token_id, tokenizer.pad_token_id
    greedy = GenerationConfig(  # type: ignore[no-untyped-call]
        max_new_tokens=most, do_sample=False, eos_token_id=end, pad_token_id=padding
    )

    def write_batch(prompts: Sequence[Sequence[int]]) -> list[Written]:
        inputs = {name: value.to(model.device) for name, value in left_padded(prompts, padding).items()}
        del inputs["position_ids"]  # generate counts them itself
        sureness = _Sureness()
        rows = model.generate(**inputs, generation_config=greedy, logits_processor=LogitsProcessorList([sureness]))
        steps = torch.stack(sureness.steps, 1)
        written = []
        for row, sure in zip(rows[:, inputs["input_ids"].shape[1] :].tolist(), steps, strict=True):
            length = row.index(end) if end in row else len(row)
            text = tokenizer.decode(row[:length], skip_special_tokens=True)
            written.append(Written(text, float(sure[: length + 1].mean().exp()), min(length + 1, len(row))))
        return written

    def write(requests: Sequence[str]) -> list[Written]:
        prompts = [prompt(tokenizer, chat, request) for request in requests]
        order = sorted(range(len(prompts)), key=lambda number: len(prompts[number]))
        found: dict[int, Written] = {}
        with torch.no_grad():
            for start in range(0, len(order), BATCH):
                batch = order[start : start + BATCH]
                found |= zip(batch, write_batch([prompts[number] for number in batch]), strict=True)
        return [found[number] for number in range(len(prompts))]

    return write


class _Sureness(LogitsProcessor):
    """Notes at each step the logarithm of the probability of what greedy decoding takes."""

    def __init__(self) -> None:
        self.steps: list[Tensor] = []

    def __call__(self, _: Tensor, scores: Tensor) -> Tensor:
        self.steps.append(scores.float().log_softmax(-1).amax(-1))
        return scores
