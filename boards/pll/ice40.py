"""The PLL of the iCE40, with simple feedback.

Source: Lattice FPGA-TN-02052, "iCE40 sysCLOCK PLL Design and User Guide", and FPGA-DS-02008.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from .pll import Pll, Settings, inside

#: Limits in Hz of the phase detector, the oscillator and the output of the PLL, and the upper limits of the
#: phase detector for each filter.
DETECTOR_HZ = (10_000_000, 133_000_000)
VCO_HZ = (533_000_000, 1_066_000_000)
OUTPUT_HZ = (16_000_000, 275_000_000)
FILTER_HZ = (17_000_000, 26_000_000, 44_000_000, 66_000_000, 101_000_000)


@dataclass(frozen=True, kw_only=True)
class Ice40Settings(Settings):
    """``output = oscillator * (divf + 1) / (divr + 1) / 2**divq``

    Parameters
    ----------
    divr, divf, divq
        Dividers of the reference, the feedback and the output, as the primitive takes them.
    pad
        The oscillator is at the PLL's own pin.
    """

    divr: int
    divf: int
    divq: int
    pad: bool

    @property
    def detector_hz(self) -> Fraction:
        return Fraction(self.oscillator_hz, self.divr + 1)

    @property
    def vco_hz(self) -> Fraction:
        return self.detector_hz * (self.divf + 1)

    @property
    def output_hz(self) -> Fraction:
        return self.vco_hz / 2**self.divq

    @property
    def filter_range(self) -> int:
        """Setting of the loop filter for the frequency of the phase detector."""
        return 1 + sum(self.detector_hz >= limit for limit in FILTER_HZ)


@dataclass(frozen=True, kw_only=True)
class Ice40Pll(Pll):
    """The search; of several settings, the one with the fastest phase detector.

    Parameters
    ----------
    pad
        The oscillator is at the PLL's own pin.
    """

    pad: bool

    def all(self, oscillator_hz: int) -> Iterator[Ice40Settings]:
        for divr in range(16):
            for divf in range(128):
                for divq in range(1, 7):
                    settings = Ice40Settings(oscillator_hz=oscillator_hz, divr=divr, divf=divf, divq=divq,
                                             pad=self.pad)
                    if (inside(DETECTOR_HZ, settings.detector_hz) and inside(VCO_HZ, settings.vco_hz)
                            and inside(OUTPUT_HZ, settings.output_hz)):
                        yield settings
