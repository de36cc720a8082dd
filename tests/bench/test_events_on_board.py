"""Events through the pins of an emitted board design: windows binned and computed as by the golden model."""

import numpy as np
import pytest

import boards
from hwgen.emit import verilog
from hwgen.link import protocol
from hwgen.link.events import Windows
from hwgen.link.protocol import Accepted, Counts, ErrorCode, Refusal, Result, decode_response
from hwgen.plan import make_plan
from hwgen.top.board_top import BoardTop
from sim.bench.board_check import BoardBench, Exchange
from sim.bench.compare import sample_elements
from sim.golden import forward
from sim.golden.events import bin_events
from tests.strategies import random_case

BOARD = boards.find("icebreaker")
CASE = random_case(61)
NETWORK = CASE.network
BIN_TICKS, WINDOWS = 50, 4


def scene():
    """Events of four windows on a sensor two pixels wider than the map on each side, and the tick behind them."""
    rng = np.random.default_rng(1)
    _, height, width = NETWORK.input.shape
    time = np.sort(rng.integers(0, WINDOWS * NETWORK.timesteps * BIN_TICKS, 150))
    time[::20] -= BIN_TICKS
    rows = np.stack([rng.integers(0, width + 4, 150), rng.integers(0, height + 4, 150), rng.integers(0, 2, 150), time],
                    axis=1)
    return [*map(tuple, rows.tolist()), (0, 0, -1, WINDOWS * NETWORK.timesteps * BIN_TICKS)]


@pytest.mark.parametrize("simulator", ["verilator", "icarus"])
def test_windows_of_events_are_computed_as_by_the_golden_model(simulator, tmp_path):
    plan = make_plan(NETWORK, BOARD, lanes=4, time_parallel=4)
    verilog.generate(BoardTop(plan, BOARD), BOARD.platform(), tmp_path)
    rows = scene()
    binned = bin_events(np.array(rows), shape=NETWORK.input.shape, timesteps=NETWORK.timesteps, bin_ticks=BIN_TICKS,
                        x=2, y=2)
    golden = forward(NETWORK, binned.maps)
    assert len(binned.windows) == WINDOWS and min(vars(binned.counts).values()) > 0

    sample = protocol.infer(sample_elements(NETWORK, CASE.samples[0]), element_bits=plan.cores[0].element_bits,
                            stop_layer=len(NETWORK.layers) - 1, sequence=200)
    windows = Windows(bin_ticks=BIN_TICKS, x=2, y=2)
    packer = windows.packer()
    words = [*windows.start(), *packer.pack(*np.array(rows[:-1]).T), *packer.tick(rows[-1][-1])]
    requests = [sample, *(protocol.events(words[n:n + 40], 100) for n in range(0, len(words), 40))]
    requests += [sample, protocol.counts(7)]
    # Results come unasked, so each request has a time of its own instead of a number of answers.
    exchanges = [Exchange(request.encode(), answers=99, wait_us=1000) for request in requests]
    frames = sum(BoardBench(plan, tmp_path / "top.v", simulator=simulator, folder=tmp_path).talk(exchanges), [])
    answers = [(frame.sequence, decode_response(frame)) for frame in frames]

    assert list(answers[0][1].scores) == forward(NETWORK, CASE.samples[:1]).scores[0].tolist()
    assert (200, Refusal(ErrorCode.BUSY)) in answers
    assert [answer for sequence, answer in answers if sequence == 100] == [
        Accepted(len(words[n:n + 40])) for n in range(0, len(words), 40)]
    results = [(sequence, answer.scores, answer.winner) for sequence, answer in answers[1:] if isinstance(answer, Result)]
    assert results == [(number + 1, tuple(scores), winner) for number, scores, winner in zip(
        binned.windows.tolist(), golden.scores.tolist(), golden.winner.tolist(), strict=True)]
    assert answers[-1] == (7, Counts(**vars(binned.counts), refused=0))
