"""Small data sets and networks for the training tests."""

import gzip
import sys

import numpy as np
import pytest
import torch

from hwgen.spec import Input
from train.__main__ import main
from train.architecture import chain
from train.data import Split
from train.data.strokes import drawings


@pytest.fixture(autouse=True)
def one_thread():
    """Runs are compared bit by bit, and small ones are fastest, on one thread."""
    torch.set_num_threads(1)


@pytest.fixture
def idx():
    """A function: an array of bytes as a gzipped idx file."""
    def pack(array: np.ndarray) -> bytes:
        header = bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
        return gzip.compress(header + array.astype(np.uint8).tobytes())
    return pack


@pytest.fixture
def write_mnist(idx):
    """A function: two `Split` as MNIST's four files in a folder."""
    def write(folder, train: Split, test: Split) -> None:
        for name, split in (("train", train), ("t10k", test)):
            (folder / f"{name}-images-idx3-ubyte.gz").write_bytes(idx(split.samples[:, 0]))
            (folder / f"{name}-labels-idx1-ubyte.gz").write_bytes(idx(split.labels))
    return write


@pytest.fixture(scope="session")
def digits() -> Split:
    """240 drawn digits."""
    return Split(*drawings(240, seed=7))


@pytest.fixture
def tiny():
    """An architecture that trains in a moment; options are fields of `Architecture`."""
    def build(**options):
        return chain(Input(shape=(1, 28, 28), bits=4), 10,
                     [dict(out_channels=6, kernel=(7, 7), stride=4),
                      dict(out_channels=8, kernel=(3, 3), stride=2, padding=1)],
                     **{"name": "tiny", "timesteps": 3, **options})
    return build


@pytest.fixture
def train(monkeypatch, capsys):
    """A function: the command line with these arguments -> (exit code, standard output, standard error)."""
    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["train", *map(str, arguments)])
        code = main()
        return code, *capsys.readouterr()
    return run
