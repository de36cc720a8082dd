"""A larger network's answers beside the labels."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from train.architecture import from_plain, to_plain
from train.data.mixup import mixup
from train.errors import TrainError
from train.evaluate import accuracy
from train.files import save
from train.loop import Training
from train.models import SpikingNetwork
from train.networks.deep import resnet19
from train.recipe import Phase, Recipe
from train.state import VERSION
from train.teacher import TEMPERATURE, Teacher


@pytest.fixture
def model(tiny, digits):
    """With statistics of batch norm."""
    torch.manual_seed(3)
    model = SpikingNetwork(tiny())
    with torch.no_grad():
        model(torch.from_numpy(digits.samples))
    return model


@pytest.fixture
def write(tmp_path):
    """A function: a network in a file as a log's."""
    def write(model, graded=False, **others):
        path = tmp_path / "float.pt"
        save({"version": VERSION, "float_model": model.state_dict(), "architecture": to_plain(model.architecture),
              "graded": graded, **others}, path)
        return path
    return write


@pytest.mark.parametrize("graded", [False, True])
def test_half_is_the_label_and_half_the_answer(model, write, digits, graded):
    samples, labels = torch.from_numpy(digits.samples[:40]), torch.from_numpy(digits.labels[:40])
    soft = Teacher(write(model, graded), (1, 28, 28), 10)(samples, labels)
    model.eval()
    model.graded = graded
    with torch.no_grad():
        answers = F.softmax(model(samples)[-1].output[-1, :, :, 0, 0] / TEMPERATURE, dim=1)
    torch.testing.assert_close(soft, (F.one_hot(labels, 10) + answers) / 2)
    assert (soft.argmax(dim=1) == labels).all() and not (answers.argmax(dim=1) == labels).all()


def test_half_of_soft_labels(model, write, digits):
    samples, labels = torch.from_numpy(digits.samples[:40]), torch.from_numpy(digits.labels[:40])
    mixed, targets = mixup(samples, labels, 10, torch.Generator().manual_seed(1))
    teacher = Teacher(write(model), (1, 28, 28), 10)
    answers = 2 * teacher(mixed, labels) - F.one_hot(labels, 10)
    torch.testing.assert_close(teacher(mixed, targets), (targets + answers) / 2)


@pytest.mark.parametrize("options", [{}, {"neuron": "lif"}, {"per_timestep": True, "reset": "zero"},
                                     {"weight_bits": 8, "decay_bits": 5, "decay_activation": "tanh"}])
def test_an_architecture_survives_its_plain_form(tiny, options):
    assert from_plain(to_plain(tiny(**options))) == tiny(**options)


def test_joins_and_average_pools_survive_it(tiny):
    network = resnet19(tiny().input, 10, width=0.1)
    assert from_plain(to_plain(network)) == network


def test_a_teacher_of_other_samples_is_refused(model, write):
    path = write(model)
    with pytest.raises(TrainError, match="samples of 1 x 28 x 28 and has 10 classes, these are of 1 x 14 x 28"):
        Teacher(path, (1, 14, 28), 10)
    with pytest.raises(TrainError, match="and have 9"):
        Teacher(path, (1, 28, 28), 9)


@pytest.mark.parametrize("others", [{"architecture": None}, {"architecture": {}}, {"float_model": {}},
                                    {"float_model": None}, {"graded": [], "architecture": {"stages": [{}]}}], ids=str)
def test_what_is_no_teacher_is_one_line(model, write, others):
    with pytest.raises(TrainError, match="float.pt. is no network that could teach"):
        Teacher(write(model, **others), (1, 28, 28), 10)


def test_a_run_with_another_teacher_is_not_resumed(tiny, model, write, digits, tmp_path):
    def training(graded):
        teacher = Teacher(write(model, graded), (1, 28, 28), 10)
        phases = (Phase(name="float", epochs=1, rate=1e-3), Phase(name="quantised", epochs=1, rate=1e-3, quantised=True))
        return Training(tiny(), Recipe(batch=40, phases=phases), digits[:80], digits[80:], tmp_path / "state",
                        teacher=teacher)
    training(True).run()
    training(True).resume()
    with pytest.raises(TrainError, match="other options or data"):
        training(False).resume()


def test_a_pupil_learns_what_the_teacher_says(tiny, write, digits):
    """Labels that are drawn by lot teach nothing."""
    def training(samples, **options):
        phases = (Phase(name="float", epochs=16, rate=4e-3),
                  Phase(name="quantised", epochs=1, rate=1e-3, quantised=True))
        run = Training(tiny(), Recipe(batch=20, phases=phases, augment=None), samples, digits[200:], **options)
        run.run()
        return run

    teacher = Teacher(write(training(digits[:200]).float_model), (1, 28, 28), 10)
    drawn = replace(digits, labels=np.random.default_rng(1).integers(0, 10, len(digits)))[:200]
    alone, taught = training(drawn), training(drawn, teacher=teacher)
    found = [accuracy(run.model, digits) for run in (alone, taught)]
    assert found[0] < 0.3 < 0.6 < found[1], found


def test_the_command_learns_from_a_teacher(train, tmp_path):
    assert train("bars", "--out", tmp_path / "teacher.pt", "--epochs", "2")[0] == 0
    code, _, _ = train("bars", "--out", tmp_path / "net.pt", "--epochs", "2", "--mixup",
                       "--teacher", tmp_path / "teacher.log" / "float.pt")
    assert code == 0
    from hwgen.frontend import pt
    assert "--teacher teacher.log/float.pt" in pt.load(tmp_path / "net.pt").metadata["command"]
    code, _, err = train("bars", "--out", tmp_path / "net.pt", "--teacher", tmp_path / "none.pt")
    assert code == 1 and "none.pt" in err and err.count("\n") == 1
    code, _, err = train("bars", "--out", tmp_path / "net.pt", "--teacher", tmp_path / "teacher.pt")
    assert code == 1 and "float.pt" in err and err.count("\n") == 1
