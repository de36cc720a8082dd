"""What is kept of preprocessing: found again, made anew when anything changed, never half a file."""

import os

import numpy as np
import pytest

from train.data import cache
from train.data.cache import FOLDER, cached


class Maker:
    """Counts how often it is asked."""

    def __init__(self):
        self.count = 0

    def __call__(self):
        self.count += 1
        return {"a": np.arange(1000), "b": np.full((2, 3), self.count)}


@pytest.fixture
def user_folder(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("user")
    monkeypatch.setattr(cache.platformdirs, "user_cache_path", lambda name: folder / name)
    return folder


@pytest.fixture
def ask(tmp_path, user_folder):
    """A function that asks for the same as before, but for ``settings``; `ask.make` counts."""
    file = tmp_path / "one.bin"
    file.write_bytes(b"12345")
    make = Maker()

    def ask(settings=(4,)):
        return cached("name", tmp_path, [file], settings, make)["b"][0, 0]
    ask.make, ask.file = make, file
    return ask


def test_is_made_once(ask, tmp_path):
    assert (ask(), ask()) == (1, 1)
    kept = list((tmp_path / FOLDER).iterdir())
    assert len(kept) == 1 and kept[0].name.startswith("name-") and kept[0].suffix == ".npz"


def test_is_made_anew_when_something_changed(ask, monkeypatch):
    assert (ask(), ask((5,))) == (1, 2)
    ask.file.write_bytes(b"123456")
    assert ask() == 3
    os.utime(ask.file, ns=(1, 1))
    assert ask() == 4
    monkeypatch.setattr(cache, "VERSION", 99)
    assert (ask(), ask()) == (5, 5)


@pytest.mark.parametrize("damage", [lambda b: b[:len(b) // 2], lambda b: b"", lambda b: b[:200] + b"x" + b[201:]])
def test_a_damaged_one_is_made_anew(ask, tmp_path, damage):
    ask()
    kept, = (tmp_path / FOLDER).iterdir()
    kept.write_bytes(damage(kept.read_bytes()))
    assert (ask(), ask()) == (2, 2)


def test_elsewhere_if_the_data_cannot_be_written_beside(ask, tmp_path, user_folder):
    (tmp_path / FOLDER).write_text("a file is in the way")
    assert (ask(), ask()) == (1, 1)
    assert len(list((user_folder / "hwgen" / "data").iterdir())) == 1


def test_not_at_all_if_nothing_can_be_written(ask, monkeypatch, tmp_path, user_folder):
    def full(file, **arrays):
        file.write(b"half")
        raise OSError(28, "No space left on device")
    monkeypatch.setattr(np, "savez", full)
    assert (ask(), ask()) == (1, 2)
    assert list((tmp_path / FOLDER).iterdir()) == list((user_folder / "hwgen" / "data").iterdir()) == []
