"""The PLL of the ECP5, its first output fed back.

Source: Lattice FPGA-TN-02200, "ECP5 and ECP5-5G sysCLOCK PLL/DLL Design and Usage Guide", and FPGA-DS-02012.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from .pll import Pll, Settings, inside

#: Limits in Hz of the phase detector, the oscillator and the output of the PLL.
DETECTOR_HZ = (3_125_000, 400_000_000)
VCO_HZ = (400_000_000, 800_000_000)
OUTPUT_HZ = (10_000_000, 400_000_000)
#: Largest dividers; that of the output never binds.
REFERENCE_DIV, FEEDBACK_DIV = 128, 80


@dataclass(frozen=True, kw_only=True)
class Ecp5Settings(Settings):
    """``output = oscillator * feedback_div / reference_div``, and ``output_div`` times that in the oscillator
    of the PLL."""

    reference_div: int
    feedback_div: int
    output_div: int

    @property
    def detector_hz(self) -> Fraction:
        return Fraction(self.oscillator_hz, self.reference_div)

    @property
    def output_hz(self) -> Fraction:
        return self.detector_hz * self.feedback_div

    @property
    def vco_hz(self) -> Fraction:
        return self.output_hz * self.output_div


@dataclass(frozen=True)
class Ecp5Pll(Pll):
    """The search; of several settings, the one with the fastest phase detector, then the one whose oscillator
    is nearest to the middle of its range."""

    def all(self, oscillator_hz: int) -> Iterator[Ecp5Settings]:
        for reference in range(1, REFERENCE_DIV + 1):
            if not inside(DETECTOR_HZ, Fraction(oscillator_hz, reference)):
                continue
            for feedback in range(1, FEEDBACK_DIV + 1):
                output_hz = Fraction(oscillator_hz * feedback, reference)
                if inside(OUTPUT_HZ, output_hz):
                    dividers = range(ceil(VCO_HZ[0] / output_hz), floor(VCO_HZ[1] / output_hz) + 1)
                    found = (Ecp5Settings(oscillator_hz=oscillator_hz, reference_div=reference,
                                          feedback_div=feedback, output_div=divider) for divider in dividers)
                    yield from sorted(found, key=lambda settings: abs(2 * settings.vco_hz - sum(VCO_HZ)))
