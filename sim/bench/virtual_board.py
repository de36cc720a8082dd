"""A board made of software: the emitted Verilog of a whole board design behind a pseudo-terminal.

Verilator compiles it with ``sim/board/virtual_board.cpp`` into a program. That drives the clock of the design in place
of the oscillator's: the model of the PLL that hands its input on (``sim/board/driven_clock.v``) needs no delays, so no
queue of events runs, and a cycle of the design costs two evaluations, of which the one without a rising edge is nearly
free. Nothing of the design is left out but the ratio of the PLL.
"""

import contextlib
import json
import math
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hwgen.emit import verilog
from hwgen.plan import Activity, Plan
from hwgen.plan.estimate import core_cost
from hwgen.top.board_top import BoardTop

from .board_design import RESET_US, BoardDesign, board_design
from .runner import (VERILATOR_WARNINGS, BenchError, hashes, is_kept, refused, require, verilator_environment,
                     verilator_path, version)

MAIN = Path(__file__).resolve().parents[1] / "board" / "virtual_board.cpp"
#: Options of Verilator and of the C++ compiler.
OPTIONS, OPTIMISE = ("-O3", "--x-assign", "fast", "--no-timing", "--timescale", "1ns/1ps"), "-O2"
#: Cycles that the link, and all words of EVENTS that can wait, take at most beside a core.
LINK_CYCLES = 20_000
#: Seconds that the program has to end.
END_SECONDS = 5


@dataclass(frozen=True)
class Ran:
    """The ``cycles`` of the design that ran from its power-up to its end, and the processor's ``seconds`` for them."""

    cycles: int
    seconds: float


class VirtualBoard:
    """A board at a pseudo-terminal, which a host program opens like the serial port of a real one, at any bit rate.

    It speaks at the pins of the design's UART, with the bytes of ``docs/protocol.md``; time is that of the design,
    some 100 times slower than on a board. The reset and the loading of the weights are over when it is there. While
    nothing is on the line and the design has had the time to finish (`quiet_cycles`), time stands still and costs
    nothing. What the host does not read is kept; its writes wait for the line. The program ends with the process
    that started it, and the host then reads an error or the end of the file.

    Parameters
    ----------
    plan
        What to emit the design from.
    folder
        Where to emit and compile; a design that was compiled there before is not compiled again.
    image
        What lies at the board's ``weights_offset`` of its flash; that of the plan's network if None.
    progress
        Called with the name of each step that begins: ``"emit"``, ``"compile"`` where needed, ``"start"``.

    Attributes
    ----------
    path
        Of the terminal (``/dev/pts/N``).
    compiled
        Whether it had to be compiled.
    ran
        `Ran`, once it is closed; None before, and if it did not end by itself.

    Raises
    ------
    ToolMissing
        If Verilator, or a compiler that it needs, is not installed.
    BuildError
        If Yosys, Verilator or the compiler refuses the design.
    BenchError
        If the program ends before the board is there.
    """

    def __init__(self, plan: Plan, folder: Path, *, image: bytes | None = None,
                 progress: Callable[[str], None] = lambda step: None):
        require("verilator")
        self.plan, self.folder, self.ran = plan, Path(folder).resolve(), None
        self.folder.mkdir(parents=True, exist_ok=True)
        progress("emit")
        emitted = verilog.generate(BoardTop(plan, plan.board), plan.board.platform(), self.folder)
        design = board_design(plan, (self.folder / emitted.verilog).read_text(), self.folder, image=image, driven=True)
        self.compiled = self._compile(design, progress)
        progress("start")
        self._start(design)

    def _compile(self, design: BoardDesign, progress) -> bool:
        source, wrapper, stamp = (self.folder / name for name in ("board.v", "virtual_board.v", "virtual_board.json"))
        source.write_text(design.text)
        wrapper.write_text(_wrapper(design.pins))
        sources = [wrapper, source, *design.models, MAIN]
        wanted = {"simulator": version("verilator"), "options": [*OPTIONS, OPTIMISE], "sources": hashes(sources)}
        if is_kept(stamp, wanted):
            return False
        progress("compile")
        command = [verilator_path(), "--cc", "--exe", "--build", "-j", str(os.cpu_count() or 1),
                   *(f"-Wno-{name}" for name in VERILATOR_WARNINGS), *OPTIONS, "--prefix", "Vvirtual_board",
                   "--top-module", "virtual_board", "--Mdir", self._program.parent, *map(Path.resolve, sources)]
        log = self.folder / "virtual_board.log"
        with log.open("w") as output:
            done = subprocess.run(list(map(str, command)), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=output,
                                  stderr=subprocess.STDOUT, env={**os.environ, **verilator_environment(OPTIMISE)})
        if done.returncode:
            raise refused("verilator", log, subprocess.CalledProcessError(done.returncode, "verilator"))
        stamp.write_text(json.dumps(wanted))
        return True

    @property
    def _program(self) -> Path:
        return self.folder / "virtual_board" / "Vvirtual_board"

    def _start(self, design: BoardDesign) -> None:
        clock_hz = round(self.plan.target_hz)
        start = math.ceil(RESET_US * 1e-6 * clock_hz) + design.boot_cycles
        # The end of its stdin tells the program that this process is gone. The signals of a terminal do not reach it:
        # whoever holds the board ends it.
        self._process = subprocess.Popen(
            [self._program, *map(str, (clock_hz, self.plan.board.uart_baud, start, quiet_cycles(self.plan)))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
            cwd=self.folder)
        try:
            self.path = self._process.stdout.readline().strip()
            if not self.path.startswith("/"):
                raise BenchError(f"the virtual board ended early: {self.path or 'it printed nothing'}")
        except BaseException:                                   # KeyboardInterrupt too: nobody else would close it
            self.close()
            raise

    def close(self) -> None:
        """End the program; more than once does no harm."""
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout.closed:
            return
        with self._process.stdout as output:
            words = output.read().split()
        if len(words) >= 3 and words[-3] == "ran":
            self.ran = Ran(int(words[-2]), float(words[-1]))

    def __enter__(self) -> "VirtualBoard":
        return self

    def __exit__(self, *_) -> None:
        self.close()


def quiet_cycles(plan: Plan) -> int:
    """Cycles behind the last byte on the line after which a design has nothing left to do or to say.

    Twice what all cores take for a sample in which every element spikes all the time, and what the link takes. One
    thing can take longer: a leap of time over millions of bins without an event, at two cycles a bin; the rest of it
    then waits for the next byte.
    """
    layers = range(len(plan.cores[0].network.layers) + 1)
    cycles = sum(core_cost(core, activity=_all_active(core, layers)).cycles + 2 * core.elements for core in plan.cores)
    return 2 * cycles + LINK_CYCLES


def _all_active(core, layers) -> Activity:
    return Activity(shares={(layer, core.time_parallel): 1.0 for layer in layers}, basis="everything active")


def _wrapper(pins: dict[str, str]) -> str:
    """A top module whose ports have the same names for every board."""
    return f"""module virtual_board (
    input  clk,
    input  rx,
    output tx
);
  wire oscillator_pin, rx_pin;
  assign oscillator_pin = clk;
  assign rx_pin = rx;
  top top (.{pins["oscillator"]}(oscillator_pin), .{pins["rx"]}(rx_pin), .{pins["tx"]}(tx));
endmodule
"""
