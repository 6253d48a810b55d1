"""A report as a folder: a page to look at, Markdown to paste, JSON to compare by; the JSON is written last."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goldenhour.evaluate.evaluation import Evaluation
from goldenhour.evaluate.material import EvaluationError, Material
from goldenhour.evaluate.page import page
from goldenhour.evaluate.tables import Findings, markdown, paper, plain, tables
from goldenhour.tools import default_toolset
from goldenhour.tools.plain_data import plain_data
from goldenhour.tools.whole_file import whole_folder

PAGE, TEXT, DATA = "index.html", "report.md", "report.json"
KIND = "evaluation"


@dataclass(frozen=True)
class Report:
    """What was evaluated on, and what came of it."""

    material: Material
    findings: Findings

    @property
    def facts(self) -> list[str]:
        """What the numbers are about, in sentences."""
        material = self.material
        facts = [
            f"{len(material.rows):,} rows: the {material.split} split of {material.source}. The floors are made of"
            f" {len(material.train):,} train rows. The ceiling is what a second, independent teacher answered to"
            " recorded intents of any split."
        ]
        if not material.has_exports:
            facts.append("Nobody was asked about these answers, so there are no subsets r3 and r5.")
        return facts

    @property
    def notes(self) -> list[str]:
        """What must be known to trust the numbers."""
        return [note for evaluation in self.findings.evaluations for note in evaluation.notes]


def check_place(folder: Path) -> None:
    """Raise EvaluationError unless a report can be written there: an older report is replaced, nothing else is."""
    if folder.exists() and not folder.is_dir():
        raise EvaluationError(f"{folder} is a file: name another folder with -o")
    if folder.is_dir() and any(folder.iterdir()) and not _is_report(folder):
        raise EvaluationError(f"{folder} holds something else than a report: name another folder with -o")


def _is_report(folder: Path) -> bool:
    try:
        return json.loads((folder / DATA).read_text(encoding="utf-8"))["kind"] == KIND
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return False


def write_report(folder: Path, report: Report) -> None:
    """Write all files; the folder appears when it is whole, or not at all. Raises EvaluationError."""
    check_place(folder)
    try:
        with whole_folder(folder) as building:
            (building / PAGE).write_text(page(report.findings, report.facts, report.notes), encoding="utf-8")
            (building / TEXT).write_text(as_markdown(report), encoding="utf-8")
            (building / DATA).write_text(
                json.dumps(as_data(report), indent=2, allow_nan=False) + "\n", encoding="utf-8"
            )
    except OSError as error:
        reason = error.strerror or error
        raise EvaluationError(f"the report {folder} cannot be written: {reason}; choose another place") from None


def as_markdown(report: Report) -> str:
    """All tables, as Markdown."""
    head = ["# How well the students answer", *map(plain, report.facts), *(f"**{plain(n)}.**" for n in report.notes)]
    return "\n\n".join([*head, *map(markdown, tables(report.findings))])


def as_data(report: Report) -> dict[str, Any]:
    """All numbers, for JSON: what is unknown is null."""
    material, findings = report.material, report.findings
    return {
        "kind": KIND,
        "toolset": default_toolset().hash,
        "data": {
            "source": material.source,
            "hash": material.hash,
            "split": material.split,
            "rows": len(material.rows),
            "train_rows": len(material.train),
        },
        "notes": report.notes,
        "evaluations": [_evaluation(evaluation) for evaluation in findings.evaluations],
        "presets": plain_data(findings.presets),
        "teacher_cost": plain_data(findings.cost),
        "paper": {"measured_on": "other data", **paper()},
    }


def _evaluation(evaluation: Evaluation) -> dict[str, Any]:
    names = ("name", "kind", "subsets", "domains", "further", "choices", "errors", "speed")
    return {name: plain_data(getattr(evaluation, name)) for name in names}
