"""Surrogate gradients against their formulas."""

import math

import pytest
import torch

from train.surrogate import SURROGATES

DISTANCES = [-3.0, -1.0, -0.75, -0.25, 0.0, 0.5, 1.0, 2.0]
FORMULAS = {
    "triangle": lambda d: max(0.0, 1 - abs(d)),
    "arctangent": lambda d: 1 / (1 + (math.pi * d) ** 2),
    "rectangle": lambda d: float(-0.5 < d < 0.5),
    "sigmoid": lambda d: 1 / math.cosh(2 * d) ** 2,
}


@pytest.mark.parametrize("name", SURROGATES)
def test_a_derivative_is_its_formula(name):
    torch.testing.assert_close(SURROGATES[name](torch.tensor(DISTANCES)),
                               torch.tensor([FORMULAS[name](d) for d in DISTANCES]))


@pytest.mark.parametrize("name", SURROGATES)
def test_a_derivative_integrates_to_one(name):
    distance = torch.linspace(-2000, 2000, 4_000_001, dtype=torch.float64)
    assert torch.trapezoid(SURROGATES[name](distance), distance).item() == pytest.approx(1, abs=2e-3)
