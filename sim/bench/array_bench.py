"""The cocotb bench of an array of cores: samples go in one behind the other, as fast as they are taken; every word
that a core writes is written down, and the scores.

It runs inside the simulator and judges nothing but the rules of the ports; `sim.bench.array_check` compares.
"""

import json
import os
import random
from pathlib import Path

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, RisingEdge, SimTimeoutError, with_timeout
from cocotb.utils import get_sim_time

from sim.bench.exchange import Job, Run
from sim.bench.powerup import randomise
from sim.bench.streams import Monitor, Sink, Source, signed

PERIOD_NS = 10


@cocotb.test()
async def array(dut):
    folder = Path(os.environ["BENCH_FOLDER"])
    job = Job.load(folder)
    bench = ArrayBench(dut, job)
    await bench.start()
    sending = cocotb.start_soon(bench.send())
    for index, run in enumerate(job.runs):
        try:
            await with_timeout(bench.answer(run), job.limit_cycles * PERIOD_NS, "ns")
        except SimTimeoutError:
            raise SimTimeoutError(f"run {index}: no answer within {job.limit_cycles} cycles") from None
    await sending
    try:
        await with_timeout(bench.rest(), job.limit_cycles * PERIOD_NS, "ns")
    except SimTimeoutError:
        raise SimTimeoutError(f"still busy {job.limit_cycles} cycles after the last answer") from None
    (folder / "captured.json").write_text(json.dumps({
        "answers": bench.answers, "words": bench.words, "input_words": bench.input_words}))


class ArrayBench:
    """Drives an array of cores and keeps, of each core, ``words`` ``(layer, address, word)`` and ``input_words``
    ``(address, word)`` in the order in which they are written."""

    def __init__(self, dut, job: Job):
        self.dut, self.job = dut, job
        self.rng = random.Random(job.seed)
        self.source = Source(dut, "i", dut.clk, self.rng)
        self.sink = Sink(dut, "o", dut.clk, self.rng)
        self.answers: list[dict] = []
        self.words: list[list] = [[] for _ in range(job.cores)]
        self.input_words: list[list] = [[] for _ in range(job.cores)]
        dut.restart.value = 0
        self.source.payload.value = 0

    async def start(self) -> None:
        """Clock, random power-up memories, reset."""
        self.dut.rst.value = 1
        Clock(self.dut.clk, PERIOD_NS, "ns", impl="gpi").start(start_high=False)
        await FallingEdge(self.dut.clk)
        randomise(self.dut, self.job.scratch, self.rng)
        for _ in range(4):
            await RisingEdge(self.dut.clk)
        self.dut.rst.value = 0
        for core in range(self.job.cores):
            self._watch(f"trace{core}__", ("layer", "address", "word"), self.words[core])
            self._watch(f"trace{core}__input_", ("address", "word"), self.input_words[core])

    def _watch(self, prefix: str, names: tuple[str, ...], into: list) -> None:
        handles = [self.dut[prefix + name] for name in names]
        seen = Monitor(self.dut[f"{prefix}valid"], self.dut.clk,
                       lambda: into.append([int(handle.value) for handle in handles]))
        cocotb.start_soon(seen.run())

    async def send(self) -> None:
        """All samples, each as soon as it is taken."""
        for run in self.job.runs:
            if run.alone:
                await self.rest()
            if run.discard:
                await self._discard(run)
            await self.source.send(run.elements, run.stall)

    async def rest(self) -> None:
        """Until no core is busy."""
        await RisingEdge(self.dut.clk)
        await FallingEdge(self.dut.clk)
        while int(self.dut.busy.value):
            await FallingEdge(self.dut.clk)

    async def _discard(self, run: Run) -> None:
        """Random elements that ``restart`` makes the first core forget."""
        width = self.job.element_width
        await self.source.send([self.rng.getrandbits(width) for _ in range(run.discard)], run.stall)
        self.dut.restart.value = 1
        await RisingEdge(self.dut.clk)
        self.dut.restart.value = 0

    async def answer(self, run: Run) -> None:
        """The scores of the next sample."""
        width, scores = self.job.score_width, []
        while True:
            payload = await self.sink.take(run.stall)
            scores.append(signed(payload & ((1 << width) - 1), width))
            if payload >> width:
                break
        self.answers.append({"scores": scores, "winner": int(self.dut.winner.value),
                             "cycles": int(self.dut.cycles.value),
                             "taken": round(get_sim_time("ns") / PERIOD_NS)})
