"""The rPLL of the Gowin GW1N and GW2A families, with internal feedback.

Source: Gowin UG286, "Gowin Clock User Guide"; limits from DS117 (GW1NR) and DS226 (GW2AR).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from .pll import Pll, Settings, inside

#: Largest dividers of the reference and the feedback, and all of the output.
REFERENCE_DIV, FEEDBACK_DIV = 64, 64
OUTPUT_DIVS = (2, 4, 8, 16, 32, 48, 64, 80, 96, 112, 128)


@dataclass(frozen=True, kw_only=True)
class GowinSettings(Settings):
    """``output = oscillator * feedback_div / reference_div``, and ``output_div`` times that in the oscillator
    of the PLL; ``device`` is the name that the primitive takes."""

    reference_div: int
    feedback_div: int
    output_div: int
    device: str

    @property
    def detector_hz(self) -> Fraction:
        return Fraction(self.oscillator_hz, self.reference_div)

    @property
    def output_hz(self) -> Fraction:
        return self.detector_hz * self.feedback_div

    @property
    def vco_hz(self) -> Fraction:
        return self.output_hz * self.output_div


@dataclass(frozen=True, kw_only=True)
class GowinPll(Pll):
    """The search; of several settings, the one with the fastest phase detector, then the one whose oscillator
    is nearest to the middle of its range.

    Parameters
    ----------
    device
        The name that the primitive takes.
    detector_hz, vco_hz
        Limits of the phase detector and of the oscillator of the PLL, for the speed grade of the board.
    """

    device: str
    detector_hz: tuple[int, int]
    vco_hz: tuple[int, int]

    def all(self, oscillator_hz: int) -> Iterator[GowinSettings]:
        for reference in range(1, REFERENCE_DIV + 1):
            if not inside(self.detector_hz, Fraction(oscillator_hz, reference)):
                continue
            for feedback in range(1, FEEDBACK_DIV + 1):
                dividers = (GowinSettings(oscillator_hz=oscillator_hz, reference_div=reference,
                                          feedback_div=feedback, output_div=output, device=self.device)
                            for output in OUTPUT_DIVS)
                yield from sorted((settings for settings in dividers if inside(self.vco_hz, settings.vco_hz)),
                                  key=lambda settings: abs(2 * settings.vco_hz - sum(self.vco_hz)))
