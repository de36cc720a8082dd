"""A run's log: a line an epoch, once, pictures, and a full disk in one line."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from train import files, log
from train.errors import TrainError
from train.log import RunLog, metrics
from train.loop import EpochEnd, Training
from train.plots import draw
from train.recipe import Recipe

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(tiny, digits):
    def build(**options):
        return Training(tiny(**options), Recipe(batch=100).with_epochs(2), digits[:200], digits[200:])
    return build


@pytest.mark.parametrize("per_timestep", [False, True])
def test_every_epoch_is_a_line_and_the_end_a_picture(run, tmp_path, per_timestep):
    training, ends = run(per_timestep=per_timestep), []
    written = RunLog(tmp_path / "net.log", {"seed": 1})

    def tell(event):
        written(event)
        if isinstance(event, EpochEnd):
            ends.append((event.validation, event.survey))

    training.run(tell)
    lines = metrics(written.folder)
    assert [line["epoch"] for line in lines] == [1, 2] and [line["phase"] for line in lines] == ["float", "quantised"]
    assert [line["held_out"] for line in lines] == [accuracy for accuracy, _ in ends]
    last = lines[-1]
    for layer in training.model.layers:
        alpha, beta = layer.decays.values()
        assert last["alpha"][layer.stage.name] == alpha.tolist() and last["beta"][layer.stage.name] == beta.tolist()
    assert list(last["spike_rate"]) == ["conv1", "conv2"] and 0 < last["work"] < 1
    assert log.read(written.folder) == {"seed": 1, "finished": False}
    written.finish({"golden": 0.5})
    assert log.read(written.folder) == {"seed": 1, "finished": True, "result": {"golden": 0.5}}
    confusion = ends[-1][1].confusion
    assert confusion.sum() == 40 and confusion.trace() / 40 == ends[-1][0]
    paths = draw(written.folder, confusion, list("0123456789"))
    assert [path.name for path in paths] == ["curves.png", "decays.png", "rates.png", "confusion.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)
    assert list(written.folder.glob("events.out.tfevents.*"))


def test_without_matplotlib_there_are_no_pictures(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert draw(tmp_path, np.eye(2), ["a", "b"]) == [] and not list(tmp_path.iterdir())


def test_a_run_that_goes_on_tells_no_epoch_twice(tmp_path):
    folder = tmp_path / "net.log"
    folder.mkdir()
    lines = [json.dumps({"epoch": epoch}) for epoch in (1, 2, 3)]
    (folder / "metrics.jsonl").write_text("\n".join(lines) + '\n{"epo')     # killed while it wrote the fourth
    assert [line["epoch"] for line in metrics(folder)] == [1, 2, 3]
    RunLog(folder, {}, epochs_done=2)
    assert [line["epoch"] for line in metrics(folder)] == [1, 2]
    RunLog(folder, {})
    assert metrics(folder) == []
    (folder / "metrics.jsonl").write_text("{\n")
    with pytest.raises(TrainError, match="is damaged"):
        metrics(folder)


def test_a_full_disk_is_one_line_and_leaves_the_old_file(tmp_path):
    """A limit on the size of files stands for the disk."""
    path = tmp_path / "net.pt.state"
    files.save({"step": torch.ones(3)}, path)
    script = ("import resource, sys, torch; from pathlib import Path; from train.files import save\n"
              "from train.errors import TrainError\n"
              "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
              f"try: save(torch.ones(100_000), Path({str(path)!r}))\n"
              "except TrainError as error: sys.exit(f'error: {error}')")
    process = subprocess.run([sys.executable, "-c", script], cwd=ROOT, text=True, capture_output=True, timeout=120)
    assert process.returncode == 1
    line, = process.stderr.splitlines()
    assert "cannot be written (File too large); make room there" in line
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
    assert torch.equal(torch.load(path)["step"], torch.ones(3))
