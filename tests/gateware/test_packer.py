"""Loader and SpikePacker: what they write is what `MapLayout.pack` says."""

import random

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from hypothesis import given, settings
from hypothesis import strategies as st

from hwgen.gateware.loader import Loader
from hwgen.gateware.packer import SpikePacker
from tests.gateware import reference
from tests.gateware.plans import make_plan, plans
from tests.simulation import simulate, source, stalls, until, wait


class Loading(wiring.Component):
    """Loader -> SpikePacker."""

    def __init__(self, plan):
        self.loader, self.packer = Loader(plan=plan), SpikePacker(plan=plan, layouts=[plan.input_layout])
        ports = self.packer.signature.members
        super().__init__({
            "i": self.loader.signature.members["i"], "enable": In(1), "restart": In(1), "start": In(1),
            "done": Out(1),
            **{name: ports[name] for name in ("write_enable", "write_address", "write_data")}})

    def elaborate(self, platform):
        m = Module()
        m.submodules.loader, m.submodules.packer = loader, packer = self.loader, self.packer
        wiring.connect(m, wiring.flipped(self.i), loader.i)
        m.d.comb += [
            loader.enable.eq(self.enable), loader.restart.eq(self.restart),
            packer.start.eq(self.start | self.restart), packer.valid.eq(loader.valid),
            packer.bits.eq(loader.bits), packer.slice.eq(loader.slice), packer.row_last.eq(loader.row_last),
            self.done.eq(loader.done),
            self.write_enable.eq(packer.write_enable), self.write_address.eq(packer.write_address),
            self.write_data.eq(packer.write_data)]
        return m


def recorder(dut, written):
    """A background bench that notes the writes to the map memory."""
    async def bench(ctx):
        while True:
            *_, enable, address, word = await ctx.tick().sample(dut.write_enable, dut.write_address, dut.write_data)
            if enable:
                written.append((address, word))
    return bench


def rtl_loading(plan, samples, pauses, *, give_up=()):
    """The words written for each sample: ``{address: word}``, each written once. Before that, for each number in
    ``give_up``, so many elements are sent and then a restart."""
    dut, results, written = Loading(plan), [], []

    async def bench(ctx):
        ctx.set(dut.start, 1)
        await ctx.tick()
        ctx.set(dut.start, 0)
        ctx.set(dut.enable, 1)
        for count in give_up:
            await source(dut.i, [(1 << plan.element_bits) - 1] * count, pauses)(ctx)
            await wait(ctx, next(pauses))
            ctx.set(dut.restart, 1)
            await ctx.tick()
            ctx.set(dut.restart, 0)
        await wait(ctx, 3)  # what was on its way
        for elements in samples:
            written.clear()
            flat = [int(element) for element in elements.reshape(-1)]
            await source(dut.i, flat[:-1], pauses)(ctx)
            ctx.set(dut.i.payload, flat[-1])
            ctx.set(dut.i.valid, 1)
            await until(ctx, dut.done)
            ctx.set(dut.i.valid, 0)
            ctx.set(dut.enable, 0)
            await wait(ctx, 3)
            assert len(dict(written)) == len(written), "a word was written twice"
            results.append(dict(written))
            ctx.set(dut.start, 1)
            await ctx.tick()
            ctx.set(dut.start, 0)
            ctx.set(dut.enable, 1)

    simulate(dut, bench, background=[recorder(dut, written)], limit=50_000)
    return results


def ref_words(layout, elements):
    return dict(enumerate(layout.pack(elements), layout.base))


def random_map(layout, rng):
    channels, height, width = layout.shape
    return rng.integers(0, 1 << layout.bits, (height, width, channels))


@given(plans(), st.sampled_from([0, 0.4]), st.integers(0, 99))
@settings(deadline=None, max_examples=12)
def test_samples_are_laid_out(pair, share, seed):
    plan, _ = pair
    rng = np.random.default_rng(seed)
    samples = [random_map(plan.input_layout, rng) for _ in range(2)]
    assert rtl_loading(plan, samples, stalls(seed, share)) == [
        ref_words(plan.input_layout, elements) for elements in samples]


@pytest.mark.parametrize("bits, time_parallel", [(8, 2), (5, 4), (None, 1), (3, 8)])
@pytest.mark.parametrize("give_up", [(0,), (1,), (4, 17), (20, 9, 19)])
def test_a_restart_forgets(bits, time_parallel, give_up):
    plan = make_plan((1, 3, 7), bits=bits, time_parallel=time_parallel, timesteps=3)
    elements = random_map(plan.input_layout, np.random.default_rng(1))
    assert rtl_loading(plan, [elements], stalls(2, 0.2), give_up=give_up) == [ref_words(plan.input_layout, elements)]


def rtl_packer(plan, p, elements, seed):
    """The words that the output map of a layer becomes, its elements as they come from the neurons: all lanes
    of a pass for a slice of timesteps, then for the next."""
    dut, written, rng = SpikePacker(plan=plan, layouts=[q.out_layout for q in plan.layers[:-1]]), [], random.Random(seed)
    mask = (1 << plan.time_parallel) - 1

    async def bench(ctx):
        ctx.set(dut.map, p.index)
        ctx.set(dut.start, 1)
        await ctx.tick()
        ctx.set(dut.start, 0)
        for sweep in reference.sweeps(p):
            if sweep.plane != p.plane_slices - 1:
                continue
            for lane in range(plan.lanes):
                tags = reference.tags(p, sweep, lane, plan.lanes)
                if tags["exists"] and tags["pool_last"]:
                    while rng.random() < 0.2:
                        await ctx.tick()
                    element = int(elements[sweep.y, sweep.x, sweep.channels * plan.lanes + lane])
                    ctx.set(dut.bits, element >> sweep.time * plan.time_parallel & mask)
                    ctx.set(dut.slice, sweep.time)
                    ctx.set(dut.row_last, tags["row_last"])
                    ctx.set(dut.valid, 1)
                    await ctx.tick()
                    ctx.set(dut.valid, 0)
        await wait(ctx, 2)

    simulate(dut, bench, background=[recorder(dut, written)], limit=50_000)
    assert len(dict(written)) == len(written), "a word was written twice"
    return dict(written)


@given(plans().filter(lambda pair: len(pair[0].layers) > 1), st.data())
@settings(deadline=None, max_examples=12)
def test_layers_are_laid_out(pair, data):
    plan, _ = pair
    p = plan.layers[data.draw(st.integers(0, len(plan.layers) - 2))]
    seed = data.draw(st.integers(0, 99))
    elements = random_map(p.out_layout, np.random.default_rng(seed))
    assert rtl_packer(plan, p, elements, seed) == ref_words(p.out_layout, elements)
