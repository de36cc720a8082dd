"""The offsets of rounded weights: what batch norm made of a channel's mean is what it stays."""

import pytest
import torch

from hwgen.spec import Input
from train.architecture import chain
from train.loop import Moment, Training
from train.models import SpikingNetwork
from train.recentre import recentre
from train.recipe import Phase, Recipe


def means(model, samples):
    """Of each channel's input to its neurons, [out_channels] a firing layer."""
    with torch.no_grad():
        runs = model(samples)
    return [((layer.gain * layer.step).abs() / layer.stage.average**2 * run.accumulator.double().mean(dim=(0, 1, 3, 4))
             + layer.offset).detach() for layer, run in zip(model.layers[:-1], runs)]


@pytest.fixture
def network():
    """A floating-point network with a residual join and averages whose batch norm has seen some pictures, and they."""
    torch.manual_seed(3)
    layers = [dict(out_channels=6, kernel=(3, 3), padding=1), dict(out_channels=6, kernel=(3, 3), padding=1, average=2),
              dict(out_channels=8, kernel=(3, 3), padding=1, join={"source": "conv2"}, pool=2)]
    model = SpikingNetwork(chain(Input(shape=(3, 16, 16), bits=4), 10, layers, name="joined", weight_bits=3))
    for layer in model.layers[:-1]:
        layer.norm.momentum = None                                      # the mean of what it sees
        torch.nn.init.normal_(layer.norm.bias, 0, 0.3)
        torch.nn.init.normal_(layer.norm.weight, 0, 1)                  # some are negative
    samples = torch.randint(64, 256, (64, 3, 16, 16), dtype=torch.uint8)
    model.train()(samples)
    return model.eval(), samples


def test_every_channels_mean_is_that_of_batch_norm(network):
    model, samples = network
    rounded = model.quantised()
    assert max(float((found - layer.norm.bias.detach()).abs().max())
               for found, layer in zip(means(rounded, samples), model.layers)) > 0.2
    readout = rounded.layers[-1].offset.clone()
    recentre(rounded, model, samples)
    for found, layer in zip(means(rounded, samples), model.layers[:-1]):
        assert torch.allclose(found.float(), layer.norm.bias, atol=1e-4)
    assert torch.equal(rounded.layers[-1].offset, readout)
    again = [layer.offset.clone() for layer in rounded.layers]
    rounded(samples + 1)                                                # nothing goes on measuring
    assert all(torch.equal(layer.offset, before) for layer, before in zip(rounded.layers, again))


@pytest.mark.parametrize("phases", [("float", "quantised"), ("quantised",)], ids=str)
def test_a_run_does_so_once_before_its_first_step_on_integers(tiny, digits, monkeypatch, phases):
    steps, found = [], []

    def move(model, float_model, samples):
        assert samples.shape == (32, 1, 28, 28)                         # of a batch of 40
        found.append(len(steps))
        with torch.no_grad():
            model.layers[0].offset.add_(100)

    def watch(event):
        if isinstance(event, Moment):
            steps.append(float(getattr(event.model.layers[0], "offset", torch.zeros(1)).detach().mean()))

    monkeypatch.setattr("train.loop.recentre", move)
    recipe = Recipe(phases=tuple(Phase(name=name, epochs=2, rate=1e-9, quantised=name == "quantised")
                                 for name in phases), batch=40)
    Training(tiny(), recipe, digits[:200], digits[200:]).run(watch)
    start = 10 * phases.count("float")
    assert found == [start] and len(steps) == 10 * len(phases)
    assert all(value < 50 for value in steps[:start]) and all(value > 50 for value in steps[start:])
