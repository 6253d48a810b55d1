"""Simulated users, to test and to plan with; nothing here says anything about people."""

from goldenhour.simulate.perception import Eye
from goldenhour.simulate.projects import Simulation, simulate
from goldenhour.simulate.teaching import of_recorded, varied_answers

__all__ = ["Eye", "Simulation", "of_recorded", "simulate", "varied_answers"]
