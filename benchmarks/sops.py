"""Useful and slot SOPs a cycle, by layer and in all, and what the lanes spend their other cycles on.

Every cycle of the emitted Verilog, simulated in Verilator on the first test inputs (``--data``; else on those shipped
with the network), is given one cause (`sim.bench.profile`). A *useful SOP* is one weight added because of one spike at
one timestep (of a pixel: one non-zero pixel times one weight); a *slot* is an accumulator that was offered a weight,
whether or not its timestep has the spike. Of an array, cycles are those of a layer's own core, and the total is the
interval between samples.
"""

import tempfile
from pathlib import Path

import boards
from hwgen import models
from hwgen.commands.common import data_set
from hwgen.planning import Wishes, plan_model
from sim.bench.profile import CAUSES, Profile, profile
from sim.golden.sops import useful_sops

from .common import emit, main, parser, table


def measure(options) -> dict:
    model, board = models.find(options.model), boards.find(options.board)
    plan = plan_model(model, board, Wishes(cores=options.cores, lanes=options.lanes,
                                           time_parallel=options.time_parallel))
    samples, _ = data_set(model, options.data, options.samples)
    with tempfile.TemporaryDirectory(prefix="hwgen-benchmark-") as folder:
        verilog = emit(plan.cores, Path(folder))
        found = profile(plan.cores, verilog, samples, folder=Path(folder))
    return {"model": model.name, "board": board.name, "samples": len(samples),
            **figures(plan.cores, found, useful_sops(model.network, samples).sum(axis=0).tolist()),
            "causes": CAUSES, "basis": "Verilator simulation of the emitted Verilog, every cycle; useful SOPs from the "
                                       "golden model"}


def figures(cores, found: Profile, sops: list[int]) -> dict:
    """``layers``, each with its figures a sample, and the ``total``."""
    layers = []
    for layer, useful in zip(found.layers, sops, strict=True):
        core = cores[layer.core]
        layers.append({
            "name": layer.name, "core": layer.core, "lanes": core.lanes, "time_parallel": core.time_parallel,
            "cycles": layer.total / found.samples, "useful_sops": useful / found.samples,
            "useful_sops_per_cycle": useful / layer.total,
            "slot_sops_per_cycle": layer.taps * core.lanes * core.time_parallel / layer.total,
            "spikes_per_tap": layer.spikes / layer.taps if layer.taps else None,
            "shares": {cause: cycles / layer.total for cause, cycles in layer.cycles.items()}})
    alone = sum(found.cycles) / len(found.cycles)
    interval = found.interval or alone
    slots = sum(layer["slot_sops_per_cycle"] * layer["cycles"] for layer in layers)
    return {"layers": layers, "total": {
        "latency_cycles": alone, "interval_cycles": interval, "useful_sops": sum(sops) / found.samples,
        "useful_sops_per_cycle": sum(sops) / found.samples / interval, "slot_sops_per_cycle": slots / interval,
        "peak_slots_per_cycle": sum(core.lanes * core.time_parallel for core in cores),
        "useful_share": [sum(layer.cycles["tap"] for layer in found.layers if layer.core == core) / found.samples
                         / interval for core in range(len(cores))]}}


def show(result: dict) -> None:
    total = result["total"]
    print(f"{result['model']} on {result['board']}, {result['samples']} samples\n")
    table([[layer["name"], layer["core"], f"{layer['lanes']} x {layer['time_parallel']}", layer["cycles"],
            layer["useful_sops"], layer["useful_sops_per_cycle"], layer["slot_sops_per_cycle"], layer["spikes_per_tap"]]
           for layer in result["layers"]] +
          [["all", None, None, total["interval_cycles"], total["useful_sops"], total["useful_sops_per_cycle"],
            total["slot_sops_per_cycle"], None]],
          ["layer", "core", "lanes x timesteps", "cycles", "useful SOPs", "useful a cycle", "slots a cycle",
           "spikes a tap"])
    print(f"\nlatency {total['latency_cycles']:,.0f} cycles, a sample every {total['interval_cycles']:,.0f}; "
          f"at most {total['peak_slots_per_cycle']} slots a cycle; lanes at work "
          + ", ".join(f"{100 * share:.1f} %" for share in total["useful_share"]) + " of the time\n")
    causes = [cause for cause in CAUSES if any(layer["shares"][cause] for layer in result["layers"])]
    table([[layer["name"], *(f"{100 * layer['shares'][cause]:.1f}" for cause in causes)] for layer in result["layers"]],
          ["% of cycles", *causes])
    print()
    for cause in causes:
        print(f"{cause}: {CAUSES[cause]}")


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("--model", default="cifar10")
    arguments.add_argument("--board", default="ice40")
    arguments.add_argument("--data", type=Path, help="files of its data set, in place of the inputs shipped with it")
    arguments.add_argument("--samples", type=int, default=3, help="the first ones; an array needs 4")
    arguments.add_argument("--cores", type=int)
    arguments.add_argument("--lanes", type=int)
    arguments.add_argument("--time-parallel", type=int)
    raise SystemExit(main(arguments.parse_args(), measure, show))
