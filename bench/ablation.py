"""What the parts of a *direct* student are worth on the dev split: ``python bench/ablation.py FOLDER...``.

Without a folder, the embedded student's. The overall score of the paper, with the thresholds of its manifest.
"""

from __future__ import annotations

import sys
from importlib import resources
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from goldenhour.metrics import paper_scores
from goldenhour.students import load_student
from goldenhour.students.direct.layout import LIKENESS, Layout, by_row
from goldenhour.students.direct.memory import Neighbours, mix
from goldenhour.students.direct.serving import DirectStudent, Opinions
from goldenhour.students.examples import read_examples
from goldenhour.students.wishes import obey
from goldenhour.tools import Recipe, default_toolset

EMBEDDED = Path(str(resources.files("goldenhour.students") / "embedded"))


def parts(folder: Path) -> dict[str, float]:
    """The overall score of the network alone, and of what is put to it."""
    layout, dev = Layout(default_toolset()), read_examples().dev
    texts, teacher = [example.intent for example in dev], [example.recipe for example in dev]
    student, opinions = load_student(folder), Opinions(folder, layout)
    if not isinstance(student, DirectStudent):
        raise SystemExit(f"{folder} is no student of the family direct")
    network = [said for said, _ in opinions(texts)]
    by_letters = opinions.memory.near_by_letters(texts)
    by_meaning = opinions.memory.near_by_meaning(np.array([said[LIKENESS] for said in network]))
    found = by_letters[1].any(axis=1, keepdims=True)
    letters = (np.where(found, by_letters[0], by_meaning[0]), np.where(found, by_letters[1], by_meaning[1]))

    def mixed(*memories: Neighbours) -> list[Recipe]:
        recalled = by_row(opinions.memory.say(memories, layout))
        outputs = [mix(said, row, student.share) for said, row in zip(network, recalled, strict=True)]
        return [layout.recipe(output, student.thresholds) for output in outputs]

    both = mixed(by_letters, by_meaning)
    answers = {
        "the network alone": [layout.recipe(output, student.thresholds) for output in network],
        "with a memory by letters": mixed(letters),
        "with a memory by meaning": mixed(by_meaning),
        "with a memory by both": both,
        "and words obeyed": [obey(text, recipe) for text, recipe in zip(texts, both, strict=True)],
        "as it answers": [answer.recipe for answer in student.predict(texts)],
    }
    return {name: paper_scores(recipes, teacher).overall for name, recipes in answers.items()}


def main(folders: list[Path]) -> None:
    """Print a table, a column a student."""
    table = Table(title="dev overall")
    found = {folder: parts(folder) for folder in folders}
    table.add_column("what")
    for folder in folders:
        table.add_column(folder.name)
    for name in next(iter(found.values())):
        table.add_row(name, *(f"{found[folder][name]:.3f}" for folder in folders))
    Console().print(table)


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]] or [EMBEDDED])
