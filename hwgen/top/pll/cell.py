"""What the PLLs of all families have in common."""

from amaranth.lib import wiring
from amaranth.lib.wiring import Out


class PllCell(wiring.Component):
    """A PLL between the oscillator's pin and the clock of the design; a family's cell is its ``elaborate``.

    Parameters
    ----------
    pad
        The port of the oscillator's pin.
    settings
        What `boards.pll` found for the family.

    Members
    -------
    clk : Out(1), locked : Out(1)
        The clock, and whether it is stable (asynchronous).
    """

    clk: Out(1)
    locked: Out(1)

    def __init__(self, *, pad, settings):
        self._pad = pad
        self._settings = settings
        super().__init__()

    @property
    def settings(self):
        return self._settings
