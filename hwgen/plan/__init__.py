"""From a network and a board's budget to a plan: cores, lanes, memories. Pure Python, no Amaranth."""

from .activity import Activity
from .core_plan import CorePlan
from .layer_plan import LayerPlan, View
from .layout import MapLayout, elements_to_spikes, spikes_to_elements
from .planner import Check, Plan, PlanError, Problem, check, make_plan

__all__ = ["Activity", "Check", "CorePlan", "LayerPlan", "MapLayout", "Plan", "PlanError", "Problem", "View", "check",
           "elements_to_spikes", "make_plan", "spikes_to_elements"]
