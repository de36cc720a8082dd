"""Synthetic gestures as a data set."""

import numpy as np
import pytest

from train.data import find, gestures, load


@pytest.fixture
def few(monkeypatch, tmp_path):
    monkeypatch.setattr(gestures, "PARTS", {"train": (12, 1), "test": (11, 2)})
    monkeypatch.setattr("train.data.cache.user_folder", lambda: tmp_path)
    return tmp_path


def test_is_drawn_without_files_and_kept(few, monkeypatch):
    train, test = load("gestures", timesteps=4)
    assert find("gestures").shape == (2, 32, 32) and len(find("gestures").classes) == 11
    assert train.samples[:].shape == (12, 4, 2, 32, 32) and test.samples[:].shape == (11, 4, 2, 32, 32)
    assert train.labels.tolist() == [*range(11), 0] and test.labels.tolist() == [*range(11)]
    np.testing.assert_array_equal(train.samples[5], gestures.maps(5, 1, 4))
    assert len(list(few.iterdir())) == 2
    monkeypatch.setattr(gestures, "maps", None)                         # what is kept is not drawn again
    np.testing.assert_array_equal(load("gestures", timesteps=4)[1].samples[:], test.samples[:])


def test_the_parts_have_nothing_in_common():
    one, other = gestures.maps(3, 1, 4), gestures.maps(3, 2, 4)
    assert not np.array_equal(one, other)
    np.testing.assert_array_equal(one, gestures.maps(3, 1, 4))


def test_a_recording_is_as_long_as_asked_and_moves_where_the_arm_is():
    events = gestures.record("left hand wave", np.random.default_rng(2), 1_500_000)
    assert 0 <= events.t.min() < 50_000 and 1_450_000 < events.t.max() < 1_500_000
    assert (events.width, events.height) == (64, 64)
    half = np.bincount(events.x >= 32, minlength=2)
    assert half[1] > 1.5 * half[0]                                      # the left hand is on the right
