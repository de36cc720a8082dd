"""WeightMemory: the weights of every row, and time between the ends of sweeps."""

import itertools
import random

import pytest

from hwgen.gateware.weights import WeightMemory
from tests.gateware.plans import make_plan
from tests.simulation import simulate, source, stalls

PLANS = {
    "one bank": make_plan((1, 3, 3)),
    "seven blocks": make_plan((4, 21, 21), weight_bits=8, lanes=4),          # 1764 rows: 1024 + 512 + 256
    "three bits": make_plan((3, 11, 11), weight_bits=3, lanes=16, classes=37),
}


def rtl_weights(plan, taps, interval, pauses):
    """``(rows, cycle of each)``: what comes out, ``(weights, mask, last)``."""
    dut, rows, cycles = WeightMemory(plan=plan, interval=interval), [], []

    async def listen(ctx):
        cycle = 0
        while len(rows) < len(taps):
            *_, valid, row = await ctx.tick().sample(dut.o.valid, dut.o.payload)
            cycle += 1
            if valid:
                rows.append(([row.weights[lane] for lane in range(plan.lanes)], row.mask, row.last))
                cycles.append(cycle)

    simulate(dut, source(dut.i, taps, pauses), listen, limit=50_000)
    return rows, cycles


@pytest.mark.parametrize("name", PLANS)
def test_every_row(name):
    plan = PLANS[name]
    rng = random.Random(name)
    numbers = list(range(len(plan.weight_rows)))
    rng.shuffle(numbers)
    taps = [{"weight": number, "mask": rng.randrange(4), "last": rng.randrange(2)} for number in numbers]
    rows, _ = rtl_weights(plan, taps, 2, stalls(1, 0.2))
    assert rows == [(plan.weight_rows[tap["weight"]].tolist(), tap["mask"], tap["last"]) for tap in taps]


@pytest.mark.parametrize("interval", [1, 2, 7, 16])
@pytest.mark.parametrize("share", [0, 0.3])
def test_ends_of_sweeps_keep_their_distance(interval, share):
    rng = random.Random(interval)
    taps = [{"weight": 0, "mask": 1, "last": int(rng.random() < 0.6)} for _ in range(150)]
    rows, cycles = rtl_weights(PLANS["one bank"], taps, interval, stalls(interval, share))
    ends = [cycle for (_, _, last), cycle in zip(rows, cycles) if last]
    assert min(later - sooner for sooner, later in itertools.pairwise(ends)) >= interval


@pytest.mark.parametrize("interval", [1, 8])
def test_a_tap_a_cycle_where_sweeps_are_long(interval):
    taps = [{"weight": 1, "mask": 1, "last": number % 8 == 7} for number in range(80)]
    _, cycles = rtl_weights(PLANS["one bank"], taps, interval, stalls(0, 0))
    assert cycles == list(range(cycles[0], cycles[0] + len(taps)))


def test_it_waits_no_longer_than_it_must():
    taps = [{"weight": 1, "mask": 1, "last": 1} for _ in range(20)]
    _, cycles = rtl_weights(PLANS["one bank"], taps, 5, stalls(0, 0))
    assert {later - sooner for sooner, later in itertools.pairwise(cycles)} == {5}
