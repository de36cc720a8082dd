"""OrPool: each spike of the neurons under a pooled output counts."""

import random

import pytest

from hwgen.gateware.pool import OrPool
from tests.gateware.plans import make_plan
from tests.simulation import simulate


def ref_pool(outputs):
    """For each pooled output ``[neuron][slot]`` of spikes, the OR over its neurons so far."""
    found = []
    for neurons in outputs:
        total = [0] * len(neurons[0])
        for spikes in neurons:
            total = [a | b for a, b in zip(total, spikes)]
            found += total
    return found


def rtl_pool(plan, outputs, rng):
    dut, received = OrPool(plan=plan), []

    async def bench(ctx):
        for neurons in outputs:
            for number, slots in enumerate(neurons):
                for spikes in slots:
                    while rng.random() < 0.3:
                        ctx.set(dut.spikes, rng.randrange(1 << plan.time_parallel))
                        await ctx.tick()
                    ctx.set(dut.valid, 1)
                    ctx.set(dut.spikes, spikes)
                    ctx.set(dut.first, number == 0)
                    *_, out = await ctx.tick().sample(dut.o_spikes)
                    received.append(out)
                    ctx.set(dut.valid, 0)

    simulate(dut, bench)
    return received


@pytest.mark.parametrize("pool", [1, 2, 3])
@pytest.mark.parametrize("lanes, timesteps, time_parallel", [(4, 3, 4), (8, 4, 2), (4, 8, 1)])
def test_random_spikes(pool, lanes, timesteps, time_parallel):
    plan = make_plan((1, 8, 8), {"out": 3, "kernel": (2, 2), "pool": 3}, lanes=lanes, timesteps=timesteps,
                     time_parallel=time_parallel)
    rng = random.Random(pool)
    outputs = [[[rng.randrange(1 << time_parallel) & rng.randrange(1 << time_parallel)
                 for _ in range(lanes * plan.time_slices)] for _ in range(pool**2)] for _ in range(6)]
    assert rtl_pool(plan, outputs, rng) == ref_pool(outputs)
