"""DalifStep against the golden neuron, step for step, with everything that can be extreme being so."""

import random

import numpy as np
import pytest

from hwgen.gateware.dalif import DalifStep
from hwgen.spec import NeuronIntegers, Reset
from hwgen.spec.fixedpoint import signed_max, signed_min
from sim.golden.neuron import step
from tests.simulation import simulate

WIDTHS = [(8,), (16,), (24,), (8, 12), (9, 10, 16, 24)]
X_WIDTH = 26


def ref_dalif(case):
    """``(spike, g_next)``"""
    neuron = NeuronIntegers(
        bias=np.zeros(1, np.int64), threshold=np.full((1, 1), case["threshold"]), betaf=np.array([case["betaf"]]),
        reset=Reset.SUBTRACT if case["subtract"] else Reset.ZERO, fires=bool(case["fires"]), fraction_bits=0,
        membrane_bits=case["membrane_bits"])
    g, x = (np.full((1, 1, 1, 1), case[name], np.int64) for name in ("g", "x"))
    _, spike, g_next = step(g, x, neuron, 0)
    return int(spike.item()), int(g_next.item())


def rtl_dalif(widths, cases):
    """One case a cycle through the pipeline."""
    dut = DalifStep(widths=widths, x_width=X_WIDTH, threshold_width=23, betaf_width=10)
    results = []

    async def bench(ctx):
        for cycle in range(len(cases) + dut.latency):
            if cycle < len(cases):
                ctx.set(dut.g, cases[cycle]["g"])
                ctx.set(dut.betaf, cases[cycle]["betaf"])
            if 0 <= (late := cycle - (dut.latency - dut.x_latency)) < len(cases):
                for name in ("x", "threshold", "fires", "subtract"):
                    ctx.set(getattr(dut, name), cases[late][name])
                ctx.set(dut.width, widths.index(cases[late]["membrane_bits"]))
            await ctx.tick()
            if cycle >= dut.latency - 1 and cycle - dut.latency + 1 < len(cases):
                results.append((ctx.get(dut.spike), ctx.get(dut.g_next)))

    simulate(dut, bench)
    return results


def random_cases(widths, rng, count):
    """Cases that often lie at a bound: of the membrane, of saturation, of rounding, of the threshold."""
    cases = []
    for _ in range(count):
        bits = rng.choice(widths)
        low, high = signed_min(bits), signed_max(bits)
        g = rng.choice([0, low, high, rng.randint(low, high)])
        betaf = rng.choice([0, 1, 128, 255, 256, 257, 1023, rng.randint(0, 1023)])
        decayed = (betaf * g + 128) >> 8
        target = rng.choice([low, high, low - 1, high + 1, 0, rng.randint(low, high)])
        x = rng.choice([0, signed_min(X_WIDTH), signed_max(X_WIDTH), target - decayed, rng.randint(low, high)])
        x = min(max(x, signed_min(X_WIDTH)), signed_max(X_WIDTH))
        u = min(max(decayed + x, low), high)
        threshold = rng.choice([1, high, u, u + 1, u - 1, rng.randint(1, high)])
        cases.append({"g": g, "betaf": betaf, "x": x, "threshold": min(max(threshold, 1), high),
                      "membrane_bits": bits, "fires": rng.random() < 0.9, "subtract": rng.randrange(2)})
    return cases


@pytest.mark.parametrize("widths", WIDTHS, ids=str)
def test_random_and_extreme_steps(widths):
    cases = random_cases(widths, random.Random(str(widths)), 1500)
    assert rtl_dalif(widths, cases) == [ref_dalif(case) for case in cases]


NOTHING = {"g": 0, "betaf": 0, "x": 0, "threshold": 100, "membrane_bits": 8, "fires": 1, "subtract": 0}


@pytest.mark.parametrize("case, expected", [
    ({"x": 99}, (0, 99)),
    ({"x": 100}, (1, 0)),                                    # fires at the threshold, not above it
    ({"x": 100, "subtract": 1}, (1, 0)),
    ({"x": 120, "subtract": 1}, (1, 20)),
    ({"x": 120, "fires": 0}, (0, 120)),
    ({"x": 1000, "subtract": 1}, (1, 27)),                   # saturates first, then subtracts
    ({"x": -1000}, (0, -128)),
    ({"g": 127, "betaf": 1023, "subtract": 1}, (1, 27)),     # a decay of almost 4
    ({"g": -128, "betaf": 1023}, (0, -128)),
    ({"g": 1, "betaf": 128}, (0, 1)),                        # a half goes up,
    ({"g": -1, "betaf": 128}, (0, 0)),                       # below zero too
    ({"g": 1, "betaf": 127}, (0, 0)),
    ({"g": -1, "betaf": 129}, (0, -1)),
])
def test_the_rule_by_hand(case, expected):
    case = NOTHING | case
    assert rtl_dalif((8,), [case]) == [expected] == [ref_dalif(case)]
