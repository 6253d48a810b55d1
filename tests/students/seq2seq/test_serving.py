from statistics import mean

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from goldenhour.students import StudentError, load_student
from goldenhour.students.generative import Form, Lessons
from goldenhour.tools import Recipe

pytest.importorskip("torch", reason="needs the [train] extra")
pytest.importorskip("ctranslate2", reason="needs the [seq2seq] extra")


@pytest.fixture(scope="module")
def taught(examples, settings, tmp_path_factory):
    """A model, its tokenizer, and what it writes to the train and dev requests with torch, after a hundred steps."""
    import torch

    from goldenhour.students.seq2seq.training import Collate, from_scratch, loss, writer

    form = Form.of("compact", "each")
    pairs = [pair for example in examples.train for pair in form.pairs(example)]
    model, tokenizer = from_scratch(settings, pairs, tmp_path_factory.mktemp("working"))
    collate = Collate(tokenizer.backend_tokenizer, Lessons(form, 0.0))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    model.train()
    for step in range(100):
        optimizer.zero_grad()
        loss(model, collate(list(examples.train[step % 3 :: 3]))).backward()
        optimizer.step()
    model.eval()
    requests = [request for e in (*examples.train, *examples.dev) for request in form.requests(e.intent)]
    with torch.no_grad():
        texts = [one.text for one in writer(model, tokenizer.backend_tokenizer, 40)(requests)]
    return model, tokenizer, requests, texts


def test_the_export_writes_what_the_trained_model_writes(taught, tmp_path):
    from goldenhour.students.seq2seq.serving import Translator
    from goldenhour.students.seq2seq.training import export

    model, tokenizer, requests, texts = taught
    export(model, tokenizer, tmp_path, "float32")
    written = Translator(tmp_path, 40)(requests)
    assert len(set(texts)) > 10
    assert [one.text for one in written] == texts
    assert all(0 < one.confidence <= 1 for one in written)


def test_eight_bits_find_those_texts_as_likely(taught, tmp_path):
    """Of a model this small they may write others where two are nearly as likely."""
    from goldenhour.students.seq2seq.serving import Translator
    from goldenhour.students.seq2seq.training import export

    model, tokenizer, requests, texts = taught
    likelihoods = {}
    for weights in ("float32", "int8"):
        (tmp_path / weights).mkdir()
        export(model, tokenizer, tmp_path / weights, weights)
        translator = Translator(tmp_path / weights, 40)
        pairs = [[translator._tokenizer.encode(text).tokens for text in side] for side in (requests, texts)]
        scored = translator._model.score_batch(pairs[0], [tokens[:-1] for tokens in pairs[1]])
        likelihoods[weights] = mean(value for result in scored for value in result.log_probs)
    assert likelihoods["int8"] == pytest.approx(likelihoods["float32"], abs=0.1)
    sizes = [(tmp_path / weights / "model" / "model.bin").stat().st_size for weights in ("int8", "float32")]
    assert sizes[0] < 0.5 * sizes[1]


@profile(max_examples=30)
@given(intents=st.lists(st.text(), max_size=3))
def test_no_text_makes_it_raise(student, intents):
    answers = load_student(student).predict(intents)
    assert [Recipe.from_dict(answer.recipe.to_dict()) for answer in answers] == [answer.recipe for answer in answers]
    assert len(answers) == len(intents)


def test_long_and_broken_texts_are_answered_and_batches_do_not_matter(student):
    intents = ["x" * 10**5, "\ud800", "", "夕暮れ " * 20_000, "golden hour", "GOLDEN  HOUR!"]
    loaded = load_student(student)
    together = [answer.recipe for answer in loaded.predict(intents)]
    assert together == [loaded.predict([intent])[0].recipe for intent in intents]
    assert together[-1] == together[-2]


@pytest.mark.parametrize("name", ["model/model.bin", "tokenizer.json", "metrics.jsonl"])
def test_a_file_that_is_not_what_was_saved_is_refused(student, tmp_path, name):
    load_student(student).save(tmp_path / "copy")
    load_student(tmp_path / "copy")
    path = tmp_path / "copy" / name
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(StudentError, match=f"{name} is not what was saved"):
        load_student(tmp_path / "copy")


@pytest.mark.parametrize("name", ["model/model.bin", "tokenizer.json", "model/shared_vocabulary.json"])
def test_a_model_that_breaks_off_is_refused_even_if_it_was_saved_so(student, tmp_path, name):
    from goldenhour.students.seq2seq.serving import Translator

    load_student(student).save(tmp_path / "copy")
    path = tmp_path / "copy" / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(StudentError, match=r"copy is damaged: .*; copy it anew"):
        Translator(tmp_path / "copy", 10)


def test_serving_needs_no_torch(student):
    import subprocess
    import sys

    code = (
        "import sys; from pathlib import Path; from goldenhour.students import load_student;"
        f"load_student(Path({str(student)!r})).predict(['dusk']); print('torch' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"
