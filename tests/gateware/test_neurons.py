"""Neurons: from the sums of the lanes to spikes and scores, against the golden model."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hwgen.gateware.neurons import Neurons, neuron_latency, sweep_interval
from sim.golden import forward
from tests.gateware import reference
from tests.gateware.plans import plans
from tests.simulation import simulate, wait


def neuron_sums(plan, p, maps):
    """Every lane of every sweep in order: ``(sweep, lane, sums)``."""
    for sweep in reference.sweeps(p):
        sums = reference.lane_sums(plan, reference.taps(p, sweep, *maps))
        for lane in range(plan.lanes):
            yield sweep, lane, sums[lane].tolist()


def ref_neurons(plan, p, golden, number):
    """``(spike bits of the slice, score or None)`` of each neuron and slice of timesteps, in the order of the
    sweeps, from the golden layer before pooling; the score with the last slice."""
    found = []
    for sweep in reference.sweeps(p):
        if sweep.plane != p.plane_slices - 1:
            continue
        y, x = sweep.y * p.layer.pool + sweep.pool_y, sweep.x * p.layer.pool + sweep.pool_x
        for lane in range(plan.lanes):
            channel = sweep.channels * plan.lanes + lane
            if channel < p.layer.out_channels:
                first = sweep.time * plan.time_parallel
                spikes = golden.spikes[first:first + plan.time_parallel, number, channel, y, x]
                last = sweep.time == p.time_slices - 1
                found.append((sum(int(bit) << t for t, bit in enumerate(spikes)),
                              int(golden.membrane[-1, number, channel, y, x]) if last else None))
    return found


def rtl_neurons(plan, p, maps, pauses):
    """``(spikes, score)`` of all lanes that exist, latency checked; ``maps``: of the layer's input and its skip."""
    dut, received = Neurons(plan=plan), []
    ended = False

    async def feed(ctx):
        nonlocal ended
        ctx.set(dut.layer, p.index)
        for sweep, lane, values in neuron_sums(plan, p, maps):
            if lane == 0:  # the ends of two sweeps are never closer than this
                await wait(ctx, sweep_interval(plan) - plan.lanes + next(pauses))
            ctx.set(dut.valid, 1)
            ctx.set(dut.sums, {"lane": lane, "values": values})
            tags = reference.tags(p, sweep, lane, plan.lanes)
            ctx.set(dut.tags, {name: value or 0 for name, value in tags.items()})
            ctx.set(dut.parameter_row, reference.parameter_row(p, sweep))
            await ctx.tick()
            ctx.set(dut.valid, 0)
        await wait(ctx, neuron_latency(plan) + 1)
        ended = True

    async def listen(ctx):
        while not ended:
            *_, valid, spikes, tags, score = await ctx.tick().sample(dut.o_valid, dut.o_spikes, dut.o_tags, dut.score)
            if valid and tags.exists:
                last = tags.time_slice == p.time_slices - 1
                received.append((spikes, score if last and p.is_readout else None))

    simulate(dut, feed, listen, limit=100_000)
    return received


@given(plans(samples=2), st.data())
@settings(deadline=None, max_examples=12)
def test_spikes_and_scores_of_random_layers(pair, data):
    plan, samples = pair
    run = forward(plan.network, samples, keep_layers=True)
    p = plan.layers[data.draw(st.integers(0, len(plan.layers) - 1))]
    elements, source = reference.layer_elements(plan, samples, run, 1), plan.network.skip_source(p.index)
    maps = elements[p.index], None if source is None else elements[source + 1]
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    expected = [(spikes, score if p.is_readout else None)
                for spikes, score in ref_neurons(plan, p, run.layers[p.index], 1)]
    assert rtl_neurons(plan, p, maps, iter(lambda: int(rng.integers(0, 3)), None)) == expected
