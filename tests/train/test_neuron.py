"""The neuron's equations in floating point, and its learned decays."""

import pytest
import torch

from hwgen.spec import Reset
from train.neuron import Decays, step
from train.straight_through import straight_through


@pytest.mark.parametrize("reset, expected", [
    # x = 1 at each timestep, alpha 0.5, beta 0.5, threshold 0.75: charged, spike, after the reset
    (Reset.ZERO, [(0.5, 0, 0.5), (0.75, 1, 0.0), (0.5, 0, 0.5), (0.75, 1, 0.0)]),
    (Reset.SUBTRACT, [(0.5, 0, 0.5), (0.75, 1, 0.0), (0.5, 0, 0.5), (0.75, 1, 0.0)]),
])
def test_step_follows_its_equations(reset, expected):
    v_reset = torch.zeros(1)
    for charged, spike, after in expected:
        spikes, v_charged, v_reset = step(torch.ones(1), v_reset, 0.5, 0.5, 0.75, reset)
        assert (v_charged.item(), spikes.item(), v_reset.item()) == (charged, spike, after)


def test_the_two_resets_differ_above_the_threshold():
    results = [step(torch.tensor([3.0]), torch.tensor([2.0]), 1.0, 0.5, 1.0, reset)[2].item()
               for reset in (Reset.ZERO, Reset.SUBTRACT)]
    assert results == [0.0, 3.0]


@pytest.mark.parametrize("per_timestep, count", [(False, 1), (True, 4)])
def test_decays_stay_in_their_range_however_far_the_parameter_runs(per_timestep, count):
    decays = Decays(4, per_timestep, alpha_range=(0.25, 3.0))
    for far in (-1e4, 1e4):
        with torch.no_grad():
            decays.alpha.fill_(far)
            decays.beta.fill_(far)
        alpha, beta = decays.values()
        assert len(alpha) == len(beta) == count
        assert alpha.min() >= 0.25 and alpha.max() <= 3 and beta.min() >= 0 and beta.max() <= 1
        assert all(64 <= entry <= 768 for entry in decays.fixed_point()[0])


def test_alpha_can_never_round_to_zero():
    with pytest.raises(ValueError, match="alpha's range starts at 0.001"):
        Decays(4, alpha_range=(0.001, 1.0))


def test_decays_on_the_grid_are_the_exported_integers_and_still_learn():
    decays = Decays(3, True)
    with torch.no_grad():
        decays.alpha.copy_(torch.tensor([-0.3, 0.1, 0.7]))
    alpha, beta = decays(3, on_grid=True)
    assert [entry * 256 for entry in alpha.tolist()] == list(decays.fixed_point()[0])
    assert [entry * 256 for entry in beta.tolist()] == list(decays.fixed_point()[1])
    (alpha.sum() + beta.sum()).backward()
    assert (decays.alpha.grad > 0).all() and (decays.beta.grad > 0).all()


def test_straight_through_is_exactly_the_value():
    shadow = torch.tensor([1e8, 0.1], requires_grad=True)
    result = straight_through(shadow, torch.tensor([3.0, 7.0]))
    result.sum().backward()
    assert result.tolist() == [3.0, 7.0] and shadow.grad.tolist() == [1.0, 1.0]
