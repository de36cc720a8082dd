"""`demo` and `record` from the command line, on boards made of software."""

import re
from dataclasses import replace

import numpy as np
import pytest

from sim.board.soft import SoftBoard
from tests.cli.conftest import write_model
from tests.demo.conftest import model  # noqa: F401
from train.data import load
from train.data.recordings import Events, read_recording, write_arrays


@pytest.fixture
def path(tmp_path, model):  # noqa: F811
    samples = (np.random.default_rng(1).random((6, *model.network.sample_shape)) < 0.05).astype(np.uint8)
    write_model(tmp_path / "small.pt", model.network, samples)
    return tmp_path / "small.pt"


def test_windows_of_synthetic_people_are_counted(hwgen, path):
    result = hwgen("demo", "--model", path, "--windows", 12, "--json")
    assert result.code == 0, result.err
    assert set(result.json) == {"windows", "equal", "accuracy", "latency_us", "refused"}
    assert (result.json["windows"], result.json["equal"], result.json["refused"]) == (12, 12, 0)
    assert 0 <= result.json["accuracy"] <= 1 and result.json["latency_us"] is None


def test_shipped_inputs_are_recognised(hwgen, path):
    result = hwgen("demo", "--model", path, "--windows", 9, "--source", "samples", "--no-overlap")
    assert result.code == 0, result.err
    assert "9 of 9 windows compared are equal to the golden model, 9 of 9 right" in result.out


def test_a_difference_is_the_end(hwgen, path, monkeypatch):
    answer = SoftBoard._result

    def other(self, sample, sequence):
        outcome = self._golden(sample)
        board = SoftBoard(self._network, lambda sample: replace(outcome, scores=tuple(n + 1 for n in outcome.scores)))
        board._out = self._out
        answer(board, sample, sequence)

    monkeypatch.setattr(SoftBoard, "_result", other)
    result = hwgen("demo", "--model", path, "--windows", 3)
    assert result.code == 5 and "0 of 3 windows compared are equal" in result.out
    assert "3 of 3 windows differ from the golden model" in result.err


def test_what_is_recorded_can_be_trained_on_and_played(hwgen, path, tmp_path):
    own = tmp_path / "own"
    for label in ("air drums", "arm roll"):
        for seed in (1, 2):
            result = hwgen("record", own, "--source", "synthetic", "--label", label, "--seconds", 0.6, "--seed", seed)
            assert result.code == 0 and f"{own / label / f'{seed:03}.npz'}" in result.out, result.err
    found = read_recording(own / "air drums" / "001.npz")
    assert (found.width, found.height) == (64, 64) and 0 <= found.t[0] and found.t[-1] < 600_000
    train, test = load("folder", own, timesteps=4)
    assert train.samples.shape[1:] == (4, 2, 32, 32) and set(train.labels) == set(test.labels) == {0, 1}
    result = hwgen("demo", "--model", path, "--windows", 3, "--source", own / "arm roll" / "001.npz", "--json")
    assert (result.code, result.json["windows"], result.json["accuracy"]) == (0, 3, None)


def test_answers_are_recorded_with_a_model(hwgen, path, tmp_path):
    result = hwgen("record", tmp_path / "own", "--source", "synthetic", "--label", "air drums", "--seconds", 1.5,
                   "--model", path)
    assert result.code == 0, result.err
    with np.load(tmp_path / "own" / "air drums" / "001.npz") as file:
        assert len(file["answer"]) == len(file["answer_us"]) > 10 and file["scores"].shape[1] == 11
        assert (np.diff(file["answer_us"]) == 50_000).all()


@pytest.mark.parametrize("arguments, code, message", [
    (("--json",), 2, "--json goes with --windows"),
    (("--source", "none.npz", "--windows", 1), 1, "'none.npz' cannot be read .No such file"),
    (("--backend", "serial", "--port", "/dev/ttyNONE", "--windows", 1), 1, "'/dev/ttyNONE' cannot be opened"),
    (("--board", "none", "--windows", 1), 1, "there is no board 'none'"),
])
def test_what_is_wrong_is_one_line(fails, path, arguments, code, message):
    assert re.search(message, fails(code, "demo", "--model", path, *arguments))


def test_a_cut_recording_is_one_line(fails, path, tmp_path):
    numbers = np.arange(50_000)
    write_arrays(tmp_path / "cut.npz", Events(numbers, numbers % 30, numbers % 20, numbers % 2, 30, 20))
    data = (tmp_path / "cut.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(data[:len(data) // 2])
    assert "cut.npz' cannot be read" in fails(1, "demo", "--model", path, "--source", tmp_path / "cut.npz")


def test_images_and_unknown_gestures_are_refused(fails, tmp_path, model):  # noqa: F811
    assert "takes images, and the demo is of events" in fails(1, "demo", "--model", "mnist", "--windows", 1)
    network = replace(model.network, metadata={"classes": ["a", "b"]})
    write_model(tmp_path / "other.pt", network)
    assert "does not know the gestures that are drawn; give a recording" in \
        fails(1, "demo", "--model", tmp_path / "other.pt", "--windows", 1)
    assert "cannot be the name of a folder" in fails(2, "record", tmp_path, "--label", "../x", "--source", "synthetic")


def test_what_is_recorded_is_without_noise_if_asked(hwgen, tmp_path):
    for option in ("--no-filter", "--filter"):
        assert hwgen("record", tmp_path, "--label", "hand clap", "--source", "synthetic", "--seconds", 0.5,
                     option).code == 0
    plain, filtered = (read_recording(tmp_path / "hand clap" / name) for name in ("001.npz", "002.npz"))
    assert 0 < len(filtered) < len(plain)
