"""The boards that hwgen builds for: every module of this package that has a ``BOARD``.

A new board is one new file here; nothing else needs to know of it.
"""

import difflib
import importlib
import pkgutil

from hwgen.spec import HwgenError

from .board import Board, Budget

__all__ = ["BOARDS", "Board", "Budget", "find"]


def _register() -> dict[str, Board]:
    boards: dict[str, Board] = {}
    taken: dict[str, str] = {}
    for module in sorted(info.name for info in pkgutil.iter_modules(__path__)):
        board = getattr(importlib.import_module(f"{__name__}.{module}"), "BOARD", None)
        if board is None:
            continue
        for name in (board.name, *board.aliases):
            if name in taken:
                raise ValueError(f"boards '{taken[name]}' and '{board.name}' are both called '{name}'")
            taken[name] = board.name
        boards[board.name] = board
    return boards


#: All boards by name.
BOARDS: dict[str, Board] = _register()


def find(name: str) -> Board:
    """The board of that name or alias; upper and lower case are the same.

    Raises
    ------
    HwgenError
        If there is none; names those that are most alike, or else all.
    """
    by_name = {known: board for board in BOARDS.values() for known in (board.name, *board.aliases)}
    board = by_name.get(name.lower())
    if board is None:
        near = difflib.get_close_matches(name.lower(), by_name, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(sorted(by_name))}"
        raise HwgenError(f"there is no board '{name}'", hint)
    return board
