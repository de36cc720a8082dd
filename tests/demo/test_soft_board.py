"""The board made of software keeps to the protocol, and its answers are the golden model's."""

import numpy as np
import pytest

from hwgen.link import protocol
from hwgen.link.client import Client
from hwgen.link.events import Windows
from hwgen.link.protocol import ErrorCode, Request
from sim.board.soft import SoftBoard
from sim.golden import forward
from sim.golden.events import bin_events
from tests.gateware.plans import make_plan


def answers(board, *frames):
    board.write(b"".join(frame.encode() for frame in frames))
    return protocol.Decoder().feed(board.read(0))


@pytest.mark.parametrize("spikes", [True, False])
def test_a_sample_gets_the_golden_scores(spikes):
    shape, rng = (2, 6, 5), np.random.default_rng(1)
    options = {} if spikes else dict(bits=4)
    network = make_plan(shape, {"out": 5, "kernel": (3, 3), "padding": 1}, timesteps=3, **options).network
    client = Client(SoftBoard(network))
    hello = client.hello()
    if spikes:
        sample = rng.integers(0, 2, (3, *shape)).astype(np.uint8)
        elements = (sample << np.arange(3)[:, None, None, None]).sum(axis=0)
    else:
        sample = rng.integers(0, 256, shape).astype(np.uint8)
        elements = sample >> 8 - hello.element_bits
    result = client.infer(elements.transpose(1, 2, 0).ravel().tolist(), hello.element_bits, hello.layers - 1)
    run = forward(network, sample[None])
    assert (result.scores, result.winner) == (tuple(run.scores[0]), run.winner[0])


@pytest.mark.parametrize("slide", [True, False])
def test_windows_of_events_get_the_golden_scores(slide):
    network = make_plan((2, 6, 5), {"out": 5, "kernel": (3, 3), "padding": 1}, timesteps=3).network
    rng, client = np.random.default_rng(2), Client(SoftBoard(network))
    windows = Windows(bin_ticks=7, slide=slide, x=3, y=1, shift=1)
    client.send(np.array(windows.start(), np.uint32))
    packer = windows.packer()
    time = np.sort(rng.integers(0, 400, 900))
    x, y, p = rng.integers(0, 14, 900), rng.integers(0, 14, 900), rng.integers(0, 2, 900)
    for piece in np.split(np.arange(900), 9):
        client.send(packer.pack(x[piece], y[piece], p[piece], time[piece]))
    client.send(packer.tick(1000))
    events = np.vstack([np.stack([x, y, p, time], axis=1), [0, 0, -1, 1000]])
    expected = bin_events(events, shape=(2, 6, 5), timesteps=3, bin_ticks=7, x=3, y=1, shift=1, slide=slide)
    run = forward(network, expected.maps.astype(np.uint8))
    assert [window.number for window in client.windows] == ((expected.windows + 1) % 256).tolist()
    assert [window.result.scores for window in client.windows] == list(map(tuple, run.scores.tolist()))
    counts, found = client.counts(), expected.counts
    assert (counts.merged, counts.outside, counts.untimely) == (found.merged, found.outside, found.untimely)
    assert min(counts.merged, counts.outside) > 0


def test_what_it_does_not_serve_is_refused():
    board = SoftBoard(make_plan((2, 6, 5), {"out": 5, "kernel": (3, 3), "padding": 1}, timesteps=3).network)
    for frame, code in ((protocol.probe(0), ErrorCode.TYPE), (protocol.Frame(Request.INFER, 1, b"12"), ErrorCode.LENGTH),
                        (protocol.infer([0] * 60, element_bits=3, stop_layer=0), ErrorCode.RANGE)):
        answer, = answers(board, frame)
        assert protocol.decode_response(answer) == protocol.Refusal(code)
    assert protocol.decode_response(answers(board, protocol.status())[0]).frames == 0
    assert protocol.decode_response(answers(board, protocol.status())[0]).frames == 1
