"""The simulated sensor: what its pixels send, by hand and by its rules."""

import numpy as np
import pytest

from train.data.sensor import DARK, Sensor

#: Every pixel alike, quick, never deaf, no noise.
IDEAL = Sensor(spread=0, bandwidth_hz=1e9, refractory_us=0, noise_hz=0, hot=0)


def ramp(ratio: float, frames: int = 101, us: int = 1000):
    """One pixel whose light rises ``ratio`` times over, evenly in the logarithm, and one that stays."""
    light = (0.1 + DARK) * ratio ** np.linspace(0, 1, frames) - DARK
    pictures = np.stack([light, np.full(frames, 0.5)], axis=1)[:, None]
    return pictures, np.arange(frames) * us


def record(sensor, pictures, times, seed=1):
    return sensor.record(pictures, times, np.random.default_rng(seed))


@pytest.mark.parametrize("ratio, polarity", [(4, 1), (1 / 4, 0)])
def test_a_pixel_sends_an_event_for_each_threshold_that_the_logarithm_passes(ratio, polarity):
    events = record(IDEAL, *ramp(ratio))
    assert len(events) == int(np.log(4) / 0.25) == 5
    assert set(events.p) == {polarity} and set(events.x) == {0} and set(events.y) == {0}
    expected = 100_000 * 0.25 * np.arange(1, 6) / np.log(4)
    assert np.abs(events.t - expected).max() < 30                       # between the pictures, too


def test_several_thresholds_between_two_pictures_are_several_events():
    pictures, times = ramp(4, frames=2, us=100_000)
    events = record(IDEAL, pictures, times)
    assert len(events) == 5 and (np.diff(events.t) > 10_000).all()


def test_a_deaf_pixel_loses_what_comes_too_soon():
    pictures, times = ramp(4, frames=2, us=100_000)                     # an event every 18 ms
    assert len(record(Sensor(**{**vars(IDEAL), "refractory_us": 20_000}), pictures, times)) == 3
    assert len(record(Sensor(**{**vars(IDEAL), "refractory_us": 200_000}), pictures, times)) == 1


def test_a_slow_pixel_lags_and_the_dark_is_slower():
    def first(light, bandwidth):
        pictures = np.full((200, 1, 1), light)
        pictures[0] = light / 2
        return record(Sensor(**{**vars(IDEAL), "bandwidth_hz": bandwidth}), pictures, np.arange(200) * 1000).t[0]

    assert first(0.8, 1e6) < 1000 < first(0.8, 10) < first(0.2, 10)


def test_thresholds_differ_between_pixels_and_noise_has_its_rate():
    pictures, times = ramp(4)
    wide = np.repeat(pictures[:, :, :1], 400, axis=2)
    counts = np.bincount(record(Sensor(**{**vars(IDEAL), "spread": 0.05}), wide, times).x, minlength=400)
    assert 4.5 < counts.mean() < 6.5 and counts.std() > 0.8
    still = np.full((2, 50, 60), 0.5)
    seconds = np.array([0, 2_000_000])
    noisy = record(Sensor(**{**vars(IDEAL), "noise_hz": 1.0}), still, seconds)
    assert abs(len(noisy) - 6000) < 4 * 6000**0.5 and 0.45 < noisy.p.mean() < 0.55
    hot = record(Sensor(**{**vars(IDEAL), "hot": 0.01, "hot_hz": 50.0}), still, seconds)
    each = np.bincount(hot.y * 60 + hot.x, minlength=3000)
    assert 15 <= (each > 0).sum() <= 50 and abs(each[each > 0].mean() - 100) < 10
    assert (np.diff(hot.t) >= 0).all() and hot.t.min() >= 0 and hot.t.max() < 2_000_000


def test_a_seed_gives_the_same_events():
    rng = np.random.default_rng(5)
    pictures, times = rng.random((30, 12, 20)), np.arange(30) * 2000 + 7
    one, two, other = (record(Sensor(), pictures, times, seed) for seed in (1, 1, 2))
    for name in ("t", "x", "y", "p"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    assert len(one) > 100 and len(one) != len(other)
    assert (one.width, one.height) == (20, 12) and one.t.min() >= 7 and (np.diff(one.t) >= 0).all()
