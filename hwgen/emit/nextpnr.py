"""Place and route for the iCE40 by nextpnr, several seeds at a time, and packing by icepack."""

import json
import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import BuildError, TimingError
from . import tools

#: Names of nextpnr's utilisation report -> ours. A logic cell is a LUT with its carry and flip-flop.
UTILISATION = {"lut": "ICESTORM_LC", "bram": "ICESTORM_RAM", "spram": "ICESTORM_SPRAM",
               "dsp": "ICESTORM_DSP"}


@dataclass(frozen=True)
class Clock:
    """A clock after routing, in Hz: what it reached and what it has to reach."""

    reached_hz: float
    wanted_hz: float

    @property
    def met(self) -> bool:
        return self.reached_hz >= self.wanted_hz


@dataclass(frozen=True)
class Routed:
    """The result of a seed: every clock, and ``used`` and ``available`` of each resource."""

    seed: int
    clocks: dict[str, Clock]
    used: dict[str, int]
    available: dict[str, int]

    @property
    def met(self) -> bool:
        return all(clock.met for clock in self.clocks.values())

    @property
    def margin(self) -> float:
        """Reached over wanted of the clock that has the least of it."""
        return min((clock.reached_hz / clock.wanted_hz for clock in self.clocks.values()), default=1.0)

    @property
    def fastest(self) -> Clock | None:
        """The clock with the highest target: the one of the design (the others feed it)."""
        return max(self.clocks.values(), key=lambda clock: clock.wanted_hz, default=None)


@dataclass(frozen=True)
class PlaceAndRoute:
    """The chosen seed, and wall-clock seconds in nextpnr (several at a time)."""

    routed: Routed
    tried: int
    seconds: float


def place_and_route(folder: Path, arguments: Sequence[str], *, target_hz: float, constraints: str,
                    seeds: int = 4, workers: int | None = None, top: str = "top") -> PlaceAndRoute:
    """Place and route ``TOP.json``; writes ``TOP.asc`` and one log a seed.

    The lowest seed that meets every clock is taken, so the result depends neither on the number of
    workers nor on which seed is done first; higher ones are then stopped.

    Parameters
    ----------
    arguments
        Device and package, as nextpnr-ice40 takes them.
    target_hz
        For clocks that the constraints say nothing about.
    seeds
        How many to try: 1, 2, 3, ...
    workers
        How many at a time; None: one a processor.

    Raises
    ------
    TimingError
        If no seed meets every clock; names the best figure.
    BuildError
        If the device is too small, naming need and limit, or nextpnr fails with every seed: then with its
        own error lines.
    """
    tool = tools.find("nextpnr-ice40")
    numbers = range(1, seeds + 1)
    jobs = [tools.Job(tool, (
        *arguments, "--json", f"{top}.json", "--pcf", constraints, "--freq", f"{target_hz / 1e6:g}",
        "--seed", str(seed), "--timing-allow-fail", "--report", f"seed{seed}.json",
        "--asc", f"seed{seed}.asc"), folder, f"nextpnr-seed{seed}.log") for seed in numbers]
    routed: dict[int, Routed | None] = {}

    def enough(results: list[tools.Finished | None]) -> bool:
        for seed, result in zip(numbers, results):
            if result is None:
                return False
            if seed not in routed:
                routed[seed] = read_report(folder / f"seed{seed}.json", seed) if not result.status else None
            if routed[seed] and routed[seed].met:
                return True
        return False

    started = time.monotonic()
    results = tools.run_all(jobs, workers=workers or os.cpu_count() or 1, enough=enough)
    seconds = time.monotonic() - started
    done = [result for result in routed.values() if result]
    if not done:
        _check_room(folder / jobs[0].log)
        results[0].check()
    best = next((result for result in done if result.met), None)
    if best is None:
        best = max(done, key=lambda result: result.margin)
        clock = min(best.clocks.values(), key=lambda clock: clock.reached_hz / clock.wanted_hz)
        raise TimingError(
            f"the clock reaches {clock.reached_hz / 1e6:.2f} MHz of {clock.wanted_hz / 1e6:.2f} MHz "
            f"(seed {best.seed}, the best of {len(done)})", "try more --seeds, or a lower --freq")
    _keep(folder, numbers, best.seed, top)
    return PlaceAndRoute(best, len(routed), seconds)


def _check_room(log: Path) -> None:
    """Raise `BuildError` if the log says that the design needs more of something than there is."""
    names = {"ICESTORM_LC": "logic cells", "ICESTORM_RAM": "block RAMs", "ICESTORM_SPRAM": "single-port RAMs",
             "ICESTORM_DSP": "multipliers"}
    for cell, used, available in re.findall(r"(\w+): +(\d+)/ *(\d+) +\d+%", log.read_text(errors="replace")):
        if int(used) > int(available):
            raise BuildError(f"the design needs {int(used):,} {names.get(cell, cell)}, the device has "
                             f"{int(available):,}", "pin fewer --lanes or a smaller --time-parallel; nextpnr's "
                             f"output is in '{log}'")


def read_report(path: Path, seed: int) -> Routed:
    """What nextpnr's ``--report`` file says."""
    report = json.loads(path.read_text())
    clocks = {name: Clock(entry["achieved"] * 1e6, entry["constraint"] * 1e6)
              for name, entry in report["fmax"].items()}
    cells = {ours: report["utilization"].get(theirs, {"used": 0, "available": 0})
             for ours, theirs in UTILISATION.items()}
    return Routed(seed, clocks, {name: cell["used"] for name, cell in cells.items()},
                  {name: cell["available"] for name, cell in cells.items()})


def _keep(folder: Path, numbers: range, seed: int, top: str) -> None:
    """Leave the chosen seed's files, under names without the seed."""
    (folder / f"seed{seed}.asc").replace(folder / f"{top}.asc")
    (folder / f"seed{seed}.json").replace(folder / f"{top}.nextpnr.json")
    (folder / f"nextpnr-seed{seed}.log").replace(folder / "nextpnr.log")
    for other in numbers:
        for left in (f"seed{other}.asc", f"seed{other}.json", f"nextpnr-seed{other}.log",
                     f"nextpnr-seed{other}.log.part"):
            (folder / left).unlink(missing_ok=True)


def pack(folder: Path, top: str = "top") -> float:
    """``TOP.asc`` -> the bitstream ``TOP.bin``; returns seconds, raises `BuildError`."""
    done = tools.run(tools.find("icepack"), [f"{top}.asc", f"{top}.bin"], folder=folder, log="icepack.log")
    if not (folder / f"{top}.bin").stat().st_size:
        raise BuildError("icepack wrote an empty bitstream", f"see '{folder / 'icepack.log'}'")
    return done.seconds
