"""How many events a second the host link takes: the gateware from the UART's pins to the core, simulated bit by bit.

The host sends EVENTS requests of ``--words`` words, a TIME and pairs of events on a sensor of 128 x 128, bits at the
exact rate, and waits for each answer as ``docs/protocol.md`` demands. Every request but the first ends a bin, and with
it a window that slides (2 x 32 x 32, T = 10): the window is read out and moved on, and a stub in place of the core
takes it and needs ``--core-cycles``. That is a window a request, where a camera's bins last for tens of them. Refused
are the events that found the board's queue full; the board's own counter must say the same. A request that fills more
than half of the queue finds it full while a window is read out in front of the one before.

The host answers at once here, and sends nothing again. What it really needs between an answer and the next request (a
USB adapter's latency timer above all) comes on top: ``slack`` is how much it may be for `FLOOR` events a second, None
where the line alone is slower than that.
"""

import numpy as np
from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from hwgen.errors import HwgenError
from hwgen.link import protocol
from hwgen.link.events import Windows
from hwgen.link.protocol import Accepted, Hello, Result, decode_response
from hwgen.top.parameters import LinkParameters
from hwgen.top.system import System

from .common import main, parser, table

SHAPE, TIMESTEPS, SENSOR = (2, 32, 32), 10, 128
#: Ticks of a bin and of the grid that times are rounded to.
BIN_TICKS = 50_000
#: Events a second that a camera's burst may bring.
FLOOR = 90_000


class StubCore(wiring.Component):
    """Takes a window, waits ``cycles``, and gives scores of 0: a `hwgen.top.system.System` needs no more of a core."""

    def __init__(self, parameters: LinkParameters, cycles: int):
        self._elements, self._classes, self._wait = parameters.hello.elements, parameters.hello.classes, cycles
        super().__init__({
            "i": In(stream.Signature(parameters.element)), "o": Out(stream.Signature(parameters.score)),
            "winner": Out(range(parameters.hello.classes)), "cycles": Out(32), "busy": Out(1), "restart": In(1)})

    def elaborate(self, platform):
        m = Module()
        count = Signal(32)
        m.d.sync += count.eq(count + 1)
        with m.FSM():
            with m.State("LOAD"):
                m.d.comb += self.i.ready.eq(1)
                m.d.sync += count.eq(count + self.i.valid)
                with m.If(self.i.valid & (count == self._elements - 1)):
                    m.d.sync += count.eq(0)
                    m.next = "WAIT"
            with m.State("WAIT"):
                with m.If(count == self._wait):
                    m.d.sync += count.eq(0)
                    m.next = "SCORES"
            with m.State("SCORES"):
                m.d.comb += [self.o.valid.eq(1), self.o.p.last.eq(count == self._classes - 1)]
                m.d.sync += count.eq(Mux(self.o.ready, Mux(self.o.p.last, 0, count + 1), count))
                with m.If(self.o.ready & self.o.p.last):
                    m.next = "LOAD"
        return m


class Timed(wiring.Component):
    """A board's `System`, and a clock to read."""

    rx: In(1, init=1)
    tx: Out(1, init=1)
    now: Out(32)

    def __init__(self, parameters: LinkParameters, core_cycles: int):
        self._system = System(parameters, StubCore(parameters, core_cycles))
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        m.submodules.system = system = self._system
        m.d.comb += [system.rx.eq(self.rx), self.tx.eq(system.tx)]
        m.d.sync += self.now.eq(self.now + 1)
        return m


class Host:
    """The other end of the line: sends a request, and what it got back."""

    def __init__(self, dut: Timed, baud: int):
        self.dut, self.bit, self.sent = dut, 1 / baud, 0
        self.results, self.answer = 0, None

    async def ask(self, ctx, frame: protocol.Frame):
        """The decoded answer to ``frame``."""
        self.answer = None
        wire = frame.encode()
        self.sent += len(wire)
        for byte in wire:
            for bit in (0, *(byte >> place & 1 for place in range(8)), 1):
                ctx.set(self.dut.rx, bit)
                await ctx.delay(self.bit)
        while self.answer is None:
            await ctx.delay(self.bit)
        return self.answer

    async def listen(self, ctx):
        """In the background: takes the board's bytes, sampled in the middle of their bits."""
        decoder = protocol.Decoder()
        while True:
            await ctx.negedge(self.dut.tx)
            await ctx.delay(self.bit / 2)
            byte = 0
            for place in range(8):
                await ctx.delay(self.bit)
                byte |= ctx.get(self.dut.tx) << place
            await ctx.delay(self.bit)
            for frame in decoder.feed(bytes([byte])):
                answer = decode_response(frame)
                if isinstance(answer, Result):
                    self.results += 1
                else:
                    self.answer = answer
            if decoder.errors:
                raise HwgenError(f"the board sent a frame that is wrong ({dict(decoder.errors)})")


def requests(count: int, words: int) -> tuple[list[int], list[list[int]]]:
    """The words that start windows and pass T - 2 bins, and those of ``count`` requests, each a bin further."""
    rng = np.random.default_rng(0)
    windows = Windows(bin_ticks=BIN_TICKS, shift=2, slide=True)
    packer, events = windows.packer(grid=BIN_TICKS), 2 * (words - 1)
    start = [*windows.start(), *packer.tick((TIMESTEPS - 2) * BIN_TICKS).tolist()]
    return start, [packer.pack(
        *rng.integers(0, SENSOR, (2, events)), rng.integers(0, 2, events),
        (TIMESTEPS - 1 + number) * BIN_TICKS + np.sort(rng.integers(0, BIN_TICKS, events))).tolist()
        for number in range(count)]


def row(baud: int, words: int, options) -> dict:
    """One rate; its figures are None where the clock cannot make it, and ``failed`` says why."""
    clock_hz = round(1e6 * options.clock_mhz)
    result = {"baud": baud, "words": words, "accepted_per_s": None, "accepted": None, "refused": None,
              "bytes_an_event": None, "windows": None, "slack_us": None, "failed": None}
    channels, height, width = SHAPE
    hello = Hello(network=bytes(8), clock_hz=clock_hz, elements=channels * height * width, element_bits=TIMESTEPS,
                  timesteps=TIMESTEPS, layers=2, classes=10, map_words=0, word_bits=16)
    try:
        parameters = LinkParameters(hello=hello, baud=baud, score_width=16, event_shape=SHAPE)
    except HwgenError as error:
        return {**result, "failed": str(error)}
    dut = Timed(parameters, options.core_cycles)
    host = Host(dut, baud)
    start, bodies = requests(options.requests, words)

    async def bench(ctx):
        await host.ask(ctx, protocol.events(start))
        begun, sent, taken = ctx.get(dut.now), host.sent, []
        for body in bodies:
            answer = await host.ask(ctx, protocol.events(body))
            if not isinstance(answer, Accepted):
                raise HwgenError(f"the board answers {answer} to events")
            taken.append(answer.words)
        seconds = (ctx.get(dut.now) - begun) / clock_hz
        sent = host.sent - sent
        counts = await host.ask(ctx, protocol.counts())
        lost = sum(map(len, bodies)) - sum(taken)
        if (counts.refused, counts.untimely, counts.outside) != (lost, 0, 0):
            raise HwgenError(f"{lost} words were refused as the answers say, but the board counts {counts}")
        accepted = sum(_events(body[:count]) for body, count in zip(bodies, taken))
        slack = (accepted / FLOOR - seconds) / len(bodies)
        result.update(
            accepted_per_s=accepted / seconds, accepted=accepted, refused=sum(map(_events, bodies)) - accepted,
            bytes_an_event=sent / accepted, windows=host.results, slack_us=1e6 * slack if slack >= 0 else None)

    simulator = Simulator(dut)
    simulator.add_clock(1 / clock_hz)
    simulator.add_testbench(bench)
    simulator.add_testbench(host.listen, background=True)
    simulator.run()
    return result


def _events(words: list[int]) -> int:
    """Events in words of which each is a command, or a pair."""
    return 2 * sum(word >> 30 == 3 for word in words)


def measure(options) -> dict:
    return {"clock_mhz": options.clock_mhz, "requests": options.requests, "core_cycles": options.core_cycles,
            "rates": [row(round(baud), words, options) for baud in options.bauds for words in options.words],
            "basis": "Amaranth's simulation of hwgen.top.system with a stub core, bit by bit at its pins; "
                     "the host answers at once"}


def show(result: dict) -> None:
    print(f"{result['requests']} requests at each rate, {result['clock_mhz']:g} MHz, a window a request, "
          f"{result['core_cycles']:,} cycles in the core\n")
    table([[entry["baud"], entry["words"], entry["accepted_per_s"], entry["accepted"], entry["refused"],
            entry["bytes_an_event"], entry["windows"], entry["slack_us"], entry["failed"] or ""]
           for entry in result["rates"]],
          ["baud", "words a request", "events/s accepted", "accepted", "refused", "bytes an event", "windows",
           f"slack for {FLOOR:,}/s, us a request", ""])
    print(f"\n{result['basis']}")


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("--bauds", nargs="+", type=float, default=[1e6, 3e6, 12e6])
    arguments.add_argument("--words", nargs="+", type=int, default=[64, protocol.MAX_EVENTS], help="of a request")
    arguments.add_argument("--clock-mhz", type=float, default=24)
    arguments.add_argument("--requests", type=int, default=6, help="at each rate")
    arguments.add_argument("--core-cycles", type=int, default=10_000, help="that the core needs for a window")
    raise SystemExit(main(arguments.parse_args(), measure, show))
