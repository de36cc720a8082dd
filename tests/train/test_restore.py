"""A checkpoint that training takes up: the same network, which then goes on learning."""

import pytest
import torch

from hwgen.spec import to_state
from tests.train.test_export import same
from train.errors import TrainError
from train.export import to_network, write
from train.loop import Training
from train.models import SpikingNetwork
from train.quantise import QuantLayer
from train.recipe import Phase, Recipe
from train.restore import read_start, restore

FINE = Recipe(phases=(Phase(name="quantised", epochs=3, rate=1e-3, quantised=True),), batch=40, augment=None)


def trained(architecture, seed=0):
    torch.manual_seed(seed)
    model = SpikingNetwork(architecture).quantised()
    with torch.no_grad():
        for layer in model.layers:                                      # signs and sizes of their own
            layer.offset.normal_()
            if layer.gain.requires_grad:
                layer.gain.normal_()
    return to_network(model)


@pytest.mark.parametrize("options", [{}, {"per_timestep": True}, {"neuron": "plif"}, {"neuron": "lif"},
                                     {"weight_bits": 2}, {"weight_bits": 8}, {"decay_bits": 4},
                                     {"decay_activation": "tanh"}, {"decay_activation": "clamp"}])
def test_the_restored_network_is_the_same_to_the_bit(tiny, options):
    network = trained(tiny(**options))
    model = SpikingNetwork(tiny(**options), QuantLayer)
    restore(model, network)
    assert same(to_state(to_network(model)), to_state(network))


def test_a_checkpoint_learns_on(tiny, digits, tmp_path):
    path = tmp_path / "net.pt"
    write(trained(tiny()), path)
    training = Training(tiny(), FINE, digits[:200], digits[200:], weights=read_start(path))
    losses = {}
    training.run(lambda event: losses.update({event.epoch: event.loss} if hasattr(event, "epoch") else {}))
    assert losses[3] < losses[1] and training.float_model is None


def test_a_resumed_fine_tuning_ends_in_the_same_weights(tiny, digits, tmp_path):
    network, state = trained(tiny()), tmp_path / "state"
    whole = Training(tiny(), FINE, digits[:200], digits[200:], weights=network).run()

    class Killed(Exception):
        pass

    def kill(event):
        if getattr(event, "epoch", 0) == 2:
            raise Killed

    with pytest.raises(Killed):
        Training(tiny(), FINE, digits[:200], digits[200:], state, weights=network).run(kill)
    again = Training(tiny(), FINE, digits[:200], digits[200:], state)
    again.resume()
    assert same(to_state(to_network(again.run())), to_state(to_network(whole)))


@pytest.mark.parametrize("options, message", [
    ({"timesteps": 2}, "has other layers or timesteps"), ({"per_timestep": False}, "has 3 values of alpha for 1"),
    ({"decay_bits": 4}, "has decays of 8 fraction bits, not 4; give --decay-bits 8")])
def test_another_network_is_refused(tiny, options, message):
    network = trained(tiny(per_timestep=True))
    with pytest.raises(TrainError, match=message):
        restore(SpikingNetwork(tiny(**{"per_timestep": True, **options}), QuantLayer), network)


def test_floating_point_phases_cannot_take_up_integers(tiny, digits):
    both = Recipe(phases=(Phase(name="float", epochs=1, rate=1e-3), *FINE.phases), batch=40, augment=None)
    with pytest.raises(TrainError, match="give --quantised-only"):
        Training(tiny(), both, digits[:200], digits[200:], weights=trained(tiny()))
