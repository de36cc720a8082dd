"""A host on a UART, and a small core."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hwgen.link.protocol import Hello, Result
from hwgen.top.parameters import LinkParameters
from tests.simulation import until, wait


async def uart_send(ctx, line, data, cycles, *, stop=1):
    """Send bytes on a line, ``cycles`` (may be a fraction) a bit."""
    time = 0.0
    passed = 0
    for byte in data:
        for bit in (0, *(byte >> place & 1 for place in range(8)), stop):
            ctx.set(line, bit)
            time += cycles
            await wait(ctx, round(time) - passed)
            passed = round(time)
    ctx.set(line, 1)


def uart_listener(line, received, cycles):
    """A background bench that appends the bytes on a line to ``received``."""
    async def bench(ctx):
        while True:
            await until(ctx, ~line)
            await wait(ctx, int(1.5 * cycles) - 1)
            byte = 0
            for place in range(8):
                byte |= ctx.get(line) << place
                await wait(ctx, cycles)
            assert ctx.get(line), "a byte without a stop bit"
            received.append(byte)
    return bench


PARAMETERS = LinkParameters(
    hello=Hello(network=bytes.fromhex("c0db00ffdcdd1234"), clock_hz=8_000_000, elements=6, element_bits=4,
                timesteps=4, layers=3, classes=5, map_words=20, word_bits=12),
    baud=1_000_000, score_width=16)


class SmallCore(wiring.Component):
    """A core that adds up the elements, for the tests of what surrounds a core.

    It stores element n in word n of its map, as far as that goes; score c is ``total - 20 * c``, the winner
    is the lowest bit of the total times the last class; `small_core` says the same in Python.
    """

    def __init__(self, parameters):
        self._parameters = parameters
        hello = parameters.hello
        super().__init__({
            "i": In(stream.Signature(parameters.element)),
            "o": Out(stream.Signature(parameters.score)),
            "winner": Out(range(hello.classes)),
            "cycles": Out(32),
            "busy": Out(1),
            "restart": In(1),
            "stop_layer": In(parameters.layer, init=hello.layers - 1),
            "probe_address": In(parameters.address),
            "probe_data": Out(hello.word_bits),
        })

    def elaborate(self, platform):
        m = Module()
        hello = self._parameters.hello
        m.submodules.memory = memory = Memory(shape=hello.word_bits, depth=hello.map_words, init=[])
        write, read = memory.write_port(), memory.read_port()
        total = Signal(self._parameters.score_width - 1)
        index = Signal(range(max(hello.elements, hello.map_words)))
        wait = Signal(6)
        offered = Signal(range(hello.classes))
        whole = self.stop_layer == hello.layers - 1
        m.d.comb += [
            read.addr.eq(self.probe_address), self.probe_data.eq(read.data),
            write.addr.eq(index), write.data.eq(self.i.payload),
            write.en.eq(self.i.valid & self.i.ready & (index < hello.map_words)),
            self.winner.eq(Mux(total[0], hello.classes - 1, 0)),
        ]
        with m.FSM():
            with m.State("LOAD"):
                m.d.comb += self.i.ready.eq(1)
                with m.If(self.i.valid):
                    m.d.sync += [total.eq(Mux(index == 0, 0, total) + self.i.payload), index.eq(index + 1)]
                    with m.If(index == hello.elements - 1):
                        m.d.sync += [wait.eq(40 + self.i.payload[:4]), self.cycles.eq(0), index.eq(0)]
                        m.next = "WAIT"
                with m.If(self.restart):
                    m.d.sync += [index.eq(0), total.eq(0)]
            with m.State("WAIT"):
                m.d.comb += self.busy.eq(1)
                m.d.sync += [wait.eq(wait - 1), self.cycles.eq(self.cycles + 1), offered.eq(0)]
                with m.If(wait == 0):
                    m.next = "SCORES"
            with m.State("SCORES"):
                m.d.comb += [
                    self.busy.eq(1), self.o.valid.eq(1),
                    self.o.p.score.eq(Mux(whole, total.as_signed() - 20 * offered, 0)),
                    self.o.p.last.eq(~whole | (offered == hello.classes - 1)),
                ]
                with m.If(self.o.ready):
                    m.d.sync += offered.eq(offered + 1)
                    with m.If(self.o.p.last):
                        m.next = "LOAD"
        return m


def small_core(elements, parameters=PARAMETERS, stop_layer=None):
    """The result of `SmallCore`."""
    hello = parameters.hello
    total = sum(elements)
    scores = [total - 20 * c for c in range(hello.classes)]
    if stop_layer not in (None, hello.layers - 1):
        scores = [0]
    return Result(tuple(scores), total % 2 * (hello.classes - 1), 41 + elements[-1] % 16)
