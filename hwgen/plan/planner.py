"""Chooses lanes, time-parallelism and memories for a network on a board, and says why."""

from dataclasses import dataclass

from ..spec import HwgenError, Network
from .core_plan import CorePlan
from .estimate import Estimate, estimate

#: Choices of the planner, each a power of two.
LANES = (32, 16, 8, 4)
TIME_PARALLEL = (8, 4, 2, 1)
WORD_ELEMENTS = (16, 8, 4)
#: A map word must fit the host link's PROBE.
MAX_WORD_BITS = 128
#: Share of the logic cells that a design may fill and still be routed at the board's clock.
FILL = 0.95


class PlanError(HwgenError):
    """The network does not fit the board, or the wishes contradict each other."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """What is to be built: ``cores`` (each a `CorePlan`), ``target_hz``, and ``why``, in sentences."""

    network: Network
    board: object
    target_hz: float
    cores: tuple[CorePlan, ...]
    estimate: Estimate
    why: tuple[str, ...]

    def to_json(self) -> dict:
        return {
            "cores": [{
                "layers": [layer.name for layer in core.layers],
                "lanes": core.lanes,
                "time_parallel": core.time_parallel,
                "memories": [memory.to_json() for memory in self.estimate.memories],
            } for core in self.cores],
            "why": list(self.why),
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class Check:
    """Does it fit: ``plan`` and ``estimate`` if so; else ``problems``, each a dictionary ``{what, need,
    limit, remedy}``, and the estimate of the smallest candidate."""

    plan: Plan | None
    estimate: Estimate
    problems: tuple[dict, ...]

    @property
    def fits(self) -> bool:
        return self.plan is not None


def make_plan(network: Network, board, *, target_hz: float | None = None, lanes: int | None = None,
              time_parallel: int | None = None) -> Plan:
    """The fastest plan that fits the board.

    Parameters
    ----------
    network, board
        What to build, and for which `boards.Board`.
    target_hz
        Clock of the design; the board's default if None.
    lanes, time_parallel
        Pinned by the user, powers of two.

    Raises
    ------
    PlanError
        If nothing fits; it names the memory or resource that is short and what would make it fit.
    """
    result = check(network, board, target_hz=target_hz, lanes=lanes, time_parallel=time_parallel)
    if result.plan is None:
        first = result.problems[0]
        raise PlanError(f"network '{network.name}' does not fit {board.name}: {first['what']} need "
                        f"{first['need']:,}, there are {first['limit']:,}", first["remedy"])
    return result.plan


def check(network: Network, board, *, target_hz: float | None = None, lanes: int | None = None,
          time_parallel: int | None = None) -> Check:
    """Whether and how a network fits a board, without synthesis; parameters as `make_plan`."""
    for what, value, choices in (("lanes", lanes, LANES), ("time-parallel", time_parallel, TIME_PARALLEL)):
        if value is not None and value not in choices:
            raise PlanError(f"{what} = {value} is not possible", f"choose one of {sorted(choices)}")
    target_hz = float(target_hz or board.default_target_hz)
    candidates = []
    for core in _candidates(network, lanes, time_parallel):
        candidates.append((core, estimate(core, board.budget.bram_shapes,
                                          multipliers=board.budget.dsp)))
    fitting = [(core, cost) for core, cost in candidates if not _short(cost, board)]
    if not fitting:
        core, cost = min(candidates, key=lambda pair: _overrun(pair[1], board))
        return Check(plan=None, estimate=cost, problems=tuple(_problems(core, cost, board)))
    core, cost = min(fitting, key=lambda pair: (pair[1].cycles, pair[1].lut))
    slowest = max(cost.layer_cycles, key=cost.layer_cycles.get)
    why = (
        f"one core runs all {len(core.layers)} layers one after another",
        f"{core.lanes} lanes x {core.time_parallel} timesteps: the fewest estimated cycles "
        f"({cost.cycles:,}) of {len(fitting)} fitting choices out of {len(candidates)}",
        f"estimated {cost.lut:,} of {board.budget.lut:,} logic cells, {cost.bram} of {board.budget.bram} "
        f"block RAMs, {cost.dsp} of {board.budget.dsp} multipliers",
        f"layer '{slowest}' takes the largest share of the cycles, {cost.layer_cycles[slowest]:,}",
    )
    return Check(estimate=cost, problems=(), plan=Plan(
        network=network, board=board, target_hz=target_hz, cores=(core,), estimate=cost, why=why))


def _candidates(network: Network, lanes: int | None, time_parallel: int | None):
    bits = max(network.timesteps, network.input.bits)
    for n_lanes in LANES if lanes is None else (lanes,):
        for tp in TIME_PARALLEL if time_parallel is None else (time_parallel,):
            if tp // 2 >= bits and time_parallel is None:
                continue                                     # more columns than any element has bits
            for elements in WORD_ELEMENTS:
                if elements * tp <= MAX_WORD_BITS:
                    yield CorePlan(network=network, lanes=n_lanes, time_parallel=tp, word_elements=elements)


def _needs(cost: Estimate, board) -> dict[str, tuple[int, int]]:
    budget = board.budget
    return {
        "logic cells": (cost.lut, int(budget.lut * FILL)),
        "block RAMs": (cost.bram, budget.bram),
        "multipliers": (cost.dsp, budget.dsp),
    }


def _short(cost: Estimate, board) -> list[str]:
    return [what for what, (need, limit) in _needs(cost, board).items() if need > limit]


def _overrun(cost: Estimate, board) -> float:
    return max(need / max(limit, 1) for need, limit in _needs(cost, board).values())


def _problems(core: CorePlan, cost: Estimate, board):
    """What is short in the candidate that comes closest, and what would help."""
    for what in _short(cost, board):
        need, limit = _needs(cost, board)[what]
        remedy = "use fewer timesteps or narrower weights"
        if what == "block RAMs":
            largest = max(cost.memories, key=lambda memory: memory.blocks)
            layer = max(core.layers, key=lambda layer: layer.weight_row_count)
            remedy = f"the {largest.name} alone take {largest.blocks}: "
            if largest.name == "weights":
                remedy += (f"layer '{layer.name}' has {layer.layer.weight.size:,} weights; use fewer channels "
                           "or bits, or a larger board")
            else:
                remedy += "use a smaller input map, stride 2 or pooling early, or fewer timesteps"
        yield {"what": f"{what} for {core.lanes} lanes x {core.time_parallel} timesteps", "need": need,
               "limit": limit, "remedy": remedy}
