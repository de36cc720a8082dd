"""The cocotb bench of a profile: runs samples as `sim.bench.core_bench` or `sim.bench.array_bench` does and writes
down, cycle by cycle, what the stages in front of the lanes hold. It judges nothing; `sim.bench.profile` does.
"""

import json
import os
from pathlib import Path

import cocotb
import numpy as np
from cocotb.triggers import FallingEdge

from sim.bench.array_bench import ArrayBench
from sim.bench.core_bench import CoreBench
from sim.bench.exchange import Job


@cocotb.test()
async def profile(dut):
    folder = Path(os.environ["BENCH_FOLDER"])
    job, watched = Job.load(folder), json.loads((folder / "watched.json").read_text())
    rows: list[list[int]] = []
    bench = CoreBench(dut, job) if job.cores == 1 else ArrayBench(dut, job)
    await bench.start()
    watching = cocotb.start_soon(watch(dut, watched, rows))
    if job.cores == 1:
        captures = [await bench.run(run) for run in job.runs]
        answers = [{"cycles": capture.cycles, "scores": capture.scores} for capture in captures]
    else:
        sending = cocotb.start_soon(bench.send())
        for run in job.runs:
            await bench.answer(run)
        await sending
        answers = bench.answers
    watching.cancel()
    np.save(folder / "cycles.npy", np.array(rows, np.uint64))
    (folder / "answers.json").write_text(json.dumps(answers))


async def watch(dut, watched: list[list[str]], rows: list[list[int]]) -> None:
    """Append the values of all signals, each a path below ``dut``, in the middle of every cycle."""
    handles, edge = [], FallingEdge(dut.clk)
    for path in watched:
        handle = dut
        for name in path:
            handle = handle[name]
        handles.append(handle)
    while True:
        await edge
        rows.append([known(handle.value) for handle in handles])


def known(value) -> int:
    """A signal's value; 0 while it is undefined, as payloads are that nobody takes."""
    try:
        return int(value)
    except ValueError:
        return 0
