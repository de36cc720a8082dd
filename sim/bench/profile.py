"""What the lanes of a core do in each cycle, and why they wait: `profile`."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hwgen.gateware.shapes import CoreShapes
from hwgen.plan.core_plan import CorePlan
from sim.golden import forward

from .array_check import ArraySimulation
from .compare import sample_elements
from .core_check import CoreSimulation
from .exchange import Run
from .runner import BenchError

#: What a cycle of the lanes can be spent on. The first is useful work, the others are waits.
CAUSES = {
    "tap": "a tap with a spike: useful work",
    "empty window": "a tap without a spike, which ends a window that has none",
    "drain": "a window's last tap waits for the sums of the window before to leave the lanes",
    "empty word": "a word of the map was read that has no spike in the window",
    "row above": "a row of the window lies above the map",
    "window": "the walker is between two windows",
    "arrival": "the next window waits for rows of the core's input",
    "layer": "the pipeline fills or runs empty, before a layer's first and after its last tap",
}
#: Signals that are watched, by their submodule of the engine.
WATCHED = {
    "start": ("", "start"), "done": ("", "done"), "layer": ("", "layer"), "valid": ("weights.queue", "o__valid"),
    "ready": ("weights.queue", "o__ready"), "tap": ("weights.queue", "o__payload"), "word": ("map_reader", "o__valid"),
    "fetched": ("map_reader", "fetched"), "walking": ("walker", "walking"), "run": ("walker", "o__valid"),
    "sweep": ("sequencer", "o__valid"),
}


@dataclass(frozen=True)
class LayerProfile:
    """A layer, summed over the samples: its ``cycles`` by cause (`CAUSES`), the ``taps`` with a spike, and the
    ``spikes`` in them (at most Tp a tap; in a layer of pixels, set bits)."""

    name: str
    core: int
    cycles: dict[str, int]
    taps: int
    spikes: int

    @property
    def total(self) -> int:
        return sum(self.cycles.values())


@dataclass(frozen=True)
class Profile:
    """``samples`` samples that equal the golden model's: a `LayerProfile` a layer, the core's own count of
    ``cycles`` for each sample that ran alone, and the mean ``interval`` from one sample to the next in an array."""

    samples: int
    layers: tuple[LayerProfile, ...]
    cycles: list[int]
    interval: float | None


def profile(cores: tuple[CorePlan, ...], verilog: Path, samples: np.ndarray, *, folder: Path,
            simulator: str = "verilator", module: str = "core", stop_layer: int | None = None) -> Profile:
    """Run samples through the core or array ``module`` of emitted Verilog, at full speed, and watch every cycle.

    Parameters
    ----------
    cores, verilog, samples, folder, simulator, module
        As `sim.bench.core_check.check_core` and `sim.bench.array_check.check_array`. In an array the first
        sample runs alone and the others behind each other.
    stop_layer
        Of one core: the last layer to compute; None: all.

    Raises
    ------
    BenchError
        If the core hangs, computes other scores than the golden model, or has not the signals that are watched.
    """
    network = cores[0].network
    last = len(network.layers) - 1 if stop_layer is None else stop_layer
    engines = [("engine",)] if len(cores) == 1 else [(f"core{index}", "engine") for index in range(len(cores))]
    paths = [[*engine, *filter(None, owner.split(".")), name] for engine in engines for owner, name in WATCHED.values()]
    signals = tuple(("_".join([module, *path[:-1]]), path[-1]) for path in paths)
    _require(Path(verilog), signals)
    options = {"simulator": simulator, "folder": folder, "module": module, "signals": signals}
    bench = CoreSimulation(cores[0], verilog, **options) if len(cores) == 1 else \
        ArraySimulation(cores, verilog, **options)
    bench.run_folder.mkdir(parents=True, exist_ok=True)
    (bench.run_folder / "watched.json").write_text(json.dumps(paths))
    runs = [Run(elements=sample_elements(network, sample), stop_layer=last, alone=index == 0)
            for index, sample in enumerate(samples)]
    bench.run("sim.bench.profile_bench", runs, seed=0)
    answers = json.loads((bench.run_folder / "answers.json").read_text())
    expected = forward(network, samples).scores.tolist()
    if last == len(network.layers) - 1 and [answer["scores"] for answer in answers] != expected:
        raise BenchError("the scores differ from the golden model's", "`python -m hwgen verify` says where")
    rows = np.load(bench.run_folder / "cycles.npy").astype(np.int64)
    layers = []
    for index, core in enumerate(cores):
        columns = rows[:, index * len(WATCHED):(index + 1) * len(WATCHED)]
        watched = dict(zip(WATCHED, columns.T))
        mask = CoreShapes(core).tap["mask"]
        watched["mask"] = watched.pop("tap") >> mask.offset & (1 << mask.width) - 1
        layers += attribute(watched, [plan.name for plan in core.layers if plan.number <= last], core=index)
    taken = [answer["taken"] for answer in answers[2:]] if len(cores) > 1 else []
    return Profile(samples=len(samples), layers=tuple(layers),
                   cycles=[answer["cycles"] for answer in (answers if len(cores) == 1 else answers[:1])],
                   interval=float(np.diff(taken).mean()) if len(taken) > 1 else None)


def _require(verilog: Path, signals) -> None:
    """Raises `BenchError` where a signal that is to be watched is not in the Verilog."""
    modules = {match[1]: match[0] for match in re.finditer(r"^module (\w+)\(.*?^endmodule", verilog.read_text(),
                                                           re.M | re.S)}
    for owner, name in signals:
        if not re.search(rf"^  (?:input|output|reg|wire) .*\b{name}\b", modules.get(owner, ""), re.M):
            raise BenchError(f"module '{owner}' of '{verilog}' has no signal '{name}'",
                             "the profile follows the stages of a core: bring both together")


def attribute(watched: dict[str, np.ndarray], names: list[str], *, core: int = 0) -> list[LayerProfile]:
    """Give each cycle of each layer a cause.

    Where the queue in front of the lanes is empty, the stages before it have nothing either, each one cycle
    earlier than the next (none of them waits then): the scanner had no word 2 cycles ago, so 3 cycles ago the
    reader either held a word that it dropped, or nothing; then 5 cycles ago the walker gave nothing: it was
    passing over a row above the map, or had no window; the sequencer may have offered none 3 cycles before that.

    Parameters
    ----------
    watched
        Of the keys of `WATCHED` (``mask`` in place of ``tap``): int [cycles].
    names
        Of the core's layers.
    """
    def ago(key, cycles):
        return np.concatenate([np.zeros(cycles, np.int64), watched[key]])[:len(watched[key])] != 0

    valid, ready, mask = watched["valid"] != 0, watched["ready"] != 0, watched["mask"]
    empty_word, walking = ago("fetched", 3), ago("walking", 5)
    causes = list(CAUSES)
    cause = np.select(
        [valid & ready & (mask != 0), valid & ready, valid, empty_word, walking],
        [causes.index(name) for name in ("tap", "empty window", "drain", "empty word", "row above")],
        causes.index("arrival"))                                # or "window", see below
    assert not (~valid & ago("word", 2)).any(), "a stage in front of the lanes has another latency"
    assert not (~valid & ~empty_word & ago("run", 5)).any(), "the walker has another latency"

    cycles = np.zeros((len(names), len(causes)), np.int64)
    taps, spikes = np.zeros(len(names), np.int64), np.zeros(len(names), np.int64)
    for begin, end in zip(np.flatnonzero(watched["start"]), np.flatnonzero(watched["done"]), strict=False):
        part, number = cause[begin:end + 1].copy(), watched["layer"][begin]
        issued = np.flatnonzero(part <= causes.index("empty window"))
        # No window waits for rows before the first sweep was offered, or after the last.
        waiting = watched["sweep"][begin:end + 1] == 0
        offered = np.flatnonzero(~waiting)
        waiting[:offered[0]] = waiting[offered[-1]:] = False
        late = np.concatenate([np.zeros(8, bool), waiting])[:len(part)]
        part[(part == causes.index("arrival")) & ~late] = causes.index("window")
        part[:issued[0]] = np.where(waiting[:issued[0]], causes.index("arrival"), causes.index("layer"))
        part[issued[-1] + 1:] = causes.index("layer")
        cycles[number] += np.bincount(part, minlength=len(causes))
        masks = mask[begin:end + 1][part == causes.index("tap")]
        taps[number] += len(masks)
        spikes[number] += sum(int((masks >> bit & 1).sum()) for bit in range(16))
    return [LayerProfile(name, core, dict(zip(causes, cycles[number].tolist())), int(taps[number]),
                         int(spikes[number])) for number, name in enumerate(names)]
