"""MNIST's digits, and drawn ones, seen by a simulated sensor."""

import gzip
import struct

import numpy as np

from train.data import load
from train.data.saccades import SENSOR, SHEET, drawings, see
from train.data.strokes import drawings as strokes


def idx(array: np.ndarray) -> bytes:
    return gzip.compress(struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes())


def test_reads_mnists_files_keeps_what_it_saw_and_the_labels(tmp_path):
    images = np.random.default_rng(1).integers(0, 256, (5, 28, 28)).astype(np.uint8)
    for part in ("train", "t10k"):
        (tmp_path / f"{part}-images-idx3-ubyte.gz").write_bytes(idx(images))
        (tmp_path / f"{part}-labels-idx1-ubyte.gz").write_bytes(idx(np.arange(5, dtype=np.uint8)))
    train, test = load("saccades", tmp_path, timesteps=4)
    assert train.samples[:].shape == (5, 4, 2, 34, 34) and train.labels.tolist() == test.labels.tolist() == [*range(5)]
    np.testing.assert_array_equal(train.samples[:], see(images, 4, np.random.default_rng(1)))
    assert len(list((tmp_path / ".hwgen-cache").iterdir())) == 2
    np.testing.assert_array_equal(load("saccades", tmp_path, timesteps=4)[0].samples[:], train.samples[:])


def test_each_digit_is_seen_by_itself_whatever_else_is_on_the_sheet():
    digits = strokes(SHEET**2 + 3, 2)[0][:, 0]
    quiet = see(digits, 3, np.random.default_rng(1))
    assert quiet.shape == (SHEET**2 + 3, 3, 2, 34, 34)
    for n in (0, 7, 20, SHEET**2 + 2):                                  # where nothing moves there is only noise
        blank = digits.copy()
        blank[n] = 0
        gone = see(blank, 3, np.random.default_rng(1))
        assert gone[n].mean() < 0.01 < 0.05 < quiet[n].mean()


def test_the_first_saccade_moves_the_digit_up():
    """So its upper edge brightens and its lower one darkens, as in N-MNIST."""
    bar = np.zeros((1, 28, 28), np.uint8)
    bar[:, 12:16, 4:24] = 255
    first = see(bar, 3, np.random.default_rng(3))[0, 0]
    rows = [(np.flatnonzero(polarity.sum(axis=1) > 10)).mean() for polarity in first]     # darker, brighter
    assert rows[1] < rows[0] - 2


def test_drawings_are_spikes_of_drawn_digits():
    samples, labels = drawings(12, 1)
    assert samples.dtype == bool and samples.shape == (12, 8, 2, 34, 34) and labels.tolist() == [*range(10), 0, 1]
    assert 0.03 < samples.mean() < 0.2 and SENSOR.noise_hz > 0
