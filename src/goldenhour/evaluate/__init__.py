"""How well students answer: against the teacher, against floors and a ceiling, as numbers and as a page to look at."""

from goldenhour.evaluate.evaluation import Evaluation, evaluate
from goldenhour.evaluate.material import EvaluationError, Material, read_material
from goldenhour.evaluate.report import Report, write_report

__all__ = ["Evaluation", "EvaluationError", "Material", "Report", "evaluate", "read_material", "write_report"]
