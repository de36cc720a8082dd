"""Which memory cells of a netlist start with random content: those written that have none of their own."""

import random
import re

import pytest

from sim.bench.powerup import randomise_cells

#: A cell of each kind that the design writes, and how the same says that it does not.
CELLS = {
    "SB_RAM40_4K": ("INIT_0", 256, ".WCLK(clk)", ".WCLK(1'h0)"),
    "DP16KD": ("INITVAL_00", 320, ".WEA(1'h1)", ".WEA(1'h0)"),
    "SPX9": ("INIT_RAM_00", 288, ".WRE(write)", r".WRE(\zero [3])"),
    "SDPX9B": ("INIT_RAM_00", 288, ".CEA(write)", r".CEA(\zero [3])"),
    "SDPB": ("INIT_RAM_00", 256, ".CEA(write)", r".CEA(\zero [3])"),
    "TRELLIS_DPR16X4": ("INITVAL", 64, ".WRE(write)", None),
    "RAM16SDP4": ("INIT_0", 16, ".WRE(write)", None),
}
GROUND = "  GND ground (\n    .G(\\zero [3])\n  );\n"


def netlist(cell, content, pin):
    name, width, *_ = CELLS[cell]
    return f"{GROUND}  {cell} #(\n    .{name}({width}'h{content})\n  ) memory (\n    {pin}\n  );\n"


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("content", ["0", "000", "xxxx"])
def test_a_written_memory_without_content_is_filled(cell, content):
    name, width, written, _ = CELLS[cell]
    before = netlist(cell, content, written)
    after = randomise_cells(before, random.Random(1))
    value = int(re.search(rf"\.{name}\({width}'h([0-9a-f]+)\)", after)[1], 16)
    assert 0 < value < 1 << width
    assert re.sub(r"'h\w+", "", after) == re.sub(r"'h\w+", "", before)


@pytest.mark.parametrize("cell", CELLS)
def test_a_memory_with_content_keeps_it(cell):
    text = netlist(cell, "0a0", CELLS[cell][2])
    assert randomise_cells(text, random.Random(1)) == text


@pytest.mark.parametrize("cell", [cell for cell, (*_, unwritten) in CELLS.items() if unwritten])
def test_a_memory_that_is_never_written_keeps_its_zeros(cell):
    text = netlist(cell, "0", CELLS[cell][3])
    assert randomise_cells(text, random.Random(1)) == text
