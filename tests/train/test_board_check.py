"""A network that will not fit a board is refused before it is trained."""

import numpy as np
import pytest
import torch

from hwgen.plan import CorePlan, PlanError
from hwgen.spec import Encoding, HwgenError, Input
from train.board_check import drawn, require_fit, up5k
from train.networks import find

GREY, COLOUR = (Input(shape=shape, bits=4) for shape in ((1, 28, 28), (3, 32, 32)))
EVENTS, OBJECTS = (Input(shape=(2, n, n), encoding=Encoding.SPIKES, bits=1) for n in (34, 32))


@pytest.mark.parametrize("preset, board, input", [
    ("tiny-up5k", "icebreaker", GREY), ("tiny-up5k", "icebreaker", COLOUR), ("tiny-up5k", "icebreaker", EVENTS),
    ("tiny-up5k", "icebreaker", OBJECTS), ("small-ecp5", "ulx3s_85f", COLOUR), ("small-ecp5", "ulx3s_85f", EVENTS)])
def test_the_presets_for_boards_fit_them(preset, board, input):
    plan = require_fit(find(preset, input, 10), board)
    assert plan.board.name == board and plan.network.timesteps == 4


def test_one_that_does_not_fit_is_refused_in_the_planners_words():
    with pytest.raises(PlanError, match="'small-ecp5' does not fit icebreaker: .* need .*, there are") as raised:
        require_fit(find("small-ecp5", COLOUR, 10), "ice40")
    assert raised.value.exit_code == 1 and raised.value.hint


def test_a_board_that_does_not_exist():
    with pytest.raises(HwgenError, match="there is no board 'icebraker'; did you mean icebreaker"):
        require_fit(find("tiny-up5k", GREY, 10), "icebraker")


def test_the_drawn_network_is_as_wide_as_trained_ones_and_leaves_random_numbers_alone():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    for per_timestep in (False, True):
        network = drawn(find("tiny-up5k", GREY, 10, per_timestep=per_timestep))
        core = CorePlan(network=network, lanes=8, time_parallel=4)
        assert core.shared_threshold is not per_timestep
        assert core.bias_width >= 6 and core.sum_width >= 10           # bias 10, sum 12 in the shipped network
    assert torch.equal(before, torch.get_rng_state())


def test_the_estimate_for_the_up5k_depends_on_the_samples():
    network = drawn(find("tiny-up5k", GREY, 10, timesteps=2))
    dark, bright = (up5k(network, np.full((3, 1, 28, 28), pixel, np.uint8)) for pixel in (0, 255))
    assert 0 < dark["up5k_cycles"] < bright["up5k_cycles"]
    assert bright["up5k_ms"] == pytest.approx(bright["up5k_cycles"] / 36e3)
    assert bright["up5k_basis"] == "activity of 3 test samples, at 36 MHz"


def test_what_does_not_fit_the_up5k_has_no_cycles_but_a_reason():
    network = drawn(find("small-ecp5", GREY, 10, timesteps=1))
    found = up5k(network, np.zeros((1, 1, 28, 28), np.uint8))
    assert found["up5k_cycles"] is found["up5k_ms"] is None and " need " in found["up5k_basis"]
