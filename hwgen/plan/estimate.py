"""What a core will cost and how long it will take, before any synthesis."""

from dataclasses import dataclass

from .core_plan import CorePlan, LayerPlan

#: Share of a layer's inputs that spike in at least one of the timesteps swept together, and share of the
#: nibbles of a pixel that are not zero, assumed where nothing has been measured.
ASSUMED_ACTIVITY = 0.35
#: Logic cells of a product of two factors, for each pair of their bits (measured on the iCE40 HX8K).
MULTIPLIER_CELLS = 1.6
#: Rows and width of the iCE40's block RAM.
ICE40_SHAPES = ((256, 16), (512, 8), (1024, 4), (2048, 2))
#: Logic cells of the host link, clock and reset (measured on the iCEBreaker).
LINK_CELLS = 700


@dataclass(frozen=True, kw_only=True)
class Memory:
    """A memory of a core: ``rows`` x ``width`` bits in ``blocks`` block RAMs."""

    name: str
    rows: int
    width: int
    blocks: int

    def to_json(self) -> dict:
        return {"name": self.name, "rows": self.rows, "width": self.width, "blocks": self.blocks,
                "kind": "bram"}


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Estimated needs: logic cells, block RAMs, multipliers, and cycles an inference at the assumed
    activity (`ASSUMED_ACTIVITY`); ``layer_cycles`` by layer name."""

    lut: int
    bram: int
    spram: int
    dsp: int
    cycles: int
    layer_cycles: dict[str, int]
    memories: tuple[Memory, ...]

    def to_json(self) -> dict:
        return {"lut": self.lut, "bram": self.bram, "spram": self.spram, "dsp": self.dsp,
                "cycles_per_inference": self.cycles, "layer_cycles": self.layer_cycles,
                "basis": f"estimated, {ASSUMED_ACTIVITY:.0%} of the inputs of a layer active"}


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
    found = [
        entry("weights", len(plan.weight_rows), plan.weight_width * plan.lanes),
        entry("maps", plan.map_words, plan.word_bits),
        entry("parameters", len(plan.parameter_rows), plan.bias_width + columns * plan.threshold_width),
        entry("scores", plan.network.classes, plan.score_width),
    ]
    if max(layer.plane_slices for layer in plan.layers) > 1:
        found.append(entry("partial sums", plan.lanes, plan.sum_width))
    if plan.time_slices > 1:
        found.append(entry("membranes", plan.lanes, plan.membrane_width))
    return tuple(found)


def estimate(plan: CorePlan, shapes: tuple[tuple[int, int], ...] = ICE40_SHAPES, *,
             multipliers: int = 8) -> Estimate:
    """Needs of one core and the host link, with block RAMs of ``shapes`` (`block_count`); where there are too
    few ``multipliers`` the products are made of logic cells. See `Estimate`."""
    units = min(plan.time_parallel, plan.timesteps)
    accumulators = plan.lanes * plan.time_parallel * plan.accumulator_width
    fraction = max(layer.integers.neuron.fraction_bits for layer in plan.layers)
    x_width = max(plan.sum_width, plan.bias_width) + 1 + fraction
    delayed = 3 * units * (units - 1) // 2
    thresholds = 3 * units if plan.shared_threshold else delayed + units
    fractions = len({layer.integers.neuron.fraction_bits for layer in plan.layers})
    widths = len({layer.integers.neuron.membrane_bits for layer in plan.layers})
    cells = (
        2 * accumulators + plan.lanes * plan.weight_width                 # accumulators, shadow, weights
        + units * (3 * plan.sum_width + 4 * plan.membrane_width)          # neurons
        + units * ((fractions - 1) * x_width + (widths - 1) * 2 * plan.membrane_width)
        + delayed * x_width + thresholds * plan.threshold_width           # skew between timesteps
        + plan.word_bits * (9 + max(plan.input_layout.slices, plan.time_slices))   # reader, scanner, packer
        + 860 + 25 * len(plan.layers)                                     # sequencer, walker, tracker, control
    )
    dsp = units - (plan.time_slices == 1)
    if dsp > multipliers:
        cells, dsp = cells + round(dsp * MULTIPLIER_CELLS * plan.membrane_width * plan.betaf_width), 0
    layer_cycles = {layer.name: _layer_cycles(plan, layer) for layer in plan.layers}
    found = memories(plan, shapes)
    return Estimate(
        lut=cells + LINK_CELLS, bram=sum(memory.blocks for memory in found), spram=0, dsp=dsp,
        cycles=sum(layer_cycles.values()), layer_cycles=layer_cycles, memories=found)


def _layer_cycles(plan: CorePlan, layer: LayerPlan) -> int:
    words = layer.layer.kernel[0] * -(-layer.layer.kernel[1] * layer.layer.in_channels // plan.word_elements)
    taps = layer.main.pass_rows * ASSUMED_ACTIVITY
    # A word without a spike costs a cycle unless the queue behind the scanner still holds taps: half count.
    empty = words * (1 - ASSUMED_ACTIVITY) ** plan.word_elements / 2
    return round(layer.sweeps * max(plan.lanes, taps + empty, words)) + 40
