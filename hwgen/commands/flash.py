"""``flash``: write a bitstream, and the weights that it loads, to a board."""

import shlex
import subprocess
from typing import Annotated

import typer

from ..errors import BuildError, HwgenError
from .common import BuildFolder, Verbose, output


def flash(folder: BuildFolder,
          board: Annotated[str | None, typer.Option("--board", "-b", metavar="NAME",
                                                    help="Default: the board of the build.")] = None,
          dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print the commands.")] = False,
          verbose: Verbose = 0) -> None:
    """Write the bitstream of a build to the board, and before it the weights image where there is one."""
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


COMMANDS = (flash,)
