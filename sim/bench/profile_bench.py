"""The cocotb bench of a profile: runs samples as `sim.bench.core_bench` does and writes down, cycle by cycle, what
the stages in front of the lanes hold. It judges nothing; `sim.bench.profile` does.
"""

import json
import os
from pathlib import Path

import cocotb
import numpy as np
from cocotb.triggers import FallingEdge

from sim.bench.core_bench import CoreBench
from sim.bench.exchange import Job, save_captures


@cocotb.test()
async def profile(dut):
    folder = Path(os.environ["BENCH_FOLDER"])
    job, watched = Job.load(folder), json.loads((folder / "watched.json").read_text())
    bench = CoreBench(dut, job)
    await bench.start()
    captures = []
    for number, run in enumerate(job.runs):
        rows: list[tuple[int, ...]] = []
        watching = cocotb.start_soon(watch(dut, watched, rows))
        captures.append(await bench.run(run))
        watching.cancel()
        np.save(folder / f"cycles{number}.npy", np.array(rows, np.uint64))
    save_captures(folder, captures)


async def watch(dut, watched: list[list[str]], rows: list[tuple[int, ...]]) -> None:
    """Append the values of all signals, each a path below ``dut``, in the middle of every cycle."""
    handles, edge = [], FallingEdge(dut.clk)
    for path in watched:
        handle = dut
        for name in path:
            handle = handle[name]
        handles.append(handle)
    while True:
        await edge
        rows.append(tuple([int(handle.value) for handle in handles]))
