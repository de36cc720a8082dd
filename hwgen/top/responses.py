"""Answers requests: builds the frames that the board sends."""

from amaranth.hdl import Cat, Const, Module, Mux, ResetInserter, Signal
from amaranth.lib import data, enum, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from ..gateware.load import LoadBus, row_of, writes
from ..link.protocol import VERSION, Counts, Result, word_bytes
from ..plan.image import HASH_BYTES
from .parameters import LinkParameters
from .requests import CRC16, EVENTS, REQUEST, Kind
from .slip import TOKEN

#: One counter of eight bits for each event, in the order of the events.
COUNTERS = data.ArrayLayout(8, len(EVENTS.members))


class Field(enum.Enum, shape=4):
    """The field of the frame that is sent next; no payload is empty."""

    IDLE = 0
    OPEN = 1
    VERSION = 2
    TYPE = 3
    SEQUENCE = 4
    LENGTH_LOW = 5
    LENGTH_HIGH = 6
    PAYLOAD = 7
    CRC_HIGH = 8
    CRC_LOW = 9
    CLOSE = 10


class ResponseSender(wiring.Component):
    """Requests -> frames; one request at a time, in their order, an answer for each.

    The answer begins two cycles behind the request, and waits inside the frame for the scores. ``o`` has
    a byte every third cycle, out of a register.

    Parameters
    ----------
    parameters
        `LinkParameters`.

    Members
    -------
    request : In(stream of REQUEST), stopped : In(1)
        From the parser; ``stopped``: the inference ends before the readout.
    scores : In(stream), winner : In(range(classes)), cycles : In(32)
        From the core.
    probe_data : In
        The word of the map memory that PROBE asks for, at most two cycles behind its request.
    counters : In(COUNTERS)
        What STATUS tells.
    event_counts : In(64)
        With ``event_shape``: what COUNTS tells.
    load : In(LoadBus)
        With ``design``: the words of the weights image, for the hash of the network in HELLO.
    serving : Out(1)
        An INFER or a PROBE is being answered.
    o : Out(stream of TOKEN)
        The frames, with an end before and after each.
    """

    def __init__(self, parameters: LinkParameters):
        self._parameters = parameters
        super().__init__({
            "request": In(stream.Signature(REQUEST)),
            "stopped": In(1),
            "scores": In(stream.Signature(parameters.score)),
            "winner": In(range(parameters.hello.classes)),
            "cycles": In(32),
            "probe_data": In(parameters.hello.word_bits),
            "counters": In(COUNTERS),
            **({"event_counts": In(8 * Counts.LAYOUT.size)} if parameters.event_shape else {}),
            **({"load": In(LoadBus(parameters.design))} if parameters.design else {}),
            "serving": Out(1),
            "o": Out(stream.Signature(TOKEN)),
        })

    def elaborate(self, platform):
        m = Module()
        hello = self._parameters.hello
        size = word_bytes(hello.word_bits)
        field = Signal(Field)
        request = Signal(REQUEST)
        longest = max(4 * hello.classes + Result.TAIL.size, size, hello.LAYOUT.size)
        remaining = Signal(range(longest + 1))  # bytes of the payload; they are addressed from its end
        chosen, payload = Signal(8), Signal(8)
        available, load = Signal(), Signal()
        crc = CRC16.create()
        m.submodules.crc = ResetInserter(field == Field.OPEN)(crc)
        m.d.comb += [
            available.eq(field != Field.IDLE),
            crc.data.eq(self.o.p.byte),
            crc.valid.eq(self.o.valid & self.o.ready & ~self.o.p.end),
            self.request.ready.eq(field == Field.IDLE),
            self.serving.eq((field != Field.IDLE) & ((request.kind == Kind.INFER) | (request.kind == Kind.PROBE))),
        ]
        header = Cat(  # the byte of each field up to the payload
            Const(0, 16), Const(VERSION, 8), request.kind, Const(0x80 >> 3, 5), request.sequence,
            (remaining | Const(0, 16)), payload)
        # A byte needs three cycles: it waits in ``o``, the next one is chosen, and goes into ``payload``.
        m.d.sync += [load.eq(available & ~self.o.valid & ~load), payload.eq(chosen)]
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(load):
            m.d.sync += [
                self.o.valid.eq(1),
                self.o.p.end.eq((field == Field.OPEN) | (field == Field.CLOSE)),
                # CRC_HIGH and CRC_LOW: taken by the CRC itself, its high byte moves the low one up.
                self.o.p.byte.eq(Mux(field.as_value()[3], crc.crc[8:], header.word_select(field.as_value()[:3], 8))),
                field.eq(field.as_value() + 1),
            ]
            with m.Switch(field):
                with m.Case(Field.PAYLOAD):
                    m.d.sync += remaining.eq(remaining - 1)
                    with m.If(remaining != 1):
                        m.d.sync += field.eq(Field.PAYLOAD)
                with m.Case(Field.CLOSE):
                    m.d.sync += field.eq(Field.IDLE)
        with m.If(self.request.ready & self.request.valid):
            m.d.sync += [request.eq(self.request.payload), field.eq(Field.OPEN)]
            with m.Switch(self.request.p.kind):
                with m.Case(Kind.HELLO):
                    m.d.sync += remaining.eq(hello.LAYOUT.size)
                with m.Case(Kind.INFER):
                    m.d.sync += remaining.eq(Mux(self.stopped, 4, 4 * hello.classes) + Result.TAIL.size)
                with m.Case(Kind.STATUS):
                    m.d.sync += remaining.eq(len(self.counters))
                with m.Case(Kind.PROBE):
                    m.d.sync += remaining.eq(size)
                with m.Case(Kind.COUNTS):
                    m.d.sync += remaining.eq(Counts.LAYOUT.size)
                with m.Default():
                    m.d.sync += remaining.eq(1)

        loaded_hello = self._loaded_hello(m, remaining) if self._parameters.design else None
        with m.Switch(request.kind):
            with m.Case(Kind.HELLO):
                if loaded_hello is not None:
                    m.d.comb += chosen.eq(loaded_hello)
                else:
                    with m.Switch(remaining):
                        for position, constant in enumerate(reversed(hello.pack()), 1):
                            with m.Case(position):
                                m.d.comb += chosen.eq(constant)
            with m.Case(Kind.INFER):
                self._result(m, chosen, remaining, field, available, load)
            with m.Case(Kind.STATUS):
                m.d.comb += chosen.eq(_pick(list(self.counters), remaining, 1))
            with m.Case(Kind.PROBE):
                word = Signal(8 * size)
                m.d.comb += word.eq(self.probe_data)
                m.d.comb += chosen.eq(_pick(_bytes(word), remaining, 1))
            if self._parameters.event_shape:
                with m.Case(Kind.COUNTS):
                    m.d.comb += chosen.eq(_pick(_bytes(self.event_counts), remaining, 1))
            with m.Default():
                m.d.comb += chosen.eq(request.number)
        return m

    def _loaded_hello(self, m, remaining):
        """The byte of HELLO that is next, a cycle behind ``remaining``, with the hash of an image."""
        hello, section = self._parameters.hello, self._parameters.design["network"]
        content = [0, *reversed(hello.pack())]
        content[-HASH_BYTES:] = bytes(HASH_BYTES)
        m.submodules.hello = rows = memory.Memory(
            shape=8, depth=len(content), init=content,
            attrs={"ram_style": "block", "no_rw_check": 1})  # no HELLO is answered before all is loaded
        read, write = rows.read_port(transparent_for=()), rows.write_port()
        m.d.comb += [
            read.addr.eq(remaining), write.addr.eq(hello.LAYOUT.size - row_of(self.load, section)),
            write.data.eq(self.load.data), write.en.eq(writes(self.load, section, 0)),
        ]
        return read.data

    def _result(self, m, chosen, remaining, field, available, load):
        """Scores, winner, cycles; the numbers low byte first."""
        score, offered, tail = Signal(32), Signal(), Signal()
        m.d.comb += score.eq(self.scores.p.score)
        m.d.sync += [
            offered.eq(self.scores.valid), tail.eq(remaining <= Result.TAIL.size), self.scores.ready.eq(0),
        ]
        with m.If(~tail):
            m.d.comb += chosen.eq(_pick(_bytes(score), remaining, Result.TAIL.size + 1))
            with m.If(field == Field.PAYLOAD):
                m.d.comb += available.eq(offered)
                last_byte = remaining[:2] == (Result.TAIL.size + 1) % 4
                m.d.sync += self.scores.ready.eq(offered & last_byte & ~self.o.valid & ~load)
        with m.Elif(remaining == Result.TAIL.size):
            m.d.comb += chosen.eq(self.winner)
        with m.Else():
            m.d.comb += chosen.eq(_pick(_bytes(self.cycles), remaining, 1))


def _bytes(value):
    return [value.word_select(index, 8) for index in range(len(value) // 8)]


def _pick(values, remaining, last):
    """The one of ``values`` (a power of two) that is next when the last of them goes at ``remaining == last``."""
    by_remaining = [values[(last - 1 - index) % len(values)] for index in range(len(values))]
    return Cat(*by_remaining).word_select(remaining[:(len(values) - 1).bit_length()], 8)
