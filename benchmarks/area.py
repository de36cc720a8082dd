"""Logic cells and clock by lanes, timesteps in parallel and weight bits: whole board designs, placed and routed.

Each design is the shipped ``mnist`` network (or ``--model``) with its weights clipped to the wanted bits, on one core;
its accuracy does not matter here. One placement each (``--seeds 1``): the clock of a design varies by some 10 % from
seed to seed. A design takes minutes; nothing is kept.
"""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

import boards
from hwgen import models
from hwgen.emit import nextpnr, verilog, yosys
from hwgen.errors import BuildError
from hwgen.plan import PlanError, make_plan
from hwgen.spec import Network
from hwgen.spec.fixedpoint import signed_max
from hwgen.top.board_top import BoardTop

from .common import main, parser, table


def measure(options) -> dict:
    network = models.find(options.model).network
    rows = [row(clipped(network, bits), bits, boards.find(name), lanes, time_parallel, options.seeds)
            for name in options.boards for lanes in options.lanes for time_parallel in options.time_parallel
            for bits in options.bits]
    return {"model": network.name, "seeds": options.seeds, "designs": rows,
            "basis": "whole board designs after placement and routing"}


def clipped(network: Network, bits: int) -> Network:
    """The network with weights of ``bits`` bits."""
    top = signed_max(bits)
    return replace(network, layers=tuple(
        replace(layer, weight=np.clip(layer.weight, -top, top), weight_bits=bits) for layer in network.layers))


def row(network: Network, bits: int, board, lanes: int, time_parallel: int, seeds: int) -> dict:
    """One design; its figures are None where it does not fit or cannot be routed, and ``failed`` says why."""
    result = {"board": board.name, "lanes": lanes, "time_parallel": time_parallel, "weight_bits": bits,
              "estimated_lut": None, "lut": None, "bram": None, "dsp": None, "fmax_mhz": None, "failed": None}
    try:
        plan = make_plan(network, board, cores=1, lanes=lanes, time_parallel=time_parallel)
        with tempfile.TemporaryDirectory(prefix="hwgen-benchmark-") as name:
            folder = Path(name)
            generated = verilog.generate(BoardTop(plan, board), board.platform(), folder)
            yosys.synthesise(folder, board, source=generated.rtlil)
            routed = nextpnr.place_and_route(folder, board, target_hz=plan.target_hz,
                                             constraints=generated.constraints, seeds=seeds).routed
    except (PlanError, BuildError) as error:
        return {**result, "failed": error.message}
    return {**result, "estimated_lut": plan.estimate.lut, "lut": routed.used["lut"], "bram": routed.used["bram"],
            "dsp": routed.used["dsp"], "fmax_mhz": routed.fastest.reached_hz / 1e6}


def show(result: dict) -> None:
    print(f"{result['model']}, {result['seeds']} placement(s) each\n")
    table([[entry["board"], f"{entry['lanes']} x {entry['time_parallel']}", entry["weight_bits"], entry["lut"],
            entry["estimated_lut"], entry["bram"], entry["dsp"], entry["fmax_mhz"], entry["failed"] or ""]
           for entry in result["designs"]],
          ["board", "lanes x timesteps", "bits", "logic cells", "estimated", "block RAMs", "multipliers", "MHz", ""])


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("--model", default="mnist")
    arguments.add_argument("--boards", nargs="+", default=["ice40"])
    arguments.add_argument("--lanes", nargs="+", type=int, default=[8, 16])
    arguments.add_argument("--time-parallel", nargs="+", type=int, default=[1, 2, 4])
    arguments.add_argument("--bits", nargs="+", type=int, default=[4, 8])
    arguments.add_argument("--seeds", type=int, default=1)
    raise SystemExit(main(arguments.parse_args(), measure, show))
