"""Presets and TOML networks: their shapes, their errors, and how they begin to learn."""

import re
from pathlib import Path

import pytest
import torch

from hwgen.spec import Encoding, Input, Kind, ModelError, Reset
from train.architecture import chain
from train.board_check import drawn
from train.data import Split
from train.errors import TrainError
from train.evaluate import compare
from train.export import to_network
from train.losses import LOSSES
from train.models import ARCHITECTURES, SpikingNetwork
from train.networks import PRESETS, find
from train.networks.toml import read
from train.neuron import NEURONS

DOCS = Path(__file__).parents[2] / "docs" / "training.md"
GREY, COLOUR = (Input(shape=shape, bits=4) for shape in ((1, 28, 28), (3, 32, 32)))
EVENTS, OBJECTS, LARGE = (Input(shape=(2, n, n), encoding=Encoding.SPIKES, bits=1) for n in (34, 32, 48))


def weights(architecture) -> int:
    return sum(torch.Size(shape).numel() for stage in architecture.stages
               for shape in (stage.weight_shape, *([stage.join_shape] if stage.join else [])))


@pytest.mark.parametrize("preset, input, classes, layers, count", [
    ("tiny-up5k", GREY, 10, 4, 15_888), ("tiny-up5k", COLOUR, 10, 7, 213_936), ("tiny-up5k", COLOUR, 100, 7, 236_976),
    ("tiny-up5k", EVENTS, 10, 5, 56_608), ("tiny-up5k", OBJECTS, 8, 5, 54_560),
    ("small-ecp5", COLOUR, 10, 8, 708_448), ("small-ecp5", COLOUR, 100, 8, 746_848),
    ("resnet19", COLOUR, 10, 19, 13_129_600), ("sew-resnet34", Input(shape=(3, 224, 224)), 1000, 34, 22_693_056),
    ("vgg-dvs", LARGE, 10, 9, 9_263_232)])
def test_each_preset_has_its_published_layers_and_so_many_weights(preset, input, classes, layers, count):
    architecture = PRESETS[preset](input, classes)
    assert (len(architecture.stages), weights(architecture)) == (layers, count)
    assert architecture.stages[-1].kind is Kind.READOUT and architecture.stages[-1].out_channels == classes


def test_width_is_a_factor_on_the_channels_of_presets_only(tmp_path):
    assert [stage.out_channels for stage in ARCHITECTURES["bars"](width=0.5).stages] == [4, 4]
    assert [stage.out_channels for stage in ARCHITECTURES["cifar10"](width=0.5).stages] == [8, 16, 32, 32, 48, 48, 10]
    path = tmp_path / "net.toml"
    path.write_text("[[layer]]\nout_channels = 4\nkernel = 3\n")
    with pytest.raises(TrainError, match="says how many channels there are; leave the width away"):
        find(str(path), GREY, 10, width=0.5)


def test_the_shipped_networks_are_tiny():
    for name, input in (("mnist", GREY), ("cifar10", COLOUR)):
        assert ARCHITECTURES[name](timesteps=2) == find("tiny-up5k", input, 10, timesteps=2, name=name)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("input", [COLOUR, EVENTS], ids=["images", "events"])
def test_a_preset_takes_images_and_events_and_obeys_the_specification(preset, input):
    architecture = find(preset, input, 5, width=1 / 16, timesteps=2, weight_bits=3, reset=None)
    assert (architecture.timesteps, architecture.weight_bits, architecture.reset) == (2, 3, Reset.SUBTRACT)
    with pytest.raises(ModelError, match="timesteps = 17"):
        find(preset, input, 5, width=1 / 16, timesteps=17)


@pytest.mark.parametrize("neuron", NEURONS)
def test_a_deep_preset_spikes_and_learns_in_every_layer_from_the_start(neuron):
    """Neither silent nor saturated, and the gradient neither vanishes nor explodes, in any layer."""
    torch.manual_seed(0)
    model = SpikingNetwork(find("resnet19", COLOUR, 10, width=1 / 8, timesteps=2, neuron=neuron))
    runs = model(torch.randint(256, (8, 3, 32, 32), dtype=torch.uint8))
    rates = [run.output.mean().item() for run in runs[:-1]]
    assert 0.01 < min(rates) and max(rates) < 0.5, rates
    LOSSES["tet"](runs[-1].output[:, :, :, 0, 0], torch.arange(8)).backward()
    norms = [layer.weight.grad.norm().item() for layer in model.layers]
    assert all(norm > 0 for norm in norms) and max(norms) < 100 * min(norms), norms


@pytest.mark.parametrize("preset", ["resnet19", "sew-resnet34", "vgg-dvs"])
def test_a_deep_preset_equals_golden_in_every_integer(preset):
    torch.manual_seed(0)
    model = SpikingNetwork(find(preset, OBJECTS, 10, width=1 / 16, timesteps=2))
    samples = (torch.rand(4, 2, *OBJECTS.shape) < 0.3).to(torch.uint8)
    for layer in model.layers[:-1]:
        layer.norm.momentum = None                                      # the statistics are those of the samples
    model(samples)
    model = model.quantised()
    comparison = compare(model, to_network(model), Split(samples.numpy(), torch.arange(4).numpy()))
    assert comparison.samples == 4 and min(comparison.any_rates) > 0


def example() -> str:
    section = DOCS.read_text().partition("## Networks\n")[2].partition("\n## ")[0]
    return re.search(r"```toml\n(.*?)```", section, re.DOTALL)[1]


def write(tmp_path, text: str) -> Path:
    path = tmp_path / "net.toml"
    path.write_text(text)
    return path


def test_the_example_of_the_documentation_is_the_network_it_says(tmp_path):
    architecture = find(write(tmp_path, example()), COLOUR, 10)
    assert architecture == chain(COLOUR, 10, [
        dict(out_channels=24, kernel=(5, 5), stride=2, padding=2),
        dict(name="wide", out_channels=48, kernel=(3, 3), padding=1),
        dict(name="joined", out_channels=48, kernel=(3, 3), padding=1, pool=2, join=dict(source="wide")),
        dict(name="hidden", kind=Kind.DENSE, out_channels=64, average=4)],
        name="little-resnet", timesteps=2, neuron="plif")
    assert architecture.stages[3].kernel == (2, 2)


def test_what_is_given_holds_against_the_file_unless_it_is_none(tmp_path):
    path = write(tmp_path, example())
    assert find(path, COLOUR, 10, timesteps=3, neuron=None).timesteps == 3
    assert find(path, COLOUR, 10, timesteps=None).timesteps == 2


CONV = "[[layer]]\nout_channels = 8\nkernel = 3\n"


@pytest.mark.parametrize("text, message", [
    ("[[layer]\n", "this is not TOML: .*; see docs/training.md"),
    ("[networks]\n", "there is no table 'networks'; did you mean network"),
    ("[network]\nname = 'a'\n", "there is no list of layers; write .*layer"),
    ("layer = 3\n", "there is no list of layers"),
    ("[network]\nneurn = 'lif'\n" + CONV, "there is no key for .network.: 'neurn'; did you mean neuron"),
    ("[network]\nneuron = 'liv'\n" + CONV, "there is no neuron 'liv'; did you mean lif or plif"),
    ("[network]\nreset = 'soft'\n" + CONV, "there is no reset 'soft'; known are subtract, zero"),
    ("[network]\ndecay_bits = 3\n" + CONV, "decay_bits = 3 is out of range; give 4 to 8"),
    ("[network]\ndecay_activation = 'tan'\n" + CONV, "no activation of the decays .tan.; did you mean tanh"),
    ("[network]\ntimesteps = 17\n" + CONV, "timesteps = 17 is out of range"),
    ("[network]\ntimesteps = true\n" + CONV, "timesteps = True is not a whole number"),
    ("[network]\nweight_bits = 9\n" + CONV, "weight_bits = 9 is out of range"),
    (CONV + "paddin = 1\n", "there is no key for layer 1: 'paddin'; did you mean padding"),
    (CONV + "kind = 'conf'\n", "there is no kind of layer, in layer 1, 'conf'; did you mean conv"),
    ("[[layer]]\nkernel = 3\n", "layer 1 has no out_channels"),
    ("[[layer]]\nname = 'a'\nout_channels = 3\n", "layer 'a' has no kernel; write kernel = a whole number"),
    ("[[layer]]\nout_channels = 3\nkernel = [3, 3, 3]\n", "kernel = .3, 3, 3. is not a whole number of 1 or more"),
    (CONV + "stride = 0\n", "layer 'conv1' has a kernel, stride.* below 1"),
    (CONV + "stride = 9\n", "stride = 9 is out of range"),
    (CONV + "average = 0\n", "average = 0 is no side"),
    (CONV + "padding = 3\n", "padding = 3 is not below the kernel size"),
    (CONV + CONV + "in_channels = 9\n",
     "layer 'conv2' takes 9 channels but layer 'conv1' gives 8 x 30 x 30; give it in_channels = 8"),
    (CONV + "stride = 8\n" + CONV + CONV,
     "layer 'conv3' has a kernel of 3 x 3 but layer 'conv2' gives 8 x 2 x 2; use a smaller kernel"),
    (CONV + "stride = 8\npool = 5\n",
     "layer 'conv1' pools 5 x 5 of a map of 4 x 4, since the input gives 3 x 32 x 32"),
    (CONV + "[[layer]]\nkind = 'dense'\nout_channels = 8\nkernel = 3\n",
     "layer 'conv2' is dense over 3 x 3 averages of 1 x 1 but layer 'conv1' gives 8 x 30 x 30"),
    (CONV + "depthwise = true\n", "layer 'conv1' is depthwise with 8 channels but the input gives 3 x 32 x 32"),
    (CONV + CONV + "join = { source = 'conv1' }\n",
     "layer 'conv2' has 8 x 28 x 28 before pooling, but its join with stride 1 gets 8 x 30 x 30 from layer 'conv1'"),
    (CONV + CONV + "join = { source = 'cov1' }\n",
     "there is no earlier layer for the join of layer 'conv2': 'cov1'; did you mean conv1"),
    (CONV + CONV + "join = { stride = 2 }\n", "the join of layer 2 has no source"),
    (CONV + "name = 'a'\n" + CONV + "name = 'a'\n", "two layers are named 'a'"),
    (CONV + "name = 'readout'\n", "two layers are named 'readout'"),
    ("[network]\naverage = 7\n" + CONV,
     "layer 'readout' is dense over 4 x 4 averages of 7 x 7 but layer 'conv1' gives 8 x 30 x 30"),
    ("[network]\naverage = 0\n" + CONV, "average = 0 is no side"),
])
def test_a_wrong_file_is_one_line_that_says_what_to_do(tmp_path, text, message):
    with pytest.raises(TrainError, match=message) as raised:
        find(write(tmp_path, text), COLOUR, 10)
    assert str(raised.value).startswith(f"'{tmp_path / 'net.toml'}': ") and "\n" not in str(raised.value)


def test_a_missing_file_and_an_unknown_preset(tmp_path):
    with pytest.raises(TrainError, match="none.toml': the file cannot be read: No such file"):
        find(tmp_path / "none.toml", COLOUR, 10)
    with pytest.raises(TrainError, match="there is no network 'resnet18'; did you mean resnet19"):
        find("resnet18", COLOUR, 10)
    with pytest.raises(TrainError, match="not TOML"):
        (tmp_path / "bad.toml").write_bytes(b"name = \xff")
        read(tmp_path / "bad.toml", COLOUR, 10)


@pytest.mark.parametrize("bits", [2, 4, 6, 8])
@pytest.mark.parametrize("input", [GREY, COLOUR, EVENTS])
def test_a_membrane_holds_many_thresholds(input, bits):
    """More bits of the weights leave fewer to the fraction: with eight and four, membranes would stop at one or two."""
    network = drawn(find("tiny-up5k", input, 10, weight_bits=bits, width=0.25))
    for layer in network.integers:
        assert 8 * int(layer.neuron.threshold.max()) < 1 << layer.neuron.membrane_bits - 1
