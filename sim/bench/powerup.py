"""Memories that hold anything after power-up: found in the emitted Verilog, filled at random in the bench."""

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
            if re.search(rf"^\s+(if \(.*\) )?{re.escape(name.strip())} ?\[[^\n]*<= ", body, re.M):
                yield ScratchMemory((*path, _name(name)), module, int(depth) + 1, int(width) + 1)
        for child, instance in _INSTANCE.findall(body):
            if _name(child) in bodies and child.strip() not in _KEYWORDS:
                yield from below(_name(child), (*path, _name(instance)))

    return list(below(top, ()))


_BLOCK_RAM = re.compile(r"^  SB_RAM40_4K\w* #\((.*?)\n  \) (\\\S+ |\w+) ?\(", re.M | re.S)


def scratch_cells(netlist: str) -> list[ScratchMemory]:
    """Every block RAM of an iCE40 netlist without initial content: the memories that the design writes."""
    found = []
    for parameters, instance in _BLOCK_RAM.findall(netlist):
        contents = re.findall(r"\.INIT_\w\(256'h(\w+)\)", parameters)
        if all(set(content) <= set("0xX") for content in contents):
            found.append(ScratchMemory((_name(instance), "memory"), "SB_RAM40_4K", 256, 16))
    return found


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
