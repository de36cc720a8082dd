"""CoreArray against the golden model: random networks on two to four cores, samples behind one another, stalls."""

import random

import numpy as np
import pytest

from hwgen.gateware.array import CoreArray
from hwgen.plan import CorePlan
from hwgen.plan.search import partitions
from sim.golden import forward
from tests.gateware.plans import make_plan
from tests.gateware.test_core import flat_elements, stopwatch, take
from tests.simulation import simulate, source, stalls
from tests.strategies import random_case


#: Sweeps of the largest array that is worth its time in Amaranth's simulator.
SWEEPS = 250


def random_array(seed, joins):
    """``(plans, samples)``; None if the network of the seed cannot be cut, or is large."""
    case, rng = random_case(seed, samples=3, joins=joins), random.Random(seed)
    network = case.network
    cuts = [cut for count in (2, 3, 4) for cut in partitions(network, count)]
    if not cuts:
        return None
    cut = rng.choice(cuts)
    # All timesteps of an element at a time, of any width, or the same slices of it in all cores.
    choices = [tp for tp in (1, 2, 4, 8, 16) if tp >= network.timesteps]
    times = [rng.choice(choices) for _ in cut] if rng.random() < 0.5 else [rng.choice((1, 2, 4, 8, 16))] * len(cut)
    plans = tuple(
        CorePlan(network=network, lanes=rng.choice([4, 8, 16]), time_parallel=tp, word_elements=rng.choice([4, 8]),
                 first=first, count=end - first, buffers=2) for first, end, tp in zip(cut, cut[1:], times))
    sweeps = sum(layer.sweeps for plan in plans for layer in plan.layers)
    return (plans, case.samples) if sweeps <= SWEEPS else None


def seeds(count, joins):
    found = []
    while len(found) < count:
        seed = found[-1] + 1 if found else 0
        while random_array(seed, joins) is None:
            seed += 1
        found.append(seed)
    return found


def rtl_array(plans, samples, seed, share):
    """``(scores, winner, cycles)`` of each sample; all are offered one behind the other, and the cycles of one alone are
    measured."""
    dut, answers, measured = CoreArray(plans=plans), [], []
    elements = [element for sample in samples for element in flat_elements(plans[0], sample)]

    async def listen(ctx):
        pauses = stalls(seed + 1, share)
        for _ in samples:
            scores, winner = await take(ctx, dut, pauses)
            answers.append((scores, winner, ctx.get(dut.cycles)))

    simulate(dut, source(dut.i, elements, stalls(seed, share)), listen, limit=200_000,
             background=[stopwatch(dut, len(elements) // len(samples), measured)])
    if len(samples) == 1:
        assert [cycles for *_, cycles in answers] == measured
    return answers


def ref_array(network, samples):
    run = forward(network, samples)
    return [(scores.tolist(), int(winner)) for scores, winner in zip(run.scores, run.winner)]


@pytest.mark.parametrize("seed, joins", [(seed, joins) for joins in (False, True) for seed in seeds(3, joins)])
def test_random_arrays(seed, joins):
    plans, samples = random_array(seed, joins)
    answers = rtl_array(plans, samples, seed, random.Random(seed).choice([0, 0.3, 0.7]))
    assert [answer[:2] for answer in answers] == ref_array(plans[0].network, samples)


MADE = make_plan((2, 8, 8), {"out": 8, "kernel": (3, 3), "padding": 1}, {"out": 8, "kernel": (3, 3), "padding": 1},
                 {"out": 8, "kernel": (3, 3), "padding": 1, "pool": 2}).network


def made(*cut):
    return tuple(CorePlan(network=MADE, lanes=4, time_parallel=2, word_elements=4, first=first, count=end - first,
                          buffers=2) for first, end in zip(cut, cut[1:]))


def test_cores_overlap():
    samples = np.random.default_rng(1).random((1, *MADE.sample_shape)) < 0.4
    (*_, three), (*_, two) = (rtl_array(made(*cut), samples, 1, 0)[0] for cut in ((0, 1, 2, 4), (0, 2, 4)))
    # With the first two layers on cores of their own, the second begins on the first rows of the first.
    assert three < 0.8 * two


def test_a_restart_forgets_the_sample():
    plans = made(0, 2, 4)
    samples = np.random.default_rng(2).random((2, *MADE.sample_shape)) < 0.4
    dut, answers = CoreArray(plans=plans), []

    async def send(ctx):
        for number, sample in enumerate(samples):
            for count in (0, 1, 63):
                await source(dut.i, [3] * count, stalls(number, 0.2))(ctx)
                ctx.set(dut.restart, 1)
                await ctx.tick()
                ctx.set(dut.restart, 0)
            await source(dut.i, flat_elements(plans[0], sample), stalls(number, 0.2))(ctx)

    async def listen(ctx):
        for _ in samples:
            answers.append(await take(ctx, dut, stalls(3, 0.3)))

    simulate(dut, send, listen, limit=50_000)
    assert answers == ref_array(MADE, samples)


def test_busy_until_rows_are_written_that_nobody_reads():
    network = make_plan((4, 8, 8), {"out": 8, "kernel": (3, 3), "padding": 1},
                        {"out": 4, "kernel": (1, 1), "stride": 4}).network
    plans = tuple(CorePlan(network=network, lanes=4, time_parallel=2, word_elements=4, first=first, count=1, buffers=2)
                  for first in range(3))
    sample = np.random.default_rng(3).random((1, *network.sample_shape)) < 0.6
    dut, written = CoreArray(plans=plans), []
    trace, left = dut.trace1, []

    async def watch(ctx):
        await take(ctx, dut, stalls(0, 0))
        left.append(plans[1].input_layout.words - len(set(written)))
        assert ctx.get(dut.busy)
        while ctx.get(dut.busy):
            await ctx.tick()

    async def listen(ctx):
        async for _, _, valid, address in ctx.tick().sample(trace.input_valid, trace.input_address):
            if valid:
                written.append(address)

    simulate(dut, source(dut.i, flat_elements(plans[0], sample[0]), stalls(0, 0)), watch, background=[listen],
             limit=50_000)
    assert left[0] > 0 and len(set(written)) == plans[1].input_layout.words
