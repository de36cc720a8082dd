"""Clock and reset on the iCE40: a PLL from the oscillator's pad, and a reset that ends when memories work."""

from dataclasses import dataclass

from amaranth.hdl import ClockDomain, ClockSignal, Const, DomainRenamer, Instance, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

from ..spec import HwgenError

#: How long the reset lasts once the clock is stable; block RAM reads zeros for some microseconds after
#: configuration (https://github.com/YosysHQ/icestorm/issues/76).
RESET_SECONDS = 10e-6

#: Limits in Hz of the phase detector, the oscillator and the output of the PLL, and the upper limits of the
#: phase detector for each filter (Lattice FPGA-TN-02052, "iCE40 sysCLOCK PLL", and FPGA-DS-02008).
DETECTOR_HZ = (10_000_000, 133_000_000)
VCO_HZ = (533_000_000, 1_066_000_000)
OUTPUT_HZ = (16_000_000, 275_000_000)
FILTER_HZ = (17_000_000, 26_000_000, 44_000_000, 66_000_000, 101_000_000)


@dataclass(frozen=True, kw_only=True)
class PllSettings:
    """Dividers of an ``SB_PLL40`` with simple feedback.

    ``output = oscillator * (divf + 1) / (divr + 1) / 2**divq``

    Parameters
    ----------
    oscillator_hz
        The clock at the pad.
    divr, divf, divq
        Dividers of the reference, the feedback and the output, as the primitive takes them.
    """

    oscillator_hz: int
    divr: int
    divf: int
    divq: int

    @classmethod
    def all(cls, oscillator_hz: int):
        """Every setting within the limits, in order of ``divr``, ``divf`` and ``divq``."""
        for divr in range(16):
            for divf in range(128):
                for divq in range(1, 7):
                    settings = cls(oscillator_hz=oscillator_hz, divr=divr, divf=divf, divq=divq)
                    if settings._valid:
                        yield settings

    @classmethod
    def find(cls, oscillator_hz: int, output_hz: int) -> "PllSettings":
        """The settings for exactly ``output_hz``; of several, those with the fastest phase detector.

        Raises
        ------
        HwgenError
            If there are none; names the nearest frequencies.
        """
        frequencies = set()
        for settings in cls.all(oscillator_hz):
            if settings.output_hz == output_hz:
                return settings
            frequencies.add(settings.output_hz)
        below = max((hz for hz in frequencies if hz < output_hz), default=None)
        above = min((hz for hz in frequencies if hz > output_hz), default=None)
        near = " or ".join(f"{hz / 1e6:g} MHz" for hz in (below, above) if hz)
        raise HwgenError(f"the PLL cannot make {output_hz / 1e6:g} MHz from {oscillator_hz / 1e6:g} MHz", f"use {near}")

    @property
    def _detector_hz(self) -> float:
        return self.oscillator_hz / (self.divr + 1)

    @property
    def _vco_hz(self) -> float:
        return self._detector_hz * (self.divf + 1)

    @property
    def output_hz(self) -> float:
        """Frequency of the output."""
        return self._vco_hz / 2**self.divq

    @property
    def _valid(self) -> bool:
        return all(low <= hz <= high for hz, (low, high) in (
            (self._detector_hz, DETECTOR_HZ), (self._vco_hz, VCO_HZ), (self.output_hz, OUTPUT_HZ)))

    @property
    def filter_range(self) -> int:
        """Setting of the loop filter for the frequency of the phase detector."""
        return 1 + sum(self._detector_hz >= limit for limit in FILTER_HZ)


def reset_cycles(clock_hz: float) -> int:
    """Cycles from lock to the end of the reset: the first power of two above 10 microseconds."""
    return 1 << int(RESET_SECONDS * clock_hz).bit_length()


class PowerOnReset(wiring.Component):
    """Holds the reset until ``locked`` has been high for some cycles; a loss of lock begins it again.

    The clock domain ``sync`` needs no reset: the flip-flops start at 0 when the FPGA is configured.

    Parameters
    ----------
    cycles
        A power of two.

    Members
    -------
    locked : In(1)
        The clock is stable; asynchronous.
    rst : Out(1)
        The reset; ends ``cycles + 2`` cycles behind the rise of ``locked``.
    """

    locked: In(1)
    rst: Out(1)

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
        with m.Elif(self.rst):
            m.d.sync += timer.eq(timer + 1)
        m.d.comb += self.rst.eq(~timer[-1])
        return m


class Ice40Clock(wiring.Component):
    """Makes the clock of the design from the pad of the oscillator, and its reset.

    The reset lasts until the PLL has locked and 10 microseconds more, and comes back if it loses lock.

    Parameters
    ----------
    pad
        The port of the oscillator's pin; it must be the input pad of a PLL.
    settings
        `PllSettings`.

    Members
    -------
    clk : Out(1), rst : Out(1)
        For the domain of the design; ``rst`` is synchronous to ``clk``.
    """

    clk: Out(1)
    rst: Out(1)

    def __init__(self, *, pad, settings: PllSettings):
        self._pad = pad
        self._settings = settings
        super().__init__()

    @property
    def settings(self) -> PllSettings:
        return self._settings

    def elaborate(self, platform):
        m = Module()
        locked = Signal()
        settings = self._settings
        m.submodules.pll = Instance(
            "SB_PLL40_PAD",
            p_FEEDBACK_PATH="SIMPLE",
            p_DIVR=Const(settings.divr, 4),
            p_DIVF=Const(settings.divf, 7),
            p_DIVQ=Const(settings.divq, 3),
            p_FILTER_RANGE=Const(settings.filter_range, 3),
            io_PACKAGEPIN=self._pad.io,
            i_RESETB=Const(1),
            i_BYPASS=Const(0),
            o_PLLOUTGLOBAL=self.clk,
            o_LOCK=locked,
        )
        m.domains.power_on = ClockDomain(local=True, reset_less=True)
        m.submodules.reset = reset = DomainRenamer("power_on")(
            PowerOnReset(cycles=reset_cycles(settings.output_hz)))
        m.d.comb += [ClockSignal("power_on").eq(self.clk), reset.locked.eq(locked), self.rst.eq(reset.rst)]
        return m
