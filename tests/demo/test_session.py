"""The demo's loop on boards made of software: honest, lying, unplugged, and foreign ones."""

import itertools
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from hwgen.demo.session import Answer, Session
from hwgen.demo.source import Chunk, Synthetic
from hwgen.link import protocol
from hwgen.link.client import LinkError
from hwgen.link.line import LineLost
from sim.board.soft import SoftBoard
from sim.golden import forward
from train.data.binning import Area, bin_by_time
from train.data.gestures import CLASSES
from train.data.recordings import Events

BIN_US = 50_000
ABOUT = {"backend": "golden", "title": "software", "port": None}


class Noise:
    """Random events on 64 x 64 pixels, a class a second."""

    name, synthetic, live, width, height = "noise", True, False, 64, 64

    def __init__(self, seconds=1e9, rate=20_000, seed=1):
        self.seconds, self.rate, self.rng, self.closed = seconds, rate, np.random.default_rng(seed), False
        self.events = []

    def chunks(self):
        for number in itertools.count():
            if number * 0.01 >= self.seconds:
                return
            count = self.rng.poisson(self.rate / 100)
            events = Events(np.sort(self.rng.integers(number * 10_000, (number + 1) * 10_000, count)),
                            *self.rng.integers(0, 64, (2, count)).astype(np.int32),
                            self.rng.integers(0, 2, count).astype(np.uint8), 64, 64)
            self.events.append(events)
            yield Chunk(events, (number + 1) * 10_000, number // 100 % 11)

    def close(self):
        self.closed = True


class Lying(SoftBoard):
    """Every third result has a score that is one too high."""

    def _result(self, samples, sequence):
        super()._result(samples, sequence)
        if sequence % 3 == 0:
            frame, = protocol.Decoder().feed(self._out.pop())
            payload = bytearray(frame.payload)
            payload[0] ^= 1
            self._out.append(replace(frame, payload=bytes(payload)).encode())


def session(model, view, source=None, connect=None, **options):
    return Session(model, source or Noise(), connect or (lambda: SoftBoard(model.network)), view, about=ABOUT,
                   bin_us=BIN_US, **{"paced": False, **options})


@pytest.mark.parametrize("slide, hop", [(True, 1), (False, 4)])
def test_answers_are_those_of_the_windows_of_the_recording(model, view, slide, hop):
    source, kept = Noise(), []
    totals = session(model, view, source, slide=slide, listen=kept.append).run(12)
    assert (totals.windows, totals.compared, totals.equal) == (12, 12, 12)
    answers = [what for what in kept if isinstance(what, Answer)]
    t, x, y, p = (np.concatenate([getattr(events, name) for events in source.events]) for name in "txyp")
    events, area = Events(t, x, y, p, 64, 64), Area(shape=(2, 32, 32), shift=1)
    for answer in answers:
        start = answer.number * hop * BIN_US
        maps = bin_by_time(events, area, 4, start, 4 * BIN_US)
        run = forward(model.network, maps[None])
        assert answer.scores == tuple(run.scores[0]) and answer.winner == run.winner[0]
        assert answer.time_s == pytest.approx((start + 4 * BIN_US) / 1e6)
        first, last = start // 1_000_000, (start + 4 * BIN_US - 1) // 1_000_000
        assert answer.label == (first % 11 if first == last else None)
    assert source.closed


def test_a_difference_is_counted_and_shown(model, view):
    totals = session(model, view, connect=lambda: Lying(model.network)).run(9)
    assert (totals.windows, totals.compared, totals.equal) == (9, 9, 6)


def test_the_view_is_told_everything(model, view):
    session(model, view, Noise(seconds=1.2), paced=True).run()
    hello, = view.hellos
    assert hello["model"]["classes"] == list(CLASSES) and hello["model"]["synthetic"]
    assert (hello["model"]["window_us"], hello["model"]["hop_us"]) == (200_000, 50_000)
    assert hello["board"]["network"] == SoftBoard(model.network).hello.network.hex()
    frame = view.frames[-1]
    assert len(frame["image"]) == frame["width"] * frame["height"] == 64 * 64
    assert sum(frame["shares"]) == pytest.approx(1) and len(frame["scores"]) == 11
    assert np.argmax(frame["scores"]) == frame["winner"] and frame["status"] == "running"
    assert 10_000 < frame["events_per_s"] < 40_000 and list(frame["spikes"]) == ["conv1"]
    shown = [answer["number"] for frame in view.frames for answer in frame["answers"]]
    assert shown == list(range(len(shown))) and len(shown) >= 12
    assert frame["equal"] == frame["compared"] > 0


def test_a_board_that_is_unplugged_is_waited_for_and_found_again(model, view):
    boards = []

    class Loose(SoftBoard):
        def write(self, data):
            if len(boards) == 1 and len(view.frames) > 5:
                raise LineLost("the port is gone", "plug the board in again")
            super().write(data)

    def connect():
        if len(boards) == 1 and time.monotonic() < gone[0] + 0.7:
            raise LineLost("there is no port", "plug the board in")
        boards.append(Loose(model.network))
        return boards[-1]

    gone = [time.monotonic()]
    totals = session(model, view, Noise(seconds=2.5), connect, paced=True).run()
    statuses = [frame["status"] for frame in view.frames]
    assert len(boards) == 2 and len(view.hellos) == 2
    assert any("waiting for the board: the port is gone" in status for status in statuses)
    assert statuses[-1] == "running" and totals.lost > 0 and totals.windows > 10
    assert totals.equal == totals.compared > 10


def test_a_board_that_falls_silent_is_noticed(model, view):
    class Silent(SoftBoard):
        def _result(self, samples, sequence):
            if len(view.frames) < 10:
                super()._result(samples, sequence)

    session(model, view, Noise(seconds=1.2), lambda: Silent(model.network), paced=True, timeout=0.3).run()
    assert any("has not answered a window for 0.3 s" in frame["status"] for frame in view.frames)
    with pytest.raises(LinkError, match="the board is gone: it has not answered a window"):
        session(model, view, connect=lambda: Silent(model.network), timeout=0.1).run(5)


class Live(Noise):
    """A live source on a clock of its own: ``first`` seconds without anything, then ``pace`` seconds a chunk."""

    live = True

    def __init__(self, monkeypatch, first, pace, **options):
        super().__init__(**options)
        self.now, self.first, self.pace = 1000.0, first, pace
        monkeypatch.setattr("hwgen.demo.session.time", SimpleNamespace(monotonic=lambda: self.now, sleep=None))

    def chunks(self):
        self.now += self.first
        for chunk in super().chunks():
            self.now += self.pace
            yield chunk


def test_a_camera_whose_time_begins_late_is_not_late(model, view, monkeypatch):
    totals = session(model, view, Live(monkeypatch, 5, 0.01, seconds=0.5), paced=True, timeout=100).run()
    assert totals.lost == 0 and totals.windows == 7


def test_events_that_are_late_are_left_out(model, view, monkeypatch):
    source = Live(monkeypatch, 0, 0.05, seconds=0.5)                    # a second behind after a quarter of the chunks
    totals = session(model, view, source, paced=True, timeout=100).run()
    assert totals.lost > 1000 and totals.windows < 7 and totals.equal == totals.compared


def test_answers_of_windows_before_the_start_are_left_out(model, view):
    stale = protocol.Frame(protocol.Response.RESULT, 77, bytes(4 * 11) + protocol.Result.TAIL.pack(0, 0)).encode()

    class Busy(SoftBoard):
        def __init__(self, network):
            super().__init__(network)
            self._out.append(stale)

    totals = session(model, view, connect=lambda: Busy(model.network)).run(5)
    assert (totals.windows, totals.equal) == (5, 5)


def test_a_board_with_another_network_is_refused(model, view):
    other = replace(model.network, timesteps=3)
    with pytest.raises(LinkError, match=r"the board runs network [0-9a-f]{16}, not [0-9a-f]{16}; flash the build"):
        session(model, view, connect=lambda: SoftBoard(other)).run(1)


def test_synthetic_people_are_labelled_and_seeded(model):
    one, same, other = (Synthetic(CLASSES, seed) for seed in (1, 1, 2))
    chunks = [list(itertools.islice(source.chunks(), 300)) for source in (one, same, other)]
    for source in (one, same, other):
        source.close()
    labels = [[chunk.label for chunk in found] for found in chunks]
    assert labels[0] == labels[1] and len(set(labels[0])) == 2
    assert [chunk.end_us for chunk in chunks[0]] == list(range(10_000, 3_010_000, 10_000))
    events = [np.concatenate([chunk.events.t for chunk in found]) for found in chunks]
    np.testing.assert_array_equal(events[0], events[1])
    assert len(events[0]) != len(events[2])
    assert all(len(chunk.events) == 0 or chunk.events.t[-1] < chunk.end_us for chunk in chunks[0])
