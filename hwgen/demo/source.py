"""Where the demo's events come from: pieces of time, one after the other."""

import itertools
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Full, Queue
from typing import Protocol

import numpy as np

from ..errors import HwgenError
from ..models import Model

#: Microseconds of a chunk, and of a synthetic gesture.
CHUNK_US, GESTURE_US = 10_000, 2_500_000
#: Of the seeds of the people that are shown: no network was trained on them, or tested.
SHOWN = 3


@dataclass(frozen=True, eq=False)
class Chunk:
    """What happened up to ``end_us``: ``events`` (`train.data.recordings.Events`), times from the source's start;
    ``label`` is the class that is shown, None where nobody knows."""

    events: object
    end_us: int
    label: int | None = None


class Source(Protocol):
    """A source of events; ``live`` ones come when they come, the others are played at their own pace."""

    name: str
    synthetic: bool
    live: bool
    width: int
    height: int

    def chunks(self) -> Iterator[Chunk]:
        """Without gaps, each ``end_us`` behind the one before."""

    def close(self) -> None:
        """End; more than once does no harm."""


class Recording:
    """A file of events (`train.data.recordings`), from its first event on; errors as of its reader."""

    synthetic = live = False

    def __init__(self, path: Path):
        from train.data.recordings import read_recording

        events = read_recording(path)
        if len(events) == 0:
            raise HwgenError(f"'{path}' has no events", "give another recording")
        self.name, self.width, self.height = path.name, events.width, events.height
        self._events = _moved(events, -int(events.t[0]))

    def chunks(self) -> Iterator[Chunk]:
        """The recording, once."""
        return _cut(self._events, int(self._events.t[-1]) + 1)

    def close(self) -> None:
        """Nothing is open."""


class Synthetic:
    """One drawn person after the other makes a gesture (`train.data.gestures`), none of them seen in training.

    They are drawn in a thread, a few gestures ahead. ``only`` is the name of a gesture, if all are to be that one.
    """

    synthetic, live = True, False

    def __init__(self, classes: tuple[str, ...], seed: int = 1, only: str | None = None):
        from train.data import gestures

        if tuple(classes) != gestures.CLASSES:
            raise HwgenError("the network does not know the gestures that are drawn",
                             "give a recording with --source FILE, or `--source samples`")
        self.name, self.width, self.height = "synthetic people", gestures.PIXELS, gestures.PIXELS
        self._labels = range(len(classes)) if only is None else [gestures.CLASSES.index(only)]
        self._seed, self._made, self._over = seed, Queue(2), threading.Event()
        threading.Thread(target=self._draw, daemon=True).start()

    def _draw(self) -> None:
        from train.data import gestures

        rng = np.random.default_rng((SHOWN, self._seed))
        while True:
            for label in rng.permutation(self._labels):
                made = int(label), gestures.record(gestures.CLASSES[label], rng, GESTURE_US)
                while not self._over.is_set():
                    try:
                        self._made.put(made, timeout=0.2)
                        break
                    except Full:
                        pass
                if self._over.is_set():
                    return

    def chunks(self) -> Iterator[Chunk]:
        """Gestures without end."""
        for number in itertools.count():
            label, events = self._made.get()
            for chunk in _cut(_moved(events, number * GESTURE_US), (number + 1) * GESTURE_US, number * GESTURE_US,
                              label):
                yield chunk

    def close(self) -> None:
        """End the drawing."""
        self._over.set()


class Samples:
    """The inputs that are shipped with a model, again and again: each spike an event in the middle of its bin."""

    synthetic = live = False

    def __init__(self, model: Model, bin_us: int):
        self._maps, self._labels = model.samples()
        self._bin_us = bin_us
        self.name = f"{model.name}.npz"
        self.height, self.width = self._maps.shape[3:]

    def chunks(self) -> Iterator[Chunk]:
        """Samples without end; of one channel, all events are ON."""
        from train.data.recordings import Events

        start, timesteps = 0, self._maps.shape[1]
        for maps, label in itertools.cycle(zip(self._maps, self._labels)):
            t, channel, y, x = np.nonzero(maps)
            times = start + t * self._bin_us + self._bin_us // 2
            events = Events(times, x.astype(np.int32), y.astype(np.int32),
                            (channel if maps.shape[1] == 2 else np.ones_like(channel)).astype(np.uint8),
                            self.width, self.height)
            stop = start + timesteps * self._bin_us
            yield from _cut(events, stop, start, int(label))
            start = stop

    def close(self) -> None:
        """Nothing is open."""


def _moved(events, by: int):
    from train.data.recordings import Events

    return Events(events.t + by, events.x, events.y, events.p, events.width, events.height)


def _cut(events, stop: int, start: int = 0, label: int | None = None) -> Iterator[Chunk]:
    for begin in range(start, stop, CHUNK_US):
        end = min(begin + CHUNK_US, stop)
        yield Chunk(events.between(begin, end), end, label)
