"""The PLLs of the families as gateware; `boards.pll` says which clocks they can make."""

from boards.pll.ecp5 import Ecp5Settings
from boards.pll.gowin import GowinSettings
from boards.pll.ice40 import Ice40Settings

from .ecp5 import Ecp5PllCell
from .gowin import GowinPllCell
from .ice40 import Ice40PllCell

#: The component for each kind of settings. All have ``clk`` and ``locked``, which is asynchronous.
CELLS = {Ice40Settings: Ice40PllCell, Ecp5Settings: Ecp5PllCell, GowinSettings: GowinPllCell}


def make_pll(pad, settings):
    """The PLL with these settings, fed by the port of the oscillator's pin."""
    return CELLS[type(settings)](pad=pad, settings=settings)
