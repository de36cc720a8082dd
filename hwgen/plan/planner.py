"""Chooses cores, lanes, time-parallelism and memories for a network on a board, and says why."""

from dataclasses import dataclass, replace

from ..spec import HwgenError, Network
from .activity import Activity
from .core_plan import CorePlan
from .estimate import CoreCost, Estimate
from .search import CORES, LANES, TIME_PARALLEL, Candidate, Wishes, candidates

#: Share of the logic cells that a design may fill and still be routed at the board's clock.
FILL = 0.95
#: The same where no design is as small as that: then the smallest is tried.
CROWDED = 0.97
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
    ``multipliers`` (whether products are made in multiplier blocks), and ``why``, in sentences."""

    network: Network
    board: object
    target_hz: float
    cores: tuple[CorePlan, ...]
    costs: tuple[CoreCost, ...]
    estimate: Estimate
    multipliers: bool
    why: tuple[str, ...]

    def to_json(self) -> dict:
        return {
            "cores": [{
                "layers": [layer.name for layer in core.layers],
                "lanes": core.lanes,
                "time_parallel": core.time_parallel,
                "lut": cost.lut,
                "memories": [memory.to_json() for memory in cost.memories],
                "layer_cycles": cost.layer_cycles,
            } for core, cost in zip(self.cores, self.costs)],
            "why": list(self.why),
        }


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Why a design cannot be built: ``what`` is short or impossible, ``need`` and ``limit`` as numbers, and a
    ``remedy``."""

    what: str
    need: int
    limit: int
    remedy: str

    def to_json(self) -> dict:
        return {"what": self.what, "need": self.need, "limit": self.limit, "remedy": self.remedy}

    def __str__(self) -> str:
        return f"{self.what} need {self.need:,}, there are {self.limit:,}; {self.remedy}"


@dataclass(frozen=True, kw_only=True)
class ClockProblem(Problem):
    """The PLL does not make the clock; ``limit`` is the nearest that it does. In Hz."""

    def __str__(self) -> str:
        return (f"{self.what}: {self.need / 1e6:.10g} MHz is wanted, the nearest is {self.limit / 1e6:.10g} MHz; "
                f"{self.remedy}")


@dataclass(frozen=True, kw_only=True, eq=False)
class Check:
    """Can it be built: ``plan`` and ``estimate`` if so; else ``problems``, and the estimate of the design that
    comes closest."""

    plan: Plan | None
    estimate: Estimate
    problems: tuple[Problem, ...]

    @property
    def fits(self) -> bool:
        return self.plan is not None

    def require(self, network: Network, board) -> Plan:
        """The plan; raises `PlanError` with the first problem if there is none."""
        if self.plan is None:
            message, _, remedy = str(self.problems[0]).partition("; ")
            raise PlanError(f"network '{network.name}' does not fit {board.name}: {message}", remedy)
        return self.plan


def make_plan(network: Network, board, **wishes) -> Plan:
    """The best plan that fits the board; parameters as `check`.

    Raises
    ------
    PlanError
        As `check`; or if nothing fits: it names the resource that is short and what would make it fit.
    """
    return check(network, board, **wishes).require(network, board)


def check(network: Network, board, *, target_hz: float | None = None, cores: int | None = None,
          lanes: int | None = None, time_parallel: int | None = None, optimize: str = "latency",
          activity: Activity = Activity()) -> Check:
    """Whether and how a network fits a board, without synthesis.

    Parameters
    ----------
    network, board
        What to build, and for which `boards.Board`.
    target_hz
        Clock of the design; the board's default if None.
    cores, lanes, time_parallel
        Pinned by the user: how many cores, and lanes and timesteps at a time of each, powers of two.
    optimize
        ``"latency"``: the fewest cycles from a sample to its scores. ``"area"``: the fewest logic cells; so it is, too,
        where no design leaves the board's router the room that it should have (`FILL`, `CROWDED`).
    activity
        How much of each layer's input is active.

    Raises
    ------
    PlanError
        If a wish is not among the choices, or the network cannot be cut into so many cores.
    """
    for what, value, choices in (("cores", cores, CORES), ("lanes", lanes, LANES),
                                 ("time-parallel", time_parallel, TIME_PARALLEL), ("optimize", optimize, OPTIMIZE)):
        if value is not None and value not in choices:
            raise PlanError(f"{what} = {value} is not possible", f"choose one of {', '.join(map(str, sorted(choices)))}")
    found = list(candidates(network, board, Wishes(cores=cores, lanes=lanes, time_parallel=time_parallel), activity))
    if not found:
        raise PlanError(f"network '{network.name}' cannot be cut into {cores} cores: it has {len(network.layers)} "
                        "layers, and a residual join must not leave its core", "ask for fewer cores")
    target_hz = float(target_hz or board.default_target_hz)
    problems = list(_clock_problems(board, target_hz))
    fitting = [candidate for candidate in found if not _short(candidate.estimate, board, FILL)]
    crowded = not fitting
    if crowded:
        fitting = [candidate for candidate in found if not _short(candidate.estimate, board)]
    if not fitting:
        closest = min(found, key=lambda candidate: _overrun(candidate.estimate, board))
        problems += _shortages(closest, board)
        if not all(pin is None for pin in (cores, lanes, time_parallel)):
            problems = [_with_free_plan(problem, network, board, optimize, activity) for problem in problems]
        return Check(plan=None, estimate=closest.estimate, problems=tuple(problems))
    optimize = "area" if crowded else optimize
    best = min(fitting, key=OPTIMIZE[optimize])
    if problems:
        return Check(plan=None, estimate=best.estimate, problems=tuple(problems))
    multipliers = best.estimate.dsp == sum(cost.dsp for cost in best.costs)
    why = tuple(_reasons(best, board, optimize, len(fitting), len(found), multipliers, crowded))
    return Check(estimate=best.estimate, problems=(), plan=Plan(
        network=network, board=board, target_hz=target_hz, cores=best.cores, costs=best.costs,
        estimate=best.estimate, multipliers=multipliers, why=why))


def _reasons(best: Candidate, board, optimize: str, fitting: int, found: int, multipliers: bool,
             crowded: bool):
    """Why this one, in sentences."""
    cost, budget = best.estimate, board.budget
    favoured = f"{cost.cycles:,} cycles" if optimize == "latency" else f"{cost.lut:,} logic cells"
    yield (f"of {found:,} designs {fitting:,} fit the board; this one has the least {optimize}: {favoured} "
           f"({cost.basis})")
    if crowded:
        yield f"none fills less than {FILL:.0%} of the logic cells: the smallest is the likeliest to be routed"
    slowest = max(cost.layer_cycles, key=cost.layer_cycles.get)
    yield f"layer '{slowest}' is the bottleneck with {cost.layer_cycles[slowest]:,} cycles" + (
        f"; a sample every {cost.interval:,} cycles" if len(best.cores) > 1 else "")
    if not multipliers:
        yield (f"the {sum(needs.dsp for needs in best.costs)} products are made of logic cells, since the board has "
               f"{budget.dsp} multipliers")
    yield (f"in all {cost.lut:,} of {budget.lut:,} logic cells, {cost.bram} of {budget.bram} block RAMs, "
           f"{cost.spram} of {budget.spram} large RAMs, {cost.dsp} of {budget.dsp} multipliers, the host link included")


def _needs(cost: Estimate, board, fill: float = CROWDED) -> dict[str, tuple[int, int]]:
    """Need and limit of each resource; there are never too few multipliers (`estimate`)."""
    budget = board.budget
    return {
        "logic cells": (cost.lut, int(budget.lut * fill)),
        "block RAMs": (cost.bram, budget.bram),
        "large RAMs": (cost.spram, budget.spram),
    }


def _short(cost: Estimate, board, fill: float = CROWDED) -> list[str]:
    """The resources that the board has too little of, the shortest first."""
    needs = _needs(cost, board, fill)
    return sorted((what for what, (need, limit) in needs.items() if need > limit),
                  key=lambda what: -needs[what][0] / max(needs[what][1], 1))


def _overrun(cost: Estimate, board) -> list[float]:
    """Need over limit of every resource, largest first: what compares how far estimates are from a board."""
    return sorted((need / max(limit, 1) for need, limit in _needs(cost, board).values()), reverse=True)


def _shortages(closest: Candidate, board):
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
        yield Problem(what=f"{what} for {widths}", need=need, limit=limit, remedy=remedy)


def _with_free_plan(problem: Problem, network: Network, board, optimize: str, activity: Activity) -> Problem:
    """The problem, with what the planner would choose without pins as its remedy."""
    free = check(network, board, optimize=optimize, activity=activity).plan
    if free is None or isinstance(problem, ClockProblem):
        return problem
    widths = " + ".join(f"{core.lanes} x {core.time_parallel}" for core in free.cores)
    return replace(problem, remedy=f"without pins it fits, with lanes x timesteps = {widths}")


def _clock_problems(board, target_hz: float):
    """The clock, if the board's PLL cannot make it."""
    try:
        board.pll_settings(target_hz)
    except HwgenError:
        nearest = min(board.clocks(), key=lambda hz: abs(hz - target_hz))
        yield ClockProblem(what=f"the clock of {board.name}", need=round(target_hz), limit=nearest,
                           remedy=f"use --freq {nearest / 1e6:.10g}")
