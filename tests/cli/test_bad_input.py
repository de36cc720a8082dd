"""Bad input ends in one line that names it, and in the documented exit code."""

import os
import pickle
import re

import numpy as np
import pytest
import torch

from hwgen.emit import report, tools
from hwgen.errors import BuildError, TimingError, ToolMissing, VerificationFailed
from hwgen.spec import HwgenError, ModelError, to_state
from tests.cli.conftest import tensors


class Hostile:
    """Unpickles by running a command."""

    def __init__(self, command):
        self.command = command

    def __reduce__(self):
        return os.system, (self.command,)


def changed(state, change):
    state = tensors(state)
    change(state)
    return state


def set_layer(index, field, value):
    def change(state):
        state["layers"][index][field] = value
    return change


def set_neuron(field, value):
    def change(state):
        state["layers"][0]["neuron"][field] = value
    return change


def double_channels(state):
    weight = state["layers"][1]["weight"]
    state["layers"][1]["weight"] = torch.cat([weight, weight], dim=1)


STATES = {
    "version": (lambda state: state.update(version=99), "format version 99, this hwgen reads 1"),
    "format": (lambda state: state.update(format="other"), "is not an hwgen network"),
    "missing field": (lambda state: state.pop("timesteps"), "lacks the field 'timesteps'"),
    "unknown field": (set_layer(0, "extra", 1), "unknown field 'extra'"),
    "nan scale": (set_layer(0, "scale", torch.tensor([float("nan")] * 64)), "layer '"),
    "nan weights": (set_layer(0, "weight", torch.full((2, 1, 3, 3), float("nan"))), "weights are integers"),
    "weights too large": (set_layer(0, "weight", torch.full((2, 1, 3, 3), 127)), "a weight of 127 is out of range"),
    "alpha zero": (set_neuron("alpha", [0]), "alpha = 0 is out of range"),
    "alpha negative": (set_neuron("alpha", [-3]), "alpha = -"),
    "beta too large": (set_neuron("beta", [1 << 30]), "beta = .* is out of range"),
    "threshold nan": (set_neuron("v_threshold", float("nan")), "v_threshold = nan is not a positive number"),
    "timesteps": (lambda state: state.update(timesteps=99), "timesteps = 99 is out of range"),
    "shapes": (double_channels, "takes .* channels but gets"),
    "no layers": (lambda state: state.update(layers=[]), "has no layers"),
    "layers of text": (lambda state: state.update(layers="abc"), "wrong value"),
}


@pytest.mark.parametrize("name", STATES)
def test_a_network_that_breaks_a_rule(fails, tmp_path, small_case, name):
    change, message = STATES[name]
    state = to_state(small_case.network)
    if name == "weights too large":
        state["layers"][0]["weight_bits"] = 4
    torch.save(changed(state, change), tmp_path / "bad.pt")
    error = fails(1, "evaluate", "--model", tmp_path / "bad.pt")
    assert "bad.pt" in error
    assert re.search(message, error)


@pytest.mark.parametrize("command", ["build", "check", "verify"])
def test_every_command_refuses_a_damaged_file(fails, tmp_path, model, command):
    path = tmp_path / "half.pt"
    path.write_bytes(model.read_bytes()[:1000])
    assert "half.pt' is damaged" in fails(1, command, "--model", path, "--board", "ice40")


@pytest.mark.parametrize("content", [b"", b"\0", np.random.default_rng(1).bytes(4096), b"PK\3\4 broken zip"])
def test_a_file_of_something_else(fails, tmp_path, content):
    (tmp_path / "random.pt").write_bytes(content)
    assert "is damaged, or holds more than tensors" in fails(1, "evaluate", "--model", tmp_path / "random.pt")


@pytest.mark.parametrize("save", [torch.save, lambda value, path: path.write_bytes(pickle.dumps(value))])
def test_code_in_a_file_is_not_run(fails, tmp_path, save):
    trace = tmp_path / "was-run"
    save({"format": Hostile(f"touch '{trace}'")}, tmp_path / "hostile.pt")
    assert "code in a model file is never run" in fails(1, "evaluate", "--model", tmp_path / "hostile.pt")
    assert not trace.exists()


def test_an_unknown_model_names_the_nearest(fails, tmp_path, monkeypatch):
    from hwgen import models

    monkeypatch.setattr(models, "SHIPPED", tmp_path)
    (tmp_path / "mnist.pt").touch()
    assert "no model 'mnits'" in fails(1, "evaluate", "--model", "mnits")
    assert "did you mean mnist?" in fails(1, "evaluate", "--model", "mnits.pt")
    (tmp_path / "mnist.pt").unlink()
    assert "there are none" in fails(1, "evaluate", "--model", "mnits")


@pytest.mark.parametrize("command", ["build", "check", "verify"])
def test_an_unknown_board_names_the_nearest(fails, model, command):
    error = fails(1, command, "--model", model, "--board", "icebraker")
    assert "there is no board 'icebraker'; did you mean icebreaker" in error


@pytest.mark.parametrize("arguments, message", [
    (["nope"], "No such command 'nope'"),
    (["build", "--model", "mnist"], "Missing option '--board'"),
    (["boards", "--nope"], "No such option"),
    (["build", "--model", "m", "--board", "b", "--freq", "abc"], "Invalid value for '--freq'"),
    (["build", "--model", "m", "--board", "b", "--freq", "nan"], "Invalid value for '--freq'"),
    (["build", "--model", "m", "--board", "b", "--seeds", "0"], "Invalid value for '--seeds'"),
    (["verify", "--model", "m", "--board", "b", "--simulator", "modelsim"], "Invalid value for '--simulator'"),
    (["verify", "--model", "m", "--board", "b", "--stage", "gds"], "Invalid value for '--stage'"),
    (["report", "x", "--json", "--html", "y"], "either --json or --html"),
])
def test_wrong_usage(fails, arguments, message):
    assert message in fails(2, *arguments)


def test_missing_data(fails, tmp_path, model, small_case):
    error = fails(1, "evaluate", "--model", model, "--data", tmp_path)
    assert "does not say on which data set" in error


@pytest.mark.parametrize("content, message", [
    (None, "no inputs are shipped"),
    (b"not a zip", "cannot be read"),
    ({"samples": np.zeros((2, 1, 2, 2), np.uint8), "labels": np.zeros(2, np.int64)}, "have shape"),
    ({"samples": np.zeros((2, 1, 2, 2), np.uint8)}, "cannot be read"),
])
def test_shipped_inputs_that_do_not_fit(fails, tmp_path, model, content, message):
    path = tmp_path / "copy.pt"
    path.write_bytes(model.read_bytes())
    if isinstance(content, bytes):
        path.with_suffix(".npz").write_bytes(content)
    elif content:
        np.savez(path.with_suffix(".npz"), **content)
    error = fails(1, "evaluate", "--model", path)
    assert message in error and "give real ones with --data" in error


def test_more_samples_than_there_are(fails, model):
    assert "use --samples 3 or fewer" in fails(1, "evaluate", "--model", model, "--samples", "1000")


@pytest.mark.parametrize("content", [None, b"{", b"\xff\xfe", b"[]", b"{}"])
def test_a_folder_that_is_not_a_build(fails, tmp_path, content):
    if content is not None:
        (tmp_path / report.NAME).write_bytes(content)
    for command in (["report", tmp_path], ["flash", tmp_path, "--dry-run"]):
        assert "build" in fails(1, *command)


@pytest.mark.parametrize("error, code", [
    (HwgenError("x", "y"), 1), (ModelError("x", "y"), 1), (ToolMissing("x", "y"), 3), (BuildError("x", "y"), 4),
    (TimingError("x", "y"), 4), (VerificationFailed("x", "y"), 5), (KeyboardInterrupt(), 130),
    (OSError(28, "No space left on device", "top.v"), 1), (MemoryError(), 1), (ZeroDivisionError("x\ny"), 1),
])
def test_an_exception_becomes_one_line_and_an_exit_code(fails, monkeypatch, error, code):
    def fail(name):
        raise error
    monkeypatch.setattr(tools, "find", fail)
    if isinstance(error, ToolMissing):
        return                                              # `doctor` takes this one for an answer
    assert fails(code, "doctor")
