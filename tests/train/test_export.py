"""Export: what is written is what was trained, complete or not at all."""

import numpy as np
import pytest
import torch

from hwgen.frontend.pt import load
from hwgen.spec import to_state
from sim.golden import forward
from train import files
from train.errors import TrainError
from train.export import to_network, write
from train.models import SpikingNetwork


@pytest.fixture
def network(tiny):
    torch.manual_seed(0)
    return to_network(SpikingNetwork(tiny()).quantised(), {"dataset": "drawn", "seed": 0})


def same(first, second):
    if isinstance(first, np.ndarray):
        return first.dtype == second.dtype and np.array_equal(first, second)
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same(first[key], second[key]) for key in first)
    if isinstance(first, list):
        return len(first) == len(second) and all(map(same, first, second))
    return first == second


def test_export_and_load_give_the_same_network(network, digits, tmp_path):
    write(network, tmp_path / "net.pt")
    loaded = load(tmp_path / "net.pt")
    assert same(to_state(network), to_state(loaded))
    np.testing.assert_array_equal(forward(network, digits.samples[:20]).scores,
                                  forward(loaded, digits.samples[:20]).scores)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(network, tmp_path, monkeypatch):
    path = tmp_path / "net.pt"
    write(network, path)
    before = path.read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(TrainError, match="cannot be written .No space left on device."):
        write(network, path)
    assert path.read_bytes() == before and [entry.name for entry in tmp_path.iterdir()] == ["net.pt"]
