"""One run of the command line: read the data, train, measure on the test set, write the checkpoint."""

import math
import os
from dataclasses import replace
from pathlib import Path

import torch
from rich.console import Console

from hwgen.spec import Network

from .data import DATASETS, load
from .errors import TrainError
from .evaluate import Comparison, accuracy, compare
from .export import to_network, write
from .loop import Training
from .models import ARCHITECTURES
from .progress import Reporter, decays_line
from .recipe import RECIPES
from .team import Team

#: One sample in this many of the training part is held out to follow the progress by: the last ones.
HELD_OUT = 12


def run(dataset: str, data: Path | None, out: Path, options: dict, *, epochs: int | None, seed: int,
        device: str, processes: int, title: str | None, resume: bool, command: str) -> Network:
    """Train ``dataset`` and write ``out``; the state of an unfinished run lies beside it (``OUT.state``).

    ``data`` is the folder of its files, None for a data set without any. The test set is used once, at the end.
    ``options`` are fields of `train.architecture.Architecture`; ``epochs`` None are those of the recipe; ``title`` is
    what the checkpoint calls the data, None for their own name.

    Raises
    ------
    DataError, DataOptionError, TrainError
        If the data or the run is at fault.
    MismatchError
        If the quantised forward pass and the golden model differ in any integer; nothing is written.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise TrainError("PyTorch finds no CUDA device", "use --device cpu")
    if out.suffix != ".pt":
        raise TrainError(f"'{out}' does not end in .pt", "give --out NAME.pt")
    if not os.access(out.parent, os.W_OK | os.X_OK):
        raise TrainError(f"there is no folder '{out.parent}' that '{out.name}' can be written to",
                         "make it, or choose another --out")
    recipe = replace(RECIPES[dataset], seed=seed)
    recipe = recipe.scaled(epochs) if epochs else recipe
    if processes > 1 and (device != "cpu" or recipe.batch % processes):
        raise TrainError(f"{processes} processes cannot share batches of {recipe.batch} on a {device}",
                         f"use --device cpu and a divisor of {recipe.batch}, or leave --processes away")
    # sums of integers are checked for equality: no reduced precision anywhere
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    train, test = load(dataset, data)
    held_out = math.ceil(len(train) / HELD_OUT)
    team = Team(processes)
    training = Training(ARCHITECTURES[dataset](**options), recipe,
                        train[:-held_out], train[-held_out:], device, out.with_name(out.name + ".state"), team)
    if resume:
        training.resume()
    with team, Reporter(recipe.epochs, Console(quiet=True) if team.rank else None) as report:
        if resume:
            report.line(f"resumed after epoch {training.epoch} of {recipe.epochs}")
        model = training.run(report)
    float_accuracy = accuracy(training.float_model, test, device, processes)
    comparison = compare(model, to_network(model), test, device, processes)
    metadata = {
        "dataset": title or DATASETS[dataset].title, "classes": list(DATASETS[dataset].classes),
        "command": command, "seed": seed,
        "accuracy": {stage: {"value": value, "samples": len(test)} for stage, value in (
            ("float", float_accuracy), ("quantised", comparison.quantised), ("golden", comparison.golden))},
    }
    network = to_network(model, metadata)
    write(network, out)
    training.state_path.unlink(missing_ok=True)
    for line in summary(network, comparison, decays_line(model)):
        print(line)
    print(f"wrote {out}")
    return network


def summary(network: Network, comparison: Comparison, decays: str) -> list[str]:
    """The result in lines: accuracy at each stage, equality, spike rates, size."""
    stages = network.metadata["accuracy"]
    names = [layer.name for layer in network.layers]
    return [
        f"accuracy on {comparison.samples} test samples: " + ", ".join(
            f"{stage} {100 * entry['value']:.2f} %" for stage, entry in stages.items()),
        f"quantised and golden equal in every integer of every layer, in all {comparison.samples} samples",
        "spike rate, and rate at any of the timesteps: " + "  ".join(
            f"{name} {rate:.3f}, {any_rate:.3f}"
            for name, rate, any_rate in zip(names, comparison.rates, comparison.any_rates)),
        f"alpha/beta {decays}",
        f"{network.parameters} weights, {network.weight_bytes / 1024:.2f} KiB",
    ]
