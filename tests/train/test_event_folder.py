"""One's own recordings by class: windows, maps of a whole sensor, groups."""

import numpy as np
import pytest

from hwgen import models
from hwgen.commands.common import data_set
from train.data import find, load
from train.data.binning import area_of
from train.errors import DataError, DataOptionError


def record(path, t, x, y, p, size=(64, 48)):
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, t=np.array(t), x=np.array(x), y=np.array(y), p=np.array(p), width=size[0], height=size[1])


@pytest.fixture
def folder(tmp_path):
    """A recording a class and part; that of class a to train on is 400 ms long."""
    record(tmp_path / "train" / "a" / "0.npz", [0, 150_000, 399_999], [0, 63, 5], [0, 47, 5], [0, 1, 1])
    record(tmp_path / "train" / "b" / "0.npz", [7, 1006], [10, 11], [20, 20], [1, 1])
    record(tmp_path / "test" / "a" / "0.npz", [0, 3], [1, 1], [1, 1], [0, 0])
    record(tmp_path / "test" / "b" / "0.npz", [0], [1], [1], [0])
    return tmp_path


def test_windows_maps_and_groups(folder):
    train, test = load("folder", folder, timesteps=4)                   # 200 ms, every 100 ms to train on
    assert train.samples.shape == (4, 4, 2, 32, 32) and train.samples.dtype == np.uint8
    assert train.labels.tolist() == [0, 0, 0, 1] and train.groups.tolist() == [0, 0, 0, 1]
    # 64 x 48 pixels in blocks of 2: 32 x 24, so 4 rows are free above
    expected = [(0, 0, 0, 4, 0), (0, 3, 1, 27, 31), (1, 1, 1, 27, 31), (2, 3, 1, 6, 2), (3, 0, 1, 14, 5)]
    assert list(map(tuple, np.argwhere(train.samples).tolist())) == expected
    assert test.labels.tolist() == [0, 1] and test.samples.shape == (2, 4, 2, 32, 32)
    known = find("folder", folder)
    assert known.events and known.shape == (2, 32, 32) and known.classes == ("a", "b")


def test_another_shape_and_one_channel(folder):
    train, _ = load("folder", folder, timesteps=1, shape=(1, 16, 16))
    assert list(map(tuple, np.argwhere(train.samples[:1]).tolist())) == [(0, 0, 0, 2, 0)]
    with pytest.raises(DataOptionError, match="events cannot be made 3 x 32 x 32"):
        load("folder", folder, shape=(3, 32, 32))


@pytest.mark.parametrize("width, height, shift, x, y", [
    (32, 32, 0, 0, 0), (33, 10, 0, 0, -11), (128, 128, 2, 0, 0), (346, 260, 3, 45, 2), (640, 480, 4, 64, -16),
    (20, 12, 0, -6, -10)])
def test_the_middle_of_a_sensor_is_on_the_map(width, height, shift, x, y):
    area = area_of(width, height, (2, 32, 32))
    assert (area.shift, area.x, area.y) == (shift, x, y)


def test_what_is_wrong_is_one_line(folder):
    record(folder / "train" / "b" / "1.npz", [5, 4], [0, 0], [0, 0], [0, 0])
    with pytest.raises(DataError, match="1.npz': event 1 has the time 4 us"):
        load("folder", folder)
    record(folder / "train" / "b" / "1.npz", np.zeros(0, int), np.zeros(0, int), np.zeros(0, int), np.zeros(0, int))
    with pytest.raises(DataError, match="1.npz' has no events; remove it"):
        load("folder", folder)
    (folder / "train" / "b" / "1.npz").rename(folder / "train" / "b" / "1.png")
    with pytest.raises(DataError, match="1.png' is an image, '.*0.npz' a recording; keep them in folders of their own"):
        load("folder", folder)


def test_a_network_is_tested_on_events_that_are_binned_as_those_it_learned_from(train, tmp_path):
    rng = np.random.default_rng(1)
    for part, label, number in ((part, label, number) for part in ("train", "test") for label in "ab" for number in (1, 2)):
        t = np.sort(rng.integers(0, 90_000, 200) ** 2 // 90_000)        # more events at the beginning
        record(tmp_path / "data" / part / label / f"{number}.npz", t, rng.integers(0, 64, 200), rng.integers(0, 48, 200),
               rng.integers(0, 2, 200))
    code, _, errors = train("folder", "--data", tmp_path / "data", "--out", tmp_path / "own.pt", "--timesteps", 2,
                            "--epochs", 3, "--width", 0.1, "--bins", "count")
    assert code == 0, errors
    model = models.find(str(tmp_path / "own.pt"))
    assert model.network.metadata["bins"] == "count" and model.network.metadata["window_us"] == 100_000
    samples, _ = data_set(model, tmp_path / "data", None)
    by_count, by_time = (load("folder", tmp_path / "data", timesteps=2, by=by)[1].samples for by in ("count", "time"))
    np.testing.assert_array_equal(samples, by_count)
    assert not np.array_equal(by_count, by_time)
