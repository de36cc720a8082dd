"""The designs that a network could have on a board: which layers on which core, and how wide each is."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from ..spec import Network
from .activity import Activity
from .core_plan import CorePlan
from .estimate import CoreCost, Estimate, core_cost, estimate
from .memories import SPRAM_ROWS, SPRAM_WIDTH

#: Choices, each a power of two, but for the cores.
CORES = tuple(range(1, 9))
LANES = (64, 32, 16, 8, 4)
TIME_PARALLEL = (16, 8, 4, 2, 1)
WORD_ELEMENTS = (16, 8, 4)
#: A map word must fit the host link's PROBE.
MAX_WORD_BITS = 128
#: Steps of the interval that the cores of an array are balanced for.
INTERVAL_STEP = 1.12
#: How many ways to cut the layers are tried for each number of cores: the most even ones.
PARTITIONS = 16


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidate:
    """One design and what it would cost."""

    cores: tuple[CorePlan, ...]
    costs: tuple[CoreCost, ...]
    estimate: Estimate


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the user pins; None leaves it to the planner. ``lanes`` and ``time_parallel`` hold for every core."""

    cores: int | None = None
    lanes: int | None = None
    time_parallel: int | None = None


def candidates(network: Network, board, wishes: Wishes, activity: Activity) -> Iterator[Candidate]:
    """Every design worth a look: for a larger budget, all that a smaller one has, each as cheap or cheaper."""
    budget, family = board.budget, board.family

    def cost(plan: CorePlan) -> CoreCost:
        return core_cost(plan, budget.bram_shapes, family=family, activity=activity)

    def make(plans, costs) -> Candidate:
        return Candidate(cores=plans, costs=costs, estimate=estimate(
            plans, costs, family=family, shapes=budget.bram_shapes, multipliers=budget.dsp, activity=activity))

    if wishes.cores in (None, 1):
        for plan in _single_cores(network, board, wishes):
            yield make((plan,), (cost(plan),))

    @cache
    def options(first: int, count: int, time_parallel: int) -> list[tuple[CorePlan, CoreCost]]:
        """Cores for some layers."""
        found = []
        for lanes in LANES if wishes.lanes is None else (wishes.lanes,):
            for tp in _first_core_times(network, first, time_parallel, wishes):
                for elements in WORD_ELEMENTS:
                    if elements * tp <= MAX_WORD_BITS:
                        plan = CorePlan(network=network, lanes=lanes, time_parallel=tp, word_elements=elements,
                                        first=first, count=count, buffers=2)
                        found.append((plan, cost(plan)))
        return found

    for cuts in partitions(network, wishes.cores):
        spans = list(zip(cuts, (b - a for a, b in zip(cuts, cuts[1:]))))
        for time_parallel in _times(network, wishes):
            per_core = [options(first, count, time_parallel) for first, count in spans]
            for cores in _balanced(per_core):
                yield make(*zip(*cores))


def _balanced(per_core: list[list[tuple[CorePlan, CoreCost]]]) -> Iterator[list[tuple[CorePlan, CoreCost]]]:
    """Arrays whose cores keep up with an interval, for one interval after another: of each core the one with
    the fewest logic cells that does, or with the fewest memory blocks. A core that no width makes so fast is as
    fast as it can be; the others may be faster, which shortens the way of a sample through all of them."""
    slowest = max(max(cost.cycles for _, cost in choices) for choices in per_core)
    fastest = [min(cost.cycles for _, cost in choices) for choices in per_core]
    interval = min(fastest)
    seen = set()
    while interval < slowest * INTERVAL_STEP:
        for price in (lambda cost: (cost.lut, cost.bram, cost.cycles), lambda cost: (cost.bram, cost.lut, cost.cycles)):
            cores = [min((pair for pair in choices if pair[1].cycles <= max(interval, least)),
                         key=lambda pair: price(pair[1])) for choices, least in zip(per_core, fastest)]
            key = tuple(id(plan) for plan, _ in cores)
            if key not in seen:
                seen.add(key)
                yield cores
        interval *= INTERVAL_STEP


def partitions(network: Network, cores: int | None) -> list[tuple[int, ...]]:
    """Ways to cut the layers into two or more cores, ``(0, ..., len(layers))``: of each number of cores the
    `PARTITIONS` that share the work most evenly. Only the input of a core or what it computes itself may
    enter a residual join."""
    count = len(network.layers)
    places = [place for place in range(1, count)
              if all((source := network.skip_source(layer)) is None or source >= place - 1
                     for layer in range(place, count))]
    work = [layer.weights * _positions(network, index) for index, layer in enumerate(network.layers)]
    # Those of one core more are the best of those of one core less, and a cut behind them.
    best = {place: [(sum(work[:place]), (0, place))] for place in (*places, count)}
    found = []
    for wanted in CORES[1:]:
        best = {place: sorted((max(most, sum(work[cuts[-1]:place])), (*cuts, place))
                              for before in places if before < place for most, cuts in best.get(before, ())
                              )[:PARTITIONS] for place in (*places, count)}
        if cores in (None, wanted):
            found += [cuts for _, cuts in best[count]]
    return found


def _positions(network: Network, index: int) -> int:
    _, height, width = network.layers[index].conv_shape(network.shapes[index])
    return height * width


def _times(network: Network, wishes: Wishes) -> tuple[int, ...]:
    """Timesteps in parallel of the cores of an array: all spikes of an element, or fewer."""
    if wishes.time_parallel is not None:
        return (wishes.time_parallel,)
    return tuple(tp for tp in TIME_PARALLEL if tp // 2 < network.timesteps)


def _first_core_times(network: Network, first: int, time_parallel: int, wishes: Wishes) -> tuple[int, ...]:
    """The same for one core; the first may take more bits of a pixel at a time where every core takes all
    timesteps at once."""
    if first or wishes.time_parallel is not None or time_parallel < network.timesteps:
        return (time_parallel,)
    return tuple(tp for tp in TIME_PARALLEL if time_parallel <= tp and tp // 2 < max(network.input.bits, time_parallel))


def _single_cores(network: Network, board, wishes: Wishes) -> Iterator[CorePlan]:
    bits = max(network.timesteps, network.input.bits)
    for lanes in LANES if wishes.lanes is None else (wishes.lanes,):
        for tp in TIME_PARALLEL if wishes.time_parallel is None else (wishes.time_parallel,):
            if tp // 2 >= bits and wishes.time_parallel is None:
                continue                                     # more columns than any element has bits
            for elements in WORD_ELEMENTS:
                if elements * tp <= MAX_WORD_BITS:
                    plan = CorePlan(network=network, lanes=lanes, time_parallel=tp, word_elements=elements)
                    stores = ["bram", "spram"] if _fits_spram(plan, board) else ["bram"]
                    yield from (replace(plan, weight_store=weights, delay_store=delays)
                                for weights in stores for delays in ("registers", "bram"))


def _fits_spram(plan: CorePlan, board) -> bool:
    """Whether the large RAMs of the board hold the weights, and the board can load them."""
    return (board.weights_offset is not None and plan.weight_row_count <= SPRAM_ROWS
            and plan.lanes * plan.weight_width <= board.budget.spram * SPRAM_WIDTH)
