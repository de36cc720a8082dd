"""Memories that may hold anything after power-up: found in the emitted Verilog, and filled at random.

Those are the ones that the design writes and gives no content of its own (which is all zeros then).

In RTL the bench writes them when the simulation starts; in a netlist the cells get another initial content.
"""

import random
import re
from dataclasses import dataclass

_MODULE = re.compile(r"^module (\\?\S+?) ?\(", re.M)
_MEMORY = re.compile(r"^  reg (?:signed )?\[(\d+):0\] (\\\S+ |\w+) ?\[(\d+):0\];", re.M)
_INSTANCE = re.compile(r"^  (\\\S+ |\w+) (?:#\(.*?\n  \) )?(\\\S+ |\w+) ?\(\n", re.M | re.S)
_KEYWORDS = {"module", "always", "assign", "initial", "function", "case", "casez", "if", "else", "end"}


@dataclass(frozen=True)
class ScratchMemory:
    """A memory that the design writes: ``path`` of instance names below the top module, ending in its own."""

    path: tuple[str, ...]
    module: str
    depth: int
    width: int


def scratch_memories(verilog: str, top: str) -> list[ScratchMemory]:
    """Every memory below ``top`` that the design writes, from Verilog as Yosys writes it.

    Their initial content is an accident of simulation; a read-only memory is part of the design.
    """
    starts = [match.start() for match in _MODULE.finditer(verilog)] + [len(verilog)]
    bodies = {_name(_MODULE.match(verilog, start)[1]): verilog[start:end] for start, end in zip(starts, starts[1:])}

    def below(module, path):
        body = bodies[module]
        for width, name, depth in _MEMORY.findall(body):
            word = re.escape(name.strip())
            given = re.search(rf"^\s+{word} ?\[\d+\] = \d+'h0*[1-9a-f]", body, re.M)
            if not given and re.search(rf"^\s+(if \(.*\) )?{word} ?\[[^\n]*<= ", body, re.M):
                yield ScratchMemory((*path, _name(name)), module, int(depth) + 1, int(width) + 1)
        for child, instance in _INSTANCE.findall(body):
            if _name(child) in bodies and child.strip() not in _KEYWORDS:
                yield from below(_name(child), (*path, _name(instance)))

    return list(below(top, ()))


#: The memory cells of the families -> what says that one is never written.
_CELLS = {
    r"SB_RAM40_4K\w*": r"\.WCLK\(1'h0\)",
    "DP16KD": r"\.WEA\(1'h0\)",
    "SPX?9?": r"\.WRE\((?:1'h0|GROUND)\)",
    r"SDP(?:X9)?B": r"\.CEA\((?:1'h0|GROUND)\)",
    "TRELLIS_DPR16X4|RAM16SDP4": "(?!)",
}
_CONTENT = re.compile(r"\.(INIT\w*)\((\d+)'[hb]([0-9a-fx]+)\)")


def randomise_cells(netlist: str, rng: random.Random) -> str:
    """A netlist of cells in which the memories that may hold anything start with random content."""
    ground = re.search(r"^  GND .*?\.G\((.*?)\)\n", netlist, re.M | re.S)

    def refill(never_written: str):
        def of(cell: re.Match) -> str:
            if re.search(never_written, cell[0]) or any(value.strip("0x") for *_, value in _CONTENT.findall(cell[0])):
                return cell[0]                              # never written, or with content of its own
            return _CONTENT.sub(lambda init: f".{init[1]}({init[2]}'h{rng.getrandbits(int(init[2])):x})", cell[0])
        return of

    for cell, never_written in _CELLS.items():
        never_written = never_written.replace("GROUND", re.escape(ground[1]) if ground else "(?!)")
        netlist = re.sub(rf"^  (?:{cell}) #\(.*?^  \);", refill(never_written), netlist, flags=re.M | re.S)
    return netlist


def randomise(dut, scratch: list[tuple[list[str], int, int]], rng: random.Random) -> None:
    """Fill memories, ``(path, depth, width)`` each, with random words; call it in a cocotb bench at rest."""
    for path, depth, width in scratch:
        handle = dut
        for name in path:
            handle = handle[name]
        for address in range(depth):
            handle[address].value = rng.getrandbits(width)


def _name(text: str) -> str:
    return text.strip().lstrip("\\")
