"""Lanes: the sums of each sweep, up to the bounds that the width of the accumulators is derived from."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwgen.gateware.lanes import Lanes
from tests.gateware import reference
from tests.gateware.plans import make_plan
from tests.simulation import simulate


def rtl_lanes(plan, sweeps, rng, share):
    """The sums of each sweep, int64 [sweeps, lanes, time_parallel].

    ``sweeps``: a list of lists of taps ``(row, mask)``. Their ends are ``lanes`` cycles apart or more.
    """
    dut, sums = Lanes(plan=plan), []

    async def feed(ctx):
        since = plan.lanes
        for taps in sweeps:
            for number, (row, mask) in enumerate(taps):
                last = number == len(taps) - 1
                while rng.random() < share or (last and since < plan.lanes):
                    await ctx.tick()
                    since += 1
                ctx.set(dut.i.payload, {"weights": plan.weight_rows[row].tolist(), "mask": mask, "last": last})
                ctx.set(dut.i.valid, 1)
                await ctx.tick()
                since = 1 if last else since + 1
                ctx.set(dut.i.valid, 0)

    async def listen(ctx):
        while len(sums) < len(sweeps):
            lanes = []
            while len(lanes) < plan.lanes:
                *_, valid, payload = await ctx.tick().sample(dut.o.valid, dut.o.payload)
                assert valid or not lanes, "the lanes of a sweep did not come one a cycle"
                if valid:
                    assert payload.lane == len(lanes)
                    lanes.append([payload.values[t] for t in range(plan.time_parallel)])
            sums.append(lanes)

    simulate(dut, feed, listen, limit=50_000)
    return np.array(sums)


@given(st.sampled_from([4, 8]), st.sampled_from([1, 2, 8]), st.integers(2, 8), st.sampled_from([0, 0.4]),
       st.integers(0, 999))
@settings(deadline=None, max_examples=12)
def test_sums_of_random_sweeps(lanes, time_parallel, weight_bits, share, seed):
    rng = random.Random(seed)
    plan = make_plan((2, 4, 3), lanes=lanes, time_parallel=time_parallel, weight_bits=weight_bits, classes=7,
                     timesteps=8)
    rows = len(plan.weight_rows)
    sweeps = [[(row, rng.randrange(1 << time_parallel)) for row in rng.sample(range(rows), rng.randint(1, rows))]
              for _ in range(10)]
    expected = [reference.lane_sums(plan, taps) for taps in sweeps]
    np.testing.assert_array_equal(rtl_lanes(plan, sweeps, rng, share), expected)


def extreme(shape, limit):
    """Channel 0 as high as can be, channel 1 as low, the others both in turn."""
    weight = np.full(shape, limit)
    weight[1] *= -1
    weight[2:].reshape(-1)[::2] *= -1
    return weight


@pytest.mark.parametrize("weight_bits", [2, 5, 8])
@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 4, 4), (3, 5, 7)])
def test_the_bounds_are_reached(weight_bits, shape):
    plan = make_plan(shape, classes=4, weight_bits=weight_bits, weight=extreme)
    taps = [(row, 3) for row in range(len(plan.weight_rows))]
    orders = [taps, taps[::-1], sorted(taps, key=lambda tap: plan.weight_rows[tap[0]][2])]
    sums = rtl_lanes(plan, orders, random.Random(1), 0)
    most = ((1 << weight_bits - 1) - 1) * len(taps)
    assert sums[:, 0].tolist() == [[most] * 2] * 3 and sums[:, 1].tolist() == [[-most] * 2] * 3
    np.testing.assert_array_equal(sums, [reference.lane_sums(plan, taps)] * 3)
    assert plan.accumulator_width == most.bit_length() + 1
