import json
import math
import shutil
import time

import pytest

from goldenhour.students import StudentError, load_student
from goldenhour.students.folder import CARD
from goldenhour.students.student import MANIFEST

pytest.importorskip("torch", reason="needs the [train] extra")
pytest.importorskip("ctranslate2", reason="needs the [seq2seq] extra")


def test_a_trained_student_is_a_folder_with_log_card_and_manifest_and_answers(student, examples):
    manifest = json.loads((student / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["family"] == "seq2seq"
    assert manifest["dataset"] == examples.hash
    assert manifest["rows"] == {"train": 24, "dev": 6}
    assert manifest["metrics"]["tokens_per_answer"] > 3
    assert "*seq2seq*" in (student / CARD).read_text(encoding="utf-8")
    epochs = [json.loads(line) for line in (student / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [epoch["epoch"] for epoch in epochs] == [1, 2]
    assert not student.with_name("student.training").exists()
    answers = load_student(student).predict(["golden hour", "too dark, fix it"])
    assert len(answers) == 2
    assert all(0 <= answer.confidence <= 1 for answer in answers)


@pytest.mark.parametrize("weight", [0.0, 0.5])
def test_the_loss_is_that_of_the_answers_and_the_weighted_one_of_the_rationales(examples, weight):
    import torch

    from goldenhour.students.generative import Form, Lessons
    from goldenhour.students.seq2seq.scratch import new_t5, new_tokenizer
    from goldenhour.students.seq2seq.training import Collate, inputs, loss

    rows, lessons = list(examples.train[:3]), Lessons(Form.of("compact", "each"), weight)
    pairs = lessons.pairs(rows)
    codec = new_tokenizer((text for pair in pairs for text in pair), 200)
    torch.manual_seed(0)
    model = new_t5(codec.get_vocab_size(), 16, 1, 1).eval()
    summed, tokens = {True: 0.0, False: 0.0}, {True: 0, False: 0}
    for request, target in pairs:
        why, written = request.startswith("rationale: "), codec.encode(target).ids
        summed[why] += model(**inputs(codec, [request]), labels=torch.tensor([written])).loss.item() * len(written)
        tokens[why] += len(written)
    expected = summed[False] / tokens[False] + weight * summed[True] / max(1, tokens[True])
    assert loss(model, Collate(codec, lessons)(rows)).item() == pytest.approx(expected, rel=1e-5)


def test_rationales_are_learnt_beside_the_answers_and_not_written(examples, settings, tmp_path):
    from dataclasses import replace

    from goldenhour.students.seq2seq.training import train

    out = tmp_path / "student"
    train(out, examples, replace(settings, rationale_weight=0.5, epochs=1.0))
    manifest = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["settings"]["rationale_weight"] == 0.5
    served, asked = load_student(out), []
    write = served._write
    served._write = lambda requests: asked.extend(requests) or write(requests)
    assert len(served.predict(["dusk"])) == 1
    assert asked == served._form.requests("dusk")


def test_a_training_that_was_stopped_goes_on_to_the_same_student(examples, settings, tmp_path, monkeypatch, capsys):
    from goldenhour.students.seq2seq import training
    from goldenhour.students.training import working_folder

    score, seen = training.dev_scores, []

    def stop_in_the_second_epoch(*arguments):
        seen.append(1)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return score(*arguments)

    out = tmp_path / "student"
    with monkeypatch.context() as patch:
        patch.setattr(training, "dev_scores", stop_in_the_second_epoch)
        with pytest.raises(KeyboardInterrupt):
            training.train(out, examples, settings)
    assert not out.exists()
    # a Unigram tokenizer of the same texts may differ in a piece: the training that is not stopped has the same one
    whole = tmp_path / "whole"
    working_folder(whole).mkdir()
    shutil.copyfile(working_folder(out) / training.TOKENIZER, working_folder(whole) / training.TOKENIZER)
    training.train(out, examples, settings)
    assert "going on at step 3 of 6" in capsys.readouterr().err
    training.train(whole, examples, settings)
    for name in ("tokenizer.json", "model/model.bin"):
        assert (out / name).read_bytes() == (whole / name).read_bytes()


def test_a_loss_that_is_no_number_stops_it_without_a_student(examples, settings, tmp_path, monkeypatch):
    from goldenhour.students.seq2seq import training

    loss = training.loss
    monkeypatch.setattr(training, "loss", lambda *given: loss(*given) * math.nan)
    with pytest.raises(StudentError, match="the loss became nan at step 0: lower learning_rate"):
        training.train(tmp_path / "student", examples, settings)
    assert not (tmp_path / "student").exists()


def test_two_rows_and_json_in_one_go_are_enough(examples, settings, tmp_path):
    from dataclasses import replace

    from goldenhour.students.seq2seq.training import train

    few = replace(examples, train=examples.train[:2], dev=examples.dev[:1])
    train(tmp_path / "student", few, replace(settings, target="json", tasks="joint", epochs=1.0))
    assert len(load_student(tmp_path / "student").predict(["dusk"])) == 1


def test_one_row_is_too_few():
    from goldenhour.students.examples import read_examples

    with pytest.raises(StudentError, match=r"1 rows to train on .* are too few"):
        read_examples(limit=1)


def test_labels_of_another_toolset_are_refused(run, tmp_path):
    from invented_toolset import invented_data

    file = tmp_path / "answers.jsonl"
    row = {"intent": "dusk", "rationale": "", "recipe": invented_data(), "model": "m", "call": 1, "repairs": []}
    file.write_text(json.dumps(row), encoding="utf-8")
    told = run("train", "seq2seq", "--more", file, "-o", tmp_path / "student")
    assert told.code == 2
    assert told.err.startswith("goldenhour: ")
    assert not (tmp_path / "student").exists()


@pytest.mark.parametrize("offline", [True, False])
def test_a_hub_that_cannot_be_reached_is_told_at_once(run, tmp_path, monkeypatch, offline):
    from huggingface_hub import constants

    if offline:
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    else:
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    start = time.monotonic()
    told = run("train", "seq2seq", "--base", "google/flan-t5-base", "--limit", 4, "-o", tmp_path / "student")
    assert told.code == 2
    assert "the weights of google/flan-t5-base are not on this machine and the model hub cannot be reached" in told.err
    assert time.monotonic() - start < 20
    assert not (tmp_path / "student").exists()


def test_a_base_without_an_encoder_is_refused(tmp_path):
    from goldenhour.students.examples import read_examples
    from goldenhour.students.seq2seq.training import Seq2SeqSettings, train
    from students.causal.conftest import make_base

    base = make_base(tmp_path / "llama")
    with pytest.raises(StudentError, match="cannot be loaded as an encoder-decoder"):
        train(tmp_path / "student", read_examples(limit=2), Seq2SeqSettings(base=str(base)))


def test_a_pretrained_base_learns_the_characters_that_its_tokenizer_lacks(examples, settings, tmp_path):
    """As T5's lacks braces."""
    from dataclasses import replace

    from transformers import PreTrainedTokenizerFast

    from goldenhour.students.seq2seq.scratch import END, PAD, UNKNOWN, new_t5, new_tokenizer
    from goldenhour.students.seq2seq.training import train

    codec = new_tokenizer([f"{word}," for example in examples.train for word in example.intent.split()], 100)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=codec, pad_token=PAD, eos_token=END, unk_token=UNKNOWN)
    tokenizer.save_pretrained(tmp_path / "base")
    new_t5(len(tokenizer), 16, 1, 1).save_pretrained(tmp_path / "base")
    assert codec.token_to_id(UNKNOWN) in codec.encode("{").ids
    json_settings = replace(settings, base=str(tmp_path / "base"), target="json", epochs=1.0)
    train(tmp_path / "student", examples, json_settings)
    served = load_student(tmp_path / "student")
    codec = served._write._tokenizer
    text = '{"name":"warm_Honey","intensity":40}'
    assert codec.decode(codec.encode(text).ids).replace(" ", "") == text
    assert len(served.predict(["dusk"])) == 1
