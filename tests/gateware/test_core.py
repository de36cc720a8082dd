"""The core against the golden model: random networks on cores of random size, stalls, restarts, early stops."""

import itertools
import random
from dataclasses import dataclass, replace

import numpy as np
import pytest

from hwgen.gateware.core import Core
from hwgen.plan import spikes_to_elements
from sim.golden import forward
from tests.gateware import reference
from tests.gateware.plans import make_plan, random_plan, small_seeds
from tests.simulation import simulate, source, stalls, until, wait


@dataclass(frozen=True)
class Answer:
    """What a core has to say of a sample: scores in class order, winner (None where there is none), and the
    content of each computed layer's map, ``{layer: {address: word}}``."""

    scores: list[int]
    winner: int | None
    maps: dict[int, dict[int, int]]


def ref_core(plan, samples, stop_layer=None):
    """An `Answer` a sample."""
    run = forward(plan.network, samples, keep_layers=True)
    last = len(plan.layers) - 1 if stop_layer is None else stop_layer
    answers = []
    for number in range(len(samples)):
        maps = {
            p.index: dict(enumerate(p.out_layout.pack(spikes_to_elements(layer.output[:, number])), p.out_layout.base))
            for p, layer in zip(plan.layers[:-1], run.layers) if p.index <= last}
        if last == len(plan.layers) - 1:
            answers.append(Answer(run.scores[number].tolist(), int(run.winner[number]), maps))
        else:
            answers.append(Answer([0], None, maps))
    return answers


def tracer(dut, maps):
    """A background bench that sorts the words on the trace by layer; each is written once."""
    async def bench(ctx):
        while True:
            *_, valid, layer, address, word = await ctx.tick().sample(
                dut.trace.valid, dut.trace.layer, dut.trace.address, dut.trace.word)
            if valid:
                assert address not in maps.setdefault(layer, {}), f"word {address} of layer {layer} came twice"
                maps[layer][address] = word
    return bench


def stopwatch(dut, elements, measured):
    """A background bench that measures from outside what ``cycles`` counts, of samples that do not overlap: from the
    cycle after one of so many ``elements`` is complete to two before its scores are offered (`Readout`)."""
    async def bench(ctx):
        taken, complete = 0, None
        for now in itertools.count():
            *_, valid, ready, offered = await ctx.tick().sample(dut.i.valid, dut.i.ready, dut.o.valid)
            if valid and ready:
                taken += 1
                complete = now if taken % elements == 0 else None
            elif offered and complete is not None:
                measured.append(now - 2 - complete)
                complete = None
    return bench


async def take(ctx, dut, pauses):
    """``(scores, winner)`` of a sample; the scores must hold while they wait."""
    scores, offered, last = [], None, False
    while not last:
        ready = not next(pauses)
        ctx.set(dut.o.ready, ready)
        *_, valid, payload, winner = await ctx.tick().sample(dut.o.valid, dut.o.payload, dut.winner)
        assert offered is None or (valid and payload == offered)
        offered = payload if valid and not ready else None
        if valid and ready:
            scores.append(payload.score)
            last = payload.last
    ctx.set(dut.o.ready, 0)
    return scores, winner


def flat_elements(plan, sample):
    return [int(element) for element in reference.sample_elements(plan, sample).reshape(-1)]


def rtl_core(plan, samples, seed, share):
    """``(answers, cycles of each)``; every sample is offered as soon as the one before is taken."""
    dut, answers, cycles, measured, maps = Core(plan=plan), [], [], [], {}
    elements = [element for sample in samples for element in flat_elements(plan, sample)]

    async def listen(ctx):
        pauses = stalls(seed + 1, share)
        for _ in samples:
            scores, winner = await take(ctx, dut, pauses)
            answers.append(Answer(scores, winner, dict(maps)))
            cycles.append(ctx.get(dut.cycles))
            maps.clear()

    simulate(dut, source(dut.i, elements, stalls(seed, share)), listen, limit=200_000,
             background=[tracer(dut, maps), stopwatch(dut, len(elements) // len(samples), measured)])
    assert cycles == measured
    return answers, cycles


@pytest.mark.parametrize("seed, joins", [
    *((seed, False) for seed in small_seeds(8, sweeps=300)), *((seed, True) for seed in small_seeds(6, joins=True))])
def test_random_networks(seed, joins):
    plan, samples = random_plan(seed, samples=2, joins=joins)
    print(f"random_plan({seed}, joins={joins}): lanes {plan.lanes}, time-parallel {plan.time_parallel}, {plan.word_elements} elements "
          f"a word, T {plan.timesteps}, {plan.network.shapes}")
    answers, _ = rtl_core(plan, samples, seed, random.Random(seed).choice([0, 0.2, 0.7]))
    assert answers == ref_core(plan, samples)


@pytest.mark.slow
@pytest.mark.parametrize("seed, joins", [(seed, joins) for joins in (False, True) for seed in small_seeds(40, joins=joins)])
def test_more_random_networks(seed, joins):
    test_random_networks(seed, joins)


SMALL = make_plan((2, 4, 5), {"out": 3, "kernel": (3, 3), "padding": 1, "pool": 2},
                  {"out": 5, "kernel": (2, 2)}, bits=4, timesteps=3)


def small_samples(count):
    rng = np.random.default_rng(4)
    pixels = rng.integers(0, 256, (count, *SMALL.network.input.shape))
    return (pixels * (rng.random(pixels.shape) < 0.6)).astype(np.uint8)


@pytest.mark.parametrize("shape, kernel", [((2, 1, 6), (1, 3)), ((2, 5, 1), (2, 1)), ((3, 1, 1), (1, 1))],
                         ids=["a row", "a column", "a point"])
def test_samples_of_one_row_or_column(shape, kernel):
    plan = make_plan(shape, {"out": 4, "kernel": kernel})
    samples = np.random.default_rng(6).random((3, *plan.network.sample_shape)) < 0.5
    assert rtl_core(plan, samples, 5, 0.3)[0] == ref_core(plan, samples)


def test_stalls_outside_take_no_cycles_inside():
    samples = small_samples(3)
    free, cycles = rtl_core(SMALL, samples, 1, 0)
    stalled, stalled_cycles = rtl_core(SMALL, samples, 2, 0.8)
    assert free == stalled == ref_core(SMALL, samples)
    assert cycles == stalled_cycles and min(cycles) > sum(p.sweeps for p in SMALL.layers)


def rtl_requests(plan, requests, seed):
    """An `Answer` a request, and what the probe reads of the last map then: ``(answer, {address: word})``.

    A request is ``(sample, stop layer, numbers of elements to send and take back before)``.
    """
    dut, results, maps = Core(plan=plan), [], {}
    pauses = stalls(seed, 0.3)

    async def bench(ctx):
        for sample, stop_layer, abandoned in requests:
            elements = flat_elements(plan, sample)
            for count in abandoned:
                await source(dut.i, [(1 << plan.element_bits) - 1] * count, pauses)(ctx)
                await wait(ctx, next(pauses))
                ctx.set(dut.restart, 1)
                await ctx.tick()
                ctx.set(dut.restart, 0)
            ctx.set(dut.stop_layer, stop_layer)
            await source(dut.i, elements, pauses)(ctx)
            scores, winner = await take(ctx, dut, pauses)
            computed = stop_layer == len(plan.layers) - 1
            answer = Answer(scores, winner if computed else None, dict(maps))
            await until(ctx, ~dut.busy)
            probed = {}
            if not computed:
                layout = plan.layers[stop_layer].out_layout
                for address in range(layout.base, layout.base + layout.words):
                    ctx.set(dut.probe_address, address)
                    await ctx.tick()
                    probed[address] = ctx.get(dut.probe_data)
            results.append((answer, probed))
            maps.clear()

    simulate(dut, bench, background=[tracer(dut, maps)], limit=100_000)
    return results


@pytest.mark.parametrize("stops", [[0, 1, 2], [1, 0, 0, 2, 1]], ids=str)
def test_a_request_may_stop_early(stops):
    samples = small_samples(len(stops))
    results = rtl_requests(SMALL, [(sample, stop, ()) for sample, stop in zip(samples, stops)], 1)
    for number, (stop, (answer, probed)) in enumerate(zip(stops, results)):
        assert answer == ref_core(SMALL, samples, stop)[number]
        assert probed == answer.maps.get(stop, {})


@pytest.mark.parametrize("abandoned", [(0,), (1,), (39,), (30, 12, 39)], ids=str)
def test_a_restart_forgets_the_sample(abandoned):
    samples = small_samples(2)
    results = rtl_requests(SMALL, [(samples[0], 2, abandoned), (samples[1], 2, abandoned)], 2)
    assert [answer for answer, _ in results] == ref_core(SMALL, samples)


def test_a_single_wrong_weight_is_seen():
    samples = small_samples(1)
    spikes = forward(SMALL.network, samples, keep_layers=True).layers[-2].output[-1, 0]
    *others, readout = SMALL.network.layers
    weight = readout.weight.copy()
    weight[0][tuple(np.argwhere(spikes)[0])] ^= 1                           # it meets a spike
    network = replace(SMALL.network, layers=(*others, replace(readout, weight=weight)))
    answers, _ = rtl_core(replace(SMALL, network=network), samples, 1, 0)
    assert answers != ref_core(SMALL, samples)


def test_the_core_takes_nothing_while_it_is_busy():
    dut = Core(plan=SMALL)

    async def bench(ctx):
        await source(dut.i, flat_elements(SMALL, small_samples(1)[0]), stalls(1, 0))(ctx)
        ctx.set(dut.i.valid, 1)
        ctx.set(dut.o.ready, 1)
        last = False
        while not last:
            *_, valid, payload, ready, busy = await ctx.tick().sample(dut.o.valid, dut.o.payload, dut.i.ready, dut.busy)
            assert busy and not ready
            last = valid and payload.last

    simulate(dut, bench)
