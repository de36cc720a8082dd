"""A whole board design against the golden model, through its UART pins: `check_board`."""

import json
import math
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hwgen.link import protocol
from hwgen.plan import Plan
from sim.golden import forward

from .board_design import RESET_US, board_design
from .compare import compare_map, compare_scores, sample_elements
from .core_check import Checked
from .powerup import randomise_cells, scratch_memories
from .runner import BenchError, Design, Simulation

#: No answer is longer than this many bytes beside its scores.
ANSWER_BYTES = 64


@dataclass(frozen=True)
class Exchange:
    """Bytes for the board, how many answers to wait for, and how long."""

    send: bytes
    answers: int = 1
    wait_us: int = 1000


class BoardBench:
    """A board design, compiled, whose UART pins can be talked to.

    Parameters
    ----------
    plan
        What the design was emitted from.
    verilog
        The emitted design (``top.v``), or the netlist of cells (``netlist.v``); top module ``top``.
    simulator
        ``"verilator"`` or ``"icarus"``.
    folder
        Where to compile and run.
    seed
        Of the content of the memories at power-up.
    image
        What lies at the board's ``weights_offset`` of its flash; that of the plan's network if None.

    Attributes
    ----------
    boot_us
        Time from the end of the reset until a core has its weights.
    """

    def __init__(self, plan: Plan, verilog: Path, *, simulator: str, folder: Path, seed: int = 0,
                 image: bytes | None = None):
        self.plan, self.folder, self.seed = plan, Path(folder), seed
        self.folder.mkdir(parents=True, exist_ok=True)
        design = board_design(plan, randomise_cells(Path(verilog).read_text(), random.Random(seed)), self.folder,
                              image=image)
        self.pins, self.boot_us = design.pins, math.ceil(1e6 * design.boot_cycles / plan.target_hz)
        source = self.folder / "powered_up.v"
        source.write_text(design.text)
        self.scratch = scratch_memories(design.text, "top")
        signals = {("top", pin) for pin in self.pins.values()}
        signals |= {(memory.module, memory.path[-1]) for memory in self.scratch}
        self._simulation = Simulation(
            Design(sources=(source, *design.models), top="top", signals=tuple(sorted(signals)),
                   timing=True), self.folder / simulator, simulator)

    def talk(self, exchanges: Iterable[Exchange], *, booted: bool = True) -> list[list[protocol.Frame]]:
        """Start the board, send, and return the frames that it answers, a list an exchange.

        The first is sent when the board has its weights, or right behind its reset if not ``booted``.
        """
        board = self.plan.board
        run = self.folder / f"{self._simulation.simulator}.run"
        run.mkdir(exist_ok=True)
        (run / "job.json").write_text(json.dumps({
            **self.pins, "oscillator_hz": board.oscillator_hz, "baud": board.uart_baud,
            "reset_us": RESET_US + self.boot_us * booted,
            "seed": self.seed, "scratch": [(memory.path, memory.depth, memory.width) for memory in self.scratch],
            "exchanges": [{"send": e.send.hex(), "answers": e.answers, "wait_us": e.wait_us} for e in exchanges]}))
        self._simulation.run("sim.bench.board_bench", folder=run, seed=self.seed)
        answers = json.loads((run / "answers.json").read_text())
        return [protocol.Decoder().feed(b"".join(map(bytes.fromhex, frames))) for frames in answers]


def check_board(plan: Plan, verilog: Path, samples: np.ndarray, *, simulator: str, folder: Path, seed: int = 0,
                progress: Callable[[int], None] = lambda done: None) -> Checked:
    """Send samples to a board design through its UART and compare scores, winner and every layer's map.

    A core keeps the last map and the one before it; earlier ones are read after requests that stop early.
    The cells' models and the link make this some 30 times slower than `check_core`: use few samples.

    Parameters
    ----------
    plan, verilog, simulator, folder
        As `BoardBench`.
    samples
        As `sim.golden.forward` takes them.
    progress
        Called with the number of samples done.

    Raises
    ------
    BenchError
        If the board does not answer, or refuses a request.
    """
    checked, started = Checked(), time.monotonic()
    bench = BoardBench(plan, verilog, simulator=simulator, folder=folder, seed=seed)
    checked.compile_seconds = time.monotonic() - started
    started = time.monotonic()
    for number, sample in enumerate(samples):
        _check_sample(checked, bench, sample, number)
        checked.samples = number + 1
        progress(checked.samples)
        if checked.tally.differences:
            break
    checked.run_seconds = time.monotonic() - started
    return checked


def _check_sample(checked: Checked, bench: BoardBench, sample, number: int) -> None:
    core = bench.plan.cores[0]
    elements, last = sample_elements(core.network, sample), len(core.network.layers) - 1
    maps = last if len(bench.plan.cores) == 1 else 0                    # the maps of several cores cannot be read
    wait_us = round(1e6 * (1_000 + 20 * bench.plan.estimate.cycles) / bench.plan.target_hz)
    exchanges, contents = [], []

    def ask(frame: protocol.Frame, content):
        data = frame.encode()
        answer_bytes = ANSWER_BYTES + 8 * core.network.classes
        line_us = round(1e6 * 10 * (len(data) + answer_bytes) / bench.plan.board.uart_baud)
        exchanges.append(Exchange(data, wait_us=line_us + wait_us))
        contents.append(content)

    for stop in [*range(maps - 3, -1, -2)[::-1], last]:                 # the last run leaves the last two maps
        ask(protocol.infer(elements, element_bits=core.element_bits, stop_layer=stop), None)
        for layer in (stop - 1, stop) if stop < last else (maps - 2, maps - 1):
            if layer < 0:
                continue
            layout = core.layers[layer].out_layout
            for address in range(layout.base, layout.base + layout.words):
                ask(protocol.probe(address), layer)
    words, result = {layer: [] for layer in range(maps)}, None
    for exchange, layer, frames in zip(exchanges, contents, bench.talk(exchanges), strict=True):
        answer = protocol.decode_response(frames[0], word_bits=core.word_bits) if frames else None
        wanted = protocol.Result if layer is None else protocol.Word
        if not isinstance(answer, wanted):
            raise BenchError(f"sample {number}: the board answered {answer or 'nothing'} to "
                             f"{'INFER' if layer is None else 'PROBE'}", "the link or the core is defective")
        if layer is None:
            result = answer
        else:
            words[layer].append(answer.word)
    golden = forward(core.network, sample[None], keep_layers=True)
    for layer in range(maps):
        if not compare_map(checked.tally, core, golden, layer=layer, sample=number, index=0, words=words[layer]):
            return
    compare_scores(checked.tally, core.network, golden, sample=number, index=0, scores=list(result.scores),
                   winner=result.winner)
    checked.winners.append(result.winner)
    checked.cycles.append(result.cycles)
