import pytest
from hypothesis import given

from goldenhour.students.generative import Form, lengths
from goldenhour.tools import default_toolset
from recipes import recipes

pytest.importorskip("torch", reason="needs the [train] extra")
pytest.importorskip("ctranslate2", reason="needs the [seq2seq] extra")


@pytest.fixture(scope="module")
def learned():
    """The tokenizer of the small T5, as in a real training; the examples and their form."""
    from goldenhour.students.examples import read_examples
    from goldenhour.students.seq2seq.scratch import new_tokenizer

    form, examples = Form.of("compact", "each"), read_examples()
    pairs = [pair for example in examples.train for pair in form.pairs(example)]
    return new_tokenizer((text for pair in pairs for text in pair), 2000), examples, form


def test_the_mean_answer_of_all_tools_takes_at_most_sixty_tokens(learned, record_property):
    codec, examples, form = learned
    most, tokens = lengths(examples.train, form, lambda text: len(codec.encode(text).ids))
    record_property("tokens", tokens)
    assert tokens <= 60, most


def test_the_same_texts_give_the_same_tokenizer():
    from goldenhour.students.seq2seq.scratch import new_tokenizer

    texts = [f"{word} e{number} c-{number}" for word in ("dusk", "dawn", "noon") for number in range(0, 60, 5)]
    assert new_tokenizer(texts, 60).to_str() == new_tokenizer(texts, 60).to_str()


def test_targets_come_back_from_their_tokens(learned):
    codec, examples, form = learned
    for example in examples.train[::20]:
        for target in form.targets(example.recipe):
            assert codec.decode(codec.encode(target).ids) == target


@given(recipes(default_toolset()))
def test_any_recipe_comes_back_from_its_tokens(learned, recipe):
    codec, _, form = learned
    assert form.read([codec.decode(codec.encode(text).ids) for text in form.targets(recipe)]) == (recipe, ())
