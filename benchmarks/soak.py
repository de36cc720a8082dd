"""The demo's loop for a long time: whether memory stays, and nothing is lost.

Random events on a sensor of 128 x 128 pixels go through pooling, link and golden model, as fast as that goes; every
window is compared. Memory is the process's resident set.
"""

import time
from pathlib import Path

from hwgen import models
from hwgen.demo.view import Blank

from .common import main, parser, table
from .rain import Rain, golden_session


def resident_mib() -> float:
    """The process's resident set."""
    import resource

    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def measure(options) -> dict:
    model, memory = models.find(options.model), []
    source = Rain(options.rate, 60 * options.minutes, lambda: memory.append(resident_mib()))
    session = golden_session(model, source, Blank(), paced=False, timeout=10)
    start = time.monotonic()
    totals = session.run()
    return {"model": options.model, "minutes": options.minutes, "events": source.events, "windows": totals.windows,
            "equal": totals.equal, "lost": totals.lost, "refused": totals.refused, "memory_mib": memory,
            "seconds": time.monotonic() - start,
            "basis": "golden model behind the link's protocol; so many minutes of events, as fast as they go"}


def show(result: dict) -> None:
    print(f"{result['model']}, {result['minutes']:g} minutes of events in {result['seconds']:.0f} s; "
          f"{result['basis']}\n")
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
