"""``evaluate`` and ``verify``: the golden model on data, and the emitted hardware against it."""

import contextlib
import math
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from ..errors import BuildError, HwgenError, VerificationFailed, simulation_needed
from ..stages import SAMPLES, Simulator, Stage
from .common import (BoardName, Cores, DataFolder, Favour, Frequency, Json, Lanes, ModelName, Optimize, TimeParallel,
                     Verbose, data_set, errors, output, print_json, print_rows, wishes)

Samples = Annotated[int | None, typer.Option("--samples", "-n", min=1,
                                             help="Use the first N; default: all (5 of a netlist).")]
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


def verify(model: ModelName, board: BoardName, data: DataFolder = None, samples: Samples = None,
           simulator: Annotated[Simulator, typer.Option("--simulator", help="Verilator compiles for long and runs "
                                                        "fast, Icarus the other way round.")] = Simulator.VERILATOR,
           stage: Annotated[Stage, typer.Option("--stage", help="The emitted Verilog, or the synthesised netlist."
                                                )] = Stage.RTL,
           freq: Frequency = None, cores: Cores = None, lanes: Lanes = None, time_parallel: TimeParallel = None,
           optimize: Optimize = Favour.LATENCY, json: Json = False, verbose: Verbose = 0) -> None:
    """Simulate the emitted hardware and compare every layer with the golden model."""
    from rich.progress import Progress

    import boards

    from .. import models
    from ..planning import plan_model

    target = boards.find(board)
    found = models.find(model)
    with simulation_needed():
        from sim.bench.verify import verify as run
    plan = plan_model(found, target, wishes(freq, cores, lanes, time_parallel, optimize))
    inputs, _ = data_set(found, data, samples)
    if samples is None:
        inputs = inputs[:SAMPLES[stage]]
    with Progress(console=errors, disable=not errors.is_terminal, transient=True) as bar, _scratch() as folder:
        task = bar.add_task("emit, compile, simulate", total=len(inputs))
        verified = run(found.network, plan, inputs, stage=str(stage), simulator=str(simulator),
                       folder=folder, progress=lambda done: bar.update(task, completed=done))
    result = verified.to_json()
    if json:
        print_json(result)
    else:
        cycles, interval = verified.cycles_per_inference, verified.interval_cycles
        print_rows([("compared", f"{result['samples']:,} samples, {len(result['layers'])} layers"),
                    ("with", f"{result['stage']} in {result['simulator']}"),
                    ("differences", f"{result['differences']:,}"),
                    ("cycles an image", "not measured" if cycles is None else f"{cycles:,.0f}"),
                    *([("cycles between images", f"{interval:,.0f}")] if interval else [])])
    if first := result["first"]:
        raise VerificationFailed(
            "sample {sample}, timestep {timestep}, layer '{layer}', neuron {neuron}: expected {expected}, got {got}"
            .format(**first), f"the golden model is right, {result['differences']:,} integers differ from it")


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    """A temporary folder that outlives errors of tools and simulations, since they name a log in it."""
    folder = Path(tempfile.mkdtemp(prefix="hwgen-verify-"))
    keep = False
    try:
        yield folder
    except HwgenError as error:
        keep = error.exit_code in (BuildError.exit_code, VerificationFailed.exit_code)
        raise
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


COMMANDS = (evaluate, verify)
