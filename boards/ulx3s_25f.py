"""Radiona ULX3S with an ECP5-25F; all else as `boards.ulx3s_85f`."""

from dataclasses import replace

from . import ecp5, ulx3s_85f

BOARD = replace(
    ulx3s_85f.BOARD,
    name="ulx3s_25f",
    aliases=(),
    title="ULX3S 25F (Lattice ECP5, Radiona)",
    device="LFE5U-25F-6BG381C",
    budget=ecp5.LFE5U_25F,
    make_platform=lambda: ulx3s_85f.platform("25F"),
    nextpnr_arguments=("--25k", "--package", "CABGA381", "--speed", "6"),
)
