"""What the parts of a *direct* student are worth on the dev split: ``python bench/ablation.py FOLDER...``.

Without a folder, the embedded student's. The overall score of the paper, with the thresholds of its manifest.
"""

from __future__ import annotations

import sys
from importlib import resources
from pathlib import Path

from rich.console import Console
from rich.table import Table

from goldenhour.metrics import paper_scores
from goldenhour.students import load_student
from goldenhour.students.direct.layout import LIKENESS, Floats, Layout
from goldenhour.students.direct.memory import mix
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
    by_letters = [opinions.memory.near_by_letters(text) for text in texts]
    by_meaning = [opinions.memory.near_by_meaning(said[LIKENESS]) for said in network]
    letters = [
        opinions.memory.say([near] if near else [other], layout)
        for near, other in zip(by_letters, by_meaning, strict=True)
    ]
    meaning = [opinions.memory.say([near], layout) for near in by_meaning]
    both = [opinions.memory.recall(text, said[LIKENESS], layout) for text, said in zip(texts, network, strict=True)]

    def mixed(memory: list[dict[str, Floats]]) -> list[Recipe]:
        outputs = [mix(said, recalled, student.share) for said, recalled in zip(network, memory, strict=True)]
        return [layout.recipe(output, student.thresholds) for output in outputs]

    answers = {
        "the network alone": [layout.recipe(output, student.thresholds) for output in network],
        "with a memory by letters": mixed(letters),
        "with a memory by meaning": mixed(meaning),
        "with a memory by both": mixed(both),
        "and words obeyed": [obey(text, recipe) for text, recipe in zip(texts, mixed(both), strict=True)],
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
