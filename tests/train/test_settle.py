"""The alphas that a network takes from graded neurons into real timesteps."""

import pytest
import torch
import torch.nn.functional as F

from train.activation import ACTIVATIONS
from train.loop import Moment, Training
from train.models import SpikingNetwork
from train.neuron import KEPT, NEURONS, Decays
from train.recipe import Phase, Recipe
from train.settle import FACTORS, settle


@pytest.fixture
def network(tiny):
    """A function: a network in real timesteps whose random weights make neurons spike."""
    def build(**options):
        torch.manual_seed(4)
        return SpikingNetwork(tiny(timesteps=4, **options)).eval()
    return build


def winners(model, samples):
    with torch.no_grad():
        return model(samples)[-1].output[-1, :, :, 0, 0].argmax(dim=1)


def alphas(model):
    return [layer.decays.values()[0].tolist() for layer in model.layers]


@pytest.mark.parametrize("per_timestep", [False, True])
@pytest.mark.parametrize("best", [0.7, 1.0, 1.3])
def test_the_factor_is_found_with_which_the_samples_were_labelled(network, digits, best, per_timestep):
    samples = torch.from_numpy(digits.samples[:120])
    model, other = network(per_timestep=per_timestep), network(per_timestep=per_timestep)
    for layer in other.layers[:-1]:
        layer.decays.strengthen(best)
    labels = winners(other, samples)
    assert best == 1 or (winners(model, samples) != labels).any()
    before = alphas(model)
    halves = [(samples[:70], labels[:70]), (samples[70:], F.one_hot(labels[70:], 10).float() * 0.6)]
    assert settle(model.train(), halves) == best and model.training
    for found, was in zip(alphas(model)[:-1], before):
        assert found == pytest.approx([best * alpha for alpha in was], rel=1e-5)
    assert alphas(model)[-1] == before[-1]                              # the readout's
    assert torch.equal(winners(model.eval(), samples), labels)


def test_nothing_changes_where_no_factor_is_better(network, digits):
    model = network()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    nobody = torch.full((20,), 11)                                      # right with none of them
    assert settle(model, [(torch.from_numpy(digits.samples[:20]), nobody)]) == FACTORS[0] == 1
    for name, value in model.state_dict().items():
        assert torch.allclose(value, before[name], atol=1e-6), name


def test_processes_find_the_same_factor(network, digits):
    """Each has its own samples; what they found is added up before anything is chosen."""
    model, asked = network(), []

    def total(hits):
        asked.append(hits)
        return torch.tensor([0.0] * (len(FACTORS) - 1) + [1.0])         # what the others found

    batch = torch.from_numpy(digits.samples[:20]), torch.zeros(20, dtype=torch.int64)
    assert settle(model, [batch], total) == FACTORS[-1]
    assert len(asked) == 1 and len(asked[0]) == len(FACTORS)


@pytest.mark.parametrize("neuron", [name for name, kind in NEURONS.items() if "alpha" not in kind.learned or kind.tied])
def test_alphas_that_are_fixed_or_tied_stay(network, digits, neuron):
    model = network(neuron=neuron)
    before = alphas(model)
    assert settle(model, [(torch.from_numpy(digits.samples[:20]), torch.zeros(20, dtype=torch.int64))]) == 1
    assert alphas(model) == before


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_alpha_stays_within_its_range(activation):
    decays = Decays(3, per_timestep=True, activation=activation)
    decays.strengthen(1.5)
    assert decays.values()[0].tolist() == pytest.approx([1.5] * 3, rel=1e-4)
    decays.strengthen(1.5)
    assert decays.values()[0].tolist() == pytest.approx([2.0] * 3, rel=2e-3)
    decays.strengthen(0.01)
    assert decays.values()[0].tolist() == pytest.approx([1 / 16] * 3, abs=2e-3)
    assert all(torch.isfinite(parameter).all() for parameter in decays.parameters())


@pytest.mark.parametrize("phases, starts", [(("graded", "graded", "float", "float", "quantised"), [3]),
                                            (("graded", "quantised"), [2]), (("float", "quantised"), [])], ids=str)
def test_a_run_settles_once_where_graded_neurons_end(tiny, digits, monkeypatch, phases, starts):
    """With the timesteps and the beta of the phase to come, before its first step."""
    found, epochs = [], []

    def strengthen(model, batches, total):
        assert not model.graded and model.timesteps == 3 and len(list(batches)) == 5
        found.append((epochs[-1] + 1, float(model.layers[0].decays.values()[1].detach()[0])))
        for layer in model.layers[:-1]:
            layer.decays.strengthen(1.3)

    alphas = {}

    def watch(event):
        if isinstance(event, Moment):
            epochs.append(event.epoch)
            alphas[event.epoch] = float(event.model.layers[0].decays.values()[0].detach()[0])

    monkeypatch.setattr("train.loop.settle", strengthen)
    recipe = Recipe(phases=tuple(Phase(name=name, epochs=1, rate=1e-9, graded=name == "graded", forget=name == "float",
                                       quantised=name == "quantised") for name in phases), batch=40)
    Training(tiny(), recipe, digits[:200], digits[200:]).run(watch)
    assert found == [(epoch, pytest.approx(0.75 if phases[epoch - 1] == "float" else KEPT)) for epoch in starts]
    for epoch in range(2, len(phases) + 1):
        assert alphas[epoch] / alphas[epoch - 1] == pytest.approx(1.3 if epoch in starts else 1, abs=1e-3)
