"""A larger network's answers beside the labels."""

import numpy as np
import pytest
import torch

from hwgen.spec import Kind
from sim.golden import forward
from tests.train.test_restore import trained
from train.architecture import Architecture
from train.errors import TrainError
from train.export import write
from train.restore import model_of
from train.teacher import TEMPERATURE, taught


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setattr("train.data.cache.user_folder", lambda: tmp_path / "cache")


def softened(network, split) -> np.ndarray:
    """By the golden model: the readout's integers in units of its scale, through a softmax."""
    readout, last = network.layers[-1], forward(network, split.samples).scores
    unit = readout.scale * readout.neuron.alpha[-1] / 2**readout.neuron.decay_fraction_bits
    scores = last * unit / 2**readout.neuron.fraction_bits / TEMPERATURE
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def test_half_is_the_label_and_half_the_golden_model_s_answer(tiny, digits):
    network, split = trained(tiny()), digits[:40]
    soft = taught(split, 10, network)
    expected = (np.eye(10)[split.labels] + softened(network, split)) / 2
    assert soft.labels.dtype == np.float32 and soft.samples is split.samples
    np.testing.assert_allclose(soft.labels, expected, atol=1e-6)
    assert (soft.labels.argmax(axis=1) == split.labels).all()


def test_the_answers_are_kept(tiny, digits, monkeypatch):
    network = trained(tiny())
    first = taught(digits[:40], 10, network).labels
    monkeypatch.setattr("train.teacher.scores", lambda *_: pytest.fail("answered twice"))
    assert (taught(digits[:40], 10, network).labels == first).all()
    with pytest.raises(pytest.fail.Exception):
        taught(digits[1:41], 10, network)                               # other samples


def test_processes_share_the_samples(tiny, digits, monkeypatch):
    network = trained(tiny())
    one = taught(digits[:41], 10, network).labels
    monkeypatch.setattr("train.teacher.cached", lambda *arguments: arguments[-1]())
    assert (taught(digits[:41], 10, network, processes=2).labels == one).all()


@pytest.mark.parametrize("options", [{}, {"neuron": "lif"}, {"per_timestep": True}, {"weight_bits": 8, "decay_bits": 5},
                                     {"reset": "zero"}])
def test_a_teacher_may_have_any_neurons(tiny, digits, options):
    network = trained(tiny(**options))
    with torch.no_grad():
        scores = model_of(network)(torch.from_numpy(digits.samples[:20]))[-1]
    assert (scores.membrane[-1, :, :, 0, 0].numpy() == forward(network, digits.samples[:20]).scores).all()


def test_a_teacher_of_other_samples_is_refused(tiny, digits):
    small = digits[:8]
    with pytest.raises(TrainError, match="samples of 1 x 28 x 28 and has 10 classes, these are of 1 x 14 x 28"):
        taught(type(small)(small.samples[:, :, ::2], small.labels), 10, trained(tiny()))
    with pytest.raises(TrainError, match="has 10 classes"):
        taught(small, 9, trained(tiny()))


def test_the_command_learns_from_a_teacher(train, tmp_path):
    assert train("bars", "--out", tmp_path / "teacher.pt", "--epochs", "2")[0] == 0
    code, _, _ = train("bars", "--out", tmp_path / "net.pt", "--epochs", "2", "--mixup",
                       "--teacher", tmp_path / "teacher.pt")
    assert code == 0 and (tmp_path / "net.pt").is_file()
    code, _, err = train("bars", "--out", tmp_path / "net.pt", "--teacher", tmp_path / "none.pt")
    assert code == 1 and "none.pt" in err and err.count("\n") == 1
