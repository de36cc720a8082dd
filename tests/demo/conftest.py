"""A small network of gestures, and views and lines that keep what they were given."""

from dataclasses import replace
from pathlib import Path

import pytest

from hwgen.models import Model
from hwgen.spec import Encoding, Input
from train.architecture import chain
from train.board_check import drawn
from train.data.gestures import CLASSES


@pytest.fixture(scope="session")
def model() -> Model:
    """Two layers on 32 x 32, T = 4, that have learned nothing."""
    architecture = chain(Input(shape=(2, 32, 32), encoding=Encoding.SPIKES, bits=1), len(CLASSES), [
        dict(out_channels=4, kernel=(3, 3), stride=2, pool=4)], timesteps=4, name="small")
    network = replace(drawn(architecture), metadata={"classes": list(CLASSES), "dataset": "synthetic gestures",
                                                     "window_us": 200_000})
    return Model(Path("small.pt"), network, "0" * 64)


class Kept:
    """A view that keeps what it was told."""

    def __init__(self):
        self.hellos, self.frames, self.closed = [], [], False

    def start(self, hello):
        self.hellos.append(hello)

    def show(self, frame):
        self.frames.append(frame)

    def close(self):
        self.closed = True


@pytest.fixture
def view() -> Kept:
    return Kept()
