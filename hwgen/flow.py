"""The build: a network and a board become a folder with Verilog, a bitstream and a report.

Everything is written to a folder beside the wanted one, which takes its place when all of it is complete.
"""

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from rich.console import Console

from . import weights
from .emit import nextpnr, report, tools, verilog, yosys
from .emit.families import toolchain
from .emit.toolchain import Toolchain
from .errors import BuildError, HwgenError
from .measure import Measured, measure
from .models import Model
from .plan import Plan
from .planning import Wishes, plan_model
from .spec.identity import network_hash
from .steps import Steps


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the user may ask of a build: of its plan, and how many seeds to try."""

    wishes: Wishes
    seeds: int


@dataclass(kw_only=True)
class Build:
    """A build under way: its inputs, and what each step (a method) leaves to the later ones.

    A step returns what there is to tell about its result.
    """

    model: Model
    board: object
    options: Options
    folder: Path
    foreign: dict[str, float] = field(default_factory=dict)     # seconds in programs that are not ours

    @property
    def toolchain(self) -> Toolchain:
        return toolchain(self.board)

    @property
    def bitstream(self) -> str:
        return f"top{self.toolchain.bitstream}"

    def plan(self) -> str:
        self.planned: Plan = plan_model(self.model, self.board, self.options.wishes)
        return "; ".join(f"{len(core.layers)} layers on {core.lanes} lanes x {core.time_parallel} timesteps"
                         for core in self.planned.cores)

    def generate(self) -> str:
        from .top.board_top import BoardTop

        self.generated = verilog.generate(BoardTop(self.planned, self.board), self.board.platform(), self.folder)
        self.foreign["Yosys"] = self.generated.seconds
        with open(self.folder / self.generated.verilog) as file:
            return f"{self.generated.verilog}: {sum(1 for _ in file):,} lines"

    def synthesise(self) -> str:
        self.synthesis = yosys.synthesise(
            self.folder, self.board, source=self.generated.rtlil, multipliers=self.planned.multipliers)
        self.foreign["Yosys"] += self.synthesis.seconds
        return f"{self.synthesis.luts:,} LUTs, {self.synthesis.flip_flops:,} flip-flops"

    def place_and_route(self) -> str:
        placed = nextpnr.place_and_route(
            self.folder, self.board, target_hz=self.planned.target_hz,
            constraints=self.generated.constraints, seeds=self.options.seeds)
        self.routed = placed.routed
        self.foreign["nextpnr"] = placed.seconds
        return (f"{self.routed.used['lut']:,} of {self.routed.available['lut']:,} logic cells, "
                f"{self.routed.fastest.reached_hz / 1e6:.2f} MHz (seed {self.routed.seed}, {placed.tried} tried)")

    def pack(self) -> str:
        self.foreign[self.toolchain.packer] = nextpnr.pack(self.folder, self.board)
        self.image = weights.write(self.planned, self.folder)
        names = [self.bitstream, *([weights.NAME] if self.image else [])]
        return ", ".join(f"{name}: {(self.folder / name).stat().st_size:,} bytes" for name in names)

    def measure(self) -> str:
        self.measured: Measured = measure(self.model, self.planned, self.folder / self.generated.verilog)
        self.foreign["simulation"] = self.measured.seconds
        return self.measured.said

    def report(self) -> str:
        self.content = {
            "model": report.model_section(self.model.network, self.model.sha256),
            "board": {"name": self.board.name, "family": self.board.family, "device": self.board.device},
            "plan": self._plan(),
            "resources": self._resources(),
            "timing": {"target_mhz": self.planned.target_hz / 1e6,
                       "fmax_mhz": round(self.routed.fastest.reached_hz / 1e6, 3),
                       "met": self.routed.met, "seed": self.routed.seed, "basis": self.toolchain.timing_basis},
            "performance": self.measured.performance,
            "accuracy": report.accuracy_section(self.model.network, self.measured.accuracy),
            "energy": None,
            "tools": {"amaranth": metadata.version("amaranth"),
                      **{tool.partition("-")[0]: tools.find(tool).version for tool in self.toolchain.tools},
                      **self.measured.tools},
            "files": {"top": self.generated.verilog, "bitstream": self.bitstream,
                      **({"weights": weights.NAME} if self.image else {}),
                      **{name: f"top{suffix}" for name, suffix in self.toolchain.also.items()},
                      "rtlil": self.generated.rtlil, "constraints": self.generated.constraints,
                      "netlist": "netlist.v", "logs": sorted(
                           [path.name for path in self.folder.glob("*.log")] + ["build.log"])},
        }
        (self.folder / report.NAME).write_text(report.dumps(self.content) + "\n")
        return report.NAME

    def _plan(self) -> dict:
        plan = {**self.planned.to_json(), "network": network_hash(self.model.network).hex(),
                "estimate": report.estimate_section(
                    self.planned.estimate.to_json(), self._resources(),
                    self.measured.performance["cycles_per_inference"])}
        if self.image:
            plan["cores"][0]["weights_image"] = self.image
        return plan

    def _resources(self) -> dict:
        budget = self.board.budget
        used = {"ff": self.synthesis.flip_flops, "spram": 0, **self.routed.used}
        available = {"ff": budget.ff, "spram": budget.spram, **self.routed.available}
        return {name: {"used": used[name], "available": available[name]}
                for name in ("lut", "ff", "bram", "spram", "dsp")}


STEPS = {"plan": Build.plan, "generate": Build.generate, "synthesise": Build.synthesise,
         "place and route": Build.place_and_route, "pack": Build.pack, "measure": Build.measure,
         "report": Build.report}


def build(model: Model, board, out: Path, options: Options, console: Console) -> dict:
    """Build ``model`` for ``board`` into the folder ``out``; returns the report that it then holds.

    Raises
    ------
    HwgenError
        If the network does not fit, or ``out`` cannot be written or is not a build.
    ToolMissing, BuildError, TimingError
        From the tools; their logs are then in ``OUT.failed``.
    VerificationFailed
        If the simulated hardware and the golden model differ.
    """
    started = time.monotonic()
    steps = Steps(tuple(STEPS), console)
    for tool in map(tools.find, toolchain(board).tools):
        if tool.cold:
            steps.say(f"{tool.name} of {tool.origin} compiles itself at its first use: up to a minute")
    with aside(out) as folder:
        job = Build(model=model, board=board, options=options, folder=folder)
        for name, step in STEPS.items():
            with steps(name) as said:
                said.append(step(job))
        total = time.monotonic() - started
        spent = "".join(f", {name} {seconds:.1f} s" for name, seconds in job.foreign.items())
        steps.say(f"built in {total:.1f} s{spent}, our own share {total - sum(job.foreign.values()):.1f} s")
        (folder / "build.log").write_text("\n".join(steps.lines) + "\n")
    return job.content


@contextlib.contextmanager
def aside(out: Path) -> Iterator[Path]:
    """A new folder that becomes ``out``, in place of an earlier build, when the block ends well.

    After a `BuildError` it becomes ``OUT.failed``, for the sake of its logs; after anything else it is
    removed.

    Raises
    ------
    HwgenError
        If ``out`` cannot be written, or exists and is not a build.
    """
    out = Path(out)
    if out.exists() and not (out / report.NAME).is_file() and not (out.is_dir() and not any(out.iterdir())):
        raise HwgenError(f"'{out}' exists and is not a build", "choose another folder with --out, or remove it")
    folder = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise HwgenError(f"output folder '{out}' cannot be written ({error.strerror})",
                         "choose another with --out") from error
    try:
        yield folder
        _replace(folder, out)
    except BuildError as error:
        failed = out.with_name(f"{out.name}.failed")
        _replace(folder, failed)
        error.hint = error.hint.replace(str(folder), str(failed))
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _replace(folder: Path, place: Path) -> None:
    """Give ``folder`` the name ``place``, and remove what had it."""
    old = folder.with_name(f"{folder.name}.old")
    if place.exists():
        place.rename(old)
    folder.rename(place)
    shutil.rmtree(old, ignore_errors=True)
