"""How well a student answers like its teacher: pure functions on recipes."""

from goldenhour.metrics.paper import PaperScores, ToolScore, paper_scores

__all__ = ["PaperScores", "ToolScore", "paper_scores"]
