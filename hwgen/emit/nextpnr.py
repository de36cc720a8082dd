"""Place and route by nextpnr, several seeds at a time, and packing of the bitstream."""

import json
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

from ..errors import BuildError, TimingError
from . import tools
from .families import toolchain
from .toolchain import Toolchain, filled

#: How often the router may lay each connection anew before it is taken to go round in circles. Designs that are nearly
#: full need 3; a few of the iCE40 HX8K never end.
ROUNDS = 20
#: What a person calls the resources.
PLURALS = {"lut": "logic cells", "ff": "flip-flops", "bram": "block RAMs", "spram": "single-port RAMs",
           "dsp": "multipliers"}


@dataclass(frozen=True)
class Clock:
    """A clock after routing, in Hz: what it reached (derated, `Toolchain`) and what it has to reach."""

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


def place_and_route(folder: Path, board, *, target_hz: float, constraints: str, seeds: int,
                    workers: int | None = None, top: str = "top") -> PlaceAndRoute:
    """Place and route ``TOP.json``; writes the routed design and nextpnr's log and report of the chosen seed.

    The lowest seed that meets every clock is taken, so the result depends neither on the number of
    workers nor on which seed is done first; higher ones are then stopped.

    Parameters
    ----------
    board
        `boards.Board`.
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
    family = toolchain(board)
    tool = tools.find(family.nextpnr)
    numbers = range(1, seeds + 1)
    jobs = [tools.Job(tool, (
        *board.nextpnr_arguments, "--json", f"{top}.json", "--freq", f"{target_hz / family.derating / 1e6:g}",
        *filled(family.nextpnr_arguments, constraints=constraints, routed=f"seed{seed}{family.routed}"),
        "--seed", str(seed), "--timing-allow-fail", "--report", f"seed{seed}.json"),
        folder, f"nextpnr-seed{seed}.log", hopeless=in_circles) for seed in numbers]
    routed: dict[int, Routed | None] = {}

    def enough(results: list[tools.Finished | None]) -> bool:
        for seed, result in zip(numbers, results):
            if result is None:
                return False
            if seed not in routed:
                report = folder / f"seed{seed}.json"
                failed = result.status or in_circles(folder / result.job.log)     # however soon it was stopped
                routed[seed] = None if failed else read_report(report, seed, family)
            if routed[seed] and routed[seed].met:
                return True
        return False

    started = time.monotonic()
    results = tools.run_all(jobs, workers=workers or os.cpu_count() or 1, enough=enough)
    seconds = time.monotonic() - started
    done = [result for result in routed.values() if result]
    if not done:
        _check_room(folder / jobs[0].log, family)
        if in_circles(folder / jobs[0].log):
            raise BuildError(f"none of {seeds} seeds was routed: with seed 1 nextpnr's router goes round in circles",
                             f"try more --seeds; its output is in '{folder / jobs[0].log}'")
        results[0].check()
    best = next((result for result in done if result.met), None)
    if best is None:
        best = max(done, key=lambda result: result.margin)
        clock = min(best.clocks.values(), key=lambda clock: clock.reached_hz / clock.wanted_hz)
        raise TimingError(
            f"the clock reaches {clock.reached_hz / 1e6:.2f} MHz of {clock.wanted_hz / 1e6:.2f} MHz "
            f"(seed {best.seed}, the best of {len(done)})", "try more --seeds, or a lower --freq")
    _keep(folder, numbers, best.seed, family.routed, top)
    return PlaceAndRoute(best, len(routed), seconds)


def _check_room(log: Path, family: Toolchain) -> None:
    """Raise `BuildError` if the log says that the design needs more of something than there is."""
    names = {cell: PLURALS[ours] for ours, cells in family.utilisation.items() for cell in cells}
    for cell, used, available in re.findall(r"(\w+): +(\d+)/ *(\d+) +\d+%", log.read_text(errors="replace")):
        if int(used) > int(available):
            raise BuildError(f"the design needs {int(used):,} {names.get(cell, cell)}, the device has "
                             f"{int(available):,}", "pin fewer --lanes or a smaller --time-parallel; "
                             f"nextpnr's output is in '{log}'")


def in_circles(log: Path) -> bool:
    """Whether the router has laid the design's connections (arcs) so often, on average, that it will not end."""
    text = log.read_text(errors="replace")
    arcs, laid = re.search(r"Routing (\d+) arcs", text), re.findall(r"^Info: +(\d+) \|", text, re.MULTILINE)
    return bool(arcs and laid) and int(laid[-1]) > ROUNDS * int(arcs[1])


def read_report(path: Path, seed: int, family: Toolchain) -> Routed:
    """What nextpnr's ``--report`` file says."""
    report = json.loads(path.read_text())
    hertz = 1e6 * family.derating
    clocks = {name: Clock(entry["achieved"] * hertz, entry["constraint"] * hertz)
              for name, entry in report["fmax"].items()}

    none = {"used": 0, "available": 0}
    cells = {ours: [report["utilization"].get(name, none) for name in theirs]
             for ours, theirs in family.utilisation.items()}
    return Routed(seed, clocks, {ours: sum(cell["used"] for cell in found) for ours, found in cells.items()},
                  {ours: found[0]["available"] for ours, found in cells.items()})


def _keep(folder: Path, numbers: range, seed: int, routed: str, top: str) -> None:
    """Leave the chosen seed's files, under names without the seed."""
    (folder / f"seed{seed}{routed}").replace(folder / f"{top}{routed}")
    (folder / f"seed{seed}.json").replace(folder / f"{top}.nextpnr.json")
    (folder / f"nextpnr-seed{seed}.log").replace(folder / "nextpnr.log")
    for other in numbers:
        for left in (f"seed{other}{routed}", f"seed{other}.json", f"nextpnr-seed{other}.log",
                     f"nextpnr-seed{other}.log.part"):
            (folder / left).unlink(missing_ok=True)


def pack(folder: Path, board, top: str = "top") -> float:
    """The routed design -> the bitstream; returns seconds, raises `BuildError`."""
    family = toolchain(board)
    arguments = (*board.pack_arguments, *filled(family.pack_arguments, top=top))
    done = tools.run(tools.find(family.packer), arguments, folder=folder, log=f"{family.packer}.log")
    bitstream = folder / f"{top}{family.bitstream}"
    if not bitstream.is_file() or not bitstream.stat().st_size:
        raise BuildError(f"{family.packer} wrote no bitstream", f"see '{folder / family.packer}.log'")
    return done.seconds
