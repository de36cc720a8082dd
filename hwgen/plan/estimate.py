"""What a core will cost and how long it will take, before any synthesis."""

import math
from dataclasses import dataclass

from .activity import Activity
from .core_plan import CorePlan
from .layer_plan import LayerPlan, View

#: Logic cells of a product of two factors, for each pair of their bits (measured on the iCE40 HX8K).
MULTIPLIER_CELLS = 1.6
#: Logic cells of the host link, clock and reset, and of the boot loader (measured on the iCEBreaker).
LINK_CELLS = 700
BOOT_CELLS = 180
#: Rows and width of the iCE40's block RAM.
ICE40_SHAPES = ((256, 16), (512, 8), (1024, 4), (2048, 2))
#: Rows and width of the iCE40 UltraPlus' large single-port RAM.
SPRAM_ROWS, SPRAM_WIDTH = 16_384, 16
#: Logic cells of the tags' shift registers, and of the counters of a ring that replaces one.
TAG_CELLS, RING_CELLS = 90, 9
#: Cycles of a layer that no sweep accounts for: filling and emptying the pipeline.
LAYER_CYCLES = 40


@dataclass(frozen=True, kw_only=True)
class Memory:
    """A memory of a core: ``rows`` x ``width`` bits in ``blocks`` blocks of ``kind`` ("bram", "spram")."""

    name: str
    rows: int
    width: int
    blocks: int
    kind: str = "bram"

    def to_json(self) -> dict:
        return {"name": self.name, "rows": self.rows, "width": self.width, "blocks": self.blocks,
                "kind": self.kind}


@dataclass(frozen=True, kw_only=True)
class CoreCost:
    """Estimated needs of one core: logic cells, memories, multipliers; cycles of each of its layers, by name."""

    lut: int
    dsp: int
    memories: tuple[Memory, ...]
    layer_cycles: dict[str, int]

    @property
    def bram(self) -> int:
        return sum(memory.blocks for memory in self.memories if memory.kind == "bram")

    @property
    def spram(self) -> int:
        return sum(memory.blocks for memory in self.memories if memory.kind == "spram")

    @property
    def cycles(self) -> int:
        """Cycles of an inference on this core."""
        return sum(self.layer_cycles.values())


def bank_depths(rows: int, block: int = 256) -> list[int]:
    """Depths of the banks of a memory of ``rows`` rows: powers of two, from ``block`` up, largest first,
    so that no memory block is left half used by rounding the whole up to a power of two."""
    blocks = -(-rows // block)
    return [block << bit for bit in reversed(range(blocks.bit_length())) if blocks >> bit & 1]


def block_count(rows: int, width: int, shapes: tuple[tuple[int, int], ...] = ICE40_SHAPES) -> int:
    """Block RAMs of a memory whose banks are as `bank_depths` says; ``shapes`` are the rows and widths that
    a block can have (``board.budget.bram_shapes``), of which each bank takes the one that needs least."""
    return sum(min(-(-depth // rows_of_block) * -(-width // width_of_block)
                   for rows_of_block, width_of_block in shapes) for depth in bank_depths(rows))


def memories(plan: CorePlan, shapes: tuple[tuple[int, int], ...] = ICE40_SHAPES) -> tuple[Memory, ...]:
    """The memories of a core, those that exist, in block RAMs of ``shapes`` (`block_count`)."""
    def entry(name, rows, width):
        return Memory(name=name, rows=rows, width=width, blocks=block_count(rows, width, shapes))

    columns = 1 if plan.shared_threshold else plan.time_parallel
    weights = entry("weights", plan.weight_row_count, plan.weight_width * plan.lanes)
    if plan.weight_store == "spram":
        weights = Memory(name="weights", rows=weights.rows, width=weights.width, kind="spram",
                         blocks=-(-weights.width // SPRAM_WIDTH))
    found = [weights]
    if plan.map_words:
        found.append(entry("maps", plan.map_words, plan.word_bits))
    if plan.input_words:
        found.append(entry("inputs", plan.input_words, plan.word_bits))
    found.append(entry("parameters", plan.parameter_row_count, plan.bias_width + columns * plan.threshold_width))
    if plan.weight_store == "spram":
        found.append(entry("betaf", len(plan.layers) * plan.timesteps, plan.betaf_width))
    if plan.is_last:
        found.append(entry("scores", plan.network.classes, plan.score_width))
    if max(layer.plane_slices for layer in plan.layers) > 1:
        found.append(entry("partial sums", plan.lanes, plan.sum_width))
    if plan.delay_store == "bram":
        found.append(Memory(name="delays", rows=16, width=sum(ring_widths(plan)), blocks=sum(
            block_count(16, width, shapes) for width in ring_widths(plan))))
    if plan.time_slices > 1:
        found.append(entry("membranes", plan.lanes, plan.membrane_width))
    return tuple(found)


def ring_widths(plan: CorePlan) -> list[int]:
    """Bits of each ring of `hwgen.gateware.delays` where the plan's ``delay_store`` is "bram": the sums, the
    thresholds and the tags of the neurons."""
    units = min(plan.time_parallel, plan.timesteps)
    return [plan.x_width] * (units - 1) + [plan.threshold_width] * (units - 1) + [8 + plan.time_slices.bit_length()]


def core_cost(plan: CorePlan, shapes: tuple[tuple[int, int], ...] = ICE40_SHAPES, *, multipliers: int = 8,
              activity: Activity = Activity()) -> CoreCost:
    """Needs of one core with block RAMs of ``shapes`` (`block_count`); where there are too few
    ``multipliers`` the products are made of logic cells."""
    units = min(plan.time_parallel, plan.timesteps)
    accumulators = plan.lanes * plan.time_parallel * plan.accumulator_width
    fraction = max(layer.integers.neuron.fraction_bits for layer in plan.layers)
    x_width = max(plan.sum_width, plan.bias_width) + 1 + fraction
    delayed = 3 * units * (units - 1) // 2
    thresholds = 3 * units if plan.shared_threshold else delayed + units
    fractions = len({layer.integers.neuron.fraction_bits for layer in plan.layers})
    widths = len({layer.integers.neuron.membrane_bits for layer in plan.layers})
    slices = max(plan.input_layout.slices, plan.time_slices)
    cells = (
        2 * accumulators + plan.lanes * plan.weight_width                 # accumulators, shadow, weights
        + units * (3 * plan.sum_width + 4 * plan.membrane_width)          # neurons
        + units * ((fractions - 1) * x_width + (widths - 1) * 2 * plan.membrane_width)
        + delayed * x_width + thresholds * plan.threshold_width           # skew between timesteps
        + plan.word_bits * (9 + slices + (plan.buffers - 1) * (2 + slices))   # reader, scanner, packers
        + 860 + 25 * len(plan.layers)                                     # sequencer, walker, tracker, control
    )
    if plan.delay_store == "bram":
        cells -= delayed * x_width + thresholds * plan.threshold_width + TAG_CELLS - RING_CELLS * len(ring_widths(plan))
    dsp = units - (plan.time_slices == 1)
    if dsp > multipliers:
        cells, dsp = cells + round(dsp * MULTIPLIER_CELLS * plan.membrane_width * plan.betaf_width), 0
    return CoreCost(lut=cells, dsp=dsp, memories=memories(plan, shapes), layer_cycles={
        layer.name: _layer_cycles(plan, layer, activity) for layer in plan.layers})


def _layer_cycles(plan: CorePlan, layer: LayerPlan, activity: Activity) -> int:
    taps = words = 0.0
    source = plan.network.skip_source(layer.number)
    for view, number in ((layer.main, layer.number), (layer.skip, None if source is None else source + 1)):
        if view:
            share = activity.share(number, plan.time_parallel)
            of_view = view.columns * view.rows * (view.row_elements / plan.word_elements + 0.5)
            taps += view.pass_rows * _inside(layer, view) * share
            # A word without a spike costs a cycle unless the queue behind the scanner still holds taps: half.
            words += of_view
            taps += of_view * (1 - share) ** plan.word_elements / 2
    return round(layer.sweeps * max(_interval(plan), taps, words)) + LAYER_CYCLES


def _inside(layer: LayerPlan, view: View) -> float:
    """The share of the taps of a layer's windows that lie inside the map."""
    _, height, width = layer.layer.conv_shape(layer.in_layout.shape)
    kernel = layer.layer.kernel if view is layer.main else (1, 1)
    share = 1.0
    for out, size, side in zip((height, width), view.layout.shape[1:], kernel):
        taps = [place * view.stride - view.padding + tap for place in range(out) for tap in range(side)]
        share *= sum(0 <= tap < size for tap in taps) / len(taps)
    return share


def _interval(plan: CorePlan) -> int:
    """Least cycles of a sweep, see `hwgen.gateware.neurons.sweep_interval`."""
    units = min(plan.time_parallel, plan.timesteps)
    return max(plan.lanes, 6 + 3 * (units - 1) if plan.time_slices > 1 else 4)


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


def estimate(plans: tuple[CorePlan, ...], costs: tuple[CoreCost, ...], activity: Activity = Activity()) -> Estimate:
    """The needs of cores (`core_cost` of each) and of the host link."""
    cells = sum(cost.lut for cost in costs) + LINK_CELLS
    cells += BOOT_CELLS * (plans[0].weight_store == "spram")
    latency = costs[0].cycles if len(plans) == 1 else math.ceil(_latency(plans, costs))
    return Estimate(
        lut=cells, bram=sum(cost.bram for cost in costs), spram=sum(cost.spram for cost in costs),
        dsp=sum(cost.dsp for cost in costs), cycles=latency,
        interval=max(cost.cycles for cost in costs) if len(plans) > 1 else costs[0].cycles + plans[0].elements,
        layer_cycles={name: cycles for cost in costs for name, cycles in cost.layer_cycles.items()},
        basis=activity.basis)


def _latency(plans, costs) -> float:
    """Cycles until the last core is done with a sample that meets no other: row by row."""
    rows_at = [0.0] * plans[0].input_layout.shape[1]           # when each row of the core's input is there
    for plan, cost in zip(plans, costs):
        time, first, times = 0.0, plan.layers[0], []
        for layer in plan.layers:
            height = layer.pooled_size[0]
            each = cost.layer_cycles[layer.name] / height
            times = []
            for row in range(height):
                if layer is first:
                    view = layer.main
                    below = ((row + 1) * layer.layer.pool - 1) * view.stride - view.padding + view.rows
                    time = max(time, rows_at[min(below, len(rows_at)) - 1])
                else:
                    time = max(time, rows_at[-1])               # an input is whole before the second layer
                time += each
                times.append(time)
        rows_at = times
    return rows_at[-1]

