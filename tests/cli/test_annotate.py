"""``goldenhour annotate``."""

import json
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from goldenhour.experiment.annotation import Judgement, read_annotation
from goldenhour.experiment.annotation_journal import Journal
from goldenhour.students.nearest import NearestStudent
from goldenhour.teacher.recorded import recorded_answers


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A small student, and an annotation of it by the command line."""
    from goldenhour.cli import main

    folder = tmp_path_factory.mktemp("annotate")
    NearestStudent(recorded_answers()[:200]).save(folder / "small")
    main_arguments = [
        "annotate",
        "prepare",
        str(folder / "annotation"),
        "--student",
        str(folder / "small"),
        "--intents",
        "4",
    ]
    with pytest.raises(SystemExit) as stop:
        main(main_arguments)
    assert stop.value.code == 0
    return folder / "annotation"


def judge_all(journal, name, student, right=True):
    for example in journal.annotation.calibration:
        relevant = {arm: said is right for arm, said in example.known.relevant.items()}
        journal.judge(name, example, Judgement(relevant, example.known.same is right))
    for number, item in enumerate(journal.annotation.items if right else ()):
        journal.judge(name, item, Judgement({"student": student[number] == "y", "teacher": True}, number < 2))


@pytest.fixture(scope="module")
def judged(prepared):
    journal = Journal(read_annotation(prepared))
    judge_all(journal, "Ann", "yyyn")
    judge_all(journal, "Ben", "yynn")
    judge_all(journal, "Cem", "", right=False)
    return prepared


def test_the_report_counts_as_the_paper_does(run, judged):
    result = run("annotate", "report", judged)
    assert (result.code, result.err) == (0, "")
    shown = result.out.splitlines()
    assert shown[:5] == [
        "small beside the teacher, on the recorded answers, test split",
        "4 items, judged by Ann, Ben",
        "Ann       student relevant 3 of 4, teacher relevant 4 of 4, student mimics teacher 2 of 4",
        "Ben       student relevant 2 of 4, teacher relevant 4 of 4, student mimics teacher 2 of 4",
        "majority  student relevant 2 of 3 (1 tied), teacher relevant 4 of 4, student mimics teacher 2 of 4",
    ]
    # relevance: 8 pairs, one differs, 13 yes and 3 no: 1 - 15 * 1 / (13 * 3)
    assert shown[5].startswith("Krippendorff's alpha of relevance: 0.62 (")
    assert shown[6] == "Krippendorff's alpha of sameness: 1.00 (1.00 to 1.00)"
    assert shown[7] == "note: left out, since they have not passed the calibration: Cem"
    assert shown[8] == "annotators differ on:"
    assert shown[9].endswith(": student relevant: yes Ann, no Ben")


def test_as_json_and_as_one_page(run, judged, tmp_path):
    page = tmp_path / "annotation.html"
    result = run("annotate", "report", judged, "--json", "--html", page)
    assert (result.code, result.err) == (0, f"goldenhour: the page is {page}\n")
    data = json.loads(result.out)
    assert data["majority"]["counts"]["student"] | {"low": 0, "high": 0} == {
        "yes": 2,
        "of": 3,
        "tied": 1,
        "low": 0,
        "high": 0,
    }
    assert data["alpha"]["relevance"]["value"] == pytest.approx(1 - 15 / 39)
    assert [differing["yes"]["student"] for differing in data["disagreements"]] == [["Ann"]]
    text = page.read_text(encoding="utf-8")
    assert text.count('src="data:image/jpeg;base64,') == 3  # the one item on which they differ
    assert "http" not in text.replace("http-equiv", "")
    again = run("annotate", "report", judged, "--html", page)
    assert (again.code, again.out) == (2, "")
    assert "exists already" in again.err
    assert run("annotate", "report", judged, "--html", page, "--force").code == 0


def test_names_of_people_and_intents_cannot_break_the_page(prepared, judged):
    from dataclasses import replace

    from goldenhour.experiment.annotation_results import results
    from goldenhour.serve.annotation.report import page

    annotation = read_annotation(prepared)
    wild = replace(annotation, items=tuple(replace(i, intent="<script>$x</script>") for i in annotation.items))
    text = page(results(wild, Journal(annotation).records()))
    assert "<script>" not in text
    assert "&lt;script&gt;$x&lt;/script&gt;" in text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["prepare", "new", "--student", "nowhere"], "nowhere is not a student's folder"),
        (["prepare", "new", "--pictures", "none.jpg"], "none.jpg does not exist"),
        (["prepare", "new", "--data", "nowhere"], "nowhere is not a finished dataset"),
        (["prepare", "new", "--intents", "0"], "intents"),
        (["prepare", "taken"], "taken exists already"),
        (["serve", "taken"], "taken is no annotation: it has no annotation.json"),
        (["serve", "taken", "--host", "0.0.0.0"], "a token is needed"),
        (["report", "taken"], "taken is no annotation"),
        (["report", "taken", "--html", "taken/file"], "taken/file exists already"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(run, tmp_path, monkeypatch, arguments, says):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GOLDENHOUR_TOKEN", raising=False)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").touch()
    result = run("annotate", *arguments)
    assert result.code == 2
    assert says in result.err
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_nobody_has_judged_yet(run, tmp_path, prepared):
    import shutil

    folder = tmp_path / "annotation"
    shutil.copytree(prepared, folder, ignore=shutil.ignore_patterns("judgements"))
    result = run("annotate", "report", folder)
    assert result.code == 2
    assert (
        result.err
        == f"goldenhour: nobody has judged anything in {folder} yet; start with: goldenhour annotate serve {folder}\n"
    )


def test_it_says_its_address_and_stops_by_ctrl_c(prepared):
    command = [sys.executable, "-m", "goldenhour", "annotate", "serve", str(prepared), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
    assert line.startswith("Golden Hour: http://127.0.0.1:")
    assert line.endswith("/annotate\n")
    assert (out, err) == ("", "")


def test_the_commands_of_the_page_run(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = (Path(__file__).parents[2] / "docs" / "annotation.md").read_text(encoding="utf-8")
    prepare, serve, report = (shlex.split(line)[1:] for line in re.findall(r"^\$ (.*)$", page, re.MULTILINE))
    assert (run(*prepare).code, serve) == (0, ["annotate", "serve", "annotation"])
    judge_all(Journal(read_annotation(Path("annotation"))), "Ann", "y" * 15)
    result = run(*report)
    assert (result.code, result.err) == (0, "goldenhour: the page is annotation.html\n")
    assert "Ann       student relevant 15 of 15, teacher relevant 15 of 15" in result.out
