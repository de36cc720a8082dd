"""Each shipped network is complete: it loads, has inputs of its own and a card that says what the file says."""

from pathlib import Path

import numpy as np
import pytest

from hwgen.frontend.pt import load
from hwgen.spec import Encoding
from sim.golden import forward
from train.data import load as load_data
from train.data.draw import shipped

MODELS = Path(__file__).resolve().parents[2] / "models"
NAMES = sorted(path.stem for path in MODELS.glob("*.pt"))


def test_there_are_networks():
    assert NAMES == ["bars", "cifar10", "cifar10-ecp5", "dvsobjects", "gesture", "mnist", "nmnist"]


#: Of its inputs each network knows so many at least; those of cifar10, cifar10-ecp5 and dvsobjects are painted and
#: simulated, and they have learned from photographs and recordings.
KNOWN = {"bars": 0.9, "mnist": 0.9, "cifar10": 0.3, "cifar10-ecp5": 0.3, "nmnist": 0.9, "dvsobjects": 0.1,
         "gesture": 0.9}


@pytest.mark.parametrize("name", NAMES)
def test_its_inputs_fit_and_it_knows_them(name):
    network = load(MODELS / f"{name}.pt")
    with np.load(MODELS / f"{name}.npz") as inputs:
        samples, labels = inputs["samples"], inputs["labels"]
    assert samples.shape == (len(labels), *network.sample_shape) and len(labels) >= 32
    assert samples.dtype == (np.uint8 if network.input.encoding is Encoding.ANALOG else bool)
    assert labels.dtype == np.int64 and set(labels.tolist()) <= set(range(network.classes))
    correct = int((forward(network, samples).winner == labels).sum())
    assert correct >= KNOWN[name] * len(labels)
    assert f"it is right {correct}" in " ".join((MODELS / f"{name}.md").read_text().split())


@pytest.mark.parametrize("name", NAMES)
def test_its_card_says_what_the_file_says(name):
    network, card = load(MODELS / f"{name}.pt"), (MODELS / f"{name}.md").read_text()
    metadata = network.metadata
    assert network.name == name and len(metadata["classes"]) == network.classes
    assert metadata["command"] in card and f"seed {metadata['seed']}" in card
    assert {"quantised", "golden"} <= set(metadata["accuracy"])
    for stage, entry in metadata["accuracy"].items():
        assert f"| {stage} | {100 * entry['value']:.2f} % | {entry['samples']:,} |" in card
    assert f"{network.parameters:,} weights" in card


@pytest.mark.parametrize("name, tolerance", [
    ("mnist", 1),                                   # trigonometry may differ in the last place between machines
    ("cifar10", 0),
    ("cifar10-ecp5", 0),
    ("bars", 0),
    # the share of spikes that may: a threshold is passed, or just not
    ("nmnist", 1e-3), ("dvsobjects", 1e-3), ("gesture", 1e-3),
])
def test_the_drawings_are_those_of_their_command(name, tolerance):
    """``python -m train.data.draw NAME --out models/NAME.npz``"""
    samples, labels = shipped(name)
    with np.load(MODELS / f"{name}.npz") as inputs:
        np.testing.assert_array_equal(inputs["labels"], labels)
        apart = np.abs(inputs["samples"].astype(int) - samples)
    if samples.dtype == bool:
        assert apart.mean() <= tolerance
    else:
        assert apart.max() <= tolerance


def test_the_accuracy_on_bars_is_that_of_its_card():
    """The test split is drawn anew: anybody can check this figure without data."""
    network, test = load(MODELS / "bars.pt"), load_data("bars")[1]
    correct = (forward(network, test.samples).winner == test.labels).mean()
    assert network.metadata["accuracy"]["golden"] == {"value": correct, "samples": len(test)}
    assert correct >= 0.97
