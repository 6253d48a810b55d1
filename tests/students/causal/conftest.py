import pytest

TEMPLATE = (
    "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def make_base(folder, template=TEMPLATE, seed=0, width=32):
    """A Llama of some ten thousand random weights and a byte tokenizer, as a folder that --base takes."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    specials = ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
    vocabulary = {
        token: number for number, token in enumerate([*specials, *sorted(pre_tokenizers.ByteLevel.alphabet())])
    }
    codec = Tokenizer(models.BPE(vocabulary, []))
    codec.pre_tokenizer, codec.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=codec, eos_token="<|end|>", additional_special_tokens=specials[1:]
    )
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=4096,
        eos_token_id=0,
        bos_token_id=None,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def base(tmp_path_factory):
    return make_base(tmp_path_factory.mktemp("base") / "llama")


@pytest.fixture(scope="session")
def examples():
    """Twenty-four recorded answers to learn from, and six to stop by."""
    from dataclasses import replace

    from goldenhour.students.examples import read_examples

    whole = read_examples()
    return replace(whole, train=whole.train[:24], dev=whole.dev[:6])


@pytest.fixture(scope="session")
def settings(base):
    from goldenhour.students.causal.training import CausalSettings

    return CausalSettings(base=str(base), epochs=2.0, batch=8, dev_rows=2, rank=4, learning_rate=1e-2)


@pytest.fixture(scope="session")
def student(examples, settings, tmp_path_factory):
    """The folder of a student that has really been trained, if briefly."""
    from goldenhour.students.causal.training import train

    folder = tmp_path_factory.mktemp("causal") / "student"
    train(folder, examples, settings)
    return folder
