"""Cycles against input density: does the work follow the spikes?

The network is the one of CIFAR-10 (or ``--model``) with spikes of 3 x 32 x 32 in place of pixels. Every layer is run by
a core of its own, of the width that the board's design has, on random spikes of one density: each element of its input
map fires at each timestep with that probability, independently. The cycles are those of the emitted Verilog in
Verilator, up to the layer's last spike, and their sum over the layers is what one core needs for the whole network. It
is the density of *every* map that is imposed, since that of the pixels' own layer decides nothing about the others;
and spikes are independent, which costs more than those of a trained network: there one element tends to fire again.
"""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from hwgen import models
from hwgen.plan import CorePlan
from hwgen.spec import Dalif, Encoding, Input, Kind, Layer, Network
from sim.bench.compare import sample_elements
from sim.bench.core_check import CoreSimulation
from sim.bench.exchange import Run, load_captures

from .common import emit, main, parser, table

DENSITIES = (0.02, 0.05, 0.10, 0.20, 0.40)
#: Channels, pool of the convolutions of the CIFAR-10 network: 3 x 3, padding 1.
CONVOLUTIONS = ((32, 2), (64, 2), (96, 1), (128, 2))
TIMESTEPS = 4


def measure(options) -> dict:
    network = models.find(options.model).network if options.model else architecture()
    layers = [{"name": layer.name, "cycles": layer_cycles(layer, shape, network.timesteps, options)}
              for layer, shape in zip(network.layers, network.shapes)]
    totals = np.sum([layer["cycles"] for layer in layers], axis=0)
    five, twenty = (totals[DENSITIES.index(density)] for density in (0.05, 0.20))
    return {"network": network.name, "lanes": options.lanes, "time_parallel": options.time_parallel,
            "word_elements": options.word_elements, "samples": options.samples, "densities": list(DENSITIES),
            "layers": layers, "cycles": totals.tolist(), "cycles_5_over_20": float(five / twenty),
            "cycles_per_percent": float(np.polyfit(100 * np.array(DENSITIES), totals, 1)[0]),
            "basis": "Verilator simulation of the emitted Verilog; random independent spikes in every layer's input"}


def architecture() -> Network:
    """The network of CIFAR-10 with weights drawn at random: they do not change what one layer costs."""
    rng, layers, channels, side = np.random.default_rng(0), [], 3, 32
    for index, (out_channels, pool) in enumerate(CONVOLUTIONS, start=1):
        layers.append(_layer(f"conv{index}", Kind.CONV, rng.integers(-7, 8, (out_channels, channels, 3, 3)),
                             padding=1, pool=pool))
        channels, side = out_channels, side // pool
    layers.append(_layer("readout", Kind.READOUT, rng.integers(-7, 8, (10, channels, side, side))))
    return Network(name="cifar10-random", timesteps=TIMESTEPS, layers=tuple(layers),
                   input=Input(shape=(3, 32, 32), encoding=Encoding.SPIKES, bits=1))


def _layer(name: str, kind: Kind, weight: np.ndarray, **geometry) -> Layer:
    neuron = Dalif(alpha=(256,), beta=(128,), v_threshold=1.0, fires=kind is not Kind.READOUT)
    return Layer(name=name, kind=kind, weight=weight.astype(np.int8), weight_bits=4, scale=np.full(len(weight), 0.05),
                 offset=np.zeros(len(weight)), neuron=neuron, **geometry)


def layer_cycles(layer: Layer, shape: tuple[int, int, int], timesteps: int, options) -> list[float]:
    """Mean cycles of one layer on input maps of ``shape``, for each of `DENSITIES`."""
    layers = [replace(layer, skip=None)]
    if layer.kind is not Kind.READOUT:                          # a network ends in a readout; it is not run
        layers.append(_layer("unused", Kind.READOUT, np.zeros((2, *layer.out_shape(shape)))))
    network = Network(name="layer", timesteps=timesteps, layers=tuple(layers),
                      input=Input(shape=shape, encoding=Encoding.SPIKES, bits=1))
    core = CorePlan(network=network, lanes=options.lanes, time_parallel=options.time_parallel,
                    word_elements=options.word_elements)
    rng = np.random.default_rng(1)
    runs = [Run(elements=sample_elements(network, rng.random((timesteps, *shape)) < density), stop_layer=0)
            for density in DENSITIES for _ in range(options.samples)]
    with tempfile.TemporaryDirectory(prefix="hwgen-benchmark-") as folder:
        bench = CoreSimulation(core, emit((core,), Path(folder)), simulator="verilator", folder=Path(folder))
        bench.run("sim.bench.core_bench", runs, seed=0)
        cycles = [capture.cycles for capture in load_captures(bench.run_folder)]
    return np.reshape(cycles, (len(DENSITIES), options.samples)).mean(axis=1).tolist()


def show(result: dict) -> None:
    print(f"{result['network']}, {result['lanes']} lanes x {result['time_parallel']} timesteps, "
          f"{result['samples']} random inputs each\n")
    table([[layer["name"], *layer["cycles"]] for layer in result["layers"]] + [["all", *result["cycles"]]],
          ["cycles of", *(f"{100 * density:g} %" for density in result["densities"])])
    print(f"\ncycles at 5 % / cycles at 20 %: {result['cycles_5_over_20']:.3f}; "
          f"{result['cycles_per_percent']:,.0f} cycles for each percent more")


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("--model", help="its layers, in place of those of the CIFAR-10 network")
    arguments.add_argument("--lanes", type=int, default=16)
    arguments.add_argument("--time-parallel", type=int, default=4)
    arguments.add_argument("--word-elements", type=int, default=8)
    arguments.add_argument("--samples", type=int, default=1, help="random inputs a density")
    raise SystemExit(main(arguments.parse_args(), measure, show))
