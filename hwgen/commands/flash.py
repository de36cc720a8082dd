"""``flash``: write a bitstream, and the weights that it loads, to a board, and ask the board who it is then."""

import shlex
import subprocess
import time
from typing import Annotated

import typer

from ..errors import BuildError, HwgenError
from .common import BuildFolder, Verbose, errors, output

#: Seconds that a board may take to start: configuration, and the weights from its flash.
START_SECONDS = 5.0


def flash(folder: BuildFolder,
          board: Annotated[str | None, typer.Option("--board", "-b", metavar="NAME",
                                                    help="Default: the board of the build.")] = None,
          port: Annotated[str | None, typer.Option("--port", metavar="NAME", help="Serial port that the board answers "
                                                   "on; default: the one that is there.")] = None,
          dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print the commands.")] = False,
          verbose: Verbose = 0) -> None:
    """Write the bitstream of a build to the board, and before it the weights image where there is one; then ask the
    board which network it runs."""
    import boards

    from .. import weights
    from ..emit import report, tools

    content = report.load(folder)
    target = boards.find(board or content["board"]["name"])
    if target.name != content["board"]["name"]:             # the same device on another board has other pins
        raise HwgenError(f"'{folder}' was built for board '{content['board']['name']}' "
                         f"({content['board']['device']}), not for '{target.name}' ({target.device})",
                         f"build again with --board {target.name}")
    bitstream = folder / content["files"]["bitstream"]
    if not bitstream.is_file():
        raise HwgenError(f"there is no bitstream '{bitstream}'", "build again")
    commands = [target.flash_command(bitstream)]
    if found := weights.stored(folder, content):
        weights.load(found)
        commands.insert(0, target.flash_command(found.path, found.offset))
    for program, *arguments in commands:
        if dry_run:
            output.print(shlex.join([program, *arguments]), markup=False, highlight=False, soft_wrap=True)
            continue
        command = [*tools.find(program).command, *arguments]
        if status := subprocess.run(command).returncode:
            raise BuildError(f"{program} ended with status {status}",
                             f"is the board plugged in, and may you use its USB port? ({shlex.join(command)})")
    if not dry_run:
        _ask(content, target, port)


def _ask(content: dict, board, port: str | None) -> None:
    """Who is there? Raises `HwgenError` if it is not what was built; without a port there is only a remark."""
    from ..link.client import Client, require_network
    from ..link.serial_line import SerialLine, find_port

    try:
        port = port or find_port(board)
    except HwgenError as error:
        errors.print(f"written, and not asked what it runs: {error}", markup=False, highlight=False, soft_wrap=True)
        return
    line, until = SerialLine(port, board.uart_baud), time.monotonic() + START_SECONDS
    try:
        while True:
            try:
                hello = Client(line, timeout=0.5).hello()
                break
            except HwgenError:
                if time.monotonic() > until:
                    raise
    finally:
        line.close()
    if built := content["plan"].get("network"):
        require_network(hello, bytes.fromhex(built))
    output.print(f"{port}: {board.title} runs '{content['model']['name']}', network {hello.network.hex()}, at "
                 f"{hello.clock_hz / 1e6:g} MHz", markup=False, highlight=False, soft_wrap=True)


COMMANDS = (flash,)
