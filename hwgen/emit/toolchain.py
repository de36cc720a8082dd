"""What differs between the families of FPGAs when a design is built for them: `Toolchain`."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Toolchain:
    """The tools of a family: which programs, with which arguments, and how to read what they say.

    Arguments may hold ``{top}``, ``{constraints}`` and ``{routed}``, names of files in the build folder. The
    board adds those that choose its device (`boards.Board`).

    Parameters
    ----------
    family
        As `boards.Board` names it.
    synthesis
        The command of Yosys.
    luts, flip_flops
        Regular expressions for the types of cells after synthesis.
    models
        Yosys' simulation models of the cells, below its ``share`` folder.
    nextpnr, nextpnr_arguments
        The tool for place and route, and its arguments for the constraints and the result.
    routed
        Suffix of the result.
    utilisation
        Our names of resources -> those in nextpnr's report: the uses are added up, and there are as many as
        of the first.
    packer, pack_arguments
        The tool that makes the bitstream, and its arguments.
    bitstream
        Suffix of the bitstream.
    also
        Other files that the packer writes: our name -> suffix.
    derating
        Share of nextpnr's clock that is relied on.
    """

    family: str
    synthesis: str
    luts: str
    flip_flops: str
    models: tuple[str, ...]
    nextpnr: str
    nextpnr_arguments: tuple[str, ...]
    routed: str
    utilisation: Mapping[str, tuple[str, ...]]
    packer: str
    pack_arguments: tuple[str, ...]
    bitstream: str
    also: Mapping[str, str] = field(default_factory=dict)
    derating: float = 1.0

    @property
    def tools(self) -> tuple[str, ...]:
        """The programs that a build needs."""
        return "yosys", self.nextpnr, self.packer

    @property
    def timing_basis(self) -> str:
        """Where a figure of the clock is from."""
        share = "" if self.derating == 1 else f"{self.derating:.0%} of "
        return f"{share}what {self.nextpnr} estimates after routing"


def filled(arguments: tuple[str, ...], **names: str) -> tuple[str, ...]:
    """Arguments of a `Toolchain` with the names of files put in."""
    return tuple(argument.format(**names) for argument in arguments)
