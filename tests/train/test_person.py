"""The drawn person: bodies, and how each gesture moves."""

import numpy as np
import pytest

from train.data.dvsgesture import CLASSES
from train.data.motion import PACE, Motion
from train.data.person import Person, film

SECONDS = np.arange(200) / 100


def motion(name, seed=1):
    return Motion.random(name, np.random.default_rng(seed))


def travel(hand):
    return float(np.linalg.norm(np.diff(hand, axis=0), axis=1).sum())


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("seed", range(5))
def test_the_hands_that_the_name_says_move(name, seed):
    right, left = (travel(hand) for hand in motion(name, seed).hands(SECONDS))
    if name.startswith("right"):
        assert right > 2 * left
    elif name.startswith("left"):
        assert left > 2 * right
    elif name != "air guitar":                                          # of which one hand holds the neck
        assert left > 0.5 and right > 0.5
    assert max(right, left) > 0.8


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("sense, sign", [("clockwise", 1), ("counter clockwise", -1)])
@pytest.mark.parametrize("seed", range(5))
def test_circles_turn_as_the_camera_sees_them(side, sense, sign, seed):
    right, left = motion(f"{side} arm {sense}", seed).hands(SECONDS)
    x, y = (right * [-1, 1] if side == "right" else left).T             # in the picture, y down
    x, y = x - x.mean(), y - y.mean()
    swept = np.unwrap(np.arctan2(y, x))
    turns = sign * (swept[-1] - swept[0]) / (2 * np.pi)
    assert 0.8 * 2 * PACE["right arm clockwise"][0] < turns < 1.2 * 2 * PACE["right arm clockwise"][1]


def test_claps_bring_the_hands_together_and_drums_alternate():
    right, left = motion("hand clapping").hands(SECONDS)
    person = Person.random(np.random.default_rng(1))
    assert np.abs(right - left).max() < 1e-9 and (right[:, 0] < -0.1).any() and person.shoulders < 0.35
    right, left = motion("air drums", 3).hands(SECONDS)
    assert np.corrcoef(right[:, 1], left[:, 1])[0, 1] < -0.5


def test_a_film_is_light_that_depends_on_the_seeds_alone():
    def shown(seed):
        rng = np.random.default_rng(seed)
        return film(Person.random(rng), Motion.random("left hand wave", rng), SECONDS[:20:2], 48)

    one = shown(5)
    assert one.shape == (10, 48, 48) and one.dtype == np.float32 and 0 <= one.min() < one.max() <= 1
    np.testing.assert_array_equal(one, shown(5))
    assert not np.array_equal(one, shown(6))
    moved = np.abs(one[1:] - one[:-1]).sum(axis=0)                      # the waving arm is on the right of the picture
    assert moved[:, 24:].sum() > 3 * moved[:, :24].sum()


@pytest.mark.parametrize("seed", range(20))
def test_people_stand_out_and_are_in_the_picture(seed):
    person = Person.random(np.random.default_rng(seed))
    ratio = person.clothes / np.mean(person.ground)
    assert max(ratio, 1 / ratio) >= 1.5
    assert 0.3 < person.place[0] < 0.7 and person.place[1] - person.size * person.head * 2.9 > 0
