"""The neuron's equations in floating point, and its learned decays."""

import pytest
import torch

from hwgen.spec import Reset
from train.activation import ACTIVATIONS, clip
from train.neuron import NEURONS, Decays, step
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


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("per_timestep, count", [(False, 1), (True, 4)])
def test_decays_stay_in_their_range_however_far_the_parameter_runs(per_timestep, count, activation):
    decays = Decays(4, per_timestep, activation=activation, alpha_range=(0.25, 3.0))
    for far, ends in ((-1e4, (0.25, 0.0)), (1e4, (3.0, 1.0))):
        with torch.no_grad():
            for parameter in decays.parameters():
                parameter.fill_(far)
        alpha, beta = decays.values()
        assert len(alpha) == len(beta) == count
        assert (set(alpha.tolist()), set(beta.tolist())) == ({ends[0]}, {ends[1]})
        assert all(64 <= entry <= 768 for entry in decays.fixed_point()[0])


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("bits", [4, 6, 8])
def test_every_value_on_the_grid_is_taken_and_given_back(activation, bits):
    decays, unit = Decays(1, activation=activation, bits=bits), 1 << bits
    for alpha in range(unit // 16, 2 * unit + 1):
        decays.set_fixed_point((alpha,), (beta := min(alpha, unit),))
        assert decays.fixed_point() == ((alpha,), (beta,))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_an_activation_and_its_inverse_agree_and_it_rises(activation):
    rule, values = ACTIVATIONS[activation], torch.linspace(0.1, 1.9, 50)
    parameter = rule.parameter(values, 1 / 16, 2.0).requires_grad_()
    again = rule.value(parameter, 1 / 16, 2.0)
    torch.testing.assert_close(again, values)
    again.sum().backward()
    assert (parameter.grad > 0).all()


def test_what_was_clipped_can_only_come_back():
    x = torch.tensor([-1.0, -1.0, 0.5, 2.0, 2.0], requires_grad=True)
    clip(x, 0.0, 1.0).backward(torch.tensor([3.0, -3.0, 3.0, 3.0, -3.0]))
    assert x.grad.tolist() == [0, -3, 3, 3, 0]


def test_parameters_of_another_activation_are_not_taken_for_its_own():
    with pytest.raises(RuntimeError, match="tanh_alpha"):
        Decays(4, activation="clamp").load_state_dict(Decays(4, activation="tanh").state_dict())


def test_alpha_can_never_round_to_zero():
    with pytest.raises(ValueError, match="alpha's range starts at 0.001"):
        Decays(4, alpha_range=(0.001, 1.0))
    with pytest.raises(ValueError, match="below 2..-3"):
        Decays(4, bits=3)


def test_decays_on_the_grid_are_the_exported_integers_and_still_learn():
    decays = Decays(3, True)
    with torch.no_grad():
        decays.alpha.copy_(torch.tensor([-0.3, 0.1, 0.7]))
    alpha, beta = decays(3, on_grid=True)
    assert [entry * 256 for entry in alpha.tolist()] == list(decays.fixed_point()[0])
    assert [entry * 256 for entry in beta.tolist()] == list(decays.fixed_point()[1])
    (alpha.sum() + beta.sum()).backward()
    assert (decays.alpha.grad > 0).all() and (decays.beta.grad > 0).all()


@pytest.mark.parametrize("neuron, alpha, beta", [
    ("dalif", 256, 192), ("alpha-only", 256, 192), ("beta-only", 256, 192), ("lif", 128, 128), ("plif", 128, 128)])
@pytest.mark.parametrize("per_timestep", [False, True])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("bits", [4, 8])
def test_where_each_neuron_starts(neuron, alpha, beta, per_timestep, activation, bits):
    alphas, betas = Decays(3, per_timestep, neuron, activation=activation, bits=bits).fixed_point()
    assert set(alphas) == {alpha * 2**bits // 256} and set(betas) == {beta * 2**bits // 256}
    counts = {name: 3 if per_timestep and name in NEURONS[neuron].learned else 1 for name in ("alpha", "beta")}
    if neuron == "plif":
        counts["beta"] = counts["alpha"]
    assert (len(alphas), len(betas)) == (counts["alpha"], counts["beta"])


@pytest.mark.parametrize("neuron", NEURONS)
def test_only_what_is_learned_gets_a_gradient(neuron):
    decays = Decays(4, True, neuron)
    alpha, beta = decays(4, on_grid=True)
    if NEURONS[neuron].learned:
        (3 * alpha.sum() + beta.sum()).backward()
    learned = {name for name, parameter in decays.named_parameters() if parameter.grad is not None}
    assert learned == set(NEURONS[neuron].learned)
    assert all((parameter.grad > 0).all() for parameter in decays.parameters() if parameter.requires_grad)


@pytest.mark.parametrize("far", [-1e4, -2.0, -0.37, 0.0, 0.9, 1e4])
def test_a_tied_beta_is_what_alpha_leaves_on_the_grid_too(far):
    decays = Decays(1, neuron="plif")
    with torch.no_grad():
        decays.alpha.fill_(far)
    (alpha,), (beta,) = decays.fixed_point()
    assert alpha + beta == 256 and 16 <= alpha <= 256


def test_lif_moves_halfway_to_its_input():
    """With ``tau = 2``: ``v += (x - v) / 2``."""
    decays, v, x = Decays(3, neuron="lif"), torch.zeros(1), [0.5, 0.25, 0.75]
    charged = []
    for t, (alpha, beta) in enumerate(zip(*decays(3, on_grid=True))):
        _, v, _ = step(torch.tensor([x[t]]), v, alpha, beta, 1.0, Reset.ZERO)
        charged.append(v.item())
    assert charged == [0.25, 0.25, 0.5]


def test_straight_through_is_exactly_the_value():
    shadow = torch.tensor([1e8, 0.1], requires_grad=True)
    result = straight_through(shadow, torch.tensor([3.0, 7.0]))
    result.sum().backward()
    assert result.tolist() == [3.0, 7.0] and shadow.grad.tolist() == [1.0, 1.0]
