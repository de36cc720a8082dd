"""An emitted array of cores against the golden model, layer by layer: `check_array`."""

import json
import random
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from hwgen.plan.core_plan import CorePlan
from hwgen.plan.layout import MapLayout
from sim.golden import GoldenRun, forward

from .compare import Difference, Tally, compare_scores, compare_words, sample_elements
from .core_check import BATCH, Checked, limit_cycles
from .exchange import Job, Run
from .powerup import scratch_memories
from .runner import Design, Simulation

#: Ports of an array that the bench drives or reads, besides the traces of its cores.
PORTS = ("clk", "rst", "i__payload", "i__valid", "i__ready", "o__payload", "o__valid", "o__ready", "winner", "cycles",
         "busy", "restart")
TRACE = ("valid", "layer", "address", "word", "input_valid", "input_address", "input_word")


class ArraySimulation:
    """As `sim.bench.core_check.CoreSimulation`, of an array; its bench leaves files in ``run_folder``."""

    def __init__(self, cores: tuple[CorePlan, ...], verilog: Path, *, simulator: str, folder: Path,
                 module: str = "core", signals: tuple[tuple[str, str], ...] = ()):
        self.cores, self.run_folder = cores, folder / f"{simulator}.run"
        self._scratch = scratch_memories(Path(verilog).read_text(), module)
        ports = (*PORTS, *(f"trace{index}__{name}" for index in range(len(cores)) for name in TRACE))
        touched = (*((module, port) for port in ports), *signals,
                   *((memory.module, memory.path[-1]) for memory in self._scratch))
        self._simulation = Simulation(Design(sources=(Path(verilog),), top=module, signals=touched), folder / simulator,
                                      simulator)

    def run(self, bench: str, runs: list[Run], *, seed: int) -> None:
        """Run a bench module, one start of the simulator; scratch memories hold random content, from ``seed``."""
        cores = self.cores
        job = Job(runs=runs, seed=seed, limit_cycles=limit_cycles(cores), element_width=cores[0].element_bits,
                  score_width=cores[-1].score_width, cores=len(cores),
                  scratch=[(list(memory.path), memory.depth, memory.width) for memory in self._scratch])
        self.run_folder.mkdir(parents=True, exist_ok=True)
        job.save(self.run_folder)
        self._simulation.run(bench, folder=self.run_folder, seed=seed)


def check_array(cores: tuple[CorePlan, ...], verilog: Path, samples: np.ndarray, *, simulator: str, folder: Path,
                seed: int = 0, stalled: float = 0.25, alone: int = 1, module: str = "core",
                progress: Callable[[int], None] = lambda done: None) -> Checked:
    """Run samples through the array ``module`` of emitted Verilog, one behind the other, and compare every layer.

    Parameters
    ----------
    cores
        What the array was emitted from.
    stalled
        Share of samples with random pauses on both streams, and with elements withdrawn by ``restart`` before.
    alone
        How many samples of each `BATCH`, the first ones, wait until no other is on its way: ``cycles`` of the result
        has those, ``intervals`` are between the others.
    verilog, samples, simulator, folder, seed, module, progress
        As `sim.bench.core_check.check_core`.

    Raises
    ------
    BenchError
        If the array hangs, or breaks a rule of its ports.
    ToolMissing, BuildError
        As `Simulation`.
    """
    checked, started = Checked(), time.monotonic()
    bench = ArraySimulation(cores, verilog, simulator=simulator, folder=folder, module=module)
    checked.compile_seconds = time.monotonic() - started
    started = time.monotonic()
    for start in range(0, len(samples), BATCH):
        part, batch_seed = samples[start:start + BATCH], seed * 1_000_003 + start
        runs = _plan_runs(cores, part, random.Random(batch_seed), stalled, alone)
        bench.run("sim.bench.array_bench", runs, seed=batch_seed)
        golden = forward(cores[0].network, part, keep_layers=True)
        _compare(checked, cores, golden, runs, start, json.loads((bench.run_folder / "captured.json").read_text()))
        checked.samples = start + len(part)
        progress(checked.samples)
        if checked.tally.differences:
            break
    checked.run_seconds = time.monotonic() - started
    return checked


def _plan_runs(cores, samples, rng, stalled, alone) -> list[Run]:
    runs, last = [], len(cores[-1].network.layers) - 1
    for index, sample in enumerate(samples):
        elements = sample_elements(cores[0].network, sample)
        stall, discard = 0.0, 0
        if rng.random() < stalled and index > 0:
            stall, discard = rng.uniform(0.05, 0.9), rng.choice([0, 0, rng.randrange(len(elements))])
        runs.append(Run(elements=elements, stop_layer=last, stall=stall, discard=discard, alone=index < alone))
    return runs


def _compare(checked: Checked, cores, golden: GoldenRun, runs, start: int, captured: dict) -> None:
    tally, network = checked.tally, cores[0].network
    maps = _maps(tally, cores, network, captured, start)
    for index, (run, answer) in enumerate(zip(runs, captured["answers"], strict=True)):
        sample, before = start + index, tally.differences
        for number in range(len(network.layers) - 1):
            layout, found = maps[number]
            words = found[index] if index < len(found) else [None] * layout.words
            if not compare_words(tally, layout, golden, number=number, sample=sample, index=index, words=words):
                break                               # what follows only inherits it
        if tally.differences == before:
            compare_scores(tally, network, golden, sample=sample, index=index, scores=answer["scores"],
                           winner=answer["winner"])
        checked.winners.append(answer["winner"])
        if run.alone and not run.stall:
            checked.cycles.append(answer["cycles"])
        behind = runs[max(0, index - 2):index + 1]
        if len(behind) == 3 and not any(other.stall or other.alone for other in behind):
            checked.intervals.append(answer["taken"] - captured["answers"][index - 1]["taken"])


def _maps(tally: Tally, cores, network, captured: dict, start: int):
    """For each layer but the readout, the layout of its map and the maps that were written, sample by sample."""
    maps = {}
    for core, words, input_words in zip(cores, captured["words"], captured["input_words"]):
        if core.first > 0:
            size = core.input_layout.words
            places = ((address // size, address % size, word) for address, word in input_words)
            maps[core.first - 1] = core.input_layout, _split(places, size)
        for plan in core.layers[:-1]:
            layout = plan.out_layout
            places = ((0, address - layout.base, word) for layer, address, word in words if layer == plan.index)
            maps[plan.number] = layout, _split(places, layout.words)
        stray = [layer for layer, _, _ in words if layer >= len(core.layers) - 1]
        if stray:
            tally.add(len(stray), Difference(start, 0, core.layers[-1].name, ["a word in the map memory"], None, None))
    for number, (_, found) in maps.items():
        if found is None or len(found) > len(captured["answers"]):
            tally.add(1, Difference(start, 0, network.layers[number].name, ["a word of no map"], None, None))
    return {number: (layout, found or []) for number, (layout, found) in maps.items()}


def _split(places: Iterable[tuple[int, int, int]], size: int) -> list[list[int | None]] | None:
    """Words in the order in which they were written, ``(buffer, offset, word)``, as maps of ``size`` words.

    A map ends where the next word lies in another buffer, or was written already. None if a word lies
    outside.
    """
    maps, current = [], None
    for buffer, offset, word in places:
        if not (0 <= offset < size and buffer in (0, 1)):
            return None
        if current is None or buffer != current or maps[-1][offset] is not None:
            maps.append([None] * size)
        current = buffer
        maps[-1][offset] = word
    return maps
