"""What a design will cost and how long it will take, before any synthesis."""

import math
from dataclasses import dataclass
from functools import cached_property

from .activity import Activity
from .cells import FAMILIES, core_cells, product_cells, products
from .core_plan import CorePlan
from .cycles import latency, layer_cycles
from .memories import ICE40_SHAPES, Memory, bank_blocks, bank_depths, memories

__all__ = ["CoreCost", "Estimate", "bank_depths", "core_cost", "estimate"]

#: Block RAMs of the host link of a design that boots from a weights image: its longer answer to HELLO.
LOADED_LINK_BLOCKS = 1
#: Block RAMs of the queue in front of the event binner.
EVENT_QUEUE_BLOCKS = 1


@dataclass(frozen=True, kw_only=True)
class CoreCost:
    """Estimated needs of one core.

    Parameters
    ----------
    lut
        Logic cells, the products in multiplier blocks.
    dsp
        Multiplier blocks.
    product_lut
        Logic cells that take their place where there are too few.
    memories
        `Memory` of each.
    layer_cycles
        Cycles of each of its layers, by name.
    """

    lut: int
    dsp: int
    product_lut: int
    memories: tuple[Memory, ...]
    layer_cycles: dict[str, int]

    @cached_property
    def bram(self) -> int:
        return self._blocks("bram")

    @cached_property
    def spram(self) -> int:
        return self._blocks("spram")

    @cached_property
    def cycles(self) -> int:
        """Cycles of an inference on this core."""
        return sum(self.layer_cycles.values())

    def _blocks(self, kind: str) -> int:
        return sum(memory.blocks for memory in self.memories if memory.kind == kind)


def core_cost(plan: CorePlan, shapes: tuple[tuple[int, int], ...] = ICE40_SHAPES, *, family: str = "ice40",
              activity: Activity = Activity()) -> CoreCost:
    """Needs of one core on a board of ``family`` with block RAMs of ``shapes`` (`block_count`)."""
    scattered = FAMILIES[family].scattered
    found = memories(plan, shapes, scattered)
    return CoreCost(
        lut=core_cells(plan, family) + round(sum(
            memory.blocks * scattered.cells for memory in found if memory.kind == "cells")),
        dsp=products(plan), product_lut=product_cells(plan, family), memories=found,
        layer_cycles={layer.name: layer_cycles(plan, layer, activity) for layer in plan.layers})


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Estimated needs of a whole design: logic cells, block RAMs, large RAMs, multipliers; cycles from a sample
    to its scores (``cycles``) and from one sample to the next (``interval``), ``layer_cycles`` by layer name."""

    lut: int
    bram: int
    spram: int
    dsp: int
    cycles: int
    interval: int
    layer_cycles: dict[str, int]
    basis: str

    def to_json(self) -> dict:
        return {"lut": self.lut, "bram": self.bram, "spram": self.spram, "dsp": self.dsp,
                "cycles_per_inference": self.cycles, "cycles_between_inferences": self.interval,
                "layer_cycles": self.layer_cycles, "basis": f"estimated, {self.basis}"}


def estimate(plans: tuple[CorePlan, ...], costs: tuple[CoreCost, ...], *, family: str = "ice40",
             shapes: tuple[tuple[int, int], ...] = ICE40_SHAPES, multipliers: int = 8,
             activity: Activity = Activity()) -> Estimate:
    """The needs of cores (`core_cost` of each), of the host link and of the event binner, if the network takes
    events, on a board with so many ``multipliers``: where they are too few for all products, all of these are made
    of logic cells."""
    cells = FAMILIES[family]
    dsp = sum(cost.dsp for cost in costs)
    loaded = plans[0].weight_store == "spram"
    lut = sum(cost.lut for cost in costs) + cells.link + cells.boot * loaded
    bram = sum(cost.bram for cost in costs) + LOADED_LINK_BLOCKS * loaded
    network = plans[0].network
    if network.input.takes_events:
        lut += cells.events
        bram += EVENT_QUEUE_BLOCKS + bank_blocks(math.prod(network.input.shape), network.timesteps, shapes)
    if dsp > multipliers:
        lut, dsp = lut + sum(cost.product_lut for cost in costs), 0
    by_layer = {name: cycles for cost in costs for name, cycles in cost.layer_cycles.items()}
    alone = len(plans) == 1
    return Estimate(
        lut=lut, bram=bram, spram=sum(cost.spram for cost in costs), dsp=dsp,
        cycles=costs[0].cycles if alone else math.ceil(latency(plans, by_layer)),
        interval=costs[0].cycles + plans[0].elements if alone else max(cost.cycles for cost in costs),
        layer_cycles=by_layer, basis=activity.basis)
