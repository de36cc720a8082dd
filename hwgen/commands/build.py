"""``build`` and ``report``."""

from pathlib import Path
from typing import Annotated

import typer

from .common import (BoardName, BuildFolder, Cores, Favour, Frequency, Json, Lanes, ModelName, Optimize, TimeParallel,
                     Verbose, output, print_json, print_rows, wishes)


def build(model: ModelName, board: BoardName,
          out: Annotated[Path | None, typer.Option("--out", metavar="DIR",
                                                   help="Default: rtl_out/NAME-BOARD.")] = None,
          freq: Frequency = None,
          seeds: Annotated[int, typer.Option("--seeds", min=1, max=1000, help="How many placements to try "
                                             "until one meets the clock.")] = 8,
          cores: Cores = None, lanes: Lanes = None, time_parallel: TimeParallel = None,
          optimize: Optimize = Favour.LATENCY,
          weights_only: Annotated[bool, typer.Option("--weights-only", help="Only a new weights image for the design "
                                                     "that stands in DIR: seconds.")] = False,
          verbose: Verbose = 0) -> None:
    """Build the bitstream of a network for a board, with Verilog, logs and a report."""
    import boards

    from .. import flow, models, weights
    from ..emit import report

    if weights_only and any(wish is not None for wish in (freq, cores, lanes, time_parallel)):
        raise typer.BadParameter("--weights-only keeps the design: leave out --freq, --cores, --lanes and "
                                 "--time-parallel")
    target = boards.find(board)
    network = models.find(model)
    out = out or Path("rtl_out") / f"{network.name}-{target.name}"
    if weights_only:
        content = weights.replace(network, target, out)
        output.print(f"weights image: {out / content['files']['weights']}", markup=False, highlight=False,
                     soft_wrap=True)
        return
    options = flow.Options(wishes=wishes(freq, cores, lanes, time_parallel, optimize), seeds=seeds)
    content = flow.build(network, target, out, options, output)
    print_rows(report.rows(content), title=f"{network.name} on {target.title}")
    for name, label in (("bitstream", "bitstream"), ("weights", "weights image")):
        if name in content["files"]:
            output.print(f"{label}: {out / content['files'][name]}", markup=False, highlight=False, soft_wrap=True)
    output.print(f"to the board: python -m hwgen flash {out}", markup=False, highlight=False, soft_wrap=True)


def report(folder: BuildFolder, json: Json = False,
           html: Annotated[Path | None, typer.Option("--html", metavar="FILE",
                                                     help="Write it as one HTML page.")] = None,
           verbose: Verbose = 0) -> None:
    """Show the report of a build."""
    from ..emit import report as reports

    if json and html:
        raise typer.BadParameter("use either --json or --html")
    content = reports.load(folder)
    if json:
        print_json(content)
    elif html:
        aside = html.with_name(f".{html.name}.part")
        try:
            aside.write_text(reports.page(content))
            aside.replace(html)
        finally:
            aside.unlink(missing_ok=True)
        output.print(f"wrote {html}", markup=False, highlight=False)
    else:
        print_rows(reports.rows(content), title=str(folder))


COMMANDS = (build, report)
