"""The command line: a whole run on a small data set, its errors and exit codes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from hwgen.frontend.pt import load
from sim.golden import forward
from train import log, session
from train.data import Split, find
from train.data.strokes import drawings
from train.export import to_network
from train.models import SpikingNetwork
from train.recipe import RECIPES

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


@pytest.fixture
def folder(tmp_path, digits, write_mnist):
    """A data set of drawn digits: 240 to train on and 50 to test."""
    folder = tmp_path / "mnist"
    folder.mkdir()
    write_mnist(folder, digits, Split(*drawings(50, seed=2)))
    return folder


@pytest.fixture
def target(tmp_path):
    """An empty folder."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def test_a_run_writes_a_network_that_is_the_golden_model(train, folder, target):
    out = target / "small.pt"
    code, output, errors = train("mnist", "--data", folder, "--out", out, "--epochs", 2, "--timesteps", 2,
                                 "--seed", 3)
    assert code == 0, errors
    assert "equal in every integer of every layer, in all 50 test samples" in output
    assert "\x1b" not in output + errors                                # plain lines off a terminal
    assert "epoch 1/2 float: loss" in errors and "alpha/beta conv1" in errors
    network = load(out)
    metadata = network.metadata
    assert metadata["dataset"] == "MNIST" and metadata["seed"] == 3 and len(metadata["classes"]) == 10
    assert metadata["command"] == "python -m train mnist --data DIR --out small.pt --epochs 2 --timesteps 2 --seed 3"
    test = Split(*drawings(50, seed=2))
    accuracy = (forward(network, test.samples).winner == test.labels).mean()
    assert metadata["accuracy"]["golden"] == metadata["accuracy"]["quantised"] == {"value": accuracy, "samples": 50}
    assert sorted(path.name for path in target.iterdir()) == ["small.log", "small.pt"]     # no state, no half of a file


def test_bars_need_no_data_and_a_single_core_learns_them_in_seconds(train, target):
    code, output, errors = train("bars", "--out", target / "bars.pt", "--epochs", 6)
    assert code == 0, errors
    metadata = load(target / "bars.pt").metadata
    assert metadata["classes"] == ["horizontal", "vertical", "rising", "falling"]
    assert metadata["command"] == "python -m train bars --out bars.pt --epochs 6"
    assert metadata["accuracy"]["golden"]["value"] >= 0.9


def test_an_epoch_in_floating_point_and_none_on_integers(train, target):
    run = ("bars", "--timesteps", 2, "--rounded", "--out")
    code, output, errors = train(*run, target / "a.pt", "--epochs", "2,0")
    assert code == 0, errors
    assert "epoch 2/2 float" in errors and "folded into integers, not trained on them: held out" in output
    code, output, errors = train(*run, target / "b.pt", "--epochs", "0,0", "--init", target / "a.log" / "float.pt")
    assert code == 0 and not errors, errors                             # not one epoch
    first, again = load(target / "a.pt"), load(target / "b.pt")
    assert first.metadata["accuracy"] == again.metadata["accuracy"]
    for layer, other in zip(first.layers, again.layers):
        assert (layer.weight == other.weight).all() and (layer.scale == other.scale).all()
        assert (layer.offset == other.offset).all() and layer.neuron == other.neuron
    assert 0 < log.read(target / "b.log")["result"]["work"] < 1


def test_batches_of_another_size(train, target):
    code, _, errors = train("bars", "--out", target / "bars.pt", "--epochs", 2, "--batch", 1000)
    assert code == 0, errors
    assert log.read(target / "bars.log")["recipe"]["batch"] == 1000
    assert len(torch.load(target / "bars.log" / "float.pt")["float_model"]) > 4
    assert train("bars", "--out", target / "bars.pt", "--batch", 0)[0] == 2


def test_two_processes_share_the_batches_and_leave_one_network(train, folder, target):
    """In processes of its own, since those of a team must not have used threads before they part."""
    out = target / "net.pt"
    arguments = ("mnist", "--data", folder, "--out", out, "--epochs", 2, "--timesteps", 1, "--processes", 2,
                 "--title", "drawn digits")
    process = subprocess.run([sys.executable, "-m", "train", *map(str, arguments)], env=ENVIRONMENT, cwd=ROOT,
                             text=True, capture_output=True, timeout=120)
    assert process.returncode == 0, process.stderr
    assert process.stderr.count("epoch 1/2") == 1 and process.stdout.count("wrote") == 1
    assert load(out).metadata["dataset"] == "drawn digits" and sorted(
        path.name for path in target.iterdir()) == ["net.log", "net.pt"]


def test_interrupt_is_one_line_and_130_and_resumes(train, folder, target):
    arguments = ("mnist", "--data", folder, "--out", target / "net.pt", "--epochs", 20, "--timesteps", 1)
    process = subprocess.Popen(                                         # a background job inherits SIGINT ignored
        [sys.executable, "-m", "train", *map(str, arguments)], env=ENVIRONMENT, cwd=ROOT, text=True,
        stderr=subprocess.PIPE, stdout=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
    first, second = process.stderr.readline(), process.stderr.readline()
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert "epoch 1/20" in first and "epoch 2/20" in second and process.returncode == 130
    assert errors.splitlines()[-1].startswith("interrupted;") and "Traceback" not in errors
    assert sorted(path.name for path in target.iterdir()) == ["net.log", "net.pt.state"]
    code, output, errors = train(*arguments, "--resume")
    assert code == 0 and "resumed after epoch" in errors and "epoch 1/20" not in errors
    assert "--resume" not in load(target / "net.pt").metadata["command"]


def test_a_difference_from_the_golden_model_is_exit_code_5_and_writes_nothing(train, folder, target, monkeypatch):
    def off_by_one(network, samples, **options):
        run = forward(network, samples, **options)
        run.layers[1].membrane[-1, 7, 3, 1, 1] += 1
        return run

    monkeypatch.setattr("train.evaluate.forward", off_by_one)
    code, _, errors = train("mnist", "--data", folder, "--out", target / "net.pt", "--epochs", 2, "--timesteps", 2)
    assert code == 5
    assert "layer 'conv2' membrane differs at sample 7, timestep 1, neuron (3, 1, 1)" in errors.splitlines()[-1]
    assert not (target / "net.pt").exists()


@pytest.mark.parametrize("arguments, code, words", [
    (["mnist", "--data", "nowhere", "--out", "{out}/a.pt"], 1, "there is no 'nowhere/train-images-idx3-ubyte.gz'"),
    (["mnist", "--data", "{data}", "--out", "{out}/a.txt"], 1, "does not end in .pt"),
    (["mnist", "--data", "{data}", "--out", "{out}/none/a.pt"], 1, "there is no folder"),
    (["mnist", "--data", "{data}", "--out", "{out}/a.pt", "--resume"], 1, "to resume"),
    (["mnist", "--data", "{data}", "--out", "{out}/a.pt", "--reset", "soft"], 2, "soft"),
    (["mnist", "--data", "{data}", "--out", "{out}/a.pt", "--weight-bits", "9"], 2, "--weight-bits"),
    (["svhn", "--data", "{data}", "--out", "{out}/a.pt"], 2, "svhn"),
    (["cifar10", "--data", "{data}", "--out", "{out}/a.pt"], 1, "data_batch_1'; unpack cifar-10-python.tar.gz"),
    (["cifar10", "--data", "{data}", "--out", "{out}/a.pt", "--epochs", "2"], 1, "2 epochs are too few for 3 phases"),
    (["mnist", "--data", "{data}", "--out", "{out}/a.pt", "--epochs", "0"], 2, "no whole number of 1 or more"),
    (["mnist", "--data", "{data}", "--out", "{out}/a.pt", "--epochs", "0,0"], 1, "there is nothing to train"),
    (["mnist", "--data", "{data}", "--out", "{out}/a.pt", "--processes", "3"], 1, "3 processes cannot share batches"),
    (["mnist", "--out", "{out}/a.pt"], 2, "give their folder with --data DIR"),
    (["bars", "--data", "{data}", "--out", "{out}/a.pt"], 2, "has no files; leave --data away"),
    ([], 2, "dataset"),
])
def test_an_error_is_one_line_with_its_exit_code(train, folder, target, arguments, code, words):
    got, output, errors = train(*(argument.format(out=target, data=folder) for argument in arguments))
    assert got == code and not output
    line, = errors.splitlines()
    assert line.startswith("error: ") and words in line
    assert not list(target.iterdir())


@pytest.mark.parametrize("file, name", [("net.pt", "net"), ("work-0.5-seed_1.pt", "work-0-5-seed_1"),
                                        ("two words.v2.pt", "two-words-v2"), ("5.pt", "net-5"), ("été.pt", "-t-")])
def test_any_file_name_makes_a_network_s_name(file, name):
    dataset = find("bars")
    request = session.Request(dataset="bars", data=None, out=Path(file), command="", network="tiny-up5k")
    assert to_network(SpikingNetwork(session.architecture_of(request, dataset)).quantised()).name == name


@pytest.mark.parametrize("name", ["flip and shift", None])
def test_an_augmentation_that_is_asked_for_is_that_of_all_phases(name, monkeypatch):
    dataset = find("bars")
    monkeypatch.setitem(RECIPES, "bars", RECIPES["cifar10"])

    def phases(**changes):
        request = session.Request(dataset="bars", data=None, out=Path("bars.pt"), command="", changes=changes)
        recipe = session.recipe_of(request, dataset)
        return [phase.augment or recipe.augment for phase in recipe.phases]

    assert phases() == ["auto", "cutout", "cutout"]
    assert phases(augment=name) == [name] * 3
