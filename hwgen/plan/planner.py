"""Chooses cores, lanes, time-parallelism and memories for a network on a board, and says why."""

from dataclasses import dataclass

from ..spec import HwgenError, Network
from .activity import Activity
from .core_plan import CorePlan
from .estimate import CoreCost, Estimate
from .search import CORES, LANES, TIME_PARALLEL, Candidate, Wishes, candidates

#: Share of the logic cells that a design may fill and still be routed at the board's clock.
FILL = 0.95
#: What may be favoured, and what then counts of an estimate, smallest first.
OPTIMIZE = {
    "latency": lambda found: (found.estimate.cycles, found.estimate.interval, found.estimate.spram, found.estimate.lut),
    "area": lambda found: (found.estimate.lut, found.estimate.cycles),
}


class PlanError(HwgenError):
    """The network does not fit the board, or the wishes contradict each other."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """What is to be built: ``cores`` (each a `CorePlan`) and the ``costs`` of each (`CoreCost`), ``target_hz``,
    and ``why``, in sentences."""

    network: Network
    board: object
    target_hz: float
    cores: tuple[CorePlan, ...]
    costs: tuple[CoreCost, ...]
    estimate: Estimate
    why: tuple[str, ...]

    def to_json(self) -> dict:
        return {
            "cores": [{
                "layers": [layer.name for layer in core.layers],
                "lanes": core.lanes,
                "time_parallel": core.time_parallel,
                "memories": [memory.to_json() for memory in cost.memories],
                "layer_cycles": cost.layer_cycles,
            } for core, cost in zip(self.cores, self.costs)],
            "why": list(self.why),
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class Check:
    """Does it fit: ``plan`` and ``estimate`` if so; else ``problems``, each a dictionary ``{what, need,
    limit, remedy}``, and the estimate of the candidate that comes closest."""

    plan: Plan | None
    estimate: Estimate
    problems: tuple[dict, ...]

    @property
    def fits(self) -> bool:
        return self.plan is not None


def make_plan(network: Network, board, *, target_hz: float | None = None, cores: int | None = None,
              lanes: int | None = None, time_parallel: int | None = None, optimize: str = "latency",
              activity: Activity = Activity()) -> Plan:
    """The best plan that fits the board.

    Parameters
    ----------
    network, board
        What to build, and for which `boards.Board`.
    target_hz
        Clock of the design; the board's default if None.
    cores, lanes, time_parallel
        Pinned by the user: how many cores, and lanes and timesteps at a time of each, powers of two.
    optimize
        ``"latency"``: the fewest cycles from a sample to its scores. ``"area"``: the fewest logic cells.
    activity
        How much of each layer's input is active.

    Raises
    ------
    PlanError
        If nothing fits; it names the memory or resource that is short and what would make it fit.
    """
    result = check(network, board, target_hz=target_hz, cores=cores, lanes=lanes, time_parallel=time_parallel,
                   optimize=optimize, activity=activity)
    if result.plan is None:
        first = result.problems[0]
        raise PlanError(f"network '{network.name}' does not fit {board.name}: {first['what']} need "
                        f"{first['need']:,}, there are {first['limit']:,}", first["remedy"])
    return result.plan


def check(network: Network, board, *, target_hz: float | None = None, cores: int | None = None,
          lanes: int | None = None, time_parallel: int | None = None, optimize: str = "latency",
          activity: Activity = Activity()) -> Check:
    """Whether and how a network fits a board, without synthesis; parameters as `make_plan`."""
    for what, value, choices in (("cores", cores, CORES), ("lanes", lanes, LANES),
                                 ("time-parallel", time_parallel, TIME_PARALLEL), ("optimize", optimize, OPTIMIZE)):
        if value is not None and value not in choices:
            raise PlanError(f"{what} = {value} is not possible", f"choose one of {', '.join(map(str, sorted(choices)))}")
    wishes = Wishes(cores=cores, lanes=lanes, time_parallel=time_parallel)
    found = list(candidates(network, board, wishes, activity))
    if not found:
        raise PlanError(f"network '{network.name}' cannot be cut into {cores} cores: it has {len(network.layers)} "
                        "layers, and a residual join must not leave its core", "ask for fewer cores")
    target_hz = float(target_hz or board.default_target_hz)
    fitting = [candidate for candidate in found if not _short(candidate.estimate, board)]
    if not fitting:
        closest = min(found, key=lambda candidate: _overrun(candidate.estimate, board))
        return Check(plan=None, estimate=closest.estimate, problems=tuple(_problems(closest, board)))
    best = min(fitting, key=OPTIMIZE[optimize])
    why = tuple(_reasons(best, board, optimize, len(fitting), len(found)))
    return Check(estimate=best.estimate, problems=(), plan=Plan(
        network=network, board=board, target_hz=target_hz, cores=best.cores, costs=best.costs,
        estimate=best.estimate, why=why))


def _reasons(best: Candidate, board, optimize: str, fitting: int, found: int):
    """Why this one, in sentences."""
    cost, budget = best.estimate, board.budget
    favoured = f"{cost.cycles:,} cycles" if optimize == "latency" else f"{cost.lut:,} logic cells"
    yield (f"of {found:,} designs {fitting:,} fit the board; this one has the least {optimize}: {favoured} "
           f"({cost.basis})")
    for number, (core, needs) in enumerate(zip(best.cores, best.costs)):
        layers = " ".join(f"{name} {cycles:,}" for name, cycles in needs.layer_cycles.items())
        yield (f"core {number}: {core.lanes} lanes x {core.time_parallel} timesteps, {needs.lut:,} logic cells, "
               f"{needs.bram} block RAMs{', weights in the large RAMs' if needs.spram else ''}; cycles: {layers}")
    slowest = max(cost.layer_cycles, key=cost.layer_cycles.get)
    yield f"layer '{slowest}' is the bottleneck with {cost.layer_cycles[slowest]:,} cycles" + (
        f"; a sample every {cost.interval:,} cycles" if len(best.cores) > 1 else "")
    yield (f"in all {cost.lut:,} of {budget.lut:,} logic cells, {cost.bram} of {budget.bram} block RAMs, "
           f"{cost.spram} of {budget.spram} large RAMs, {cost.dsp} of {budget.dsp} multipliers, the host link included")


def _needs(cost: Estimate, board) -> dict[str, tuple[int, int]]:
    budget = board.budget
    return {
        "logic cells": (cost.lut, int(budget.lut * FILL)),
        "block RAMs": (cost.bram, budget.bram),
        "large RAMs": (cost.spram, budget.spram),
        "multipliers": (cost.dsp, budget.dsp),
    }


def _short(cost: Estimate, board) -> list[str]:
    """The resources that the board has too little of, the shortest first."""
    needs = _needs(cost, board)
    return sorted((what for what, (need, limit) in needs.items() if need > limit),
                  key=lambda what: -needs[what][0] / max(needs[what][1], 1))


def _overrun(cost: Estimate, board) -> list[float]:
    """Need over limit of every resource, largest first: what compares how far estimates are from a board."""
    return sorted((need / max(limit, 1) for need, limit in _needs(cost, board).values()), reverse=True)


def _problems(closest: Candidate, board):
    """What is short in the candidate that comes closest, and what would help."""
    widths = " + ".join(f"{core.lanes} lanes x {core.time_parallel} timesteps" for core in closest.cores)
    for what in _short(closest.estimate, board):
        need, limit = _needs(closest.estimate, board)[what]
        remedy = "use fewer timesteps or narrower weights"
        if what == "block RAMs":
            largest = max((memory for cost in closest.costs for memory in cost.memories if memory.kind == "bram"),
                          key=lambda memory: memory.blocks)
            layer = max((layer for core in closest.cores for layer in core.layers),
                        key=lambda layer: layer.weight_row_count)
            remedy = f"the {largest.name} alone take {largest.blocks}: "
            if largest.name == "weights":
                remedy += (f"layer '{layer.name}' has {layer.layer.weights:,} weights; use fewer channels "
                           "or bits, or a larger board")
            else:
                remedy += "use a smaller input map, stride 2 or pooling early, or fewer timesteps"
        yield {"what": f"{what} for {widths}", "need": need, "limit": limit, "remedy": remedy}
