"""The memories of a core, and what holds each: block RAM, large single-port RAM, or logic cells."""

from dataclasses import dataclass, replace

from .core_plan import CorePlan

#: Rows and width of the iCE40's block RAM.
ICE40_SHAPES = ((256, 16), (512, 8), (1024, 4), (2048, 2))
#: What Yosys weighs a block RAM against (``memory_libmap``; seen with the iCE40's).
BLOCK_COST = 64
#: Rows and width of the iCE40 UltraPlus' large single-port RAM.
SPRAM_ROWS, SPRAM_WIDTH = 16_384, 16


@dataclass(frozen=True, kw_only=True)
class Memory:
    """A memory of a core: ``rows`` x ``width`` bits in ``blocks`` blocks of ``kind``: ``"bram"``, ``"spram"``, or
    ``"cells"`` (`Scattered`)."""

    name: str
    rows: int
    width: int
    blocks: int
    kind: str = "bram"

    def to_json(self) -> dict:
        return {"name": self.name, "rows": self.rows, "width": self.width, "blocks": self.blocks,
                "kind": self.kind}


@dataclass(frozen=True, kw_only=True)
class Scattered:
    """What small memories are made of where that is cheaper than a block RAM: pieces of ``rows`` x ``width`` bits
    that take ``cells`` logic cells each. Yosys takes up to ``a_block`` of them in place of a block RAM."""

    rows: int
    width: int
    cells: float
    a_block: int


def bank_depths(rows: int, block: int = 256) -> list[int]:
    """Depths of the banks of a memory of ``rows`` rows: powers of two, from ``block`` up, largest first,
    so that no memory block is left half used by rounding the whole up to a power of two."""
    blocks = -(-rows // block)
    return [block << bit for bit in reversed(range(blocks.bit_length())) if blocks >> bit & 1]


def block_count(rows: int, width: int, shapes: tuple[tuple[int, int], ...] = ICE40_SHAPES) -> int:
    """Block RAMs of a memory whose banks are as `bank_depths` says; ``shapes`` are the rows and widths that
    a block can have (``board.budget.bram_shapes``), of which each bank takes the one that needs least."""
    return sum(bank_blocks(depth, width, shapes) for depth in bank_depths(rows))


def bank_blocks(depth: int, width: int, shapes: tuple[tuple[int, int], ...] = ICE40_SHAPES) -> int:
    """Block RAMs of a memory that is one bank."""
    return min(-(-depth // rows_of_block) * -(-width // width_of_block) for rows_of_block, width_of_block in shapes)


def whole_blocks(rows: int, width: int, shapes: tuple[tuple[int, int], ...] = ICE40_SHAPES) -> int:
    """Block RAMs of a memory that is not cut into banks: of the shapes Yosys takes the one that costs least, a block
    `BLOCK_COST` times as much as a bit of a multiplexer between two of them."""
    def blocks(shape):
        deep, wide = -(-rows // shape[0]), -(-width // shape[1])
        return BLOCK_COST * deep * wide + width * (deep - 1), deep * wide

    return min(map(blocks, shapes))[1]


def weight_banks(plan: CorePlan) -> list[tuple[int, int]]:
    """Depth and width of each bank of weights in block RAM: Yosys leaves out the columns of a bank that are zero in
    every row, those of lanes that have no channel in any of its layers."""
    spans = []                                              # first row, row behind the last, lanes with a channel
    for layer in plan.layers:
        for view in (layer.main, layer.skip):
            if view:
                last = view.weight_base + (layer.passes - 1) * view.pass_rows
                spans += [(view.weight_base, last, plan.lanes), (last, last + view.pass_rows, layer.last_pass_lanes)]
    banks, start = [], 0
    for depth in bank_depths(plan.weight_row_count):
        lanes = max(lanes for first, end, lanes in spans if first < min(start + depth, end) and start < end)
        banks.append((depth, lanes * plan.weight_width))
        start += depth
    return banks


def memories(plan: CorePlan, shapes: tuple[tuple[int, int], ...] = ICE40_SHAPES,
             scattered: Scattered | None = None) -> tuple[Memory, ...]:
    """The memories of a core, those that exist.

    Parameters
    ----------
    plan
        The core.
    shapes
        Rows and widths of a block RAM (`block_count`).
    scattered
        What small memories that are written are made of; None: of block RAM too.
    """
    def block(name, rows, width):
        return Memory(name=name, rows=rows, width=width, blocks=whole_blocks(rows, width, shapes))

    def small(name, rows, width):
        found = block(name, rows, width)
        if scattered is None:
            return found
        pieces = -(-rows // scattered.rows) * -(-width // scattered.width)
        return replace(found, blocks=pieces, kind="cells") if pieces <= scattered.a_block * found.blocks else found

    columns = 1 if plan.shared_threshold else plan.time_parallel
    row_bits = plan.weight_width * plan.lanes
    in_large = plan.weight_store == "spram"
    weights = Memory(
        name="weights", rows=plan.weight_row_count, width=row_bits, kind="spram" if in_large else "bram",
        blocks=-(-row_bits // SPRAM_WIDTH) if in_large else sum(bank_blocks(*bank, shapes)
                                                                for bank in weight_banks(plan)))
    found = [weights]
    if plan.map_words:
        found.append(small("maps", plan.map_words, plan.word_bits))
    if plan.input_words:
        found.append(small("inputs", plan.input_words, plan.word_bits))
    found.append(block("parameters", plan.parameter_row_count, plan.bias_width + columns * plan.threshold_width))
    if in_large:
        found.append(block("betaf", len(plan.layers) * plan.timesteps, plan.betaf_width))
    if plan.is_last:
        found.append(small("scores", plan.network.classes, plan.score_width))
    if max(layer.plane_slices for layer in plan.layers) > 1:
        found.append(small("partial sums", plan.lanes, plan.sum_width))
    if plan.delay_store == "bram":
        found.append(Memory(name="delays", rows=16, width=sum(ring_widths(plan)), blocks=sum(
            block_count(16, width, shapes) for width in ring_widths(plan))))
    if plan.time_slices > 1:
        found.append(small("membranes", plan.lanes, plan.membrane_width))
    return tuple(found)


def ring_widths(plan: CorePlan) -> list[int]:
    """Bits of each ring of `hwgen.gateware.delays` where the plan's ``delay_store`` is "bram": the sums, the
    thresholds and the tags of the neurons."""
    units = min(plan.time_parallel, plan.timesteps)
    return [plan.x_width] * (units - 1) + [plan.threshold_width] * (units - 1) + [8 + plan.time_slices.bit_length()]
