"""A BERT of some ten thousand random weights, a few dozen recorded answers, and the student that they make."""

import pytest

from goldenhour.students.direct.layout import Layout
from goldenhour.students.examples import Example, Examples
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.tools import default_toolset, normalise, split_of

WIDTH = 32


def make_base(folder, seed=0):
    """A BERT with random weights and a tokenizer of single letters and common words, as a folder that --base takes."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast, set_seed

    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    words = ["warm", "cold", "dark", "light", "golden", "hour", "film", "sunset", "soft", "blue", "red", "green"]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters), *words]
    codec = Tokenizer(models.WordPiece({piece: row for row, piece in enumerate(pieces)}, unk_token="[UNK]"))
    codec.normalizer = normalizers.BertNormalizer()
    codec.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    codec.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", None, [("[CLS]", 2), ("[SEP]", 3)])
    PreTrainedTokenizerFast(tokenizer_object=codec, pad_token="[PAD]", unk_token="[UNK]").save_pretrained(folder)
    set_seed(seed)
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=2 * WIDTH,
        max_position_embeddings=64,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def layout():
    return Layout(default_toolset())


@pytest.fixture(scope="session")
def base(tmp_path_factory):
    pytest.importorskip("torch", reason="needs the [train] extra")
    pytest.importorskip("transformers", reason="needs the [train] extra")
    return make_base(tmp_path_factory.mktemp("base") / "bert")


def few_examples():
    """Sixty-four recorded answers to learn from, sixteen to stop by."""
    split = {"train": [], "dev": []}
    for answer in recorded_answers()[:1000]:
        if answer.call == 1 and split_of(answer.intent) != "test":
            example = Example(normalise(answer.intent), answer.recipe, answer.rationale, (True,) * 3)
            split[split_of(answer.intent)].append(example)
    return Examples(tuple(split["train"][:64]), tuple(split["dev"][:16]), "0" * 64, "the recorded answers")


@pytest.fixture(scope="session")
def examples():
    return few_examples()


@pytest.fixture(scope="session")
def settings(base):
    from goldenhour.students.direct.training import DirectSettings

    return DirectSettings(base=str(base), epochs=2.0, batch=16, learning_rate=1e-3)


@pytest.fixture(scope="session")
def direct(tmp_path_factory, base, examples, settings):
    """The folder of a direct student that was trained for two epochs."""
    from goldenhour.students.direct.training import train

    out = tmp_path_factory.mktemp("students") / "direct"
    train(out, examples, settings)
    return out
