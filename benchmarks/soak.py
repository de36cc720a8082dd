"""The demo's loop for a long time: whether memory stays, and nothing is lost.

Random events on a sensor of 128 x 128 pixels go through pooling, link and golden model, as fast as that goes; every
window is compared. Memory is the process's resident set.
"""

import itertools
import time
from pathlib import Path

import numpy as np

from hwgen import models
from hwgen.demo.session import Session
from hwgen.demo.source import CHUNK_US, Chunk
from hwgen.demo.view import Blank
from sim.board.soft import SoftBoard
from train.data.recordings import Events

from .common import main, parser, table

SIDE = 128


class Rain:
    """Random events, ``rate`` a second, for so many seconds; keeps what memory the process has from time to time."""

    name, synthetic, live, width, height = "random events", True, False, SIDE, SIDE

    def __init__(self, rate: float, seconds: float):
        self.rate, self.seconds, self.events, self.memory = rate, seconds, 0, []

    def chunks(self):
        rng, every = np.random.default_rng(1), max(1, round(self.seconds * 1e6 / CHUNK_US / 10))
        for number in itertools.count():
            if number * CHUNK_US >= self.seconds * 1e6:
                self.memory.append(resident_mib())
                return
            if number % every == 0:
                self.memory.append(resident_mib())
            count = rng.poisson(self.rate * CHUNK_US / 1e6)
            self.events += count
            t = np.sort(rng.integers(number * CHUNK_US, (number + 1) * CHUNK_US, count))
            x, y = rng.integers(0, SIDE, (2, count)).astype(np.int32)
            yield Chunk(Events(t, x, y, rng.integers(0, 2, count).astype(np.uint8), SIDE, SIDE), (number + 1) * CHUNK_US)

    def close(self):
        """Nothing is open."""


def resident_mib() -> float:
    """The process's resident set."""
    import resource

    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def measure(options) -> dict:
    model, source = models.find(options.model), Rain(options.rate, 60 * options.minutes)
    session = Session(model, source, lambda: SoftBoard(model.network), Blank(), bin_us=50_000, paced=False, timeout=10,
                      about={"backend": "golden", "title": "golden model", "port": None})
    start = time.monotonic()
    totals = session.run()
    return {"model": options.model, "minutes": options.minutes, "events": source.events, "windows": totals.windows,
            "equal": totals.equal, "lost": totals.lost, "refused": totals.refused, "memory_mib": source.memory,
            "seconds": time.monotonic() - start,
            "basis": "golden model behind the link's protocol; so many minutes of events, as fast as they go"}


def show(result: dict) -> None:
    print(f"{result['model']}, {result['minutes']:g} minutes of events in {result['seconds']:.0f} s; {result['basis']}\n")
    memory = result["memory_mib"]
    table([[result["events"], result["windows"], result["equal"], result["lost"], result["refused"], memory[0],
            memory[1], memory[-1]]],
          ["events", "windows", "equal", "lost", "refused", "MiB at the start", "after a tenth", "at the end"])


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("--model", default="gesture")
    arguments.add_argument("--rate", type=float, default=50_000)
    arguments.add_argument("--minutes", type=float, default=60)
    raise SystemExit(main(arguments.parse_args(), measure, show))
