"""``evaluate`` and ``verify``: the golden model on data, and the emitted hardware against it."""

import math
from typing import Annotated

import typer

from .common import DataFolder, Json, ModelName, Verbose, data_set, errors, output, print_json, print_rows

Samples = Annotated[int | None, typer.Option("--samples", "-n", min=1, help="Use the first N; default: all.")]
#: Samples that the golden model runs between two movements of the progress bar.
BATCH = 500


def evaluate(model: ModelName, data: DataFolder = None, samples: Samples = None, json: Json = False,
             verbose: Verbose = 0) -> None:
    """Accuracy of the golden model on the test split of a data set, or on the shipped inputs."""
    from rich.progress import track

    from sim.golden import forward

    from .. import models

    found = models.find(model)
    inputs, labels = data_set(found, data, samples)
    correct = 0
    for start in track(range(0, len(inputs), BATCH), description="golden model", console=errors,
                       disable=not errors.is_terminal, total=math.ceil(len(inputs) / BATCH)):
        part = slice(start, start + BATCH)
        correct += int((forward(found.network, inputs[part]).winner == labels[part]).sum())
    accuracy = correct / len(inputs) if len(inputs) else None
    if json:
        print_json({"model": found.network.name, "samples": len(inputs), "correct": correct,
                    "accuracy": accuracy})
        return
    output.print(f"{correct:,} of {len(inputs):,} correct: {100 * correct / len(inputs):.2f} %", highlight=False)


COMMANDS = (evaluate,)
