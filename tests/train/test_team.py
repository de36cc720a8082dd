"""Processes that train together, and processes that are killed: the same weights in all of them, whatever happens."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from train.errors import TrainError
from train.team import Team

ROOT = Path(__file__).resolve().parents[2]
WORKER = Path(__file__).with_name("worker.py")
TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


def work(*arguments, launcher=()):
    process = subprocess.run([sys.executable, *launcher, WORKER, *map(str, arguments)], cwd=ROOT, text=True,
                             capture_output=True, timeout=300, env={**os.environ, "OMP_NUM_THREADS": "1"})
    return process.returncode, process.stderr


def weights(path):
    return {name: value for name, value in torch.load(path).items()}


def assert_same(first, second):
    assert first.keys() == second.keys()
    for name, value in first.items():
        assert torch.equal(value, second[name]), name


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The weights that two forked processes end with when nothing happens."""
    folder = tmp_path_factory.mktemp("whole")
    code, errors = work(folder / "net", folder / "state", "--processes", 2)
    assert code == 0, errors
    first, second = weights(folder / "net.0"), weights(folder / "net.1")
    assert_same(first, second)
    return first


def test_torchrun_and_forks_are_one_mechanism(whole, tmp_path):
    code, errors = work(tmp_path / "net", tmp_path / "state", launcher=TORCHRUN)
    assert code == 0, errors
    assert_same(whole, weights(tmp_path / "net.0"))
    assert_same(whole, weights(tmp_path / "net.1"))


@pytest.mark.parametrize("kill", [(1, 2), (2, 3)], ids=["in floating point", "on integers"])
def test_a_killed_team_goes_on_at_its_step(whole, tmp_path, kill):
    """SIGKILL in the middle of an epoch; the others end by themselves."""
    code, _ = work(tmp_path / "net", tmp_path / "state", "--processes", 2, "--kill", *kill)
    assert code == -9 and not (tmp_path / "net.0").exists()
    state = torch.load(tmp_path / "state")
    assert (state["epoch"], state["step"]) == (kill[0] - 1, kill[1] - 1)
    code, errors = work(tmp_path / "net", tmp_path / "state", "--processes", 2, "--resume")
    assert code == 0, errors
    assert_same(whole, weights(tmp_path / "net.0"))
    assert_same(whole, weights(tmp_path / "net.1"))


def test_weights_of_1_x_1_are_no_warning(whole, tmp_path):
    """Of a join: they lie in memory both ways, which PyTorch would mention in the middle of the progress."""
    code, errors = work(tmp_path / "net", tmp_path / "state", "--processes", 2, "--join")
    assert (code, errors) == (0, "")
    assert_same(weights(tmp_path / "net.0"), weights(tmp_path / "net.1"))
    assert weights(tmp_path / "net.0").keys() > whole.keys()


def test_a_process_that_is_gone_is_one_line(tmp_path):
    code, errors = work(tmp_path / "net", tmp_path / "state", "--processes", 2, "--kill-rank", 1)
    assert code == 1
    assert errors.splitlines()[-1] == "error: a process of the training is gone; go on with --resume"


@pytest.mark.parametrize("patience, code", [("timedelta(seconds=1)", 1), ("team.PATIENCE", 0)])
def test_a_process_that_is_stopped_is_waited_for(tmp_path, patience, code):
    """As with Ctrl-Z, here for three seconds."""
    script = tmp_path / "stopped.py"
    script.write_text(f"""
import time
from datetime import timedelta
import torch
from train import team
team.PATIENCE = {patience}
both = team.Team(2)
def work():
    time.sleep(3 * both.rank)
    assert both.total(torch.ones(1)) == 2
both.run(work)
""")
    done = subprocess.run([sys.executable, script], text=True, capture_output=True, timeout=60,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == code and ("Timed out" in done.stderr) == bool(code), done.stderr


def test_one_process_kill_and_resume(tmp_path):
    assert work(tmp_path / "whole", tmp_path / "a")[0] == 0
    assert work(tmp_path / "net", tmp_path / "b", "--kill", 2, 2)[0] == -9
    assert work(tmp_path / "net", tmp_path / "b", "--resume")[0] == 0
    assert_same(weights(tmp_path / "whole.0"), weights(tmp_path / "net.0"))


def test_torchrun_starts_the_processes_alone(monkeypatch):
    for name, value in (("TORCHELASTIC_RUN_ID", "x"), ("RANK", "1"), ("WORLD_SIZE", "4"), ("LOCAL_RANK", "1")):
        monkeypatch.setenv(name, value)
    team = Team(device="cuda")
    assert (team.rank, team.size, team.device) == (1, 4, "cuda:1")
    with pytest.raises(TrainError, match="leave --processes away"):
        Team(2)
