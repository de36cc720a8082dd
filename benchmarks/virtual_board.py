"""Clock cycles a second of a virtual board: a whole board design in Verilator behind a terminal, given samples.

The terminal is opened as a host does, the first inputs shipped with the network go down the line, and the scores that
come back must be the golden model's. Cycles are all those that the design ran, on the line and in the core; seconds
are of the processor, so a busy machine does little to them. With ``--folder`` a second call does not compile.
"""

import os
import tempfile
import time
import tty
from pathlib import Path

import boards
from hwgen import models
from hwgen.link import protocol
from hwgen.planning import Wishes, plan_model
from sim.bench.compare import sample_elements
from sim.bench.runner import BenchError
from sim.bench.virtual_board import VirtualBoard
from sim.golden import forward

from .common import main, parser, table


def measure(options) -> dict:
    if options.folder is None:
        with tempfile.TemporaryDirectory(prefix="hwgen-benchmark-") as name:
            options.folder = Path(name)
            return measure(options)
    model, target = models.find(options.model), boards.find(options.board)
    plan, began = plan_model(model, target, Wishes()), {}
    samples, _ = model.samples(options.samples)
    expected = forward(model.network, samples).scores.tolist()
    with VirtualBoard(plan, options.folder, progress=lambda step: began.update({step: time.monotonic()})) as board:
        began["samples"] = time.monotonic()
        file = os.open(board.path, os.O_RDWR | os.O_NOCTTY)
        try:
            tty.setraw(file)
            results = [_infer(file, plan, sample) for sample in samples]
        finally:
            os.close(file)
    ended = time.monotonic()
    if [list(result.scores) for result in results] != expected:
        raise BenchError("the scores differ from the golden model's", "`python -m hwgen verify` says where")
    return {"model": model.name, "board": target.name, "samples": len(samples), "clock_hz": round(plan.target_hz),
            "compile_seconds": began["start"] - began["compile"] if board.compiled else None,
            "cycles": board.ran.cycles, "processor_seconds": board.ran.seconds,
            "cycles_per_second": board.ran.cycles / board.ran.seconds,
            "core_cycles_per_sample": sum(result.cycles for result in results) / len(results),
            "seconds_per_sample": (ended - began["samples"]) / len(results)}


def _infer(file: int, plan, sample) -> protocol.Result:
    network = plan.cores[0].network
    data = protocol.infer(sample_elements(network, sample), element_bits=plan.cores[0].element_bits,
                          stop_layer=len(network.layers) - 1).encode()
    decoder, frames = protocol.Decoder(), []
    while data:
        data = data[os.write(file, data):]
    while not frames:
        frames = decoder.feed(os.read(file, 4096))
    return protocol.decode_response(frames[0])


def show(result: dict) -> None:
    print(f"{result['model']} on {result['board']}, {result['samples']} samples, scores as the golden model's\n")
    table([[result["compile_seconds"], result["cycles"], result["cycles_per_second"],
            result["clock_hz"] / result["cycles_per_second"], result["core_cycles_per_sample"],
            result["seconds_per_sample"]]],
          ["seconds to compile", "cycles", "cycles a second", "times slower", "core cycles a sample",
           "seconds a sample"])


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("--model", default="nmnist")
    arguments.add_argument("--board", default="icebreaker")
    arguments.add_argument("--samples", type=int, default=5, help="the first of those shipped with the network")
    arguments.add_argument("--folder", type=Path, help="where to emit and compile; default: temporary")
    raise SystemExit(main(arguments.parse_args(), measure, show))
