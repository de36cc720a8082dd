"""Checkpoint round trip, and every validation error: one line that names object, value and limit."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings

from hwgen.frontend import pt
from hwgen.spec import Dalif, Encoding, Input, Kind, Layer, ModelError, Network, Skip, from_state, to_state
from tests.strategies import cases, random_case


def same(a, b):
    """Two networks hold the same values."""
    if (a.name, a.timesteps, a.input, a.metadata, len(a.layers)) != (b.name, b.timesteps, b.input, b.metadata,
                                                                     len(b.layers)):
        return False
    return all(map(same_fields, a.layers, b.layers))


def same_fields(a, b):
    """Two layers, or two skips, hold the same values."""
    if a is None or b is None:
        return a is b
    for name in a.__dataclass_fields__:
        mine, other = getattr(a, name), getattr(b, name)
        if name == "skip":
            if not same_fields(mine, other):
                return False
        elif mine.tolist() != other.tolist() if isinstance(mine, np.ndarray) else mine != other:
            return False
    return True


def tensors(state):
    if isinstance(state, np.ndarray):
        return torch.from_numpy(state.copy())
    if isinstance(state, dict):
        return {key: tensors(value) for key, value in state.items()}
    return [tensors(value) for value in state] if isinstance(state, list) else state


@settings(max_examples=30, deadline=None)
@given(cases(samples=1) | cases(samples=1, joins=True))
def test_state_round_trip(case):
    assert same(from_state(to_state(case.network)), case.network)


def test_the_round_trip_comparison_can_fail():
    network = random_case(0).network
    state = to_state(network)
    state["layers"][0]["weight"][0, 0, 0, 0] ^= 1
    assert not same(from_state(state), network)


def test_the_round_trip_comparison_sees_the_skip():
    network = joined()
    skip = network.layers[2].skip
    assert same(from_state(to_state(network)), network)
    for changes in ({"source": "conv1"}, {"weight": skip.weight * [[[[0]]]]}, {"stride": 1}, {"stride": 3}):
        assert not same_fields(replace(skip, **changes), skip)
    state = to_state(network)
    state["layers"][2]["skip"]["weight"][1, 0] ^= 1
    assert not same(from_state(state), network)
    state["layers"][2]["skip"] = None
    assert not same(from_state(state), network)


@pytest.mark.parametrize("joins", [False, True])
def test_file_round_trip(tmp_path, joins):
    network = random_case(12, joins=joins).network
    assert any(layer.skip for layer in network.layers) == any(layer.depthwise for layer in network.layers) == joins
    torch.save(tensors(to_state(network)), tmp_path / "net.pt")
    assert same(pt.load(tmp_path / "net.pt"), network)
    assert len(pt.sha256(tmp_path / "net.pt")) == 64


class Hostile:
    def __reduce__(self):
        return (open, ("hostile-was-run", "w"))


def test_bad_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    good = tmp_path / "good.pt"
    torch.save(tensors(to_state(random_case(1).network)), good)
    (tmp_path / "short.pt").write_bytes(good.read_bytes()[:-300])
    (tmp_path / "random.pt").write_bytes(np.random.default_rng(0).bytes(4000))
    (tmp_path / "empty.pt").write_bytes(b"")
    torch.save({"format": "hwgen-network", "code": Hostile()}, tmp_path / "hostile.pt")
    (tmp_path / "pickle.pt").write_bytes(pickle.dumps(Hostile(), protocol=2))
    torch.save({"weight": torch.zeros(3)}, tmp_path / "other.pt")
    torch.save([1, 2, 3], tmp_path / "list.pt")
    for name in ("short", "random", "empty", "hostile", "pickle", "other", "list", "missing"):
        with pytest.raises(ModelError) as caught:
            pt.load(tmp_path / f"{name}.pt")
        assert "\n" not in str(caught.value) and caught.value.hint and caught.value.exit_code == 1, name
    assert not (tmp_path / "hostile-was-run").exists()


def test_another_version_is_refused():
    with pytest.raises(ModelError, match="format version 2"):
        from_state({**to_state(random_case(1).network), "version": 2})


def broken(path, value):
    """The state of a good network with the entry at ``path`` replaced, or removed where value is None."""
    state = copy.deepcopy(to_state(random_case(1).network))
    *parents, last = path
    entry = state
    for key in parents:
        entry = entry[key]
    if value is None:
        del entry[last]
    else:
        entry[last] = value
    return state


@pytest.mark.parametrize("path, value, message", [
    (("timesteps",), None, "lacks the field"),
    (("layers", 0, "weight"), None, "weight"),
    (("layers", 0, "neuron", "alpha"), None, "alpha"),
    (("layers", 0, "colour"), "red", "unknown field 'colour'"),
    (("layers", 0, "neuron", "beta"), ["x"], "wrong value|beta"),
    (("layers", 0, "neuron", "beta"), [float("nan")], "wrong value|beta"),
    (("layers", 0, "kind"), "attention", "attention"),
    (("layers", 0, "neuron", "reset"), "half", "half"),
    (("layers",), 5, "wrong value"),
    (("layers", 0), 5, "wrong value"),
    (("metadata",), 5, "wrong value"),
    (("name",), 5, "wrong value"),
    (("input", "shape"), [1, 2], "input shape"),
    (("input", "encoding"), "latency", "latency"),
])
def test_broken_states_are_refused(path, value, message):
    with pytest.raises(ModelError, match=message) as caught:
        from_state(broken(path, value))
    assert "\n" not in str(caught.value)


def layer(**changes):
    return Layer(**{"name": "conv", "kind": Kind.CONV, "weight": np.ones((2, 1, 3, 3), np.int8), "weight_bits": 4,
                    "scale": np.ones(2), "offset": np.zeros(2), "neuron": Dalif(alpha=(256,), beta=(256,)), **changes})


SILENT = Dalif(alpha=(256,), beta=(256,), fires=False)


@pytest.mark.parametrize("changes, message", [
    ({"name": "two words"}, "not an identifier"),
    ({"weight_bits": 1}, "weight_bits = 1"),
    ({"weight_bits": 9}, "weight_bits = 9"),
    ({"weight": np.ones((2, 9), np.int8)}, r"weight has shape \(2, 9\)"),
    ({"weight": np.ones((2, 0, 3, 3), np.int8)}, "weight has shape"),
    ({"weight": np.ones((2, 1, 3, 3))}, "dtype float64"),
    ({"weight": np.full((2, 1, 3, 3), 8, np.int8)}, "a weight of 8 is out of range"),
    ({"weight": np.full((2, 1, 3, 3), -8, np.int8)}, "a weight of 8 is out of range"),
    ({"scale": np.ones(3)}, "scale has shape"),
    ({"scale": np.array([1, np.nan])}, "scale of channel 1 is not a finite"),
    ({"scale": np.array([0.0, 1])}, "scale of channel 0 is zero"),
    ({"offset": np.array([np.inf, 1])}, "offset of channel 0 is not a finite"),
    ({"stride": 0}, "stride = 0"), ({"stride": 9}, "stride = 9"),
    ({"padding": 3}, "padding = 3"), ({"padding": -1}, "padding = -1"),
    ({"pool": 0}, "pool = 0"), ({"pool": 2.0}, "pool = 2.0"),
    ({"kind": Kind.DENSE, "stride": 2}, "dense layer has stride 1"),
    ({"kind": Kind.READOUT}, "readout's neurons never fire"),
    ({"neuron": SILENT}, "readout's neurons never fire"),
    ({"kind": Kind.READOUT, "neuron": SILENT, "scale": np.array([1.0, 2.0])}, "one positive scale"),
    ({"kind": Kind.READOUT, "neuron": SILENT, "scale": np.array([-1.0, -1.0])}, "one positive scale"),
])
def test_layer_errors(changes, message):
    with pytest.raises(ModelError, match=message):
        layer(**changes)


@pytest.mark.parametrize("changes, message", [
    ({"alpha": (0,)}, "alpha = 0 is out of range"), ({"alpha": (-1,)}, "alpha = -"),
    ({"alpha": (4096,)}, "alpha = 16"), ({"alpha": ()}, "alpha has no value"),
    ({"beta": (-1,)}, "beta = -"), ({"beta": (1 << 20,)}, "beta = 4096"),
    ({"v_threshold": 0.0}, "v_threshold = 0.0"), ({"v_threshold": float("nan")}, "v_threshold = nan"),
    ({"fraction_bits": 9}, "fraction_bits = 9"), ({"membrane_bits": 7}, "membrane_bits = 7"),
    ({"membrane_bits": 25}, "membrane_bits = 25"), ({"decay_fraction_bits": 0}, "decay_fraction_bits = 0"),
])
def test_neuron_errors(changes, message):
    with pytest.raises(ModelError, match=message):
        Dalif(**{"alpha": (256,), "beta": (256,), **changes})


@pytest.mark.parametrize("shape, bits, encoding, message", [
    ((0, 1, 1), 8, Encoding.ANALOG, "input shape"), ((1, 1), 8, Encoding.ANALOG, "input shape"),
    ((1, 5000, 1), 8, Encoding.ANALOG, "input shape"), ((1, 1, 1), 9, Encoding.ANALOG, "input bits = 9"),
    ((1, 1, 1), 2, Encoding.SPIKES, "input bits = 2"),
])
def test_input_errors(shape, bits, encoding, message):
    with pytest.raises(ModelError, match=message):
        Input(shape=shape, bits=bits, encoding=encoding)


def network(**changes):
    readout = Layer(name="readout", kind=Kind.READOUT, weight=np.ones((2, 2, 2, 2), np.int8), weight_bits=4,
                    scale=np.ones(2), offset=np.zeros(2), neuron=SILENT)
    return Network(**{"name": "net", "timesteps": 2, "input": Input(shape=(1, 4, 4)), "layers": (layer(), readout),
                      **changes})


def test_network_errors():
    good = network()
    readout = good.layers[1]
    assert good.shapes == ((1, 4, 4), (2, 2, 2), (2, 1, 1)) and good.weight_bytes == 17
    for changes, message in [
        ({"name": "a b"}, "network name 'a b'"), ({"timesteps": 0}, "timesteps = 0"),
        ({"timesteps": 17}, "timesteps = 17"), ({"layers": ()}, "no layers"),
        ({"layers": (layer(), layer(), readout)}, "two layers are named 'conv'"),
        ({"layers": (layer(),)}, "is not a readout"),
        ({"layers": (replace(readout, name="first"), readout)}, "'first' is a readout"),
        ({"input": Input(shape=(3, 4, 4))}, "takes 1 channels but gets 3"),
        ({"input": Input(shape=(1, 5, 4))}, r"takes a map of \(2, 2\)"),
        ({"input": Input(shape=(1, 2, 2))}, "nothing is left of a map of 2 x 2"),
        ({"layers": (layer(neuron=Dalif(alpha=(256,) * 3, beta=(256,))), readout)}, "alpha has 3 values for 2"),
    ]:
        with pytest.raises(ModelError, match=message):
            network(**changes)


ONES = np.ones((3, 2, 1, 1), np.int8)


def joined(**changes):
    """conv0 2 x 5 x 5 -> conv1 3 x 5 x 5 -> conv2 3 x 3 x 3 with a skip, of ``changes``, from conv0 -> readout."""
    skip = Skip(**{"source": "conv0", "weight": ONES, "stride": 2, **changes})
    convs = [layer(name=f"conv{index}", weight=np.ones((channels, inputs, 3, 3), np.int8), scale=np.ones(channels),
                   offset=np.zeros(channels), padding=1, stride=stride, skip=skip if index == 2 else None)
             for index, (inputs, channels, stride) in enumerate([(1, 2, 1), (2, 3, 1), (3, 3, 2)])]
    readout = layer(name="readout", kind=Kind.READOUT, weight=np.ones((2, 3, 3, 3), np.int8), neuron=SILENT)
    return Network(name="joined", timesteps=2, input=Input(shape=(1, 5, 5)), layers=(*convs, readout))


def test_a_join_counts_in_shapes_and_weights():
    network = joined()
    assert network.shapes == ((1, 5, 5), (2, 5, 5), (3, 5, 5), (3, 3, 3), (2, 1, 1))
    assert [network.skip_source(index) for index in range(4)] == [None, None, 0, None]
    assert network.parameters == 18 + 54 + 81 + 6 + 54
    assert network.integers[2].max_weight_sum == 27 + 2 and network.integers[1].skip_weight is None


@pytest.mark.parametrize("changes, message", [
    ({"source": "input"}, "its skip comes from 'input'; it must come from an earlier layer: conv0, conv1"),
    ({"source": "conv9"}, "its skip comes from 'conv9'"),
    ({"source": "conv2"}, "its skip comes from 'conv2'"),
    ({"source": "readout"}, "its skip comes from 'readout'"),
    ({"stride": 1}, "layer 'conv2': its skip takes 2 channels of 3 x 3 but 'conv0' gives 2 of 5 x 5"),
    ({"stride": 3}, "'conv0' gives 2 of 2 x 2"),
    ({"stride": 0}, "skip from 'conv0': stride = 0"), ({"stride": 9}, "stride = 9"),
    ({"stride": 2.0}, "stride = 2.0"),
    ({"weight": ONES[:, :1]}, "takes 1 channels of 3 x 3 but 'conv0' gives 2"),
    ({"weight": ONES[:2]}, "the skip from 'conv0' has 2 output channels, the layer has 3"),
    ({"weight": ONES * 8}, "layer 'conv2': a weight of 8 is out of range"),
    ({"weight": ONES * -8}, "a weight of 8 is out of range"),
    ({"weight": ONES.astype(float)}, "skip from 'conv0': weight has shape .* dtype float64"),
    ({"weight": np.ones((3, 2, 3, 3), np.int8)}, "weight has shape"),
    ({"weight": ONES[:, :0]}, "weight has shape"),
    ({"weight": ONES[..., 0]}, "weight has shape"),
    ({"depthwise": True}, "2 weights a channel; a depthwise skip has one"),
    ({"weight": ONES[:, :1], "depthwise": True}, "takes 3 channels of 3 x 3 but 'conv0' gives 2"),
])
def test_join_errors(changes, message):
    with pytest.raises(ModelError, match=message) as caught:
        joined(**changes)
    assert "\n" not in str(caught.value)


def test_depthwise_errors():
    with pytest.raises(ModelError, match=r"weight has shape \(2, 2, 3, 3\); a depthwise layer has one input channel"):
        layer(weight=np.ones((2, 2, 3, 3), np.int8), depthwise=True)
    assert layer(depthwise=True).in_channels == 2
    with pytest.raises(ModelError, match="takes 2 channels but gets 1"):
        network(layers=(layer(depthwise=True), network().layers[1]))
    for changes in ({"depthwise": True}, {"skip": Skip(source="conv", weight=np.ones((2, 1, 1, 1), np.int8))}):
        with pytest.raises(ModelError, match="a dense layer is neither depthwise nor has a skip"):
            layer(kind=Kind.DENSE, **changes)


@pytest.mark.parametrize("field, value, message", [
    ("colour", "red", "layer 'conv2': skip has an unknown field 'colour'"),
    ("source", None, "its skip comes from 'None'"), ("weight", None, "weight has shape"), ("stride", "x", "stride = 'x'"),
])
def test_broken_skips_are_refused(field, value, message):
    state = to_state(joined())
    state["layers"][2]["skip"][field] = value
    with pytest.raises(ModelError, match=message) as caught:
        from_state(state)
    assert "\n" not in str(caught.value)
    for wrong in ("conv0", 5, ["conv0"]):
        state["layers"][2]["skip"] = wrong
        with pytest.raises(ModelError) as caught:
            from_state(state)
        assert "\n" not in str(caught.value)


def test_frozen():
    entry = layer()
    with pytest.raises(ValueError):
        entry.weight[0, 0, 0, 0] = 3
    with pytest.raises(ValueError):
        joined().layers[2].skip.weight[0, 0, 0, 0] = 3
    with pytest.raises(AttributeError):
        entry.stride = 2
