"""SkidBuffer: a queue of two keeps the order and loses nothing."""

from hypothesis import given, settings
from hypothesis import strategies as st

from hwgen.gateware.skid import SkidBuffer
from tests.simulation import simulate, sink, source, stalls, wait


def rtl_skid(payloads, i_stalls, o_stalls):
    """``(what came out, cycles that it took)``"""
    dut, received, cycles = SkidBuffer(shape=8), [], 0

    async def count(ctx):
        nonlocal cycles
        while len(received) < len(payloads):
            await ctx.tick()
            cycles += 1

    simulate(dut, source(dut.i, payloads, i_stalls), sink(dut.o, received, len(payloads), o_stalls), count)
    return received, cycles


@given(st.lists(st.integers(0, 255), max_size=30), st.integers(0, 99), st.sampled_from([0, 0.3, 0.8]),
       st.sampled_from([0, 0.3, 0.8]))
@settings(deadline=None, max_examples=25)
def test_everything_comes_out_once_and_in_order(payloads, seed, i_share, o_share):
    received, _ = rtl_skid(payloads, stalls(seed, i_share), stalls(seed + 1, o_share))
    assert received == payloads


def test_a_transfer_a_cycle():
    _, cycles = rtl_skid(range(100), stalls(0, 0), stalls(0, 0))
    assert cycles <= 102


def test_it_takes_two_while_it_is_made_to_wait():
    dut, taken = SkidBuffer(shape=8), []

    async def fill(ctx):
        ctx.set(dut.i.valid, 1)
        for payload in range(5):
            ctx.set(dut.i.payload, payload)
            *_, ready = await ctx.tick().sample(dut.i.ready)
            taken.append(ready)
        await wait(ctx, 3)
        assert (ctx.get(dut.o.valid), ctx.get(dut.o.payload)) == (1, 0)

    simulate(dut, fill)
    assert taken == [1, 1, 0, 0, 0]
