"""The demo's loop: events from a source to a board, its answers and the golden model's to a view."""

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from sim.golden.once import Once, Outcome
from sim.golden.stream import WindowStream

from ..errors import HwgenError
from ..link.client import Client, LinkError, Window, require_network
from ..link.events import Windows
from ..link.line import Line, LineLost
from ..models import Model
from ..spec.identity import network_hash
from .picture import Picture
from .pool import Pool
from .source import Chunk, Source
from .view import View

#: Seconds between two pictures, and between two tries to reach a board that is gone.
FRAME_SECONDS, AGAIN_SECONDS = 1 / 30, 0.5
#: Seconds between two questions what the board has refused.
ASK_SECONDS = 1.0
#: Windows that the golden model may be behind a board before it leaves some out.
BACKLOG = 40
#: A live source that is so far ahead of the board is not waited for: microseconds of events that are left out.
LATE_US = 500_000


@dataclass(kw_only=True)
class Totals:
    """What happened in all: ``windows`` answered; ``compared`` with the golden model, ``equal`` to it in every score;
    ``labelled``, whose class is known, ``correct`` of those; ``lost`` events, that were not sent because the board was
    behind or gone; ``cycles`` of each window."""

    windows: int = 0
    compared: int = 0
    equal: int = 0
    labelled: int = 0
    correct: int = 0
    lost: int = 0
    refused: int = 0
    cycles: list[int] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A window's answer: its ``number`` from 0, when it ended in seconds of the source, ``scores``, ``winner``,
    ``label`` and whether all scores are the golden model's, the latter two None if unknown."""

    number: int
    time_s: float
    scores: tuple[int, ...]
    winner: int
    label: int | None
    equal: bool | None


@dataclass(eq=False)
class _Expected:
    number: int
    label: int | None
    golden: Future[Outcome] | None
    since: float = field(default_factory=time.monotonic)


class Session:
    """Runs a source through a board.

    Parameters
    ----------
    model
        What the board runs.
    source
        `hwgen.demo.source.Source`.
    connect
        Opens the line to the board; called again when the board is gone.
    view
        Shows all of it.
    about
        ``backend``, ``title`` and ``port`` of the board, for the view.
    bin_us
        Microseconds of a bin.
    slide
        Whether windows begin a bin apart; else one behind the other.
    paced
        Play at the source's pace; else as fast as the board takes it, and compare every window.
    timeout
        Seconds that the board may take for an answer.
    listen
        Called with every `Chunk` and every `Answer`, to record them.
    golden
        Runs one sample through the golden model; None is one's own.
    """

    def __init__(self, model: Model, source: Source, connect: Callable[[], Line], view: View, *, about: dict,
                 bin_us: int, slide: bool = True, paced: bool = True, timeout: float = 1.0,
                 listen: Callable[[Chunk | Answer], None] = lambda what: None,
                 golden: Callable[[np.ndarray], Outcome] | None = None):
        from train.data.binning import area_of

        self._model, self._network, self._source = model, model.network, source
        self._connect, self._view, self._about = connect, view, about
        self._bin_us, self._slide, self._paced, self._timeout = bin_us, slide, paced, timeout
        self._listen, self._golden = listen, golden or Once(model.network)
        self._area = area_of(source.width, source.height, self._network.input.shape)
        self._picture = Picture(source.width, source.height)
        self._pool = Pool(self._area, bin_us)
        self._worker = ThreadPoolExecutor(1)
        self._client: Client | None = None
        self._line: Line | None = None
        self._answers: list[dict] = []
        self._shown = self._asked = 0.0
        self._least_lag = float("inf")
        self._last: Answer | None = None
        self._latency_us: float | None = None
        self._spikes: dict[str, float] = {}
        self._status = "running"
        self._rate = deque()
        self.totals = Totals()

    def run(self, windows: int | None = None) -> Totals:
        """Until the source ends, or so many ``windows`` are answered.

        Raises
        ------
        LinkError
            If another network, or nothing that speaks the protocol, is at the other end.
        HwgenError
            From the source.
        """
        with contextlib.closing(self.steps()) as steps:
            for _ in steps:
                if windows is not None and self.totals.windows >= windows:
                    break
        return self.totals

    def steps(self) -> Iterator[int]:
        """The same until the source ends, and after each chunk how much time of it has passed, in microseconds; who
        stops early misses the answers that are due."""
        self._open()
        began = time.monotonic()
        try:
            for chunk in self._source.chunks():
                self._listen(chunk)
                if self._paced and not self._source.live:
                    self._wait(began + chunk.end_us / 1e6)
                self._feed(chunk, began)
                self._show(chunk)
                yield chunk.end_us
            self._await_answers()
        finally:
            self._worker.shutdown(wait=False, cancel_futures=True)
            self._source.close()
            if self._client:
                with contextlib.suppress(HwgenError):
                    self._count_refused()
            if self._line:
                self._line.close()

    def _open(self) -> None:
        """Reach the board, see that it is the right one, and begin windows."""
        self._line = self._connect()
        self._client = Client(self._line, self._timeout)
        hello = self._client.hello()
        require_network(hello, network_hash(self._network))
        self.clock_hz = hello.clock_hz
        settings = Windows(bin_ticks=1, slide=self._slide)              # a tick is a bin: no more is needed on the map
        self._client.send(np.array(settings.start(), np.uint32))
        self._packer = settings.packer()
        self._stream = WindowStream(shape=self._network.input.shape, timesteps=self._network.timesteps, bin_ticks=1,
                                    slide=self._slide)
        self._expected: deque[_Expected] = deque()
        self._first_bin: int | None = None
        self._labels: dict[int, int | None] = {}                        # by bin of the source
        self._refused = self._client.counts().refused
        self._client.windows.clear()                                    # of those before us
        classes = list(self._model.network.metadata.get("classes") or map(str, range(self._network.classes)))
        dataset = self._network.metadata.get("dataset") or "unknown data"
        hop = self._bin_us * (1 if self._slide else self._network.timesteps)
        self._view.start({
            "model": {"name": self._model.name, "dataset": dataset, "classes": classes,
                      "synthetic": dataset.startswith("synthetic"),
                      "layers": [layer.name for layer in self._network.layers[:-1]],
                      "window_us": self._bin_us * self._network.timesteps, "hop_us": hop},
            "board": {**self._about, "clock_hz": hello.clock_hz, "network": hello.network.hex()},
            "source": {"name": self._source.name, "synthetic": self._source.synthetic, "width": self._picture.width,
                       "height": self._picture.height}})

    def _wait(self, until: float) -> None:
        """Until a time, and take what the board says meanwhile."""
        while (left := until - time.monotonic()) > 0:
            if self._client:
                self._guarded(lambda: self._client.poll(min(left, 0.005)))
                self._collect()
            else:
                time.sleep(min(left, 0.005))

    def _feed(self, chunk: Chunk, began: float) -> None:
        """A chunk to the board and to the golden model."""
        self._picture.add(chunk.events, chunk.end_us)
        now = time.monotonic()
        self._rate.append((now, len(chunk.events)))
        while self._rate and self._rate[0][0] < now - 1:
            self._rate.popleft()
        rows = self._pool.take(chunk.events)
        lag = (now - began) * 1e6 - chunk.end_us
        self._least_lag = min(self._least_lag, lag)                     # a camera's time begins when it likes
        late = self._source.live and lag - self._least_lag > LATE_US
        if self._client is None or late:
            self.totals.lost += len(rows)
            if self._client is None:
                self._reopen()
            return
        end, last = chunk.end_us // self._bin_us, (chunk.end_us - 1) // self._bin_us
        if self._first_bin is None:                                     # windows begin with what comes now
            self._first_bin = self._labelled = int(rows[0, 3]) if len(rows) else last
        for bin_ in range(self._labelled, last + 1):
            known = self._labels.get(bin_, chunk.label)
            self._labels[bin_] = chunk.label if known == chunk.label else None
        self._labelled = end                                            # the next chunk begins there
        rows[:, 3] -= self._first_bin
        end -= self._first_bin
        if not self._paced:
            self._await_answers()                                       # then nothing waits on the board, or is refused
        words = np.concatenate([self._packer.pack(*rows.T), self._packer.tick(end)])
        fed = np.vstack([rows, [0, 0, -1, end]])
        for number, maps in self._stream.feed(fed):
            self._expect(number, maps)
        self._guarded(lambda: self._client.send(words))
        if self._client:
            self._guarded(lambda: self._client.poll())
        self._collect()

    def _expect(self, number: int, maps: np.ndarray) -> None:
        timesteps = self._network.timesteps
        first = self._first_bin + (number if self._slide else number * timesteps)
        labels = {self._labels.get(bin_) for bin_ in range(first, first + timesteps)}
        for bin_ in [bin_ for bin_ in self._labels if bin_ < first]:
            del self._labels[bin_]
        waiting = sum(entry.golden is not None and not entry.golden.done() for entry in self._expected)
        golden = None
        if not self._paced or waiting < BACKLOG:
            golden = self._worker.submit(self._golden, maps)
        self._expected.append(_Expected(number, labels.pop() if len(labels) == 1 else None, golden))

    def _collect(self, wait: bool = False) -> None:
        """Match the board's answers with what was expected."""
        client = self._client
        if client and not client.windows and self._expected \
                and time.monotonic() - self._expected[0].since > self._timeout:
            self._gone(f"it has not answered a window for {self._timeout:g} s")
            return
        while client and client.windows:
            if not wait and self._paced and self._expected and self._expected[0].golden \
                    and not self._expected[0].golden.done():
                return
            self._guarded(lambda: self._answer(client.windows.popleft()))
            client = self._client

    def _answer(self, window: Window) -> None:
        if not self._expected or (self._expected[0].number + 1) % 256 != window.number:
            raise LinkError(f"the board answers window {window.number}, which was not the next to be answered",
                            "reset the board and start again")
        expected, totals, result = self._expected.popleft(), self.totals, window.result
        totals.windows += 1
        equal = None
        if expected.golden:
            outcome = expected.golden.result()
            self._spikes = outcome.rates
            equal = outcome.scores == result.scores
            totals.compared += 1
            totals.equal += equal
        if expected.label is not None:
            totals.labelled += 1
            totals.correct += expected.label == result.winner
        if self.clock_hz:
            totals.cycles.append(result.cycles)
            self._latency_us = 1e6 * result.cycles / self.clock_hz
        hop = 1 if self._slide else self._network.timesteps
        end = (self._first_bin + expected.number * hop + self._network.timesteps) * self._bin_us
        self._last = Answer(number=expected.number, time_s=end / 1e6, scores=result.scores, winner=result.winner,
                            label=expected.label, equal=equal)
        self._listen(self._last)
        self._answers.append({name: getattr(self._last, name) for name in ("number", "time_s", "winner", "label",
                                                                          "equal")})

    def _guarded(self, talk: Callable[[], None]) -> None:
        """Talk to the board; where it is gone, say so and go on without it."""
        try:
            talk()
        except (LineLost, LinkError) as error:
            self._gone(str(error), error)

    def _gone(self, why: str, error: HwgenError | None = None) -> None:
        if not self._paced:                                             # nobody looks on
            raise error or LinkError(f"the board is gone: {why}", "reset it")
        self._status = f"waiting for the board: {why}"
        self._line.close()
        self._client, self._tried = None, time.monotonic()

    def _reopen(self) -> None:
        if time.monotonic() - self._tried < AGAIN_SECONDS:
            return
        self._tried = time.monotonic()
        try:
            self._open()
            self._status = "running"
        except HwgenError as error:
            self._client = None
            self._status = f"waiting for the board: {error}"

    def _await_answers(self) -> None:
        """Until all answers that are due are there, or the board is given up."""
        while self._client and self._expected:
            self._guarded(lambda: self._client.poll(0.05))
            self._collect(wait=True)

    def _count_refused(self) -> None:
        """Ask the board what it has refused since the last time."""
        refused = self._client.counts().refused
        self.totals.refused += (refused - self._refused) % 65_536
        self._refused, self._asked = refused, time.monotonic()

    def _show(self, chunk: Chunk) -> None:
        now = time.monotonic()
        if now - self._shown < FRAME_SECONDS:
            return
        self._shown = now
        if self._client and self._paced and now - self._asked > ASK_SECONDS:
            self._guarded(self._count_refused)
        totals, last = self.totals, self._last
        shares = None
        if last:
            scores = np.array(last.scores, float)
            power = np.exp((scores - scores.max()) / max(scores.std(), 1))
            shares = (power / power.sum()).tolist()
        self._view.show({
            "image": self._picture.render(), "width": self._picture.width, "height": self._picture.height,
            "scores": list(last.scores) if last else None, "shares": shares, "winner": last.winner if last else None,
            "label": chunk.label, "answers": self._answers,
            "events_per_s": sum(count for _, count in self._rate), "refused": totals.refused,
            "merged": self._pool.merged, "outside": self._pool.outside, "untimely": totals.lost,
            "spikes": self._spikes, "latency_us": self._latency_us,
            "round_trip_us": 1e6 * self._client.round_trip if self._client else None, "windows": totals.windows,
            "compared": totals.compared, "equal": totals.equal, "labelled": totals.labelled,
            "correct": totals.correct if totals.labelled else None, "status": self._status})
        self._answers = []
