"""A small T5 made on the spot, with its own tokenizer: the paper's architecture where its weights are not at hand."""

from __future__ import annotations

import json
from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import T5Config, T5ForConditionalGeneration

PAD, END, UNKNOWN = "<pad>", "</s>", "<unk>"  # T5's, in its order
SPECIALS = 3


def new_tokenizer(texts: Iterable[str], pieces: int) -> Tokenizer:
    """A Unigram tokenizer (Kudo 2018) of at most so many pieces; a signed whole number is never joined to letters.

    Numbers are shared by all parameters in that way, and are mostly one piece. The same texts give the same tokenizer
    but for a piece now and then.
    """
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Metaspace(), pre_tokenizers.Split(Regex(r"-?\d+"), "isolated")]
    )
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=pieces, special_tokens=[PAD, END, UNKNOWN], unk_token=UNKNOWN, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"$A {END}", special_tokens=[(END, tokenizer.token_to_id(END))]
    )
    return _settled(tokenizer)


def _settled(tokenizer: Tokenizer) -> Tokenizer:
    """The tokenizer with its pieces in a fixed order: training leaves that of equally likely ones to chance."""
    data = json.loads(tokenizer.to_str())
    first, learned = data["model"]["vocab"][:SPECIALS], data["model"]["vocab"][SPECIALS:]
    rounded = [(piece, round(score, 4)) for piece, score in learned]
    data["model"]["vocab"] = [*first, *sorted(rounded, key=lambda entry: (-entry[1], entry[0]))]
    return Tokenizer.from_str(json.dumps(data))


def new_t5(pieces: int, width: int, layers: int, heads: int) -> T5ForConditionalGeneration:
    """A T5 (Raffel et al. 2020) with random weights: so many layers in the encoder and as many in the decoder."""
    config = T5Config(  # type: ignore[call-arg]
        vocab_size=pieces,
        d_model=width,
        d_kv=max(1, width // heads),
        d_ff=4 * width,
        num_layers=layers,
        num_heads=heads,
        pad_token_id=0,
        eos_token_id=1,
        decoder_start_token_id=0,
    )
    return T5ForConditionalGeneration(config)
