"""The quantised forward pass equals the golden model in every integer of every layer."""

import dataclasses

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from hwgen.spec import Encoding, Input, Kind, Network, Reset
from sim.golden import forward
from train.activation import ACTIVATIONS
from train.architecture import Architecture, Join, Stage, chain
from train.data import Split
from train.errors import MismatchError, TrainError
from train.evaluate import accuracy, compare, predict
from train.export import to_network
from train.grid import best_step
from train.loop import EpochEnd, Training
from train.models import SpikingNetwork
from train.neuron import NEURONS
from train.quantise import QuantLayer
from train.recipe import Recipe


def random_architecture(rng: np.random.Generator, neuron: str = "dalif", **options) -> Architecture:
    """One to three layers and a readout over a small map, everything drawn but the kind of neuron and ``options``,
    fields of `Architecture`."""
    analog = bool(rng.integers(2))
    odd = int(rng.integers(2))
    shape = (int(rng.integers(1, 4)), *(2 * int(rng.integers(3, 7)) + odd for _ in range(2)))
    input = Input(shape=shape, encoding=Encoding.ANALOG if analog else Encoding.SPIKES,
                  bits=int(rng.integers(1, 9)) if analog else 1)
    stages, outputs = [], {}
    for index in range(int(rng.integers(1, 4))):
        average = 2 if min(shape[1:]) >= 4 and not any(n % 2 for n in shape[1:]) and rng.integers(2) else 1
        kernel = tuple(int(min(n // average, rng.integers(1, 4))) for n in shape[1:])
        depthwise = not rng.integers(4)
        stage = Stage(name=f"conv{index}", kind=Kind.CONV, in_channels=shape[0], average=average, depthwise=depthwise,
                      out_channels=shape[0] if depthwise or rng.integers(2) else int(rng.integers(1, 20)),
                      kernel=kernel, stride=int(rng.integers(1, 3)), padding=int(rng.integers(0, min(kernel))))
        stage = dataclasses.replace(stage, join=random_join(rng, outputs, stage.out_shape(shape)))
        pool = int(rng.integers(1, 3))
        if min(stage.out_shape(shape)[1:]) >= pool:
            stage = dataclasses.replace(stage, pool=pool)
        stages.append(stage)
        shape = outputs[stage.name] = stage.out_shape(shape)
    if rng.integers(2):
        average = shape[1] if shape[1] == shape[2] else 1
        stages.append(Stage(name="dense", kind=Kind.DENSE, in_channels=shape[0], out_channels=9, average=average,
                            kernel=tuple(n // average for n in shape[1:])))
        shape = (9, 1, 1)
    stages.append(Stage(name="readout", kind=Kind.READOUT, in_channels=shape[0], out_channels=5, kernel=shape[1:]))
    return Architecture(name="random", input=input, stages=tuple(stages), timesteps=int(rng.integers(1, 9)),
                        weight_bits=int(rng.integers(2, 9)), reset=Reset(rng.choice(["zero", "subtract"])),
                        neuron=neuron, per_timestep=bool(rng.integers(2)), membrane_bits=int(rng.choice([10, 16, 20])),
                        **options)


def random_join(rng: np.random.Generator, outputs: dict[str, tuple], shape: tuple) -> Join | None:
    """A join from an earlier map in ``outputs`` to one of ``shape``, where the sizes allow one."""
    for source, (channels, *size) in outputs.items():
        for stride in (1, 2):
            if [-(-n // stride) for n in size] == list(shape[1:]):
                depthwise = channels == shape[0] and bool(rng.integers(2))
                return Join(source=source, in_channels=channels, stride=stride, depthwise=depthwise)


def random_network(rng: np.random.Generator, neuron: str = "dalif", **options) -> SpikingNetwork:
    """A quantised network with drawn parameters: gains of both signs, learned decays over their whole range."""
    model = SpikingNetwork(random_architecture(rng, neuron, **options), QuantLayer)

    def normal(like, spread):
        return torch.from_numpy(rng.normal(0, spread, like.shape)).float()

    with torch.no_grad():
        for index, layer in enumerate(model.layers):
            layer.weight.copy_(normal(layer.weight, 0.3))
            if layer.stage.join:
                layer.join_weight.copy_(normal(layer.join_weight, 0.3))
            layer.step.copy_(best_step(layer.weight.flatten(1), 2**(model.architecture.weight_bits - 1) - 1))
            if layer.stage.kind is Kind.READOUT:
                layer.step.fill_(layer.step.max())
            else:
                pixels = 2.0**-model.architecture.input.bits if index == 0 else 1.0
                layer.gain.copy_(normal(layer.gain, 2) * pixels)
            layer.unit.copy_(layer.step)
            layer.offset.copy_(normal(layer.offset, 0.5))
            for parameter in layer.decays.parameters():
                if parameter.requires_grad:
                    parameter.copy_(normal(parameter, 1.5))
    return model


def random_samples(rng: np.random.Generator, architecture: Architecture, count: int) -> np.ndarray:
    shape = architecture.input.shape
    if architecture.input.encoding is Encoding.ANALOG:
        return rng.integers(0, 256, (count, *shape), dtype=np.uint8)
    return (rng.random((count, architecture.timesteps, *shape)) < 0.4).astype(np.uint8)


@pytest.mark.parametrize("seed", range(60))
def test_quantised_equals_golden_in_every_integer(seed):
    require_equal(np.random.default_rng(seed), "dalif")


@pytest.mark.parametrize("seed", range(60, 72))
@pytest.mark.parametrize("neuron", [name for name in NEURONS if name != "dalif"])
def test_so_does_every_other_neuron(neuron, seed):
    require_equal(np.random.default_rng(seed), neuron)


@pytest.mark.parametrize("seed", range(72, 76))
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("bits", [4, 6, 8])
def test_so_do_decays_of_every_grid_and_activation(bits, activation, seed):
    network = require_equal(np.random.default_rng(seed), "dalif", decay_bits=bits, decay_activation=activation)
    for layer in network.layers:
        assert layer.neuron.decay_fraction_bits == bits and max(layer.neuron.alpha) <= 2 << bits


def require_equal(rng: np.random.Generator, neuron: str, **options) -> Network:
    model = random_network(rng, neuron, **options)
    samples = random_samples(rng, model.architecture, 4)
    network = to_network(model)
    split = Split(samples, forward(network, samples).winner)
    comparison = compare(model, network, split)
    assert comparison.samples == 4 and comparison.quantised == comparison.golden == 1
    np.testing.assert_array_equal(predict(model, samples), split.labels)
    return network


def test_the_random_networks_cover_what_they_should():
    models = [random_network(np.random.default_rng(seed)) for seed in range(60)]
    architectures = [model.architecture for model in models]
    assert {a.weight_bits for a in architectures} == set(range(2, 9))
    assert {a.timesteps for a in architectures} == set(range(1, 9))
    assert {(a.reset, a.input.encoding, a.per_timestep) for a in architectures} == {
        (reset, encoding, per) for reset in Reset for encoding in Encoding for per in (False, True)}
    stages = [stage for a in architectures for stage in a.stages]
    assert any(stage.pool > 1 for stage in stages) and any(stage.depthwise for stage in stages)
    assert any(stage.average > 1 and stage.padding for stage in stages)
    assert any(stage.average > 1 and stage.kind is Kind.DENSE for stage in stages)
    assert {(stage.join.depthwise, stage.join.stride) for stage in stages if stage.join} >= {(False, 1), (True, 1)}
    assert any(layer.stage.join and (layer.gain < 0).any() for model in models for layer in model.layers)
    assert any((layer.gain < 0).any() for model in models for layer in model.layers)


@pytest.mark.parametrize("what", ["weight", "threshold", "betaf"])
def test_the_comparison_catches_a_fault(what):
    rng = np.random.default_rng(26)
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


@pytest.fixture
def residual():
    """A network with all kinds of layers: a depthwise one, joins of both kinds, average pools."""
    return chain(Input(shape=(1, 28, 28), bits=4), 10, [
        dict(out_channels=6, kernel=(5, 5), stride=2, padding=2),
        dict(out_channels=6, kernel=(3, 3), padding=1, depthwise=True),
        dict(out_channels=6, kernel=(1, 1), join=dict(source="conv1", depthwise=True)),
        dict(out_channels=9, kernel=(3, 3), stride=2, padding=1, join=dict(source="conv3", stride=2)),
        dict(out_channels=8, kernel=(3, 3), average=2)], name="residual", timesteps=3)


def warm(model: SpikingNetwork, samples: torch.Tensor) -> SpikingNetwork:
    """``model``, whose batch norm has learned its statistics."""
    for _ in range(20):
        model(samples)
    return model


def test_the_sums_of_every_kind_of_layer_are_those_of_pytorch(residual):
    """With its own average pool, groups, and a slice for the stride of a join."""
    torch.manual_seed(0)
    _, depthwise, joined, strided, averaged, _ = SpikingNetwork(residual).layers
    one, two = torch.rand(2, 3, 8, 6, 14, 14)                           # each [T, N, C, H, W]
    three = torch.rand(3, 8, 9, 7, 7)[..., :6, :6]
    each = range(3)
    for got, expected in (
        (depthwise.sums(one), [F.conv2d(one[t], depthwise.weight, padding=1, groups=6) for t in each]),
        (joined.sums(two, one), [F.conv2d(two[t], joined.weight) + one[t] * joined.join_weight[:, 0] for t in each]),
        (strided.sums(one, two), [F.conv2d(one[t], strided.weight, stride=2, padding=1)
                                  + F.conv2d(two[t, :, :, ::2, ::2], strided.join_weight) for t in each]),
        (averaged.sums(three), [F.conv2d(F.avg_pool2d(three[t], 2), averaged.weight) for t in each]),
    ):
        torch.testing.assert_close(got, torch.stack(expected))


@pytest.mark.parametrize("processes", [2, 3])
def test_parts_compared_in_processes_of_their_own_add_up(residual, digits, processes):
    samples = torch.from_numpy(digits.samples[:32])
    torch.manual_seed(0)
    float_model = warm(SpikingNetwork(residual), samples)
    model = float_model.quantised()
    one, many = (compare(model, to_network(model), digits[:50], "cpu", n) for n in (1, processes))
    assert (one.samples, one.quantised, one.golden) == (many.samples, many.quantised, many.golden)
    assert one.rates == pytest.approx(many.rates) and one.any_rates == pytest.approx(many.any_rates)
    assert len(one.rates) == 5 and all(rate < any_rate for rate, any_rate in zip(one.rates, one.any_rates))
    assert accuracy(float_model, digits, "cpu", processes) == accuracy(float_model, digits)


def test_a_fault_in_the_second_part_is_reported_with_its_sample(residual, digits, monkeypatch):
    def off_by_one(network, samples, **options):
        run = forward(network, samples, **options)
        if samples.tobytes() == digits.samples[20:36].tobytes():
            run.layers[0].membrane[1, 3, 2, 1, 1] += 1
        return run

    monkeypatch.setattr("train.evaluate.forward", off_by_one)
    model = SpikingNetwork(residual).quantised()
    place = "sample 23, timestep 1, neuron .2, 1, 1."
    with pytest.raises(MismatchError, match=f"layer 'conv1' membrane differs at {place}"):
        compare(model, to_network(model), digits[:40], "cpu", 2)


def test_every_kind_of_layer_learns_and_stays_golden(residual, digits):
    recipe = Recipe(batch=20, augment=None).with_epochs(16)
    run = Training(residual, recipe, digits[:200], digits[200:])
    losses = []
    model = run.run(lambda event: losses.append(event.moment.loss) if isinstance(event, EpochEnd) else None)
    assert losses[7] < 0.7 * losses[0] and losses[-1] < losses[7]
    comparison = compare(model, to_network(model), digits)
    assert comparison.samples == len(digits) and 0.02 < comparison.rates[-1] < 0.9
    assert to_network(model).layers[4].weight.shape == (8, 9, 6, 6)     # its average pool is in its window


def test_gradients_in_bfloat16_leave_the_integers_exact(residual, digits):
    torch.manual_seed(0)
    samples = torch.from_numpy(digits.samples[:32])
    float_model = warm(SpikingNetwork(residual), samples)
    gradients = []
    for half in (False, True):
        model = float_model.quantised()
        for layer in model.layers:
            layer.half_backward = half
        runs = model(samples)
        F.cross_entropy(runs[-1].output[-1, :, :, 0, 0], torch.from_numpy(digits.labels[:32])).backward()
        gradients.append([p.grad for p in model.parameters() if p.grad is not None])
        compare(model, to_network(model), digits[:32])
    for exact, half in zip(*gradients, strict=True):
        assert torch.nn.functional.cosine_similarity(exact.flatten(), half.flatten(), dim=0) > 0.99
    assert any(not torch.equal(exact, half) for exact, half in zip(*gradients))


@pytest.mark.parametrize("neuron", NEURONS)
@pytest.mark.parametrize("per_timestep", [False, True])
def test_every_neuron_learns_what_it_may_and_nothing_else(tiny, digits, neuron, per_timestep):
    recipe = Recipe(batch=40, augment=None).with_epochs(4)
    run = Training(tiny(neuron=neuron, per_timestep=per_timestep, timesteps=2), recipe, digits[:160], digits[160:])
    before = [layer.decays.values() for layer in SpikingNetwork(run.architecture).layers]
    model = run.run()
    for layer, values in zip(model.layers, before):
        changed = {name for name, old, new in zip(("alpha", "beta"), values, layer.decays.values())
                   if not torch.equal(old, new)}
        assert changed == ({"alpha", "beta"} if neuron == "plif" else set(NEURONS[neuron].learned))
        assert all(len(value) == (2 if per_timestep and name in changed else 1)
                   for name, value in zip(("alpha", "beta"), layer.decays.values()))
    assert compare(model, to_network(model), digits).samples == len(digits)


@pytest.mark.parametrize("which", ["tiny", "residual"])
def test_every_parameter_gets_a_gradient(tiny, residual, digits, which):
    torch.manual_seed(0)
    samples = torch.from_numpy(digits.samples[:32])
    model = warm(SpikingNetwork(tiny() if which == "tiny" else residual), samples).quantised()
    runs = model(samples)
    runs[-1].output[-1].square().sum().backward()
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


def test_folding_keeps_what_the_float_network_computes(tiny, digits):
    samples = torch.from_numpy(digits.samples)
    model = warm(SpikingNetwork(tiny(weight_bits=8)), samples).eval()
    with torch.no_grad():
        spikes, folded = model(samples)[0].output, model.quantised()(samples)[0].output
    assert 0.02 < spikes.mean() < 0.6
    assert (spikes != folded).float().mean() < 0.01                     # 8-bit weights: nearly all spikes agree


def test_a_sum_that_float32_cannot_hold_exactly_is_refused(tiny):
    model = SpikingNetwork(tiny(), QuantLayer)
    layer = model.layers[0]
    with torch.no_grad():
        layer.weight.fill_(7.0)
    with pytest.raises(TrainError, match="float32 is exact below 16777216"):
        layer(torch.full((1, 1, 1, 28, 28), 1e5), 3)


def test_a_channel_that_ran_away_is_refused_before_it_is_trained_on(tiny):
    network = SpikingNetwork(tiny())
    network.layers[1].norm.running_var[3] = float("inf")
    with pytest.raises(TrainError, match="layer 'conv2' has a channel without a scale.*--rate"):
        network.quantised()
