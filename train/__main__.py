"""``python -m train DATASET [--data DIR] --out NAME.pt``: the only place where an exception becomes an exit code."""

import shlex
import sys
import traceback
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hwgen.spec import HwgenError, Reset

from .activation import ACTIVATIONS
from .data import DATASETS
from .data.binning import BINNINGS
from .losses import LOSSES
from .neuron import NEURONS
from .optimise import OPTIMIZERS, SCHEDULES
from .surrogate import SURROGATES

app = typer.Typer(add_completion=False)
tools = typer.Typer(add_completion=False)

Dataset = StrEnum("Dataset", list(DATASETS))
Device = StrEnum("Device", ["cpu", "cuda"])
Surrogate = StrEnum("Surrogate", list(SURROGATES))
Neuron = StrEnum("Neuron", list(NEURONS))
DecayActivation = StrEnum("DecayActivation", list(ACTIVATIONS))
Loss = StrEnum("Loss", list(LOSSES))
Optimizer = StrEnum("Optimizer", list(OPTIMIZERS))
Schedule = StrEnum("Schedule", list(SCHEDULES))
Bins = StrEnum("Bins", list(BINNINGS))

NETWORK, LEARNING, RUNNING = "The network", "How it learns", "The run"


@app.command(epilog="`python -m train ablate NAME` does the runs of an experiment, `python -m train compare DIR` "
                    "prints their table.")
def train(
    dataset: Annotated[Dataset, typer.Argument(help="What to learn.")],
    out: Annotated[Path, typer.Option(help="Checkpoint to write, NAME.pt.")],
    data: Annotated[Path | None, typer.Option(help="Folder with the data set's official files, if it has any."
                                              )] = None,
    network: Annotated[str | None, typer.Option(help="A preset or NAME.toml; default: the data set's.",
                                                rich_help_panel=NETWORK)] = None,
    width: Annotated[float | None, typer.Option(min=0.01, help="Factor on the channels of a preset.",
                                                rich_help_panel=NETWORK)] = None,
    shape: Annotated[str | None, typer.Option(help="CxHxW that images of any size are fitted into.",
                                              rich_help_panel=NETWORK)] = None,
    neuron: Annotated[Neuron | None, typer.Option(help="Which decays are learned; default: dalif, both.",
                                                  rich_help_panel=NETWORK)] = None,
    timesteps: Annotated[int | None, typer.Option(min=1, max=16, help="Default: 4.", rich_help_panel=NETWORK)] = None,
    weight_bits: Annotated[int | None, typer.Option(min=2, max=8, help="Default: 4.",
                                                    rich_help_panel=NETWORK)] = None,
    reset: Annotated[Reset | None, typer.Option(help="To zero or, the default, by subtraction.",
                                                rich_help_panel=NETWORK)] = None,
    per_timestep: Annotated[bool, typer.Option(help="Learn an alpha and a beta for each timestep.",
                                               rich_help_panel=NETWORK)] = False,
    decay_activation: Annotated[DecayActivation | None, typer.Option(
        help="What keeps alpha and beta in their range; default: sigmoid.", rich_help_panel=NETWORK)] = None,
    decay_bits: Annotated[int | None, typer.Option(min=4, max=8, help="Fraction bits of alpha and beta; default: 8.",
                                                   rich_help_panel=NETWORK)] = None,
    bins: Annotated[Bins, typer.Option(help="How events are shared out among the timesteps; a chip knows time only.",
                                       rich_help_panel=NETWORK)] = Bins.time,
    board: Annotated[str | None, typer.Option(help="Refuse a network that does not fit this board.",
                                              rich_help_panel=NETWORK)] = None,
    epochs: Annotated[str | None, typer.Option(help="Of all phases, or one number for each, as 75,7,2, 0 for none; "
                                               "default: the data set's.",
                                               rich_help_panel=LEARNING)] = None,
    share: Annotated[float, typer.Option(min=0.001, max=1, help="Of the samples that an epoch takes, others each time.",
                                         rich_help_panel=LEARNING)] = 1.0,
    seed: Annotated[int, typer.Option(min=0, help="Of weights, order and augmentation.",
                                      rich_help_panel=LEARNING)] = 1,
    loss: Annotated[Loss | None, typer.Option(help="Default: the data set's.", rich_help_panel=LEARNING)] = None,
    surrogate: Annotated[Surrogate | None, typer.Option(help="Surrogate gradient; default: triangle.",
                                                        rich_help_panel=LEARNING)] = None,
    optimizer: Annotated[Optimizer | None, typer.Option(help="Default: the data set's.",
                                                        rich_help_panel=LEARNING)] = None,
    schedule: Annotated[Schedule | None, typer.Option(help="Of the learning rate in a phase; default: the data set's.",
                                                      rich_help_panel=LEARNING)] = None,
    weight_decay: Annotated[float | None, typer.Option(min=0, help="Default: the data set's.",
                                                       rich_help_panel=LEARNING)] = None,
    rate: Annotated[float, typer.Option(min=0, help="Factor on the learning rates.", rich_help_panel=LEARNING)] = 1.0,
    work_penalty: Annotated[float, typer.Option(min=0, help="Factor on the price of spikes.",
                                                rich_help_panel=LEARNING)] = 1.0,
    batch: Annotated[int | None, typer.Option(min=1, help="Samples a step; default: the data set's.",
                                              rich_help_panel=LEARNING)] = None,
    augment: Annotated[str | None, typer.Option(help="A name, or 'none', of all phases; default: the data set's.",
                                                rich_help_panel=LEARNING)] = None,
    mixup: Annotated[bool, typer.Option(help="Mix each sample with another.", rich_help_panel=LEARNING)] = False,
    rounded: Annotated[bool, typer.Option("--rounded", help="Weights on the grid of integers in floating point "
                                                            "already.",
                                          rich_help_panel=LEARNING)] = False,
    init: Annotated[Path | None, typer.Option(help="Start from a network NAME.pt, the float.pt of a log, or a "
                                                   "NAME.pt.state.",
                                              rich_help_panel=LEARNING)] = None,
    teacher: Annotated[Path | None, typer.Option(help="Learn from the answers of the float.pt in this log as well, "
                                                      "of a larger network for the same data.",
                                                 rich_help_panel=LEARNING)] = None,
    quantised_only: Annotated[bool, typer.Option(help="All epochs on integers; with --init: fine-tune.",
                                                 rich_help_panel=LEARNING)] = False,
    device: Annotated[Device, typer.Option(rich_help_panel=RUNNING)] = Device.cpu,
    processes: Annotated[int, typer.Option(min=1, help="That share each batch, a core each; for GPUs: torchrun.",
                                           rich_help_panel=RUNNING)] = 1,
    half: Annotated[bool | None, typer.Option("--half/--full", help="bfloat16 where nothing has to be exact; default: "
                                              "the data set's, on a CPU that has it.", rich_help_panel=RUNNING)] = None,
    compile: Annotated[bool, typer.Option("--compile", help="Compile the neurons' passes: a minute at the start, "
                                          "faster from then on; needs a C++ compiler.",
                                          rich_help_panel=RUNNING)] = False,
    accumulate: Annotated[int, typer.Option(min=1, help="Parts of a batch, one after the other: less memory.",
                                            rich_help_panel=RUNNING)] = 1,
    save_minutes: Annotated[float, typer.Option(min=0, help="How often the state is saved within an epoch.",
                                                rich_help_panel=RUNNING)] = 10.0,
    resume: Annotated[bool, typer.Option(help="Go on where a killed or interrupted run stopped.",
                                         rich_help_panel=RUNNING)] = False,
    log: Annotated[Path | None, typer.Option(help="Folder of the run's log; default: NAME.log beside NAME.pt.",
                                             rich_help_panel=RUNNING)] = None,
    title: Annotated[str | None, typer.Option(help="What the checkpoint calls the data, if it is no original.",
                                              rich_help_panel=RUNNING)] = None,
    verbose: Annotated[int, typer.Option("-v", count=True, help="-vv shows the traceback of an error.")] = 0,
):
    """Train a DA-LIF network and write it as a checkpoint for hwgen."""
    from . import session
    from .data.augment import AUGMENTATIONS

    if augment not in (None, "none", *AUGMENTATIONS):
        raise typer.BadParameter(f"there is no augmentation '{augment}', known are none, {', '.join(AUGMENTATIONS)}")
    options = dict(width=width, timesteps=timesteps, weight_bits=weight_bits, reset=reset,
                   surrogate=surrogate and str(surrogate), per_timestep=per_timestep or None,
                   neuron=neuron and str(neuron), decay_activation=decay_activation and str(decay_activation),
                   decay_bits=decay_bits)
    chosen = dict(loss=loss and str(loss), optimizer=optimizer and str(optimizer), half=half,
                  schedule=schedule and str(schedule), weight_decay=weight_decay, batch=batch,
                  accumulate=accumulate if accumulate > 1 else None, mixup=mixup or None, rounded=rounded or None)
    changes = {name: value for name, value in chosen.items() if value is not None}
    if augment is not None:
        changes["augment"] = None if augment == "none" else augment
    session.run(session.Request(
        dataset=str(dataset), data=data, out=out, shape=_sides(shape), network=network, options=options,
        changes=changes, epochs=_whole_numbers("epochs", epochs), share=share, seed=seed, rate=rate,
        work_penalty=work_penalty, quantised_only=quantised_only, init=init,
        teacher=teacher, board=board, device=str(device), processes=processes,
        save_minutes=save_minutes, compile=compile, title=title, bins=str(bins), log=log, resume=resume,
        command="python -m train " + shlex.join(_public(sys.argv[1:]))))


@tools.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def ablate(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Of an experiment in train/experiments.py.")],
    out: Annotated[Path, typer.Option(help="Folder for networks and logs; what is finished there is not done again.")],
    data: Annotated[list[str] | None, typer.Option(help="DATASET=DIR, for each data set that is wanted.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Runs at a time, a core each.")] = 1,
):
    """Do the runs of an experiment; other options are given to all of them."""
    from .ablate import ablate as do
    folders = {}
    for entry in data or []:
        dataset, equals, folder = entry.partition("=")
        if not equals:
            raise typer.BadParameter(f"'{entry}' is not DATASET=DIR")
        folders[dataset] = Path(folder)
    raise typer.Exit(1 if do(name, folders, out, context.args, jobs) else 0)


@tools.command()
def compare(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Of ablate, or logs of runs.")],
    as_json: Annotated[bool, typer.Option("--json", help="All figures, for programs.")] = False,
):
    """Print finished runs as a Markdown table: mean and spread over the seeds, and the commands."""
    import json

    from .compare import collect, table
    groups = collect(folders)
    print(json.dumps(groups, indent=1) if as_json else table(groups))


def _whole_numbers(what: str, text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    numbers = text.split(",")
    if not all(number.isdecimal() for number in numbers) or not (len(numbers) > 1 or int(text)):
        raise typer.BadParameter(f"{what} = '{text}' is no whole number of 1 or more, nor several with commas between")
    return tuple(map(int, numbers))


def _sides(shape: str | None) -> tuple[int, int, int] | None:
    if shape is None:
        return None
    sides = shape.lower().split("x")
    if len(sides) != 3 or not all(side.isdecimal() and int(side) for side in sides):
        raise typer.BadParameter(f"'{shape}' is not CxHxW, as 3x32x32 is")
    return tuple(map(int, sides))


def _public(arguments: list[str]) -> list[str]:
    """The arguments as a model card shows them: without ``--resume``, and with the names of this machine's
    folders replaced."""
    public = [argument for argument in arguments if argument != "--resume"]
    for flag in ("--data", "--out", "--log", "--init", "--teacher", "--network"):
        for index, argument in enumerate(public):
            if argument == flag and index + 1 < len(public):
                public[index + 1] = _public_path(flag, public[index + 1])
            elif argument.startswith(flag + "="):
                public[index] = f"{flag}={_public_path(flag, argument.partition('=')[2])}"
    return public


def _public_path(flag: str, path: str) -> str:
    from .session import public_name
    return "DIR" if flag == "--data" else public_name(Path(path))


def main() -> int:
    """Run the command line; exit codes as documented: 0, 1 (model or data at fault), 2 (usage),
    5 (quantised and golden differ), 130 (interrupted)."""
    verbose = sum(argument.count("v") for argument in sys.argv[1:]
                  if argument.startswith("-v") and set(argument[1:]) == {"v"}) >= 2
    try:
        command = tools if sys.argv[1:2] in (["ablate"], ["compare"]) else app
        code = command(prog_name="python -m train", standalone_mode=False) or 0
        if code == 130:                                                # the parser's way to say interrupted
            raise KeyboardInterrupt
        return code
    except (KeyboardInterrupt, typer.Abort):
        print("interrupted; the same command with --resume goes on at the last step that was saved",
              file=sys.stderr)
        return 130
    except HwgenError as error:
        if verbose:
            traceback.print_exc()
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except Exception as error:
        if hasattr(error, "format_message"):                           # a usage error of the parser
            message = " ".join(error.format_message().split())
            print(f"error: {message}; `python -m train --help` lists the options", file=sys.stderr)
            return 2
        if verbose:
            raise
        print(f"error: {type(error).__name__}: {error}; a defect: -vv shows where", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
