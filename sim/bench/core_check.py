"""The emitted core against the golden model, layer by layer: `check_core`."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from hwgen.spec.identity import network_hash
from hwgen.plan.core_plan import CorePlan
from hwgen.plan.estimate import core_cost
from hwgen.plan.image import payload
from sim.board.cells import core_models
from sim.golden import GoldenRun, forward

from .compare import Difference, Tally, compare_map, compare_scores, sample_elements
from .exchange import Job, Run, load_captures
from .powerup import scratch_memories
from .runner import Design, Simulation

#: Ports of the module ``core`` that the bench drives or reads.
PORTS = ("clk", "rst", "i__payload", "i__valid", "i__ready", "o__payload", "o__valid", "o__ready", "winner",
         "cycles", "busy", "restart", "stop_layer", "probe_address", "probe_data", "trace__valid", "trace__layer",
         "trace__address", "trace__word")
#: Those of a core that is loaded from a weights image.
LOAD_PORTS = ("load__valid", "load__address", "load__data")
#: Samples in one start of the simulator: a difference is told, and progress shown, this often.
BATCH = 50
#: Clock cycles without an answer, besides 20 times the estimate, after which a core is said to hang.
LIMIT_CYCLES = 100_000


@dataclass
class Checked:
    """Result of a check: samples compared, differences, the first of them, the cycles of each sample that ran
    without stalls, each sample's winner as the hardware has it, and seconds to compile and to run; of an array,
    whose samples overlap, also the cycles between the answers to two samples, where nothing stalled."""

    samples: int = 0
    tally: Tally = field(default_factory=Tally)
    cycles: list[int] = field(default_factory=list)
    intervals: list[int] = field(default_factory=list)
    winners: list[int] = field(default_factory=list)
    compile_seconds: float = 0.0
    run_seconds: float = 0.0


class CoreSimulation:
    """The module ``core`` of emitted Verilog, compiled for a simulator together with what a bench touches. A bench
    leaves files in ``run_folder``.

    Parameters
    ----------
    core, verilog, simulator, folder, module
        As `check_core`.
    signals
        Signals that the bench reads besides the ports and the scratch memories, ``(module, name)``.
    """

    def __init__(self, core: CorePlan, verilog: Path, *, simulator: str, folder: Path, module: str = "core",
                 signals: tuple[tuple[str, str], ...] = ()):
        self.core, self.run_folder = core, folder / f"{simulator}.run"
        self._image = payload(core, network_hash(core.network)).tolist() if core.weight_store == "spram" else []
        text = Path(verilog).read_text()
        self._scratch = scratch_memories(text, module)
        ports = PORTS + LOAD_PORTS * bool(self._image)
        touched = (*((module, port) for port in ports), *signals,
                   *((memory.module, memory.path[-1]) for memory in self._scratch))
        self._simulation = Simulation(Design(sources=(Path(verilog), *core_models(text)), top=module, signals=touched),
                                      folder / simulator, simulator)

    def run(self, bench: str, runs: list[Run], *, seed: int) -> None:
        """Run a bench module, one start of the simulator; scratch memories hold random content, from ``seed``."""
        core = self.core
        job = Job(runs=runs, seed=seed, limit_cycles=limit_cycles((core,)),
                  element_width=core.element_bits, score_width=core.score_width,
                  maps=[(plan.out_layout.base, plan.out_layout.words) for plan in core.layers[:-1]],
                  scratch=[(list(memory.path), memory.depth, memory.width) for memory in self._scratch],
                  image=self._image)
        self.run_folder.mkdir(parents=True, exist_ok=True)
        job.save(self.run_folder)
        self._simulation.run(bench, folder=self.run_folder, seed=seed)


def check_core(core: CorePlan, verilog: Path, samples: np.ndarray, *, simulator: str, folder: Path, seed: int = 0,
               stalled: float = 0.25, probed: float = 0.02, module: str = "core",
               progress: Callable[[int], None] = lambda done: None) -> Checked:
    """Run samples through the module ``core`` of emitted Verilog and compare every layer with the golden model.

    Scratch memories hold random content at power-up, from ``seed`` and the number of the batch. The check
    ends after the first batch of samples that shows a difference.

    Parameters
    ----------
    core
        What the Verilog was emitted from.
    verilog
        The emitted file.
    samples
        As `sim.golden.forward` takes them.
    simulator
        ``"verilator"`` or ``"icarus"``.
    folder
        Where to compile and run; what was compiled there before from the same file is used again.
    stalled
        Share of samples with random pauses on both streams, and with elements withdrawn by ``restart`` before.
        They are not counted in ``cycles``. Without a rule the first sample of all runs at full speed.
    probed
        Share of samples that are sent once more, stopped after a random layer whose map is then read by the
        probe port.
    progress
        Called with the number of samples done.

    Raises
    ------
    BenchError
        If the core hangs, or breaks a rule of its ports.
    ToolMissing, BuildError
        As `Simulation`.
    """
    checked, started = Checked(), time.monotonic()
    bench = CoreSimulation(core, verilog, simulator=simulator, folder=folder, module=module)
    checked.compile_seconds = time.monotonic() - started
    started = time.monotonic()
    for start in range(0, len(samples), BATCH):
        batch_seed = seed * 1_000_003 + start
        runs, numbers = _plan_runs(core, samples[start:start + BATCH], random.Random(batch_seed), stalled, probed,
                                   first=start == 0)
        bench.run("sim.bench.core_bench", runs, seed=batch_seed)
        captures = load_captures(bench.run_folder)
        golden = forward(core.network, samples[start:start + BATCH], keep_layers=True)
        for run, index, capture in zip(runs, numbers, captures, strict=True):
            _compare(checked, core, golden, run, start + index, index, capture)
        checked.samples = min(start + BATCH, len(samples))
        progress(checked.samples)
        if checked.tally.differences:
            break
    checked.run_seconds = time.monotonic() - started
    return checked


def limit_cycles(cores: tuple[CorePlan, ...]) -> int:
    """Cycles without an answer after which cores in a chain are said to hang."""
    return LIMIT_CYCLES + 20 * sum(core_cost(core).cycles for core in cores)


def _plan_runs(core, samples, rng, stalled, probed, first):
    """The runs of a batch, and the sample of each."""
    runs, numbers, last = [], [], len(core.layers) - 1
    for index, sample in enumerate(samples):
        elements = sample_elements(core.network, sample)
        stall, discard = 0.0, 0
        if rng.random() < stalled and not (first and index == 0):
            stall, discard = rng.uniform(0.05, 0.9), rng.choice([0, 0, rng.randrange(len(elements))])
        if last and rng.random() < probed:
            runs.append(Run(elements=elements, stop_layer=rng.randrange(last), stall=stall, discard=discard))
            numbers.append(index)
        runs.append(Run(elements=elements, stop_layer=last, stall=stall, discard=discard))
        numbers.append(index)
    return runs, numbers


def _compare(checked, core, golden: GoldenRun, run, sample, index, capture):
    tally = checked.tally
    before = tally.differences
    for layer, words in enumerate(capture.words[:run.stop_layer + 1]):
        if not compare_map(tally, core, golden, layer=layer, sample=sample, index=index, words=words):
            break                                   # what follows only inherits it
    if capture.stray is not None and tally.differences == before:
        layer, address = capture.stray
        tally.add(1, Difference(sample, 0, core.layers[layer].name, [f"write at {address}"], None, None))
    if run.stop_layer < len(core.layers) - 1:
        compare_map(tally, core, golden, layer=run.stop_layer, sample=sample, index=index, words=capture.probed)
        if capture.scores != [0]:
            tally.add(1, Difference(sample, 0, core.layers[run.stop_layer].name, ["score"], 0, capture.scores[0]))
        return
    if tally.differences == before:
        compare_scores(tally, core.network, golden, sample=sample, index=index, scores=capture.scores,
                       winner=capture.winner)
    checked.winners.append(capture.winner)
    if not run.stall:
        checked.cycles.append(capture.cycles)
