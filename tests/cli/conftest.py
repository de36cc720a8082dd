"""A command line to call in the process, and a small network to call it with."""

import json
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from hwgen import cli
from hwgen.spec import to_state
from sim.golden import forward
from tests.strategies import random_case


@dataclass
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def hwgen(capfd):
    """Run a command line; returns exit code, stdout and stderr."""
    def run(*arguments) -> Result:
        capfd.readouterr()
        code = cli.main([str(argument) for argument in arguments])
        return Result(code, *capfd.readouterr())
    return run


@pytest.fixture
def fails(hwgen):
    """Run a command line that must fail: with this code, nothing on stdout, and one line of error."""
    def run(code, *arguments) -> str:
        result = hwgen(*arguments)
        assert (result.code, result.out) == (code, "")
        assert result.err.startswith("error: ") and result.err.count("\n") == 1
        return result.err.strip()
    return run


def tensors(value):
    if isinstance(value, dict):
        return {key: tensors(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [tensors(entry) for entry in value]
    return torch.from_numpy(value.copy()) if isinstance(value, np.ndarray) else value


def write_model(path, network, samples=None):
    """A checkpoint, with inputs beside it whose labels are the golden model's answers."""
    torch.save(tensors(to_state(network)), path)
    if samples is not None:
        np.savez(path.with_suffix(".npz"), samples=samples, labels=forward(network, samples).winner)
    return path


@pytest.fixture(scope="session")
def small_case():
    """A network with a convolution, few enough weights to be built in seconds."""
    return next(case for case in map(random_case, range(1000))
                if len(case.network.layers) == 3 and case.network.layers[0].kind == "conv"
                and case.network.timesteps in (2, 4) and case.network.parameters < 2000)


@pytest.fixture(scope="session")
def model(tmp_path_factory, small_case):
    return write_model(tmp_path_factory.mktemp("models") / "small.pt", small_case.network, small_case.samples)
