"""Simulated users, to test and to plan with; nothing here says anything about people."""

from goldenhour.simulate.arms import answered_by_arm, in_arms
from goldenhour.simulate.perception import Eye
from goldenhour.simulate.projects import Simulation, simulate
from goldenhour.simulate.teaching import of_recorded, varied_answers

__all__ = ["Eye", "Simulation", "answered_by_arm", "in_arms", "of_recorded", "simulate", "varied_answers"]
