"""The grid of integer weights: how long a step is, and networks in floating point whose weights lie on it."""

import pytest
import torch

from hwgen.spec import Input
from train.architecture import chain
from train.grid import best_step, on_grid, quick_step
from train.loop import Training
from train.models import SpikingNetwork
from train.recipe import Recipe


def error(rows, step, limit):
    return (((rows / step[:, None]).round().clamp(-limit, limit) * step[:, None] - rows)**2).sum()


def test_best_step_is_the_best_of_its_candidates():
    rows = torch.tensor([[0.7, -0.35, 0.1, 0.0], [1.0, 0.01, 0.01, -0.02]])
    for row, step in zip(rows, best_step(rows, 7)):
        candidates = row.abs().max() / 7 * torch.linspace(0.25, 1, 60)
        assert error(row[None], step[None], 7) <= min(error(row[None], s[None], 7) for s in candidates) + 1e-12


@pytest.mark.parametrize("bits", [2, 3, 4, 6, 8])
@pytest.mark.parametrize("tails", [1.0, 1.3])
def test_the_quick_step_costs_little_more_than_the_best(bits, tails):
    torch.manual_seed(5)
    rows = torch.randn(16, 400)
    rows = torch.randn(16, 1).exp() * rows.sign() * rows.abs()**tails           # of any size, with long tails
    limit = 2**(bits - 1) - 1
    best, quick = (float(error(rows, step(rows, limit), limit)) for step in (best_step, quick_step))
    assert best <= 1.001 * quick and quick < 1.15 * best


def test_no_step_is_longer_than_the_largest_weight_needs_nor_zero():
    rows = torch.tensor([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [1.0, -1.0, 1.0]])
    assert torch.equal(quick_step(rows, 7).clamp(min=1e-7), torch.tensor([1e-7, 1 / 7, 1 / 7]))


def test_weights_beyond_the_grid_are_cut_off_and_learn_no_further():
    weight = torch.tensor([[0.4, 3.6, -9.0]], requires_grad=True)
    steps = on_grid(weight, torch.tensor([0.5]), 4)
    assert steps.tolist() == [[1, 7, -7]]
    steps.sum().backward()
    assert weight.grad.tolist() == [[2, 0, 0]]


@pytest.fixture
def network():
    """In floating point, with a residual join and averages, its batch norm warm; and pictures."""
    torch.manual_seed(3)
    layers = [dict(out_channels=6, kernel=(3, 3), padding=1), dict(out_channels=6, kernel=(3, 3), padding=1, average=2),
              dict(out_channels=8, kernel=(3, 3), padding=1, join={"source": "conv2"}, pool=2)]
    model = SpikingNetwork(chain(Input(shape=(3, 16, 16), bits=4), 10, layers, name="joined"))
    samples = torch.randint(0, 256, (64, 3, 16, 16), dtype=torch.uint8)
    for layer in model.layers:
        layer.rounded = True
    model.train()(samples)
    return model.eval(), samples


def test_a_rounded_network_multiplies_with_the_integers_that_it_becomes(network):
    model, samples = network
    folded = model.quantised()
    for layer, integers in zip(model.layers, folded.layers):
        whole = [integers.whole_steps(integers.weight)]
        if layer.stage.join:
            whole.append(integers.whole_steps(integers.join_weight))
        for steps, weight in zip(whole, layer._weights(), strict=True):
            assert steps.abs().max() == 7
            assert torch.equal(steps * integers.step[:, None, None, None], weight)
    with torch.no_grad():
        before, after = model(samples)[0], folded(samples)[0]
    assert 0.02 < before.output.mean() < 0.8
    assert (before.output != after.output).float().mean() < 0.02        # decays and membranes alone are rounded


def test_latent_weights_learn_through_the_grid(network):
    model, samples = network
    model.train()(samples)[-1].output[-1].square().sum().backward()
    for layer in model.layers:
        for weight in layer._latent():
            assert weight.grad.abs().max() > 0


@pytest.mark.parametrize("rounded", [False, True])
def test_a_rounded_run_keeps_its_weights_where_integers_begin(tiny, digits, rounded):
    """The last phase in floating point hands on what it multiplied with; otherwise `train.rounding` chooses."""
    recipe = Recipe(batch=40, rounded=rounded).with_epochs(1, 0)
    run = Training(tiny(), recipe, digits[:200], digits[200:])
    layer, before = run.run().layers[0], run.float_model.layers[0]
    whole = layer.whole_steps(layer.weight) * layer.step[:, None, None, None]
    assert before.rounded == rounded
    assert torch.allclose(whole, before._weights()[0], atol=1e-6) == rounded


def test_a_state_dict_says_whether_weights_are_rounded_and_older_ones_say_no(network):
    model, samples = network
    state = model.state_dict()
    again = SpikingNetwork(model.architecture).eval()
    again.load_state_dict(state)
    with torch.no_grad():
        assert torch.equal(model(samples)[-1].output, again(samples)[-1].output)
    again.load_state_dict({name: value for name, value in state.items() if "_extra_state" not in name})
    assert not any(layer.rounded for layer in again.layers)
