"""``python -m train ablate NAME``: the runs of an experiment; finished ones are skipped."""

import os
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import log
from .errors import TrainError
from .experiments import EXPERIMENTS, Run


def ablate(name: str, folders: dict[str, Path], out: Path, extra: list[str], jobs: int = 1) -> int:
    """Do the runs of the experiment ``name`` into ``out``, each in a process of its own -> how many failed.

    ``folders`` are those of the data sets; a data set that needs one and has none is left out. ``extra`` arguments are
    given to all runs. ``jobs`` of them run at a time; if that is more than one, each on one thread, and what it prints
    is in a file ``NAME.txt`` beside its network. A run that was killed goes on where it stopped.

    Raises
    ------
    TrainError
        If there is no such experiment, no data for it, or ``out`` cannot be made.
    """
    from .data import DATASETS

    if name not in EXPERIMENTS:
        raise TrainError(f"there is no experiment '{name}'", f"known are {', '.join(EXPERIMENTS)}")
    experiment = EXPERIMENTS[name]
    if unknown := [dataset for dataset in folders if dataset not in experiment.datasets]:
        raise TrainError(f"'{name}' has no runs on '{unknown[0]}'", f"they are on {', '.join(experiment.datasets)}")
    wanted = [dataset for dataset in experiment.datasets
              if dataset in folders or dataset in DATASETS and not DATASETS[dataset].files]
    runs = list(experiment.runs(wanted))
    if not runs:
        raise TrainError(f"'{name}' needs data", f"give --data {experiment.datasets[0]}=DIR")
    try:
        out.mkdir(exist_ok=True)
    except OSError as error:
        raise TrainError(f"'{out}' cannot be made ({error.strerror})", "choose another --out") from error

    def do(numbered: tuple[int, Run]) -> int:
        number, run = numbered
        log_folder, target = out / run.name, out / f"{run.name}.pt"
        if (log.read(log_folder) or {}).get("finished"):
            tell(f"run {number}/{len(runs)} {run.name}: finished before")
            return 0
        command = [sys.executable, "-m", "train", *arguments(run, folders.get(run.dataset), target, log_folder), *extra]
        if target.with_name(target.name + ".state").is_file():
            command.append("--resume")
        tell(f"run {number}/{len(runs)} {run.name}: {shlex.join(command[1:])}")
        if jobs == 1:
            return subprocess.run(command).returncode
        with target.with_suffix(".txt").open("a") as text:
            one_thread = os.environ | {"OMP_NUM_THREADS": "1"}
            code = subprocess.run(command, stdout=text, stderr=text, env=one_thread).returncode
        tell(f"run {number}/{len(runs)} {run.name}: " + (f"exit code {code}, see {text.name}" if code else "done"))
        return code

    failed = 0
    with ThreadPoolExecutor(jobs) as pool:
        try:
            for code in pool.map(do, enumerate(runs, 1)):
                if code in (130, -2):
                    raise KeyboardInterrupt
                failed += code != 0
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise
    print(f"{len(runs) - failed} of {len(runs)} runs are finished; `python -m train compare {out}` prints them")
    return failed


def tell(line: str) -> None:
    """Print a line beside the results."""
    print(line, file=sys.stderr, flush=True)


def arguments(run: Run, data: Path | None, target: Path, log_folder: Path) -> list[str]:
    """Of ``python -m train``, for a run and its files."""
    where = ["--data", str(data)] if data else []
    return [*run.arguments, *where, "--out", str(target), "--log", str(log_folder)]
