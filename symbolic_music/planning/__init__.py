"""Brief to SongPlan: the structure planner."""

from symbolic_music.planning.explain import explain
from symbolic_music.planning.planner import PlanOptions, plan

__all__ = ["PlanOptions", "explain", "plan"]
