"""The UART: bytes as streams to and from a line with one start bit, eight data bits and one stop bit."""

from dataclasses import dataclass
from functools import cached_property

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

from ..spec import HwgenError

#: Fewest clock cycles in a bit.
MIN_CYCLES = 8
#: Largest deviation of the bit rate.
MAX_ERROR = 0.02


@dataclass(frozen=True, kw_only=True)
class BitRate:
    """A bit rate made from a clock by a phase accumulator: ``step / 2**width`` bits a cycle.

    An edge is at most one cycle late and the deviation does not add up; any rate can be had, where a
    divider could only give the clock divided by an integer.

    Parameters
    ----------
    clock_hz, baud
        Frequency of the clock and bits a second.

    Raises
    ------
    HwgenError
        If a bit has fewer than 8 cycles, or the rate would be 2 % or more off.
    """

    clock_hz: int
    baud: int

    def __post_init__(self):
        if self.clock_hz < MIN_CYCLES * self.baud:
            raise HwgenError(f"a clock of {self.clock_hz / 1e6:g} MHz is too slow for a UART at {self.baud} baud",
                             f"it needs {MIN_CYCLES} cycles a bit: use {MIN_CYCLES * self.baud / 1e6:g} MHz or more")
        if abs(self.error) >= MAX_ERROR:
            raise HwgenError(f"a UART at {self.baud} baud from a clock of {self.clock_hz / 1e6:g} MHz "
                             f"would be {self.error:+.1%} off", f"use {self.clock_hz >> 16} baud or more")

    @cached_property
    def width(self) -> int:
        """Bits of the accumulator: the fewest that come within a quarter of the allowed deviation, up to 20."""
        return next((w for w in range(4, 20) if abs(self._error(w)) <= MAX_ERROR / 4), 20)

    @property
    def step(self) -> int:
        """What a cycle adds to the accumulator; a bit has passed when it overflows."""
        return self._step(self.width)

    @property
    def error(self) -> float:
        """Relative deviation of the rate."""
        return self._error(self.width)

    def _step(self, width: int) -> int:
        return (2 * self.baud * 2**width + self.clock_hz) // (2 * self.clock_hz)

    def _error(self, width: int) -> float:
        return self._step(width) * self.clock_hz / (self.baud * 2**width) - 1


class Transmitter(wiring.Component):
    """Sends bytes; one is taken every ten bits and a cycle.

    Parameters
    ----------
    rate
        `BitRate`.

    Members
    -------
    i : In(stream of 8 bits)
        The bytes.
    line : Out(1)
        The line, high when idle; comes from a flip-flop.
    """

    def __init__(self, rate: BitRate):
        self._rate = rate
        super().__init__({"i": In(stream.Signature(8)), "line": Out(1, init=1)})

    def elaborate(self, platform):
        m = Module()
        phase, next_phase, tick = Signal(self._rate.width), Signal(self._rate.width), Signal()
        bits = Signal(10, init=1)  # the stop bit is the highest bit that is set
        idle = Signal(init=1)
        m.d.comb += [
            Cat(next_phase, tick).eq(phase + self._rate.step),
            self.line.eq(bits[0]),
            self.i.ready.eq(idle),
        ]
        with m.If(idle):
            m.d.sync += phase.eq(0)
            with m.If(self.i.valid):
                m.d.sync += [bits.eq(Cat(Const(0, 1), self.i.payload, Const(1, 1))), idle.eq(0)]
        with m.Else():
            m.d.sync += phase.eq(next_phase)
            with m.If(tick):
                with m.If(bits[1:] == 0):
                    m.d.sync += idle.eq(1)
                with m.Else():
                    m.d.sync += bits.eq(bits[1:])
        return m


class Receiver(wiring.Component):
    """Receives bytes; each bit is sampled once, in its middle.

    A byte comes out in the middle of its stop bit, some cycles later, and waits until it is taken: one
    that arrives before that is dropped and told by ``overrun``. A byte without a stop bit is dropped and
    told by ``framing``; the receiver then waits until the line is high.

    Parameters
    ----------
    rate
        `BitRate`.

    Members
    -------
    line : In(1)
        The line, asynchronous, high when idle.
    o : Out(stream of 8 bits)
        The bytes.
    framing, overrun : Out(1)
        One cycle for each byte that was dropped.
    """

    def __init__(self, rate: BitRate):
        self._rate = rate
        super().__init__({
            "line": In(1, init=1),
            "o": Out(stream.Signature(8)),
            "framing": Out(1),
            "overrun": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        line = Signal(init=1)
        m.submodules.synchroniser = FFSynchronizer(self.line, line, init=1)
        phase, tick = Signal(self._rate.width), Signal()
        bits = Signal(8)
        m.d.sync += Cat(phase, tick).eq(phase + self._rate.step)
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.FSM(name="state"):
            with m.State("IDLE"):
                with m.If(line):
                    m.d.sync += [phase.eq(1 << (self._rate.width - 1)), tick.eq(0)]
                with m.Else():
                    m.next = "START"
            with m.State("START"):
                m.d.sync += bits.eq(0x80)  # the one is shifted out by the last data bit
                with m.If(tick):
                    with m.If(line):
                        m.next = "IDLE"
                    with m.Else():
                        m.next = "DATA"
            with m.State("DATA"):
                with m.If(tick):
                    m.d.sync += bits.eq(Cat(bits[1:], line))
                    with m.If(bits[0]):
                        m.next = "STOP"
            with m.State("STOP"):
                with m.If(tick):
                    with m.If(~line):
                        m.d.comb += self.framing.eq(1)
                        m.next = "BREAK"
                    with m.Else():
                        with m.If(self.o.valid & ~self.o.ready):
                            m.d.comb += self.overrun.eq(1)
                        with m.Else():
                            m.d.sync += [self.o.valid.eq(1), self.o.payload.eq(bits)]
                        m.next = "IDLE"
            with m.State("BREAK"):
                with m.If(line):
                    m.next = "IDLE"
        return m
