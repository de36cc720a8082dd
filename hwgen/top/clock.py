"""Clock and reset of a board design: a PLL from the oscillator's pin, a reset that ends when memories work."""

from amaranth.hdl import ClockDomain, ClockSignal, DomainRenamer, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

from .pll import make_pll

#: How long the reset lasts once the clock is stable; the iCE40's block RAM reads zeros for some microseconds
#: after configuration (https://github.com/YosysHQ/icestorm/issues/76).
RESET_SECONDS = 10e-6


def reset_cycles(clock_hz: float) -> int:
    """Cycles from lock to the end of the reset: the first power of two above 10 microseconds."""
    return 1 << int(RESET_SECONDS * clock_hz).bit_length()


class PowerOnReset(wiring.Component):
    """Holds the reset until ``locked`` has been high for some cycles; a loss of lock begins it again.

    The clock domain ``sync`` needs no reset: the flip-flops start at their initial value when the FPGA is configured.
    The reset comes straight out of one of them, since it has far to go.

    Parameters
    ----------
    cycles
        A power of two.

    Members
    -------
    locked : In(1)
        The clock is stable; asynchronous.
    rst : Out(1)
        The reset; ends ``cycles + 3`` cycles behind the rise of ``locked``.
    """

    locked: In(1)
    rst: Out(1, init=1)

    def __init__(self, *, cycles: int):
        self._cycles = cycles
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        locked = Signal()
        m.submodules.synchroniser = FFSynchronizer(self.locked, locked)
        timer = Signal(range(2 * self._cycles))  # its highest bit ends the reset
        with m.If(~locked):
            m.d.sync += timer.eq(0)
        with m.Elif(~timer[-1]):
            m.d.sync += timer.eq(timer + 1)
        m.d.sync += self.rst.eq(~timer[-1])
        return m


class BoardClock(wiring.Component):
    """Makes the clock of the design from the pin of the oscillator, and its reset.

    The reset lasts until the PLL has locked and 10 microseconds more, and comes back if it loses lock.

    Parameters
    ----------
    pad
        The port of the oscillator's pin.
    settings
        `boards.pll.Settings`.

    Members
    -------
    clk : Out(1), rst : Out(1)
        For the domain of the design; ``rst`` is synchronous to ``clk``.
    """

    clk: Out(1)
    rst: Out(1)

    def __init__(self, *, pad, settings):
        self._pad = pad
        self._settings = settings
        super().__init__()

    @property
    def settings(self):
        return self._settings

    def elaborate(self, platform):
        m = Module()
        m.submodules.pll = pll = make_pll(self._pad, self._settings)
        m.domains.power_on = ClockDomain(local=True, reset_less=True)
        m.submodules.reset = reset = DomainRenamer("power_on")(
            PowerOnReset(cycles=reset_cycles(self._settings.output_hz)))
        m.d.comb += [self.clk.eq(pll.clk), ClockSignal("power_on").eq(pll.clk), reset.locked.eq(pll.locked),
                     self.rst.eq(reset.rst)]
        return m
