"""What the lanes of a core do in each cycle, and why they wait: `profile_core`."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hwgen.gateware.shapes import CoreShapes
from hwgen.plan.core_plan import CorePlan

from .compare import sample_elements
from .core_check import CoreSimulation
from .exchange import Run
from .runner import BenchError

#: What a cycle of the lanes can be spent on. The first is useful work, the others are waits.
CAUSES = {
    "tap": "a tap with a spike",
    "empty window": "a tap without a spike: it ends a window that has none",
    "drain": "a window's last tap waits for the sums of the window before to leave the lanes",
    "empty word": "a word of the map was read and has no spike in the window",
    "row above": "a row of the window lies above the map",
    "window": "the walker is between two windows",
    "arrival": "no window can begin: its rows have not come, or there is no room for what comes out",
    "layer": "the pipeline fills or runs empty: before the first and after the last tap of a layer",
}
#: Signals that are watched, by submodule of the core.
WATCHED = {
    "valid": ("weights.queue", "o__valid"), "ready": ("weights.queue", "o__ready"),
    "tap": ("weights.queue", "o__payload"), "word": ("map_reader", "o__valid"), "fetched": ("map_reader", "fetched"),
    "walking": ("walker", "walking"), "run": ("walker", "o__valid"), "sweep": ("sequencer", "o__valid"),
}


@dataclass(frozen=True)
class LayerProfile:
    """A layer of one sample: its ``cycles`` by cause (`CAUSES`), the ``taps`` with a spike and the ``spikes`` in
    them (at most Tp a tap; in a layer of pixels, set bits)."""

    name: str
    cycles: dict[str, int]
    taps: int
    spikes: int

    @property
    def total(self) -> int:
        return sum(self.cycles.values())


def profile_core(core: CorePlan, verilog: Path, samples: np.ndarray, *, folder: Path, simulator: str = "verilator",
                 module: str = "core", stop_layer: int | None = None) -> list[list[LayerProfile]]:
    """Run samples through the module ``core`` of emitted Verilog, at full speed, and watch every cycle.

    Parameters
    ----------
    core, verilog, samples, folder, simulator, module
        As `sim.bench.core_check.check_core`.
    stop_layer
        The last layer to compute; None: all.

    Returns
    -------
    list
        For each sample a `LayerProfile` a layer; all their cycles add up to the core's own count.

    Raises
    ------
    BenchError
        If the core hangs, or the Verilog has not the signals that are watched.
    """
    layers = core.layers[:None if stop_layer is None else stop_layer + 1]
    paths = {key: [*submodule.split("."), name] for key, (submodule, name) in WATCHED.items()}
    paths |= {"busy": ["busy"], "layer": ["trace__layer"]}
    signals = tuple(("_".join([module, *path[:-1]]), path[-1]) for path in paths.values())
    text = Path(verilog).read_text()
    for owner, name in signals:
        body = re.search(rf"^module {owner}\(.*?^endmodule", text, re.M | re.S)
        if not body or not re.search(rf"^  (?:reg|wire) .*\b{name}\b", body[0], re.M):
            raise BenchError(f"module '{owner}' of '{verilog}' has no signal '{name}'",
                             "the profile follows the core's own stages: bring both together")
    bench = CoreSimulation(core, verilog, simulator=simulator, folder=folder, module=module, signals=signals)
    bench.run_folder.mkdir(parents=True, exist_ok=True)
    (bench.run_folder / "watched.json").write_text(json.dumps(list(paths.values())))
    runs = [Run(elements=sample_elements(core.network, sample), stop_layer=len(layers) - 1) for sample in samples]
    captures = bench.run("sim.bench.profile_bench", runs, seed=0)
    mask = CoreShapes(core).tap["mask"]
    result = []
    for number, capture in enumerate(captures):
        watched = dict(zip(paths, np.load(bench.run_folder / f"cycles{number}.npy").T))
        begin = int(np.flatnonzero(np.diff(watched["busy"].astype(np.int8)) == 1)[-1]) + 1
        watched = {key: values[begin:begin + capture.cycles].astype(np.int64) for key, values in watched.items()}
        watched["mask"] = watched.pop("tap") >> mask.offset & (1 << mask.width) - 1
        result.append(attribute(watched, [layer.name for layer in layers]))
    return result


def attribute(watched: dict[str, np.ndarray], names: list[str]) -> list[LayerProfile]:
    """Give each cycle a cause.

    Where the queue in front of the lanes is empty, the stages before it have nothing either, each one cycle
    earlier than the next (none of them waits then): the scanner had no word 2 cycles ago, so 3 cycles ago the
    reader either held a word that it dropped, or nothing; then 5 cycles ago the walker gave nothing; it was
    passing over a row above the map, or had no window; the sequencer may have offered none 3 cycles before that.

    Parameters
    ----------
    watched
        Of the keys of `WATCHED` (``mask`` in place of ``tap``) and ``layer``: int [cycles].
    """
    def ago(key, cycles):
        return np.concatenate([np.zeros(cycles, np.int64), watched[key]])[:len(watched[key])] != 0

    valid, ready, mask = watched["valid"] != 0, watched["ready"] != 0, watched["mask"]
    assert not (~valid & ago("word", 2)).any(), "a stage in front of the lanes has another latency"
    empty_word, walker = ago("fetched", 3), ago("walking", 5)
    assert not (~valid & ~empty_word & ago("run", 5)).any(), "the walker has another latency"
    causes = list(CAUSES)
    cause = np.select(
        [valid & ready & (mask != 0), valid & ready, valid, empty_word, walker, ago("sweep", 8)],
        [causes.index(name) for name in ("tap", "empty window", "drain", "empty word", "row above", "window")],
        causes.index("arrival"))
    profiles = []
    for number, name in enumerate(names):
        part = cause[watched["layer"] == number]
        issued = np.flatnonzero(part <= causes.index("empty window"))
        outside = np.ones(len(part), bool)
        outside[issued[0]:issued[-1] + 1] = False
        part = np.where(outside & (part > causes.index("drain")), causes.index("layer"), part)
        masks = mask[(watched["layer"] == number) & (cause == causes.index("tap"))]
        profiles.append(LayerProfile(
            name=name, cycles={key: int((part == index).sum()) for index, key in enumerate(causes)},
            taps=len(masks), spikes=int(sum(masks >> bit & 1 for bit in range(64)).sum()) if len(masks) else 0))
    return profiles
