"""Which clocks a PLL can make: pure arithmetic, a module a family; `hwgen.top.pll` has the gateware."""

from .ecp5 import Ecp5Pll
from .gowin import GowinPll
from .ice40 import Ice40Pll
from .pll import Pll, Settings

__all__ = ["Ecp5Pll", "GowinPll", "Ice40Pll", "Pll", "Settings"]
