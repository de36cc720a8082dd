"""Muon."""

import pytest
import torch

from train.muon import Muon, level


@pytest.mark.parametrize("shape", [(8, 27), (64, 288), (40, 9), (10, 10)])
def test_levels_the_singular_values_and_keeps_the_vectors(shape):
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(1)) * 37
    left, values, right = torch.linalg.svd(matrix.double(), full_matrices=False)
    found = left.T @ level(matrix).double() @ right.T                   # nearly diagonal
    diagonal = found.diagonal()
    assert (found - diagonal.diag()).abs().max() < 1e-3
    large = values > values.max() / 50
    assert 0.6 < diagonal[large].min() and diagonal.max() < 1.3


def test_a_step_is_as_long_whatever_the_gradient():
    for size in (1e-4, 1.0, 1e4):
        weight = torch.nn.Parameter(torch.zeros(16, 4, 3, 3))
        weight.grad = size * torch.randn(weight.shape, generator=torch.Generator().manual_seed(2))
        Muon([weight], lr=0.5).step()
        assert weight.detach().norm() == pytest.approx(0.5 * 16**0.5, rel=0.2)


def test_decays_weights():
    weight = torch.nn.Parameter(torch.ones(4, 4, 1, 1))
    weight.grad = torch.zeros_like(weight)
    Muon([weight], lr=0.1, weight_decay=0.5).step()
    assert torch.allclose(weight, torch.full_like(weight, 0.95))


def test_fits_a_linear_map_of_uneven_inputs_sooner_than_plain_descent():
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(256, 12, generator=generator) * torch.logspace(0, -2, 12)
    wanted = torch.randn(6, 12, generator=generator)

    def after(make):
        weight = torch.nn.Parameter(torch.zeros(6, 12))
        optimizer = make([weight])
        lr = optimizer.param_groups[0]["lr"]
        for step in range(200):
            optimizer.param_groups[0]["lr"] = lr * (1 - step / 200)
            optimizer.zero_grad()
            ((x @ weight.T - x @ wanted.T) ** 2).mean().backward()
            optimizer.step()
        return float((weight - wanted).detach().norm() / wanted.norm())

    plain = min(after(lambda p, lr=lr: torch.optim.SGD(p, lr=lr, momentum=0.9)) for lr in (0.1, 0.3, 1.0))
    assert after(lambda p: Muon(p, lr=0.2)) < 0.8 * plain
