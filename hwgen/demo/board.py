"""Boards for the demo: real, simulated from the emitted Verilog, or the golden model in their place."""

import enum
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

import platformdirs

from sim.golden.once import Once

from ..errors import simulation_needed
from ..link.line import Line
from ..models import Model


class Backend(enum.StrEnum):
    """What answers."""

    GOLDEN = "golden"
    RTL = "rtl"
    SERIAL = "serial"


@dataclass(frozen=True, kw_only=True)
class Reached:
    """A way to a board: ``connect`` opens the line to it, ``about`` is what a view tells of it, ``timeout`` how many
    seconds an answer may take; ``golden`` is the golden model that stands in the board's place, if it does."""

    connect: Callable[[], Line]
    about: dict
    timeout: float
    golden: Once | None = None


#: Seconds that an answer may take: a simulated board computes a window in a second or so.
TIMEOUT, TIMEOUT_SIMULATED = 2.0, 120.0


def reach(backend: Backend, model: Model, board, port: str | None, stack: ExitStack,
          progress: Callable[[str], None] = lambda step: None) -> Reached:
    """Make a board ready; what has to be ended goes onto ``stack``. ``progress`` is told the steps that take long.

    A simulated board is compiled once, and kept in the user's cache folder.

    Raises
    ------
    PlanError
        If the network does not fit the board.
    ToolMissing, BuildError
        If the board is to be simulated and that cannot be done.
    HwgenError
        If no port is given and none is found.
    """
    about = {"backend": str(backend), "title": board.title, "port": None}
    if backend is Backend.GOLDEN:
        from sim.board.soft import SoftBoard

        golden = Once(model.network)                                    # what both ask for is computed once
        return Reached(connect=lambda: SoftBoard(model.network, golden), about=about | {"title": "golden model"},
                       timeout=TIMEOUT, golden=golden)
    from ..link.serial_line import SerialLine, find_port

    if backend is Backend.SERIAL:
        found = [port]

        def connect() -> Line:
            found[0] = found[0] or find_port(board)
            about["port"] = found[0]
            return SerialLine(found[0], board.uart_baud)

        return Reached(connect=connect, about=about, timeout=TIMEOUT)
    from ..planning import Wishes, plan_model

    plan = plan_model(model, board, Wishes())
    with simulation_needed():
        from sim.bench.virtual_board import VirtualBoard
    folder = platformdirs.user_cache_path("hwgen") / "boards" / f"{model.name}-{board.name}"
    virtual = stack.enter_context(VirtualBoard(plan, folder, progress=progress))
    return Reached(connect=lambda: SerialLine(virtual.path, board.uart_baud),
                   about=about | {"title": f"{board.title}, simulated", "port": virtual.path},
                   timeout=TIMEOUT_SIMULATED)
