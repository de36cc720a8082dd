"""The quantised forward pass equals the golden model in every integer of every layer."""

import dataclasses

import numpy as np
import pytest
import torch

from hwgen.spec import Encoding, Input, Kind, Reset
from sim.golden import forward
from train.architecture import Architecture, Stage
from train.data import Split
from train.errors import MismatchError, TrainError
from train.evaluate import compare, predict
from train.export import to_network
from train.models import SpikingNetwork
from train.quantise import QuantLayer, best_step


def random_architecture(rng: np.random.Generator) -> Architecture:
    """One to three layers and a readout over a small odd map, everything drawn."""
    analog = bool(rng.integers(2))
    shape = (int(rng.integers(1, 4)), int(rng.integers(6, 13)), int(rng.integers(6, 13)))
    input = Input(shape=shape, encoding=Encoding.ANALOG if analog else Encoding.SPIKES,
                  bits=int(rng.integers(1, 9)) if analog else 1)
    stages = []
    for index in range(int(rng.integers(1, 4))):
        kernel = tuple(int(min(n, rng.integers(1, 4))) for n in shape[1:])
        stage = Stage(name=f"conv{index}", kind=Kind.CONV, in_channels=shape[0],
                      out_channels=int(rng.integers(1, 20)), kernel=kernel, stride=int(rng.integers(1, 3)),
                      padding=int(rng.integers(0, min(kernel))))
        pool = int(rng.integers(1, 3))
        if min(stage.out_shape(shape)[1:]) >= pool:
            stage = dataclasses.replace(stage, pool=pool)
        stages.append(stage)
        shape = stage.out_shape(shape)
    if rng.integers(2):
        stages.append(Stage(name="dense", kind=Kind.DENSE, in_channels=shape[0], out_channels=9, kernel=shape[1:]))
        shape = (9, 1, 1)
    stages.append(Stage(name="readout", kind=Kind.READOUT, in_channels=shape[0], out_channels=5, kernel=shape[1:]))
    return Architecture(name="random", input=input, stages=tuple(stages), timesteps=int(rng.integers(1, 9)),
                        weight_bits=int(rng.integers(2, 9)), reset=Reset(rng.choice(["zero", "subtract"])),
                        per_timestep=bool(rng.integers(2)), membrane_bits=int(rng.choice([10, 16, 20])))


def random_network(rng: np.random.Generator) -> SpikingNetwork:
    """A quantised network with drawn parameters: gains of both signs, decays over their whole range."""
    model = SpikingNetwork(random_architecture(rng), QuantLayer)

    def normal(like, spread):
        return torch.from_numpy(rng.normal(0, spread, like.shape)).float()

    with torch.no_grad():
        for index, layer in enumerate(model.layers):
            layer.weight.copy_(normal(layer.weight, 0.3))
            layer.step.copy_(best_step(layer.weight.flatten(1), 2**(model.architecture.weight_bits - 1) - 1))
            if layer.stage.kind is Kind.READOUT:
                layer.step.fill_(layer.step.max())
            else:
                pixels = 2.0**-model.architecture.input.bits if index == 0 else 1.0
                layer.gain.copy_(normal(layer.gain, 2) * pixels)
            layer.offset.copy_(normal(layer.offset, 0.5))
            layer.decays.alpha.copy_(normal(layer.decays.alpha, 1.5))
            layer.decays.beta.copy_(normal(layer.decays.beta, 1.5))
    return model


def random_samples(rng: np.random.Generator, architecture: Architecture, count: int) -> np.ndarray:
    shape = architecture.input.shape
    if architecture.input.encoding is Encoding.ANALOG:
        return rng.integers(0, 256, (count, *shape), dtype=np.uint8)
    return (rng.random((count, architecture.timesteps, *shape)) < 0.4).astype(np.uint8)


@pytest.mark.parametrize("seed", range(60))
def test_quantised_equals_golden_in_every_integer(seed):
    rng = np.random.default_rng(seed)
    model = random_network(rng)
    samples = random_samples(rng, model.architecture, 4)
    network = to_network(model)
    split = Split(samples, forward(network, samples).winner)
    comparison = compare(model, network, split)
    assert comparison.samples == 4 and comparison.quantised == comparison.golden == 1
    np.testing.assert_array_equal(predict(model, samples), split.labels)


def test_the_random_networks_cover_what_they_should():
    models = [random_network(np.random.default_rng(seed)) for seed in range(60)]
    architectures = [model.architecture for model in models]
    assert {a.weight_bits for a in architectures} == set(range(2, 9))
    assert {a.timesteps for a in architectures} == set(range(1, 9))
    assert {(a.reset, a.input.encoding, a.per_timestep) for a in architectures} == {
        (reset, encoding, per) for reset in Reset for encoding in Encoding for per in (False, True)}
    assert any(stage.pool > 1 for a in architectures for stage in a.stages)
    assert any((layer.gain < 0).any() for model in models for layer in model.layers)


@pytest.mark.parametrize("what", ["weight", "threshold", "betaf"])
def test_the_comparison_catches_a_fault(what):
    rng = np.random.default_rng(3)
    model = random_network(rng)
    samples = random_samples(rng, model.architecture, 4)
    split = Split(samples, np.zeros(4, np.int64))
    network = to_network(model)
    layer = network.layers[0]
    if what == "weight":
        weight = np.array(layer.weight)
        weight.flat[0] += 1 if weight.flat[0] <= 0 else -1
        broken = dataclasses.replace(layer, weight=weight)
    elif what == "threshold":
        broken = dataclasses.replace(
            layer, neuron=dataclasses.replace(layer.neuron, v_threshold=layer.neuron.v_threshold * 1.5))
    else:
        beta = tuple(b // 2 for b in layer.neuron.beta)
        broken = dataclasses.replace(layer, neuron=dataclasses.replace(layer.neuron, beta=beta))
    broken = dataclasses.replace(network, layers=(broken, *network.layers[1:]))
    with pytest.raises(MismatchError, match=f"layer '{layer.name}' .* differs at sample .* expected"):
        compare(model, broken, split)


def test_every_parameter_gets_a_gradient(tiny, digits):
    model = SpikingNetwork(tiny()).quantised()
    runs = model(torch.from_numpy(digits.samples[:32]))
    runs[-1].output[-1].square().sum().backward()
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


def test_folding_keeps_what_the_float_network_computes(tiny, digits):
    model = SpikingNetwork(tiny(weight_bits=8))
    samples = torch.from_numpy(digits.samples)
    for _ in range(20):
        model(samples)                                                  # batch norm learns its statistics
    model.eval()
    with torch.no_grad():
        spikes, folded = model(samples)[0].output, model.quantised()(samples)[0].output
    assert 0.02 < spikes.mean() < 0.6
    assert (spikes != folded).float().mean() < 0.01                     # 8-bit weights: nearly all spikes agree


def test_best_step_is_the_best_of_its_candidates():
    rows = torch.tensor([[0.7, -0.35, 0.1, 0.0], [1.0, 0.01, 0.01, -0.02]])
    for row, step in zip(rows, best_step(rows, 7)):
        def error(s, row=row):
            return ((row / s).round().clamp(-7, 7) * s - row).square().sum()
        candidates = row.abs().max() / 7 * torch.linspace(0.25, 1, 60)
        assert error(step) <= min(error(s) for s in candidates) + 1e-12


def test_a_sum_that_float32_cannot_hold_exactly_is_refused(tiny):
    model = SpikingNetwork(tiny(), QuantLayer)
    layer = model.layers[0]
    with torch.no_grad():
        layer.weight.fill_(7.0)
    with pytest.raises(TrainError, match="float32 is exact below 16777216"):
        layer(torch.full((1, 1, 1, 28, 28), 1e5))
