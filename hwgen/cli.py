"""``python -m hwgen``: the command line, and the only place where an exception becomes an exit code."""

import signal
import traceback

import typer

from .commands import build, check, demo, flash, inspect, simulate
from .commands.common import errors, settings
from .errors import HwgenError

app = typer.Typer(
    name="hwgen", add_completion=False, no_args_is_help=True, rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="From a trained DA-LIF network to a verified FPGA bitstream. Exit codes: 0 ok, 1 the model, data "
         "or board is at fault, 2 usage, 3 a tool is missing, 4 a build or timing failure, 5 verification "
         "found a difference, 130 interrupted.")
for module in (build, check, simulate, inspect, flash, demo):
    for command in module.COMMANDS:
        app.command()(command)

INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Run one command line (default: that of the process); returns the exit code."""
    settings.verbose = 0
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code = app(arguments, prog_name="hwgen", standalone_mode=False) or 0
        return _failed("interrupted", code) if code == INTERRUPTED else code    # typer has caught the Ctrl-C
    except HwgenError as error:
        return _failed(str(error), error.exit_code)
    except typer.TyperException as error:  # usage: an unknown option, a value that does not parse
        return _failed(f"{error.format_message().rstrip('.')}; see `--help`", error.exit_code)
    except KeyboardInterrupt:
        return _failed("interrupted", INTERRUPTED)
    except OSError as error:
        where = f"'{error.filename}': " if error.filename else ""
        return _failed(f"{where}{error.strerror or error}; check the path, its permissions and free space", 1)
    except Exception as error:
        return _failed(f"internal error: {type(error).__name__}: {error}; please report it with the output "
                       "of the same command with -vv", 1)


def _failed(message: str, code: int) -> int:
    if settings.verbose >= 2:
        traceback.print_exc()
    errors.print(f"error: {' '.join(message.split())}", markup=False, highlight=False, soft_wrap=True)
    return code


def _interrupt(number, frame):
    raise KeyboardInterrupt
