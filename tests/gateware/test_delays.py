"""Delays: registers and rings give the same, and a core with rings equals the golden model."""

from dataclasses import replace

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hwgen.gateware.delays import Delays
from tests.gateware.plans import random_plan, small_seeds
from tests.gateware.test_core import ref_core, rtl_core
from tests.simulation import simulate

CYCLES = (0, 1, 2, 3, 4, 7, 8, 9, 30)


class Late(wiring.Component):
    """A counter, so many cycles later each."""

    def __init__(self, in_memory):
        self.in_memory = in_memory
        super().__init__({"i": In(12), **{f"o{cycles}": Out(12) for cycles in CYCLES}})

    def elaborate(self, platform):
        m = Module()
        delays = Delays(m, self.in_memory)
        m.d.comb += [getattr(self, f"o{cycles}").eq(delays(self.i, cycles)) for cycles in CYCLES]
        return m


@pytest.mark.parametrize("in_memory", [False, True])
def test_so_many_cycles_later(in_memory):
    dut, compared = Late(in_memory), 0

    async def bench(ctx):
        nonlocal compared
        for now in range(200):
            ctx.set(dut.i, now * 37 % 4096)
            for cycles in CYCLES:
                if now > 2 * cycles:
                    assert ctx.get(getattr(dut, f"o{cycles}")) == (now - cycles) * 37 % 4096
                    compared += 1
            await ctx.tick()

    simulate(dut, bench)
    assert compared > 1000


@pytest.mark.parametrize("seed", small_seeds(4, sweeps=300))
def test_a_core_with_rings(seed):
    plan, samples = random_plan(seed, samples=2)
    answers, _ = rtl_core(replace(plan, delay_store="bram"), samples, seed, 0.2)
    assert answers == ref_core(plan, samples)
