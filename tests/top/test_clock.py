"""The reset of a board design."""

import pytest

from hwgen.top.clock import RESET_SECONDS, PowerOnReset, reset_cycles
from tests.simulation import simulate


@pytest.mark.parametrize("mhz", [16.875, 24, 36, 48, 66])
def test_the_reset_lasts_long_enough(mhz):
    assert RESET_SECONDS <= reset_cycles(mhz * 1e6) / (mhz * 1e6) <= 2 * RESET_SECONDS


def test_the_reset_waits_for_the_lock_and_comes_back():
    dut, seen = PowerOnReset(cycles=16), []

    async def bench(ctx):
        for locked, cycles in ((0, 30), (1, 12), (0, 3), (1, 40), (0, 5)):
            ctx.set(dut.locked, locked)
            for _ in range(cycles):
                seen.append((locked, ctx.get(dut.rst)))
                await ctx.tick()

    simulate(dut, bench)
    assert [rst for _, rst in seen[:45]] == [1] * 45
    assert [rst for locked, rst in seen[45:85]] == [1] * 19 + [0] * 21
    assert [rst for _, rst in seen[85:]] == [0, 0, 0, 0, 1]
