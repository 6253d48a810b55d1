"""How well a student answers like its teacher: pure functions on recipes."""

from goldenhour.metrics.measure import Measured, measured_mean, measured_ratio
from goldenhour.metrics.paper import PaperScores, ToolScore, paper_scores, score_intervals

__all__ = [
    "Measured",
    "PaperScores",
    "ToolScore",
    "measured_mean",
    "measured_ratio",
    "paper_scores",
    "score_intervals",
]
