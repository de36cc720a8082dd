"""Sequencer: the sweeps of a layer against nested loops."""

from hypothesis import given, settings
from hypothesis import strategies as st

from hwgen.gateware.sequencer import Sequencer
from tests.gateware import reference
from tests.gateware.plans import make_plan, plans
from tests.simulation import simulate, sink, stalls, wait


def ref_sequencer(plan, index):
    """Parts ``(top, left, address, weight, skip, last)``, the address modulo the width of its counter."""
    p = plan.layers[index]
    return [(
        part.top, part.left,
        part.view.layout.base + reference.map_slice(p, sweep) * part.view.layout.slice_words
        + part.top * part.view.layout.row_words,
        part.weight, int(part.skip), int(part.last),
    ) for sweep in reference.sweeps(p) for part in reference.parts(p, sweep)]


def rtl_sequencer(plan, indices, pauses):
    """The sweeps of some layers, one layer after another: a list of lists."""
    dut, results = Sequencer(plan=plan), []

    async def bench(ctx):
        for index in indices:
            received = []
            ctx.set(dut.layer, index)
            ctx.set(dut.start, 1)
            await ctx.tick()
            ctx.set(dut.start, 0)
            await sink(dut.o, received, plan.layers[index].sweeps * plan.layers[index].parts, pauses)(ctx)
            ctx.set(dut.o.ready, 1)
            for _ in range(4):
                assert not ctx.get(dut.o.valid), "a sweep too many"
                await ctx.tick()
            ctx.set(dut.o.ready, 0)
            await wait(ctx, 1)
            results.append([(s.top, s.left, s.address, s.weight, s.skip, s.last) for s in received])

    simulate(dut, bench, limit=50_000)
    return results, len(dut.o.payload.address)


@given(plans(), st.integers(0, 99))
@settings(deadline=None, max_examples=12)
def test_sweeps_of_random_layers(pair, seed):
    plan, _ = pair
    results, width = rtl_sequencer(plan, range(len(plan.layers)), stalls(seed, 0.3))
    for index, got in enumerate(results):
        expected = [(top, left, address % (1 << width), *rest)
                    for top, left, address, *rest in ref_sequencer(plan, index)]
        assert got == expected


def test_a_layer_may_run_again_and_in_any_order():
    plan = make_plan((2, 5, 6), {"out": 6, "kernel": (3, 2), "padding": 1, "stride": 2},
                     {"out": 5, "kernel": (1, 1)}, bits=5)
    results, _ = rtl_sequencer(plan, [0, 2, 0, 1], stalls(1))
    assert results[0] == results[2] and [len(result) for result in results] == [
        plan.layers[index].sweeps for index in (0, 2, 0, 1)]
