"""How many logic cells a design takes, before any synthesis: constants of each family, fitted to builds.

The designs that they are fitted to, and how far they are off, are in docs/decisions/0503.
"""

from dataclasses import dataclass

from .core_plan import CorePlan
from .memories import Scattered, weight_banks


@dataclass(frozen=True, kw_only=True)
class Cells:
    """Logic cells of a family as its place and route counts them, each for one of what is named.

    Parameters
    ----------
    sum_bit, sum
        Bit of an accumulator with its shadow; accumulator, besides its bits (ends of its carry chain).
    waiting_bit
        Register behind a register: 1 where that takes a logic cell.
    bank_bit
        Bit of a row of weights that is chosen from one more bank.
    neuron_bit
        Bit of what a DA-LIF step adds, saturates and compares.
    word_bit, packed_bit
        Bit of a word of a map in the reader and the scanner; in each word that is being packed.
    product_bit
        Pair of bits of the two factors of a product without a multiplier block.
    slice
        One more slice of an element: counters of its own in the packers, what is carried between sweeps.
    scattered
        What small memories are made of.
    ring
        Ring in block RAM that replaces a shift register.
    core, part, layer
        Core, whatever its size; its loader, readout, or memory of maps between its layers; layer.
    link, boot, events
        Host link with clock and reset; boot loader, and what the loaded memories need; event binner with its queue.
    """

    sum_bit: float
    sum: float
    waiting_bit: float
    bank_bit: float
    neuron_bit: float
    word_bit: float
    packed_bit: float
    product_bit: float
    slice: float
    scattered: Scattered
    ring: float
    core: float
    part: float
    layer: float
    link: float
    boot: float
    events: float


#: An iCE40 logic cell is a LUT with its carry and flip-flop; of ECP5 and Gowin the LUTs and carries are counted.
_PIECES = Scattered(rows=16, width=4, cells=4, a_block=32)
FAMILIES = {
    "ice40": Cells(sum_bit=2, sum=0, waiting_bit=1, bank_bit=1, neuron_bit=1, word_bit=9, packed_bit=1.6,
                   product_bit=1.6, slice=140, scattered=Scattered(rows=1, width=1, cells=1, a_block=64), ring=25,
                   core=311, part=145, layer=80, link=730, boot=390, events=780),
    "ecp5": Cells(sum_bit=3, sum=4.5, waiting_bit=0, bank_bit=1, neuron_bit=1, word_bit=4, packed_bit=1,
                  product_bit=1.6, slice=0, scattered=_PIECES, ring=25, core=550, part=170, layer=25, link=750,
                  boot=390, events=760),
    "gowin": Cells(sum_bit=3, sum=1, waiting_bit=0, bank_bit=1, neuron_bit=1, word_bit=4, packed_bit=1,
                   product_bit=1.6, slice=0, scattered=_PIECES, ring=25, core=550, part=170, layer=25, link=750,
                   boot=390, events=720),
}


def core_cells(plan: CorePlan, family: str) -> int:
    """Logic cells of one core, its products in multiplier blocks."""
    cells, layers = FAMILIES[family], plan.layers
    units = min(plan.time_parallel, plan.timesteps)
    sums = plan.lanes * plan.time_parallel
    settings = [layer.integers.neuron for layer in layers]
    more_fractions = len({neuron.fraction_bits for neuron in settings}) - 1
    more_widths = len({neuron.membrane_bits for neuron in settings}) - 1
    neuron_bits = (3 * plan.sum_width + 4 * plan.membrane_width
                   + more_fractions * plan.x_width + 2 * more_widths * plan.membrane_width)
    slices = max(plan.input_layout.slices, plan.time_slices)
    packers = plan.buffers if len(layers) > 1 or plan.buffers == 1 else 1
    row_bits = plan.lanes * plan.weight_width
    bank_bits = [0] if plan.weight_store == "spram" else [width for _, width in weight_banks(plan)]
    found = (cells.sum_bit * plan.accumulator_width + cells.sum) * sums
    found += cells.waiting_bit * row_bits + cells.bank_bit * (sum(bank_bits) - max(bank_bits))
    found += cells.neuron_bit * units * neuron_bits
    found += plan.word_bits * (cells.word_bit + cells.packed_bit * slices * packers)
    parts = (plan.first == 0) + plan.is_last + (plan.buffers > 1 and len(layers) > 1)
    found += cells.core + cells.part * parts + cells.layer * len(layers) + cells.slice * (slices - 1)
    if any(layer.layer.pool > 1 for layer in layers):
        found += cells.waiting_bit * plan.lanes * plan.time_slices * plan.time_parallel
    if plan.delay_store == "bram":
        found += cells.ring * (2 * units - 1)
    else:
        steps = 3 * units * (units - 1) // 2
        found += cells.waiting_bit * (steps * plan.x_width + plan.threshold_width
                                      * (3 * units if plan.shared_threshold else steps + units))
    return round(found)


def product_cells(plan: CorePlan, family: str) -> int:
    """Logic cells of the products of one core where they are not in multiplier blocks."""
    return round(products(plan) * FAMILIES[family].product_bit * plan.membrane_width * plan.betaf_width)


def products(plan: CorePlan) -> int:
    """How many products of decay and membrane are made at a time; the first of all timesteps is of nothing."""
    return min(plan.time_parallel, plan.timesteps) - (plan.time_slices == 1)
