"""Readout: every score comes out, and the winner is the lowest class of the highest score."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwgen.gateware.readout import Readout
from tests.gateware.plans import make_plan
from tests.simulation import simulate, sink, stalls, wait


def rtl_readout(samples, seed):
    """``(scores, winner)`` of each sample (None: stopped early)."""
    classes = max((len(scores) for scores in samples if scores), default=3)
    plan = make_plan((1, 2, 2), classes=classes)
    dut, results = Readout(plan=plan), []
    pauses = stalls(seed, 0.4)

    async def bench(ctx):
        for scores in samples:
            ctx.set(dut.start, 1)
            await ctx.tick()
            ctx.set(dut.start, 0)
            for number, score in enumerate(scores or []):
                await wait(ctx, next(pauses))
                ctx.set(dut.score, score)
                ctx.set(dut.last, number == classes - 1)
                ctx.set(dut.valid, 1)
                await ctx.tick()
                ctx.set(dut.valid, 0)
            if not scores:
                ctx.set(dut.stopped, 1)
                await ctx.tick()
                ctx.set(dut.stopped, 0)
            received = []
            await sink(dut.o, received, len(scores or [0]), pauses)(ctx)
            assert [payload.last for payload in received] == [0] * (len(received) - 1) + [1]
            results.append(([payload.score for payload in received], ctx.get(dut.winner) if scores else None))
            await wait(ctx, 2)
            assert not ctx.get(dut.o.valid), "a score too many"

    simulate(dut, bench)
    return results


def ref_readout(samples):
    return [(list(scores), int(np.argmax(scores))) if scores else ([0], None) for scores in samples]


SCORES = st.integers(-(1 << 15), (1 << 15) - 1) | st.integers(-2, 2)


@given(st.integers(1, 12).flatmap(lambda classes: st.lists(
    st.none() | st.lists(SCORES, min_size=classes, max_size=classes), min_size=1, max_size=4)), st.integers(0, 99))
@settings(deadline=None, max_examples=25)
def test_random_scores(samples, seed):
    assert rtl_readout(samples, seed) == ref_readout(samples)


@pytest.mark.parametrize("scores, winner", [
    ([5, 9, 9, 1], 1), ([0, 0, 0], 0), ([-7, -3, -9], 1), ([-32768, -32768], 0), ([-32768, 32767], 1), ([-1], 0),
])
def test_ties_and_negative_scores(scores, winner):
    assert rtl_readout([scores], 1) == [(scores, winner)]
