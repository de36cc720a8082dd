"""``python -m train ablate NAME``: the runs of an experiment, one after the other; finished ones are skipped."""

import shlex
import subprocess
import sys
from pathlib import Path

from . import log
from .errors import TrainError
from .experiments import EXPERIMENTS, Run


def ablate(name: str, folders: dict[str, Path], out: Path, extra: list[str]) -> int:
    """Do the runs of the experiment ``name`` into ``out``, each in a process of its own -> how many failed.

    ``folders`` are those of the data sets; a data set that needs one and has none is left out. ``extra`` arguments are
    given to all runs. A run that was killed goes on where it stopped.

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
    failed = 0
    for number, run in enumerate(runs, 1):
        log_folder, target = out / run.name, out / f"{run.name}.pt"
        if (log.read(log_folder) or {}).get("finished"):
            print(f"run {number}/{len(runs)} {run.name}: finished before", file=sys.stderr, flush=True)
            continue
        command = [sys.executable, "-m", "train", *arguments(run, folders.get(run.dataset), target, log_folder), *extra]
        if target.with_name(target.name + ".state").is_file():
            command.append("--resume")
        print(f"run {number}/{len(runs)} {run.name}: {shlex.join(command[1:])}", file=sys.stderr, flush=True)
        code = subprocess.run(command).returncode
        if code in (130, -2):
            raise KeyboardInterrupt
        failed += code != 0
    print(f"{len(runs) - failed} of {len(runs)} runs are finished; `python -m train compare {out}` prints them")
    return failed


def arguments(run: Run, data: Path | None, target: Path, log_folder: Path) -> list[str]:
    """Of ``python -m train``, for a run and its files."""
    where = ["--data", str(data)] if data else []
    return [*run.arguments, *where, "--out", str(target), "--log", str(log_folder)]
