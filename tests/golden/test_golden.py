"""The golden model equals an independent scalar reference, and the comparison can fail."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwgen.spec import Dalif, Encoding, Input, Kind, Layer, ModelError, Network, Reset, Skip, fold_average_pool
from sim.golden import forward
from sim.golden.model import weighted_sum
from tests.golden import reference
from tests.strategies import cases, random_case


def difference(network, samples, run):
    """The first ``(sample, layer, what, (t, c, y, x))`` in which a golden run differs from the reference."""
    for index, sample in enumerate(samples):
        scores, layers = reference.run(network, sample)
        for layer, golden, (neurons, spikes) in zip(network.layers, run.layers, layers):
            for key, (x, u, fires) in neurons.items():
                at = (key[0], index, *key[1:])
                sums = golden.accumulator[(min(key[0], len(golden.accumulator) - 1), *at[1:])]
                for what, got, expected in (("X", sums, x), ("U", golden.membrane[at], u),
                                            ("S", golden.spikes[at], fires)):
                    if got != expected:
                        return index, layer.name, what, key
            if set(map(tuple, np.argwhere(golden.output[:, index]).tolist())) != spikes:
                return index, layer.name, "pool", None
        if run.scores[index].tolist() != scores or run.winner[index] != scores.index(max(scores)):
            return index, "scores", None, None
    return None


@settings(max_examples=60, deadline=None)
@given(cases(samples=2) | cases(samples=2, joins=True))
def test_every_integer_equals_the_reference(case):
    run = forward(case.network, case.samples, keep_layers=True)
    assert difference(case.network, case.samples, run) is None, case


@pytest.mark.slow
def test_every_integer_equals_the_reference_at_length():
    for seed in range(1000):
        case = random_case(seed, joins=seed % 2 == 1)
        run = forward(case.network, case.samples, keep_layers=True)
        assert difference(case.network, case.samples, run) is None, case


def test_random_networks_exercise_the_rule():
    """Both resets and encodings, saturated membranes, dropped pool windows, negative scales: all are drawn."""
    seen = set()
    for seed in range(60):
        case = random_case(seed)
        run = forward(case.network, case.samples, keep_layers=True)
        seen |= {case.network.input.encoding, f"T{case.network.timesteps}"}
        shape = case.network.input.shape
        for layer, golden in zip(case.network.layers, run.layers):
            rows, columns = layer.conv_shape(shape)[1:]
            shape = layer.out_shape(shape)
            top = 2 ** (layer.neuron.membrane_bits - 1) - 1
            seen |= {layer.neuron.reset, f"{layer.weight_bits} bits", f"F{layer.neuron.fraction_bits}"}
            seen |= {name for name, holds in {
                "saturated": (golden.membrane == top).any(), "per timestep": len(layer.neuron.alpha) > 1,
                "negative scale": (layer.scale < 0).any(),
                "dropped": (rows % layer.pool, columns % layer.pool) != (0, 0),
                "padded": layer.padding > 0, "strided": layer.stride > 1,
                "rectangular": layer.kernel[0] != layer.kernel[1]}.items() if holds}
            if layer.neuron.fires and golden.spikes.size > 100:
                assert 0.05 <= golden.spikes.mean() <= 0.6
    expected = {*Reset, *Encoding, "saturated", "per timestep", "negative scale", "dropped", "padded", "strided",
                "rectangular", *(f"T{t}" for t in range(1, 9)), *(f"{bits} bits" for bits in range(2, 9)),
                *(f"F{bits}" for bits in range(9))}
    assert expected <= seen


def test_random_joins_exercise_the_rule():
    """Every kind of join and of depthwise layer is drawn, fires, and has sums that the join changes."""
    seen, silent, joins = set(), 0, 0
    for seed in range(60):
        case = random_case(seed, joins=True)
        network = case.network
        run = forward(network, case.samples, keep_layers=True)
        seen |= {network.input.encoding, f"T{network.timesteps}"}
        for index, (layer, golden) in enumerate(zip(network.layers, run.layers)):
            if layer.neuron.fires and golden.spikes.size > 100:
                assert 0.05 <= golden.spikes.mean() <= 0.6
            seen |= {f"kernel {max(layer.kernel)}", f"stride {layer.stride}", f"pool {layer.pool}"}
            seen |= {"depthwise"} if layer.depthwise else set()
            if layer.skip:
                seen |= {("skip", layer.skip.stride, layer.skip.depthwise),
                         f"back {index - network.skip_source(index)}"}
                seen |= {name for name, holds in {
                    "into depthwise": layer.depthwise, "before a pool": layer.pool > 1,
                    "negative scale": (layer.scale < 0).any()}.items() if holds}
                weight = np.zeros_like(layer.skip.weight)
                without = replace(layer, skip=replace(layer.skip, weight=weight))
                layers = (*network.layers[:index], without, *network.layers[index + 1:])
                changed = forward(replace(network, layers=layers), case.samples, keep_layers=True).layers[index]
                if golden.spikes.size > 100:
                    joins += 1
                    silent += np.array_equal(changed.accumulator, golden.accumulator)
    assert joins > 30 and silent < joins / 10                               # a source may happen to be silent
    expected = {*Encoding, "depthwise", "into depthwise", "before a pool", "negative scale", "back 1", "back 2",
                "back 3", "stride 1", "stride 2", "pool 1", "pool 2", *(f"T{t}" for t in range(1, 17)),
                *(f"kernel {side}" for side in range(1, 6)),
                *(("skip", stride, depthwise) for stride in (1, 2) for depthwise in (False, True))}
    assert expected <= seen


def single(weights, *, timesteps, threshold, beta=256, reset=Reset.ZERO, fraction_bits=0, membrane_bits=8,
           encoding=Encoding.SPIKES):
    """A dense neuron of the given weights, in front of a readout that copies its spike; alpha = scale = 1."""
    weights = np.array(weights, np.int8).reshape(1, -1, 1, 1)
    neuron = {"alpha": (256,), "beta": (beta,), "fraction_bits": fraction_bits, "membrane_bits": membrane_bits}
    dense = Layer(name="dense", kind=Kind.DENSE, weight=weights, weight_bits=8, scale=[1.0], offset=[0.0],
                  neuron=Dalif(**neuron, v_threshold=threshold, reset=reset))
    readout = Layer(name="readout", kind=Kind.READOUT, weight=np.ones((1, 1, 1, 1), np.int8), weight_bits=2,
                    scale=[1.0], offset=[0.0], neuron=Dalif(**neuron, fires=False))
    bits = 8 if encoding is Encoding.ANALOG else 1
    return Network(name="single", timesteps=timesteps, layers=(dense, readout),
                   input=Input(shape=(weights.shape[1], 1, 1), encoding=encoding, bits=bits))


def history(network, sample):
    """``(U, S)`` of the only dense neuron, a list each, over time."""
    layer = forward(network, np.asarray(sample)[None], keep_layers=True).layers[0]
    return layer.membrane.ravel().tolist(), layer.spikes.ravel().tolist()


def spikes(rows):
    return np.array(rows, bool)[:, :, None, None]


def test_fires_once_a_timestep_on_the_sum_of_all_events():
    network = single([50, -50], timesteps=2, threshold=10)
    assert history(network, spikes([[1, 1], [1, 0]])) == ([0, 50], [False, True])


def test_the_saturated_value_is_compared_and_written_back():
    network = single([100, 100], timesteps=3, threshold=127, beta=256, reset=Reset.SUBTRACT)
    assert history(network, spikes([[1, 1], [0, 0], [1, 0]])) == ([127, 0, 100], [True, False, False])
    network = single([-100, -100], timesteps=2, threshold=127)
    assert history(network, spikes([[1, 1], [0, 0]]))[0] == [-128, -128]


def test_reset_rules():
    held = spikes([[1], [0], [0]])
    assert history(single([100], timesteps=3, threshold=40, reset=Reset.ZERO), held)[0] == [100, 0, 0]
    assert history(single([100], timesteps=3, threshold=40, reset=Reset.SUBTRACT), held)[0] == [100, 60, 20]


def test_equal_to_the_threshold_fires():
    assert history(single([5], timesteps=1, threshold=5), spikes([[1]]))[1] == [True]
    assert history(single([4], timesteps=1, threshold=5), spikes([[1]]))[1] == [False]


def test_decay_rounds_half_up():
    assert history(single([3], timesteps=2, threshold=100, beta=128), spikes([[1], [0]]))[0] == [3, 2]
    assert history(single([-3], timesteps=2, threshold=100, beta=128), spikes([[1], [0]]))[0] == [-3, -1]


def test_analog_input_enters_at_every_timestep():
    network = single([1], timesteps=3, threshold=100, encoding=Encoding.ANALOG)
    assert history(network, np.full((1, 1, 1), 30, np.uint8))[0] == [30, 60, 90]


def test_a_padded_window_sees_nothing_outside_a_full_map():
    """All pixels set: only true neighbours count, no address wraps to the other edge."""
    neuron = Dalif(alpha=(256,), beta=(0,), fraction_bits=0, membrane_bits=8, v_threshold=9)
    conv = Layer(name="conv", kind=Kind.CONV, weight=np.ones((1, 1, 3, 3), np.int8), weight_bits=2,
                 scale=[1.0], offset=[0.0], padding=1, neuron=neuron)
    readout = Layer(name="readout", kind=Kind.READOUT, weight=np.ones((1, 1, 4, 3), np.int8), weight_bits=2,
                    scale=[1.0], offset=[0.0], neuron=replace(neuron, fires=False))
    network = Network(name="full", timesteps=1, input=Input(shape=(1, 4, 3), encoding=Encoding.SPIKES, bits=1),
                      layers=(conv, readout))
    run = forward(network, np.ones((1, 1, 1, 4, 3), bool), keep_layers=True)
    assert run.layers[0].accumulator[0, 0, 0].tolist() == [[4, 6, 4], [6, 9, 6], [6, 9, 6], [4, 6, 4]]
    assert run.scores.tolist() == [[2]]


def test_batches_and_empty_batches_give_the_same():
    case = random_case(7, samples=5)
    run = forward(case.network, case.samples, keep_layers=True)
    parts = forward(case.network, case.samples, keep_layers=True, batch=2)
    assert np.array_equal(run.scores, parts.scores)
    assert all(np.array_equal(a.membrane, b.membrane) for a, b in zip(run.layers, parts.layers))
    assert forward(case.network, case.samples[:0]).scores.shape == (0, case.network.classes)


def test_samples_of_another_shape_are_refused():
    case = random_case(3)
    with pytest.raises(ModelError, match="samples have shape"):
        forward(case.network, case.samples[..., :-1])


@pytest.mark.parametrize("seed", range(8))
def test_a_changed_weight_or_threshold_is_caught(seed):
    """The mutation test: one weight, or one layer's threshold, off by one step, against the reference."""
    case = random_case(seed)
    network, rng = case.network, np.random.default_rng(seed)
    index = int(rng.integers(len(network.layers)))
    layer = network.layers[index]
    run = forward(network, case.samples, keep_layers=True)
    active = run.layers[index - 1].output.any(axis=(0, 1, 3, 4)) if index else case.samples.any(
        axis=tuple(a for a in range(case.samples.ndim) if a != case.samples.ndim - 3))
    channel = int(np.flatnonzero(active)[0])
    weight = np.array(layer.weight)
    at = (int(rng.integers(layer.out_channels)), channel, layer.kernel[0] // 2, layer.kernel[1] // 2)
    weight[at] += -1 if weight[at] > 0 else 1
    layers = list(network.layers)
    layers[index] = replace(layer, weight=weight)
    changed = forward(replace(network, layers=tuple(layers)), case.samples, keep_layers=True)
    found = difference(network, case.samples, changed)
    assert found is None or found[1:3] == (layer.name, "X")
    assert (found is None) == np.array_equal(changed.layers[index].accumulator, run.layers[index].accumulator)


@pytest.mark.parametrize("seed", range(8))
def test_a_changed_skip_is_caught(seed):
    """One weight of a residual join off by one step, where its source spikes, against the reference."""
    for case in (random_case(n, joins=True) for n in range(100 * seed, 100 * seed + 100)):
        network = case.network
        found = [index for index, layer in enumerate(network.layers) if layer.skip]
        if found:
            break
    index = found[-1]
    layer, source = network.layers[index], network.skip_source(index)
    spikes = forward(network, case.samples, keep_layers=True).layers[source].output
    channel = int(spikes[..., ::layer.skip.stride, ::layer.skip.stride].any(axis=(0, 1, 3, 4)).argmax())
    weight = np.array(layer.skip.weight)
    at = (channel, 0) if layer.skip.depthwise else (0, channel)
    weight[at] += np.where(weight[at] > 0, -1, 1).astype(np.int8)
    changed = replace(layer, skip=replace(layer.skip, weight=weight))
    layers = (*network.layers[:index], changed, *network.layers[index + 1:])
    run = forward(replace(network, layers=layers), case.samples, keep_layers=True)
    assert difference(network, case.samples, run)[1:3] == (layer.name, "X")


def residual(*, scale, skip):
    """Two 1 x 1 convolutions of one channel (weight 3), then one of two channels (weights 5 and 7) of the given
    scale that joins the first's output; F = 0, thresholds of 1 in the first two."""
    neuron = Dalif(alpha=(256,), beta=(0,), fraction_bits=0, membrane_bits=8)
    ones = {"kind": Kind.CONV, "weight": np.full((1, 1, 1, 1), 3, np.int8), "weight_bits": 8, "scale": [1.0],
            "offset": [0.0], "neuron": neuron}
    last = Layer(**{**ones, "name": "last", "weight": np.array([5, 7], np.int8).reshape(2, 1, 1, 1),
                    "scale": scale, "offset": [0.0, 0.0], "skip": skip})
    readout = Layer(name="readout", kind=Kind.READOUT, weight=np.ones((2, 2, 1, 1), np.int8), weight_bits=2,
                    scale=[1.0, 1.0], offset=[0.0, 0.0], neuron=replace(neuron, fires=False))
    return Network(name="residual", timesteps=1, input=Input(shape=(1, 1, 1), encoding=Encoding.SPIKES, bits=1),
                   layers=(Layer(name="a", **ones), Layer(name="b", **ones), last, readout))


def test_a_join_adds_before_the_neuron_and_a_negative_scale_flips_it_too():
    skip = Skip(source="a", weight=np.array([10, -20], np.int8).reshape(2, 1, 1, 1))
    network = residual(scale=[1.0, -1.0], skip=skip)
    sums = forward(network, np.ones((1, 1, 1, 1, 1), bool), keep_layers=True).layers[2].accumulator
    assert sums.ravel().tolist() == [5 + 10, -(7 - 20)]
    assert network.integers[2].skip_weight.ravel().tolist() == [10, 20]


def counted(spikes, side):
    """Events of the sums over ``side x side``, what a mean-pool gives times ``side**2``: ``(t, c, y, x) -> n``."""
    events = {}
    for t, c, y, x in np.argwhere(spikes).tolist():
        key = (t, c, y // side, x // side)
        events[key] = events.get(key, 0) + 1
    return events


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_folded_average_pool_equals_the_pool_and_the_layer(seed):
    """Sums over the folded window equal the layer's sums over the pool's, and its scale is that of the mean."""
    rng = np.random.default_rng(seed)
    side, kernel = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    stride, padding = int(rng.integers(1, 3)), int(rng.integers(0, kernel))
    channels, out_channels, depthwise = int(rng.integers(1, 4)), int(rng.integers(1, 4)), bool(rng.integers(2))
    height, width = (side * int(n) for n in rng.integers(kernel, 6, 2))
    if not padding:                                         # rows and columns that the pool drops do not count
        height, width = height + int(rng.integers(side)), width + int(rng.integers(side))
    spikes = rng.random((2, channels, height, width)) < 0.4
    shape = (channels, 1, kernel, kernel) if depthwise else (out_channels, channels, kernel, kernel)
    weight = rng.integers(-7, 8, shape)
    scale = rng.uniform(0.1, 1, shape[0])
    folded = fold_average_pool(side, weight=weight, scale=scale, stride=stride, padding=padding)
    sums = weighted_sum(spikes[:, None], folded["weight"], stride=folded["stride"], padding=folded["padding"],
                        depthwise=depthwise)[:, 0]
    expected = dict.fromkeys(product(*map(range, sums.shape)), 0)
    pooled = {key: count for key, count in counted(spikes, side).items()
              if key[2] < height // side and key[3] < width // side}
    reference.scatter(expected, pooled, weight.tolist(), stride=stride, padding=padding, depthwise=depthwise)
    assert {key: sums[key] for key in expected} == expected
    assert sums.shape[2:] == tuple((n // side + 2 * padding - kernel) // stride + 1 for n in (height, width))
    assert folded["scale"] * side**2 == pytest.approx(scale, rel=1e-15)


def test_a_layer_of_a_folded_pool_is_a_layer():
    """Behind an average pool of 2, a convolution becomes one of the network, and fires as it would on the mean."""
    neuron = Dalif(alpha=(256,), beta=(0,), fraction_bits=4, membrane_bits=12, v_threshold=1.0)
    folded = fold_average_pool(2, weight=np.array([[[[2]]]]), scale=[0.5], stride=1, padding=0)
    conv = Layer(name="conv", kind=Kind.CONV, weight_bits=4, offset=[0.0], neuron=neuron, **folded)
    readout = Layer(name="readout", kind=Kind.READOUT, weight=np.ones((1, 1, 1, 2), np.int8), weight_bits=2,
                    scale=[1.0], offset=[0.0], neuron=replace(neuron, fires=False))
    network = Network(name="mean", timesteps=1, input=Input(shape=(1, 2, 4), encoding=Encoding.SPIKES, bits=1),
                      layers=(conv, readout))
    sample = np.array([[1, 1, 1, 0], [1, 1, 1, 1]], bool)[None, None, None]         # means of 1 and of 3/4
    assert forward(network, sample, keep_layers=True).layers[0].spikes.ravel().tolist() == [True, False]


def test_an_off_by_one_weight_and_threshold_are_named():
    network = single([5, 3], timesteps=1, threshold=5)
    sample = spikes([[1, 0]])
    run = forward(network, sample[None], keep_layers=True)
    assert difference(network, sample[None], run) is None
    for changed, what in ((single([4, 3], timesteps=1, threshold=5), "X"),
                          (single([5, 3], timesteps=1, threshold=6), "S")):
        run = forward(changed, sample[None], keep_layers=True)
        assert difference(network, sample[None], run) == (0, "dense", what, (0, 0, 0, 0))
