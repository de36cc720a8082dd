"""What every PLL has: settings with a frequency each, and the search for one."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from hwgen.spec import HwgenError


def inside(limits: tuple[int, int], hz: Fraction) -> bool:
    """Whether a frequency is within limits, both included."""
    return limits[0] <= hz <= limits[1]


@dataclass(frozen=True, kw_only=True)
class Settings(ABC):
    """Dividers of a PLL; ``oscillator_hz`` is the frequency at its input."""

    oscillator_hz: int

    @property
    @abstractmethod
    def output_hz(self) -> Fraction:
        """Frequency of the output, exact."""


class Pll(ABC):
    """A kind of PLL, with its limits."""

    @abstractmethod
    def all(self, oscillator_hz: int) -> Iterator[Settings]:
        """Every setting within the limits, the best for each frequency first."""

    def frequencies(self, oscillator_hz: int) -> list[int]:
        """The frequencies in Hz that it can make and that are whole numbers, ascending."""
        return sorted({int(settings.output_hz) for settings in self.all(oscillator_hz)
                       if settings.output_hz.denominator == 1})

    def find(self, oscillator_hz: int, output_hz: int) -> Settings:
        """The best settings for exactly ``output_hz``.

        Raises
        ------
        HwgenError
            If there are none; names the nearest frequencies.
        """
        for settings in self.all(oscillator_hz):
            if settings.output_hz == output_hz:
                return settings
        frequencies = self.frequencies(oscillator_hz)
        below = max((hz for hz in frequencies if hz < output_hz), default=None)
        above = min((hz for hz in frequencies if hz > output_hz), default=None)
        near = " or ".join(f"{hz / 1e6:.10g} MHz" for hz in (below, above) if hz)
        raise HwgenError(f"the PLL cannot make {output_hz / 1e6:g} MHz from {oscillator_hz / 1e6:g} MHz",
                         f"use {near}")
