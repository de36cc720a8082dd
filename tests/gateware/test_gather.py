"""MapReader and Scanner, and the whole gather from the sequencer on: each spike under a window is one tap."""

import random

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out
from hypothesis import given, settings
from hypothesis import strategies as st

from hwgen.gateware.map_reader import MapReader
from hwgen.gateware.scanner import Scanner
from hwgen.gateware.sequencer import Sequencer
from hwgen.gateware.shapes import CoreShapes
from hwgen.gateware.walker import WindowWalker
from tests.gateware import reference
from tests.gateware.plans import make_plan, plans
from tests.simulation import simulate, sink, source, stalls


class Reading(wiring.Component):
    """MapReader -> Scanner, at a map memory with the given content; from the sequencer on if ``whole``."""

    def __init__(self, plan, words, *, whole=False):
        self.plan, self.words, self.whole = plan, words, whole
        shapes = CoreShapes(plan)
        ports = {"start": In(1), "layer": In(shapes.layer)} if whole else {
            "i": In(stream.Signature(shapes.run))}
        super().__init__({**ports, "o": Out(stream.Signature(shapes.tap))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.maps = maps = memory.Memory(shape=self.plan.word_bits, depth=max(self.plan.map_words, 2),
                                                 init=self.words)
        m.submodules.reader = reader = MapReader(plan=self.plan)
        m.submodules.scanner = scanner = Scanner(plan=self.plan)
        port = maps.read_port()
        m.d.comb += [port.en.eq(reader.read_enable), port.addr.eq(reader.read_address),
                     reader.read_data.eq(port.data)]
        wiring.connect(m, reader.o, scanner.i)
        wiring.connect(m, scanner.o, wiring.flipped(self.o))
        if self.whole:
            m.submodules.sequencer = sequencer = Sequencer(plan=self.plan)
            m.submodules.walker = walker = WindowWalker(plan=self.plan)
            m.d.comb += [sequencer.start.eq(self.start), sequencer.layer.eq(self.layer), walker.layer.eq(self.layer)]
            wiring.connect(m, sequencer.o, walker.i)
            wiring.connect(m, walker.o, reader.i)
        else:
            wiring.connect(m, wiring.flipped(self.i), reader.i)
        return m


def ref_reading(plan, words, runs, weight_width):
    """Taps ``(weight or None, mask, last)`` of runs: one for each element with a spike; a sweep whose last word
    has none ends with an empty one."""
    found = []
    for run in runs:
        elements = [words[run["address"]] >> index * plan.time_parallel & (1 << plan.time_parallel) - 1
                    for index in range(plan.word_elements)]
        hits = [index for index in range(run["first"], run["final"] + 1) if elements[index]]
        found += [((run["weight"] + index) % (1 << weight_width), elements[index], int(run["last"] and index == hits[-1]))
                  for index in hits]
        if run["last"] and not hits:
            found.append((None, 0, 1))
    return found


def rtl_reading(plan, words, runs, count, i_stalls, o_stalls):
    dut, received = Reading(plan, words), []
    simulate(dut, source(dut.i, runs, i_stalls), sink(dut.o, received, count, o_stalls), limit=50_000)
    return [(tap.weight if tap.mask else None, tap.mask, tap.last) for tap in received]


def random_words(plan, density, rng):
    bits = (1 << plan.time_parallel) - 1
    return [sum(rng.randint(1, bits) << index * plan.time_parallel for index in range(plan.word_elements)
                if rng.random() < density) for _ in range(plan.map_words)]


@given(st.sampled_from([1, 2, 4, 8]), st.sampled_from([4, 8, 16]), st.sampled_from([0, 0.05, 0.3, 1]),
       st.sampled_from([0, 0.5]), st.integers(0, 999))
@settings(deadline=None, max_examples=30)
def test_taps_of_random_words(time_parallel, word_elements, density, share, seed):
    rng = random.Random(seed)
    plan = make_plan((3, 5, 9), time_parallel=time_parallel, word_elements=word_elements, timesteps=8)
    words, runs = random_words(plan, density, rng), []
    width = CoreShapes(plan).weight.width
    for _ in range(40):
        first = rng.randrange(word_elements)
        runs.append({"address": rng.randrange(plan.map_words), "first": first,
                     "final": rng.randrange(first, word_elements), "weight": rng.randrange(1 << width),
                     "last": int(rng.random() < 0.4)})
    runs[-1]["last"] = 1
    expected = ref_reading(plan, words, runs, width)
    got = rtl_reading(plan, words, runs, len(expected), stalls(seed, share), stalls(seed + 1, share))
    assert got == expected


def test_a_tap_a_cycle():
    plan = make_plan((4, 8, 8), timesteps=4, time_parallel=4, word_elements=16)
    words = random_words(plan, 1, random.Random(1))
    runs = [{"address": address, "first": 0, "final": 15, "weight": 0, "last": address == plan.map_words - 1}
            for address in range(plan.map_words)]
    dut, received, cycles = Reading(plan, words), [], 0

    async def count(ctx):
        nonlocal cycles
        while not received or not received[-1].last:
            await ctx.tick()
            cycles += 1

    simulate(dut, source(dut.i, runs, stalls(0, 0)), sink(dut.o, received, 256, stalls(0, 0)), count)
    assert cycles <= 256 + 5


def by_sweep(taps):
    """Taps ``(weight, mask, last)`` as lists of ``(weight, mask)``, one a sweep; empty taps only end one."""
    found = [[]]
    for tap in taps:
        assert tap.mask or tap.last, "an empty tap in the middle of a sweep"
        if tap.mask:
            found[-1].append((tap.weight, tap.mask))
        if tap.last:
            found.append([])
    return found[:-1]


def rtl_gather(plan, index, elements, skip, pauses):
    """The taps of a layer, a list a sweep; ``skip`` is the map of its skip, if it has one."""
    p = plan.layers[index]
    words = [0] * plan.map_words
    for layout, content in ((p.in_layout, elements), (p.skip_layout, skip)):
        if layout:
            words[layout.base:layout.base + layout.words] = layout.pack(content)
    dut, received = Reading(plan, words, whole=True), []
    sweeps = 0

    async def bench(ctx):
        nonlocal sweeps
        ctx.set(dut.layer, index)
        ctx.set(dut.start, 1)
        await ctx.tick()
        ctx.set(dut.start, 0)
        while sweeps < p.sweeps:
            ready = not next(pauses)
            ctx.set(dut.o.ready, ready)
            *_, valid, tap = await ctx.tick().sample(dut.o.valid, dut.o.payload)
            if valid and ready:
                received.append(tap)
                sweeps += tap.last
        ctx.set(dut.o.ready, 1)
        for _ in range(8):
            assert not ctx.get(dut.o.valid), "a tap too many"
            await ctx.tick()

    simulate(dut, bench, limit=100_000)
    return by_sweep(received)


def random_elements(layout, density, rng):
    if layout is None:
        return None
    channels, height, width = layout.shape
    elements = rng.integers(1, 1 << layout.bits, (height, width, channels))
    return elements * (rng.random(elements.shape) < density)


@given(plans(), st.sampled_from([0, 0.1, 0.5]), st.data())
@settings(deadline=None, max_examples=20)
def test_every_spike_under_a_window_is_one_tap(pair, density, data):
    plan, _ = pair
    p = plan.layers[data.draw(st.integers(0, len(plan.layers) - 1))]
    seed = data.draw(st.integers(0, 999))
    rng = np.random.default_rng(seed)
    maps = [random_elements(layout, density, rng) for layout in (p.in_layout, p.skip_layout)]
    if p.skip_layout is p.in_layout:
        maps[1] = maps[0]
    assert rtl_gather(plan, p.index, *maps, stalls(seed, 0.2)) == [
        reference.taps(p, sweep, *maps) for sweep in reference.sweeps(p)]


@pytest.mark.parametrize("density", [0, 1])
def test_a_sweep_always_ends(density):
    plan = make_plan((2, 6, 6), {"out": 5, "kernel": (3, 3), "padding": 1, "pool": 2})
    p = plan.layers[0]
    elements = random_elements(p.in_layout, density, np.random.default_rng(1))
    got = rtl_gather(plan, 0, elements, None, stalls(1))
    assert got == [reference.taps(p, sweep, elements) for sweep in reference.sweeps(p)]
    assert len(got) == 72 and any(got) == bool(density)
