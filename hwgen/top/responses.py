"""Answers requests: builds the frames that the board sends."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, enum, stream, wiring
from amaranth.lib.wiring import In, Out

from ..link.protocol import VERSION, Result, word_bytes
from .parameters import LinkParameters
from .requests import CRC16, EVENTS, REQUEST, Kind
from .slip import TOKEN

#: One counter of eight bits for each event, in the order of the events.
COUNTERS = data.ArrayLayout(8, len(EVENTS.members))


class ResponseSender(wiring.Component):
    """Requests -> frames; one request at a time, in their order, an answer for each.

    The answer begins two cycles behind the request, and waits inside the frame for the scores. ``o`` can
    take a byte every cycle, but for one pause behind each word of the map memory.

    Parameters
    ----------
    parameters
        `LinkParameters`.

    Members
    -------
    request : In(stream of REQUEST), address : In, count : In(8), stopped : In(1)
        From the parser; ``stopped``: the inference ends before the readout.
    scores : In(stream), winner : In(range(classes)), cycles : In(32)
        From the core.
    probe_address : Out, probe_data : In
        Read port of the core's map memory, data one cycle behind the address.
    counters : In(COUNTERS)
        What STATUS tells.
    serving : Out(1)
        An INFER or a PROBE is being answered.
    o : Out(stream of TOKEN)
        The frames, with an end before and after each.
    """

    def __init__(self, parameters: LinkParameters):
        self._parameters = parameters
        super().__init__({
            "request": In(stream.Signature(REQUEST)),
            "address": In(parameters.address),
            "count": In(8),
            "stopped": In(1),
            "scores": In(stream.Signature(parameters.score)),
            "winner": In(range(parameters.hello.classes)),
            "cycles": In(32),
            "probe_address": Out(parameters.address),
            "probe_data": In(parameters.hello.word_bits),
            "counters": In(COUNTERS),
            "serving": Out(1),
            "o": Out(stream.Signature(TOKEN)),
        })

    def elaborate(self, platform):
        m = Module()
        hello = self._parameters.hello
        size = word_bytes(hello.word_bits)
        request = Signal(REQUEST)
        longest = max(4 * hello.classes + Result.TAIL.size, 255 * size, hello.LAYOUT.size)
        remaining = Signal(range(longest + 1))  # bytes of the payload; they are addressed from its end
        fetching = Signal()
        sent = Signal()
        byte = self.o.p.byte
        m.submodules.crc = crc = CRC16.create()
        m.d.comb += [
            sent.eq(self.o.valid & self.o.ready),
            crc.data.eq(byte),
            crc.valid.eq(sent & ~self.o.p.end),
            crc.start.eq(sent & self.o.p.end),
        ]
        m.d.sync += fetching.eq(0)
        with m.FSM(name="field") as fsm:
            m.d.comb += [
                self.o.valid.eq(~fsm.ongoing("IDLE")),
                self.o.p.end.eq(fsm.ongoing("OPEN") | fsm.ongoing("CLOSE")),
                self.serving.eq(~fsm.ongoing("IDLE") & ((request.kind == Kind.INFER) | (request.kind == Kind.PROBE))),
            ]
            with m.State("IDLE"):
                m.d.comb += self.request.ready.eq(1)
                with m.If(self.request.valid):
                    m.d.sync += [request.eq(self.request.payload), self.probe_address.eq(self.address)]
                    with m.Switch(self.request.p.kind):
                        with m.Case(Kind.HELLO):
                            m.d.sync += remaining.eq(hello.LAYOUT.size)
                        with m.Case(Kind.INFER):
                            m.d.sync += remaining.eq(
                                Mux(self.stopped, 4, 4 * hello.classes) + Result.TAIL.size)
                        with m.Case(Kind.STATUS):
                            m.d.sync += remaining.eq(len(self.counters))
                        with m.Case(Kind.PROBE):
                            m.d.sync += remaining.eq(self.count * size)
                        with m.Default():
                            m.d.sync += remaining.eq(1)
                    m.next = "OPEN"
            for state, following, value in (
                ("OPEN", "VERSION", 0),
                ("VERSION", "TYPE", VERSION),
                ("TYPE", "SEQUENCE", 0x80 | request.kind.as_value()),
                ("SEQUENCE", "LENGTH_LOW", request.sequence),
                ("LENGTH_LOW", "LENGTH_HIGH", remaining[:8]),
                ("LENGTH_HIGH", None, remaining[8:]),
                ("PAYLOAD", None, 0),
                ("CRC_HIGH", "CRC_LOW", crc.crc[8:]),
                ("CRC_LOW", "CLOSE", crc.crc[8:]),  # its own high byte moves the low one up
                ("CLOSE", "IDLE", 0),
            ):
                with m.State(state):
                    if state == "PAYLOAD":
                        self._payload(m, request, remaining, fetching, sent)
                    else:
                        m.d.comb += byte.eq(value)
                    with m.If(sent):
                        if following:
                            m.next = following
                        else:
                            with m.If(remaining == (1 if state == "PAYLOAD" else 0)):
                                m.next = "CRC_HIGH"
                            with m.Else():
                                m.next = "PAYLOAD"
        return m

    def _payload(self, m, request, remaining, fetching, sent):
        """One byte of the payload, ``remaining`` before its end."""
        hello = self._parameters.hello
        byte = self.o.p.byte
        with m.If(sent):
            m.d.sync += remaining.eq(remaining - 1)
        with m.Switch(request.kind):
            with m.Case(Kind.HELLO):
                with m.Switch(remaining):
                    for position, constant in enumerate(reversed(hello.pack()), 1):
                        with m.Case(position):
                            m.d.comb += byte.eq(constant)
            with m.Case(Kind.INFER):
                number = Signal(32)
                tail = remaining <= Result.TAIL.size
                with m.If(tail):
                    m.d.comb += number.eq(self.cycles)
                with m.Else():
                    m.d.comb += [
                        number.eq(self.scores.p.score),
                        self.o.valid.eq(self.scores.valid),
                        self.scores.ready.eq(self.o.ready & (remaining[:2] == 2)),
                    ]
                place = Signal(2)  # of the byte in the number: cycles end at 1, the last score at 6
                m.d.comb += place.eq(Mux(tail, 0, 1) - remaining[:2])
                m.d.comb += byte.eq(number.word_select(place, 8))
                with m.If(remaining == Result.TAIL.size):
                    m.d.comb += byte.eq(self.winner)
            with m.Case(Kind.STATUS):
                with m.Switch(remaining):
                    for position, counter in enumerate(reversed(list(self.counters)), 1):
                        with m.Case(position):
                            m.d.comb += byte.eq(counter)
            with m.Case(Kind.PROBE):
                size = 8 * self._word_bytes
                bits = self._word_bytes.bit_length() - 1
                place = Signal(bits)
                m.d.comb += [
                    place.eq(-remaining[:bits]),
                    byte.eq(Cat(self.probe_data).word_select(place, 8) if bits else self.probe_data),
                    self.o.valid.eq(~fetching),
                ]
                with m.If(sent & (place == self._word_bytes - 1)):
                    m.d.sync += [self.probe_address.eq(self.probe_address + 1), fetching.eq(1)]
            with m.Default():
                m.d.comb += byte.eq(request.code)

    @property
    def _word_bytes(self) -> int:
        return word_bytes(self._parameters.hello.word_bits)
