"""Tracker: what each sum belongs to, against nested loops."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from hwgen.gateware.tracker import Tracker
from tests.gateware import reference
from tests.gateware.plans import plans
from tests.simulation import simulate


def ref_tracker(plan, index):
    p = plan.layers[index]
    return [(reference.tags(p, sweep, lane, plan.lanes), reference.parameter_row(p, sweep))
            for sweep in reference.sweeps(p) for lane in range(plan.lanes)]


def rtl_tracker(plan, index, seed):
    """``(tags, parameter row)`` of every lane of every sweep; lanes leave in a row, sweeps after pauses."""
    dut, rng, received = Tracker(plan=plan), random.Random(seed), []

    async def bench(ctx):
        ctx.set(dut.layer, index)
        ctx.set(dut.start, 1)
        await ctx.tick()
        ctx.set(dut.start, 0)
        for _ in range(plan.layers[index].sweeps):
            while rng.random() < 0.3:
                await ctx.tick()
            ctx.set(dut.valid, 1)
            for lane in range(plan.lanes):
                ctx.set(dut.lane, lane)
                *_, tags, row = await ctx.tick().sample(dut.tags, dut.parameter_row)
                received.append(({name: tags[name] for name in tags.shape().members}, row))
            ctx.set(dut.valid, 0)

    simulate(dut, bench, limit=100_000)
    return received


@given(plans(), st.data())
@settings(deadline=None, max_examples=12)
def test_tags_of_random_layers(pair, data):
    plan, _ = pair
    index = data.draw(st.integers(0, len(plan.layers) - 1))
    got = rtl_tracker(plan, index, data.draw(st.integers(0, 99)))
    expected = ref_tracker(plan, index)
    for (tags, _), (wanted, _) in zip(got, expected):
        if wanted["row_last"] is None:
            tags["row_last"] = None
    assert got == expected
