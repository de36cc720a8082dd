"""The cocotb bench of a core: drives samples in, captures every word that a layer writes, and the scores.

It runs inside the simulator and judges nothing but the rules of the ports; `sim.bench.verify` compares what
it captured with the golden model.
"""

import os
import random
from pathlib import Path

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, RisingEdge, SimTimeoutError, with_timeout
from cocotb.utils import get_sim_time

from sim.bench.exchange import Capture, Job, Run, save_captures
from sim.bench.powerup import randomise
from sim.bench.streams import Monitor, Sink, Source, signed

PERIOD_NS = 10


@cocotb.test()
async def core(dut):
    folder = Path(os.environ["BENCH_FOLDER"])
    job = Job.load(folder)
    bench = CoreBench(dut, job)
    await bench.start()
    captures = []
    for index, run in enumerate(job.runs):
        try:
            captures.append(await with_timeout(bench.run(run), job.limit_cycles * PERIOD_NS, "ns"))
        except SimTimeoutError:
            raise SimTimeoutError(f"run {index}: no answer within {job.limit_cycles} cycles") from None
    save_captures(folder, captures)


class CoreBench:
    """Drives one core, sample after sample."""

    def __init__(self, dut, job: Job):
        self.dut, self.job = dut, job
        self.rng = random.Random(job.seed)
        self.source = Source(dut, "i", dut.clk, self.rng)
        self.sink = Sink(dut, "o", dut.clk, self.rng)
        self.restart, self.stop_layer = dut.restart, dut.stop_layer
        self.trace = [dut.trace__layer, dut.trace__address, dut.trace__word]
        self.capture: Capture | None = None
        self.restart.value = 0
        self.stop_layer.value = 0
        dut.probe_address.value = 0
        if job.image:
            dut.load__valid.value = 0
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
        await self._load()
        cocotb.start_soon(Monitor(self.dut.trace__valid, self.dut.clk, self._traced).run())

    async def _load(self) -> None:
        """The words of the weights image, one a cycle."""
        if not self.job.image:
            return
        load = {name: self.dut[f"load__{name}"] for name in ("valid", "address", "data")}
        load["valid"].value = 1
        for address, word in enumerate(self.job.image):
            load["address"].value, load["data"].value = address, word
            await RisingEdge(self.dut.clk)
        load["valid"].value = 0
        await RisingEdge(self.dut.clk)

    async def run(self, run: Run) -> Capture:
        """One sample; the capture is complete when the last score was taken."""
        self.capture = capture = Capture(words=[[None] * words for _, words in self.job.maps])
        self.stop_layer.value = run.stop_layer
        if run.discard:
            await self._discard(run)
        sending = cocotb.start_soon(self._send(run))
        while True:
            payload = await self.sink.take(run.stall)
            capture.scores.append(signed(payload & ((1 << self.job.score_width) - 1), self.job.score_width))
            if payload >> self.job.score_width:
                break
        capture.winner, capture.cycles = int(self.dut.winner.value), int(self.dut.cycles.value)
        capture.counted = self._cycle() - await sending
        if run.stop_layer < len(self.job.maps):
            capture.probed = await self._probe(*self.job.maps[run.stop_layer])
        return capture

    async def _send(self, run: Run) -> int:
        await self.source.send(run.elements, run.stall)
        return self._cycle()

    async def _discard(self, run: Run) -> None:
        """Random elements that ``restart`` makes the core forget."""
        width = self.job.element_width
        await self.source.send([self.rng.getrandbits(width) for _ in range(run.discard)], run.stall)
        self.restart.value = 1
        await RisingEdge(self.dut.clk)
        self.restart.value = 0

    async def _probe(self, base: int, words: int) -> list[int]:
        """The map in the memory, a word every two cycles."""
        while int(self.dut.busy.value):
            await FallingEdge(self.dut.clk)
        result = []
        for address in range(base, base + words):
            self.dut.probe_address.value = address
            await RisingEdge(self.dut.clk)
            await RisingEdge(self.dut.clk)
            await FallingEdge(self.dut.clk)
            result.append(int(self.dut.probe_data.value))
        return result

    def _traced(self) -> None:
        layer, address, word = (int(handle.value) for handle in self.trace)
        base, words = self.job.maps[layer] if layer < len(self.job.maps) else (0, 0)
        if base <= address < base + words:
            self.capture.words[layer][address - base] = word
        elif self.capture.stray is None:
            self.capture.stray = (layer, address)

    @staticmethod
    def _cycle() -> int:
        return round(get_sim_time("ns") / PERIOD_NS)
