"""Options, consoles and tables that several commands share."""

import enum
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ..errors import HwgenError

#: Results go to stdout, progress beside a JSON result and errors to stderr.
output = Console()
errors = Console(stderr=True)
settings = SimpleNamespace(verbose=0)


def _set_verbose(value: int) -> int:
    settings.verbose = value
    return value


Verbose = Annotated[int, typer.Option("--verbose", "-v", count=True, callback=_set_verbose, is_eager=True,
                                      help="-vv: show a traceback with an error.", show_default=False)]
ModelName = Annotated[str, typer.Option("--model", "-m", metavar="FILE|NAME",
                                        help="A checkpoint, or the name of a network in models/.")]
BoardName = Annotated[str, typer.Option("--board", "-b", metavar="NAME",
                                        help="A board's name or its family's (see `boards`).")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON, and nothing else.")]
DataFolder = Annotated[Path | None, typer.Option("--data", metavar="DIR",
                                                 help="The files of the network's data set.")]
BuildFolder = Annotated[Path, typer.Argument(metavar="DIR", help="A folder that `build` wrote.")]
Frequency = Annotated[float | None, typer.Option("--freq", metavar="MHZ", min=0.1, max=1000,
                                                 help="Clock of the design; default: the board's.")]
Cores = Annotated[int | None, typer.Option("--cores", min=1, max=64, help="Pin the number of cores; default: planned.")]
Lanes = Annotated[int | None, typer.Option("--lanes", min=1, max=1024,
                                           help="Pin the lanes of each core; default: planned.")]
TimeParallel = Annotated[int | None, typer.Option("--time-parallel", min=1, max=16,
                                                  help="Pin the timesteps at a time; default: planned.")]


class Favour(enum.StrEnum):
    """What a plan may be best in."""

    LATENCY = "latency"
    AREA = "area"


Optimize = Annotated[Favour, typer.Option("--optimize", help="What to favour: fewest cycles or fewest logic cells.")]


def print_json(value) -> None:
    """The one thing on stdout of a command with ``--json``."""
    from ..emit import report

    print(report.dumps(value))


def print_rows(rows: list[tuple[str, str]], title: str | None = None) -> None:
    """A table of labels and values: ruled on a terminal, plain lines elsewhere."""
    if not output.is_terminal:
        width = max(len(name) for name, _ in rows)
        for name, value in rows:
            print(f"{name:{width}}  {value}")
        return
    table = Table(title=title, show_header=False)
    for name, value in rows:
        table.add_row(name, value)
    output.print(table)


def print_columns(names: tuple[str, ...], lines: list[tuple[str, ...]]) -> None:
    """A table with a name above each column: ruled on a terminal, aligned lines elsewhere."""
    if not output.is_terminal:
        widths = [max(map(len, column)) for column in zip(names, *lines)]
        print()
        for line in (names, *lines):
            print("  ".join(f"{value:{width}}" for value, width in zip(line, widths)).rstrip())
        return
    table = Table(*names)
    for line in lines:
        table.add_row(*line)
    output.print(table)


def wishes(freq: float | None, cores: int | None, lanes: int | None, time_parallel: int | None, optimize: Favour):
    """What the user asks of a plan, as `hwgen.planning.Wishes`; ``freq`` in MHz."""
    from ..planning import Wishes

    return Wishes(target_hz=None if freq is None else freq * 1e6, cores=cores, lanes=lanes,
                  time_parallel=time_parallel, optimize=str(optimize))


def data_set(model, folder: Path | None, count: int | None):
    """``(samples, labels)``: the test split in ``folder`` of the network's data set, or those shipped."""
    if folder is None:
        return model.samples(count)
    from train import data

    from ..models import first

    dataset = str(model.network.metadata.get("dataset", "")).lower()
    if not dataset:
        raise HwgenError(f"'{model.path}' does not say on which data set it was trained",
                         "leave --data out to use the inputs that are shipped with it")
    network = model.network
    split = data.load(dataset, folder, timesteps=network.timesteps, by=network.metadata.get("bins", "time"),
                      shape=network.input.shape)[1]
    return first(split.samples, split.labels, count, f"the test split in '{folder}'")
