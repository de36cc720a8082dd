"""Which way weights are rounded: what the neurons get changes less than with the nearest, and keeps its mean."""

import pytest
import torch
import torch.nn.functional as F

from hwgen.spec import Input
from train.architecture import chain
from train.loop import Moment, Training
from train.models import SpikingNetwork
from train.recipe import Phase, Recipe
from train.rounding import adapt, covariance, enough, whole


def inputs(model, samples):
    """Of each quantised layer's neurons, float64 [T, N, C, H, W]."""
    found = []
    with torch.no_grad():
        for layer, run in zip(model.layers, model(samples)):
            scale = layer.scale.abs() / layer.stage.average**2
            found.append(scale.double()[:, None, None] * run.accumulator + layer.offset[:, None, None])
    return found


@pytest.fixture
def network():
    """A network in floating point with a residual join and averages, whose batch norm has seen some pictures; and they:
    neighbouring pixels resemble each other, and none is dark."""
    torch.manual_seed(3)
    layers = [dict(out_channels=6, kernel=(3, 3), padding=1), dict(out_channels=6, kernel=(3, 3), padding=1, average=2),
              dict(out_channels=8, kernel=(3, 3), padding=1, join={"source": "conv2"}, pool=2)]
    model = SpikingNetwork(chain(Input(shape=(3, 16, 16), bits=4), 10, layers, name="joined", weight_bits=3))
    for layer in model.layers[:-1]:
        layer.norm.momentum = None                                      # the mean of what it sees
        torch.nn.init.normal_(layer.norm.bias, 0, 0.3)
        torch.nn.init.normal_(layer.norm.weight, 0, 1)                  # some are negative
    coarse = torch.randint(64, 256, (64, 3, 4, 4)).float()
    samples = F.interpolate(coarse, size=(16, 16), mode="bilinear").to(torch.uint8)
    model.train()(samples)
    return model.eval(), samples


def test_every_channels_mean_is_that_of_batch_norm(network):
    model, samples = network

    def off():
        return [float((found.mean(dim=(0, 1, 3, 4)) - layer.norm.bias.detach()).abs().max())
                for found, layer in zip(inputs(rounded, samples), model.layers[:-1])]

    rounded = model.quantised()
    assert max(off()) > 0.2
    readout = rounded.layers[-1].offset.clone()
    adapt(rounded, model, samples)
    assert max(off()) < 1e-4
    assert torch.equal(rounded.layers[-1].offset, readout)


def test_weights_are_on_whole_steps_and_nothing_goes_on_measuring(network):
    model, samples = network
    rounded = model.quantised()
    adapt(rounded, model, samples)
    before = {name: value.clone() for name, value in rounded.state_dict().items()}
    for layer in rounded.layers:
        parts = [layer.weight, *([layer.join_weight] if layer.stage.join else [])]
        for part in parts:
            steps = part.detach() / layer.step[:, None, None, None]
            assert torch.allclose(steps, steps.round(), atol=1e-4) and steps.abs().max() <= 3.001
    rounded(255 - samples)
    assert all(torch.equal(value, before[name]) for name, value in rounded.state_dict().items())


def test_the_first_layers_sums_are_nearer_to_those_of_floating_point(network):
    """Its inputs are the same, rounded or not."""
    model, samples = network
    with torch.no_grad():
        x = (samples >> 4).float()[None]
        layer = model.layers[0]
        wanted = layer.norm(layer.sums(x).flatten(0, 1))[None]

    def error(rounded):
        found = inputs(rounded, samples)[0]
        return float((found - wanted).square().mean()), float((found - wanted).var(dim=(0, 1, 3, 4)).mean())

    rounded = model.quantised()
    nearest, nearest_about_its_mean = error(rounded)
    adapt(rounded, model, samples)
    found, found_about_its_mean = error(rounded)
    assert found < nearest / 4 and found_about_its_mean < nearest_about_its_mean / 1.5


def test_the_covariance_is_of_what_the_weights_are_multiplied_with(network):
    """``weights @ covariance @ weights`` is the variance of the sums, with averages and a join."""
    model, samples = network
    with torch.no_grad():
        runs = model(samples)
        x, source = (samples >> 4).float()[None], runs[1].output
        for layer, x, source in zip(model.layers, [x, *(run.output for run in runs)], [None, None, source, None]):
            rows = layer.weight.flatten(1)
            if source is not None:
                rows = torch.cat([rows, layer.join_weight.flatten(1)], dim=1)
            sums = layer.sums(x, source).double()
            expected = sums.var(dim=(0, 1, 3, 4), correction=0).float()
            found = ((rows @ covariance(x, layer.stage, source)) * rows).sum(dim=1)
            assert torch.allclose(found, expected, rtol=1e-3, atol=1e-4), layer.stage.name


def test_no_single_weight_could_be_better():
    torch.manual_seed(1)
    factors = torch.randn(12, 5)
    metric = factors @ factors.T + 0.3 * torch.eye(12)
    rows = torch.randn(20, 12) * 2
    found = whole(rows, metric, 3)
    assert torch.equal(found, found.round()) and found.abs().max() == 3

    def cost(values):
        return (((values - rows) @ metric) * (values - rows)).sum(dim=1)

    best, nearest = cost(found), cost(rows.round().clamp(-3, 3))
    assert (best <= nearest + 1e-4).all() and best.sum() < 0.6 * nearest.sum()
    for k in range(12):
        for change in (-1, 1):
            other = found.clone()
            other[:, k] = (other[:, k] + change).clamp(-3, 3)
            assert (cost(other) >= best * (1 - 0.05) - 1e-3).all()      # the ridge weighs a little, too


def test_inputs_that_are_independent_leave_the_nearest():
    rows = torch.randn(5, 9) * 2
    assert torch.equal(whole(rows, torch.eye(9), 3), rows.round().clamp(-3, 3))
    assert torch.equal(whole(rows, torch.zeros(9, 9), 3), rows.round().clamp(-3, 3))        # and silent ones


def test_depthwise_layers_keep_the_nearest_weights_and_their_means():
    torch.manual_seed(3)
    model = SpikingNetwork(chain(Input(shape=(3, 8, 8), bits=4), 10,
                                 [dict(out_channels=3, kernel=(3, 3), depthwise=True)], name="deep")).eval()
    samples = torch.randint(256, (8, 3, 8, 8), dtype=torch.uint8)
    rounded = model.quantised()
    before = rounded.layers[0].weight.clone()
    adapt(rounded, model, samples)
    assert torch.equal(rounded.layers[0].weight, before)
    assert float(inputs(rounded, samples)[0].mean(dim=(0, 1, 3, 4)).abs().max()) < 1e-4


@pytest.mark.parametrize("phases", [("float", "quantised"), ("quantised",)], ids=str)
def test_a_run_does_so_once_before_its_first_step_on_integers(tiny, digits, monkeypatch, phases):
    steps, found = [], []

    def move(model, float_model, samples):
        assert samples.shape == (200, 1, 28, 28) and float_model is not model
        found.append(len(steps))
        with torch.no_grad():
            model.layers[0].offset.add_(100)

    def watch(event):
        if isinstance(event, Moment):
            steps.append(float(getattr(event.model.layers[0], "offset", torch.zeros(1)).detach().mean()))

    monkeypatch.setattr("train.loop.adapt", move)
    recipe = Recipe(phases=tuple(Phase(name=name, epochs=2, rate=1e-9, quantised=name == "quantised")
                                 for name in phases), batch=40)
    Training(tiny(), recipe, digits[:200], digits[200:]).run(watch)
    start = 10 * phases.count("float")
    assert found == [start] and len(steps) == 10 * len(phases)
    assert all(value < 50 for value in steps[:start]) and all(value > 50 for value in steps[start:])


@pytest.mark.parametrize("potentials, count", [(2**27, 512), (4 * 2048 * 10, 10), (1, 1)])
def test_fewer_samples_round_a_large_network(potentials, count, monkeypatch):
    model = SpikingNetwork(chain(Input(shape=(1, 16, 16), bits=4), 10,
                                 [dict(out_channels=8, kernel=(3, 3), padding=1)], name="wide", timesteps=4)).eval()
    monkeypatch.setattr("train.rounding.POTENTIALS", potentials)
    assert enough(model.quantised(), torch.zeros(1, 1, 16, 16, dtype=torch.uint8)) == count
