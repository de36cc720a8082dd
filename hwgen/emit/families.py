"""The families of FPGAs that there are tools for."""

from . import ecp5, gowin, ice40
from .toolchain import Toolchain

TOOLCHAINS = {family.TOOLCHAIN.family: family.TOOLCHAIN for family in (ice40, ecp5, gowin)}


def toolchain(board) -> Toolchain:
    """The tools for the family of a `boards.Board`."""
    return TOOLCHAINS[board.family]
