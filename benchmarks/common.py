"""What the benchmarks share: their command line, their tables, and the Verilog of cores alone."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from hwgen.errors import HwgenError
from hwgen.plan import CorePlan


def parser(text: str) -> argparse.ArgumentParser:
    """A parser with ``--json``; ``text`` is the docstring of the script."""
    result = argparse.ArgumentParser(description=text.partition("\n")[0])
    result.add_argument("--json", action="store_true", help="print JSON, and nothing else")
    return result


def main(options: argparse.Namespace, measure: Callable[[argparse.Namespace], dict],
         show: Callable[[dict], None]) -> int:
    """Measure and print; an error is one line, and its exit code is returned."""
    try:
        result = measure(options)
    except HwgenError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    if options.json:
        print(json.dumps(result, indent=2, allow_nan=False))
    else:
        show(result)
    return 0


def table(rows: Sequence[Sequence], heads: Sequence[str]) -> None:
    """Rows as a Markdown table, for a terminal and for the documentation alike; None is a dash."""
    cells = [[str(head) for head in heads], *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    cells.insert(1, ["-" * width for width in widths])
    for row in cells:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")


def _cell(value) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def emit(cores: tuple[CorePlan, ...], folder: Path) -> Path:
    """The Verilog of one core, or of an array of them, without board and link."""
    from hwgen.emit.verilog import generate_component
    from hwgen.gateware.array import CoreArray
    from hwgen.gateware.core import Core

    folder.mkdir(parents=True, exist_ok=True)
    component = Core(plan=cores[0]) if len(cores) == 1 else CoreArray(plans=cores)
    return folder / generate_component(component, "core", folder).verilog
