"""``python -m train DATASET [--data DIR] --out NAME.pt``: the only place where an exception becomes an exit code."""

import shlex
import sys
import traceback
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hwgen.spec import HwgenError, Reset

from .data import DATASETS

app = typer.Typer(add_completion=False)

Dataset = StrEnum("Dataset", list(DATASETS))
Device = StrEnum("Device", ["cpu", "cuda"])
Surrogate = StrEnum("Surrogate", ["triangle", "arctangent"])


@app.command()
def train(
    dataset: Annotated[Dataset, typer.Argument(help="What to learn.")],
    out: Annotated[Path, typer.Option(help="Checkpoint to write, NAME.pt.")],
    data: Annotated[Path | None, typer.Option(help="Folder with the data set's official files, if it has any."
                                              )] = None,
    epochs: Annotated[int | None, typer.Option(min=2, help="Of all phases; default: the data set's.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of weights, order and augmentation.")] = 1,
    timesteps: Annotated[int, typer.Option(min=1, max=16)] = 4,
    weight_bits: Annotated[int, typer.Option(min=2, max=8)] = 4,
    reset: Annotated[Reset, typer.Option(help="To zero or by subtraction.")] = Reset.SUBTRACT,
    surrogate: Annotated[Surrogate, typer.Option(help="Surrogate gradient.")] = Surrogate.triangle,
    per_timestep: Annotated[bool, typer.Option(help="Learn an alpha and a beta for each timestep.")] = False,
    title: Annotated[str | None, typer.Option(help="What the checkpoint calls the data, if it is no original.")] = None,
    device: Annotated[Device, typer.Option()] = Device.cpu,
    processes: Annotated[int, typer.Option(min=1, help="That share each batch, a core each.")] = 1,
    resume: Annotated[bool, typer.Option(help="Go on where a killed or interrupted run stopped.")] = False,
    verbose: Annotated[int, typer.Option("-v", count=True, help="-vv shows the traceback of an error.")] = 0,
):
    """Train a DA-LIF network and write it as a checkpoint for hwgen."""
    from . import session

    options = dict(timesteps=timesteps, weight_bits=weight_bits, reset=reset, surrogate=str(surrogate),
                   per_timestep=per_timestep)
    session.run(str(dataset), data, out, options, epochs=epochs, seed=seed, device=str(device), processes=processes,
                title=title, resume=resume, command="python -m train " + shlex.join(_public(sys.argv[1:])))


def _public(arguments: list[str]) -> list[str]:
    """The arguments as a model card shows them: without ``--resume``, and with the names of this machine's
    folders replaced."""
    public = [argument for argument in arguments if argument != "--resume"]
    for flag, replacement in (("--data", lambda path: "DIR"), ("--out", lambda path: Path(path).name)):
        for index, argument in enumerate(public):
            if argument == flag and index + 1 < len(public):
                public[index + 1] = replacement(public[index + 1])
            elif argument.startswith(flag + "="):
                public[index] = f"{flag}={replacement(argument.partition('=')[2])}"
    return public


def main() -> int:
    """Run the command line; exit codes as documented: 0, 1 (model or data at fault), 2 (usage),
    5 (quantised and golden differ), 130 (interrupted)."""
    verbose = sum(argument.count("v") for argument in sys.argv[1:]
                  if argument.startswith("-v") and set(argument[1:]) == {"v"}) >= 2
    try:
        code = app(prog_name="python -m train", standalone_mode=False) or 0
        if code == 130:                                                # the parser's way to say interrupted
            raise KeyboardInterrupt
        return code
    except (KeyboardInterrupt, typer.Abort):
        print("interrupted; the same command with --resume goes on after the last finished epoch",
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
