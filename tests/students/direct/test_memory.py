import zipfile
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

from goldenhour.students.direct.layout import Thresholds
from goldenhour.students.direct.memory import Memory, mix
from goldenhour.tools import normalise

EVEN = Thresholds((0.5, 0.5, 0.5), 0.5)
ROWS = 64


def like(*rows, of=ROWS):
    """The likeness of a text that means what those rows mean, and nothing else."""
    likeness = np.full(of, -1, np.float32)
    likeness[list(rows)] = 1
    return likeness


@pytest.fixture(scope="module")
def memory(examples, layout):
    return Memory.of(examples.train, layout)


@pytest.fixture
def path(memory, tmp_path):
    memory.save(tmp_path / "memory.npz")
    return tmp_path / "memory.npz"


def same(one, other):
    arrays = all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ("uses", "numbers", "choices"))
    return arrays and (one.intents, one.rationales) == (other.intents, other.rationales)


def recall(memory, text, likeness, layout):
    """What is recalled for one text: one row of each output."""
    return {name: said[0] for name, said in memory.recall([text], likeness[None], layout).items()}


# --- recalling


def test_an_intent_finds_itself(memory, examples, layout):
    for row, example in enumerate(examples.train):
        recalled = recall(memory, example.intent, like(row), layout)
        found = layout.recipe(recalled, EVEN)
        for tool in layout.tools:
            assert found.uses(tool) == example.recipe.uses(tool)
        for slot, value in zip(found.toolset.slots, example.recipe.values, strict=True):
            if isinstance(value, str):
                assert dict(zip(found.toolset.slots, found.values, strict=True))[slot] == value


def test_what_is_recalled_is_what_heads_say(memory, examples, layout):
    recalled = recall(memory, "golden light on film", np.linspace(0.7, 0.9, ROWS, dtype=np.float32), layout)
    assert {name: values.shape for name, values in recalled.items()} == {n: (w,) for n, w in layout.sizes.items()}
    for name in ("uses", "moves", "choices"):
        assert recalled[name].min() >= 0
        assert recalled[name].max() <= 1 + 1e-5
    assert all(np.isfinite(values).all() for values in recalled.values())


def test_similar_words_find_what_was_learnt(memory, examples, layout):
    row, example = next((n, e) for n, e in enumerate(examples.train) if e.recipe.uses("filter") and len(e.intent) > 12)
    recalled = recall(memory, f"{example.intent[:-1]}, please", like(row), layout)
    assert layout.recipe(recalled, EVEN).to_dict()["filter"]["name"] == example.recipe.to_dict()["filter"]["name"]


@pytest.mark.parametrize("text", ["", "ЖЩЪ", "夕陽", "🌅"])
def test_where_no_letters_are_similar_meaning_decides(memory, examples, layout, text):
    for row in (0, 7, 63):
        recalled = recall(memory, normalise(text), like(row), layout)
        assert layout.recipe(recalled, EVEN) == examples.train[row].recipe


def test_texts_that_are_asked_together_recall_what_each_recalls_alone(memory, examples, layout):
    texts = [*(example.intent for example in examples.train[:5]), "夕陽", "golden light on film", ""]
    likeness = np.stack([like(3 * row) for row in range(len(texts))])
    together = memory.recall(texts, likeness, layout)
    for row, text in enumerate(texts):
        for name, said in recall(memory, text, likeness[row], layout).items():
            assert together[name][row] == pytest.approx(said, abs=1e-6)


def test_letters_and_meaning_have_half_of_the_say_each(memory, examples, layout):
    tool = "selective_adjust"
    users = [row for row, example in enumerate(examples.train) if example.recipe.uses(tool)]
    others = [row for row, example in enumerate(examples.train) if not example.recipe.uses(tool)]
    recalled = recall(memory, examples.train[others[0]].intent, like(users[0]), layout)
    assert 0.5 <= recalled["uses"][layout.tools.index(tool)] < 0.75


def test_a_memory_of_one_example_recalls_it(examples, layout):
    (example, *_) = (e for e in examples.train if e.recipe.uses("filter"))
    recalled = recall(Memory.of([example], layout), "whatever", like(0, of=1), layout)
    assert layout.recipe(recalled, EVEN) == example.recipe


def test_of_several_answers_to_an_intent_the_mean_is_remembered(examples, layout):
    one, other = examples.train[0], replace(examples.train[1], intent=examples.train[0].intent)
    memory = Memory.of([one, other, examples.train[2]], layout)
    assert memory.intents == (one.intent, examples.train[2].intent)
    targets = layout.targets([one.recipe, other.recipe])
    for name in ("uses", "numbers", "choices"):
        assert np.allclose(getattr(memory, name)[0], targets[name].mean(axis=0))


def test_texts_with_line_breaks_and_undecodable_bytes_are_kept_apart(examples, layout, tmp_path):
    odd = [replace(examples.train[0], rationale="Warm\nlight\r\n"), replace(examples.train[1], intent="caf\udce9 noir")]
    memory = Memory.of(odd, layout)
    memory.save(tmp_path / "memory.npz")
    assert same(Memory.load(tmp_path / "memory.npz", layout), memory)
    assert memory.rationales[0] == "warm light"


# --- languages


@pytest.mark.parametrize(
    ("text", "share"), [("", 0), ("12 %", 0), ("warm light", 1), ("luz cálida", 0), ("warm luz", 0.5), ("温かい光", 0)]
)
def test_the_share_of_english_words(examples, layout, text, share):
    spanish = replace(examples.train[0], intent="luz cálida", rationale="Warm, soft light.")
    assert Memory.of([*examples.train, spanish], layout).english(text) == share


# --- mixing


def test_the_memory_has_its_share_of_the_say(layout):
    ones, zeros = ({name: np.full(size, value, np.float32) for name, size in layout.sizes.items()} for value in (1, 0))
    for share in (0, 0.25, 1):
        for values in mix(ones, zeros, share).values():
            assert np.allclose(values, 1 - share)


# --- files


def test_what_was_saved_is_loaded(memory, path, layout):
    assert same(Memory.load(path, layout), memory)


def test_a_loaded_memory_recalls_the_same(memory, path, layout):
    one, other = (recall(m, "sunset by the sea", like(3, 5), layout) for m in (memory, Memory.load(path, layout)))
    assert all(np.array_equal(one[name], other[name]) for name in one)


def test_a_damaged_memory_is_refused(path, layout):
    whole = path.read_bytes()
    for place in range(0, len(whole), len(whole) // 40):
        path.write_bytes(whole[:place])
        with pytest.raises((ValueError, OSError)):
            Memory.load(path, layout)
        flipped = bytearray(whole)
        flipped[place] ^= 0xFF
        path.write_bytes(flipped)
        with suppress(ValueError, OSError):  # or it is a flip that harms nothing
            Memory.load(path, layout)


@pytest.mark.parametrize(
    "change",
    [
        {"uses": np.zeros((64, 4), bool)},
        {"uses": np.zeros((3, 3), bool)},
        {"numbers": np.zeros(64, np.float16)},
        {"choices": np.zeros((64, 54, 1), bool)},
        {"intents": np.frombuffer(b"one\ntwo", np.uint8)},
        {"intents": np.frombuffer(b"\xff\xfe", np.uint8)},
        {"numbers": np.array([["a"]])},
        {"numbers": np.array([[{}]], dtype=object)},
        {"numbers": None},
    ],
    ids=["tools", "rows", "dimensions", "options", "intents", "text", "letters", "pickled", "missing"],
)
def test_arrays_of_another_shape_are_refused(path, layout, change):
    with np.load(path) as arrays:
        changed = {name: value for name, value in ({**arrays} | change).items() if value is not None}
    np.savez_compressed(path, **changed)
    with pytest.raises(ValueError, match=r"memory\.npz") as caught:
        Memory.load(path, layout)
    assert "\n" not in str(caught.value)


def test_other_files_are_refused(path, layout):
    np.save(path.with_suffix(".npy"), np.zeros(3))
    path.with_suffix(".npy").replace(path)
    with pytest.raises(ValueError, match=r"memory\.npz is no memory of examples"):
        Memory.load(path, layout)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("intents", "hello")
    with pytest.raises(ValueError, match=r"memory\.npz"):
        Memory.load(path, layout)
    with pytest.raises(OSError, match="No such file"):
        Memory.load(path.with_name("none"), layout)
