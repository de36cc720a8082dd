"""Signals some cycles later: shift registers, or rings in block RAM where logic cells are scarcer."""

from amaranth.hdl import Module, Signal
from amaranth.lib import memory

#: Narrower signals, and shorter delays, are not worth a block RAM.
LEAST_BITS, LEAST_CYCLES = 8, 3


class Delays:
    """``delays(signal, n)`` is ``signal``, n cycles later.

    Shift registers share their stages. They have no reset, and rings hold anything at first: for the cycles
    after a reset, what comes in must be held as long as they are, or not be looked at.

    Parameters
    ----------
    m
        The module that they belong to.
    in_memory
        Wide signals that wait long do so in block RAM, each in a ring of its own that is written and read in
        every cycle.
    """

    def __init__(self, m: Module, in_memory: bool = False):
        self.m = m
        self.in_memory = in_memory
        self.stages = {}

    def __call__(self, signal: Signal, cycles: int) -> Signal:
        if cycles == 0:
            return signal
        key = (id(signal), cycles)
        if key not in self.stages:
            if self.in_memory and len(signal) >= LEAST_BITS and cycles >= LEAST_CYCLES:
                stage = self._ring(signal, cycles)
            else:
                stage = Signal.like(signal, name=f"{signal.name}_{cycles}", reset_less=True)
                self.m.d.sync += stage.eq(self(signal, cycles - 1))
            self.stages[key] = (signal, stage)          # the signal is kept, and so is its id
        return self.stages[key][1]

    def _ring(self, signal: Signal, cycles: int) -> Signal:
        m, depth = self.m, 1 << cycles.bit_length()
        name = f"{signal.name}_{cycles}"
        m.submodules[f"ring_{name}"] = ring = memory.Memory(
            shape=signal.shape(), depth=depth, init=[],
            attrs={"ram_style": "block", "no_rw_check": 1})     # written cycles - 1 before it is read
        write, read = ring.write_port(), ring.read_port(transparent_for=())
        now, then = Signal(range(depth), name=f"{name}_now"), Signal(range(depth), init=depth + 1 - cycles,
                                                                     name=f"{name}_then")
        m.d.sync += [now.eq(now + 1), then.eq(then + 1)]
        m.d.comb += [write.en.eq(1), write.addr.eq(now), write.data.eq(signal), read.addr.eq(then)]
        late = Signal.like(signal, name=name)
        m.d.comb += late.eq(read.data)
        return late
