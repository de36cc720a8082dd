"""Reads requests from the bytes of frames, checks them, and streams samples into the core."""

from amaranth.hdl import Cat, Const, Module, Mux, ResetInserter, Signal
from amaranth.lib import data, enum, stream, wiring
from amaranth.lib.crc.catalog import CRC16_IBM_3740
from amaranth.lib.wiring import In, Out

from ..link.protocol import EVENT_BYTES, MAX_EVENTS, VERSION, ErrorCode, Request, element_bytes
from .parameters import LinkParameters
from .slip import TOKEN

#: CRC-16/CCITT-FALSE, a byte at a time; 0 behind a good frame.
CRC16 = CRC16_IBM_3740(data_width=8)

#: Bytes of the payload of PROBE: the address.
PROBE_LENGTH = 2


class Kind(enum.Enum, shape=3):
    """What is to be answered; the type byte of the answer is 0x80 plus this."""

    ERROR = 0
    HELLO = Request.HELLO
    INFER = Request.INFER
    STATUS = Request.STATUS
    PROBE = Request.PROBE
    EVENTS = Request.EVENTS
    COUNTS = Request.COUNTS


#: A checked request; ``number`` is an `ErrorCode` with `Kind.ERROR`, accepted words with `Kind.EVENTS`.
REQUEST = data.StructLayout({"kind": Kind, "number": 7, "sequence": 8})

#: One cycle each for what is counted (see `hwgen.link.protocol.Status`).
EVENTS = data.StructLayout({name: 1 for name in (
    "frames", "inferences", "crc", "version", "type", "length", "refused", "line")})


class Field(enum.Enum, shape=4):
    """The field of a frame that the next byte belongs to."""

    VERSION = 0
    TYPE = 1
    SEQUENCE = 2
    LENGTH_LOW = 3
    LENGTH_HIGH = 4
    PAYLOAD = 5
    CRC_HIGH = 6
    CRC_LOW = 7
    COMPLETE = 8
    IGNORED = 9


class RequestParser(wiring.Component):
    """Frames -> requests, and the elements of a sample while its frame arrives.

    The length of a frame is checked against its type before its payload is used. The last element of a
    sample is held back until the frame's end, and goes out only if everything was right; otherwise
    ``restart`` makes the core forget the others. A frame gives one request at its end, two cycles behind
    its last byte; bytes wait while that request or an element waits.

    Parameters
    ----------
    parameters
        `LinkParameters`.

    Members
    -------
    i : In(stream of TOKEN)
        Bytes of frames.
    elements : Out(stream), restart : Out(1), stop_layer : Out(range(layers))
        To the core; ``stop_layer`` is stable from the first element until the next sample.
    request : Out(stream of REQUEST)
        One for each frame that is not empty.
    address : Out
        The word that `Kind.PROBE` asks for.
    serving : In(1)
        An INFER or a PROBE is not answered yet: another is refused, and ``stop_layer`` and ``address``
        stay as they are.
    ready : In(1), bad : In(1)
        The core has its weights; there are none for it. Until it is ready every request is refused.
    events : Out(EVENTS)
        What became of the frame; ``line`` stays 0.
    words : Out(1)
        With ``event_shape``: the byte of ``i`` that is taken in this cycle is one of the words of EVENTS.
    finish, good, accepted
        With ``event_shape``: see `hwgen.top.event_queue.EventQueue`.
    """

    def __init__(self, parameters: LinkParameters):
        self._parameters = parameters
        event_ports = {"words": Out(1), "finish": Out(1), "good": Out(1), "accepted": In(range(MAX_EVENTS + 1))}
        super().__init__({
            "i": In(stream.Signature(TOKEN)),
            "elements": Out(stream.Signature(parameters.element)),
            "restart": Out(1),
            "stop_layer": Out(parameters.layer, init=parameters.hello.layers - 1),
            "request": Out(stream.Signature(REQUEST)),
            "address": Out(parameters.address),
            "serving": In(1),
            "ready": In(1, init=1),
            "bad": In(1),
            "events": Out(EVENTS),
            **(event_ports if parameters.event_shape else {}),
        })

    def elaborate(self, platform):
        m = Module()
        takes_events = self._parameters.event_shape is not None
        byte = self.i.p.byte
        kind = Signal(Kind)
        field = Signal(Field)
        version_good, length_good, in_range, refused = Signal(), Signal(), Signal(), Signal()
        take = Signal()
        crc = CRC16.create()
        m.submodules.crc = ResetInserter(take & self.i.p.end)(crc)
        m.d.comb += [
            self.i.ready.eq(~self.elements.valid & ~self.request.valid),
            take.eq(self.i.valid & self.i.ready),
            crc.data.eq(byte),
            crc.valid.eq(take & ~self.i.p.end),
        ]
        with m.If(self.elements.ready):
            m.d.sync += self.elements.valid.eq(0)
        with m.If(self.request.ready):
            m.d.sync += self.request.valid.eq(0)

        # The length that each request must have; that of EVENTS is any number of words, as the frame says.
        length = Signal(16)
        last = Signal(16)
        event_last, no_events = Signal(range(EVENT_BYTES * MAX_EVENTS)), Signal()
        with m.Switch(kind):
            if takes_events:
                with m.Case(Kind.EVENTS):
                    m.d.comb += [
                        length.eq(Cat(Const(0, 2), byte[2:], byte[0])), last.eq(event_last),
                        no_events.eq(~Cat(event_last[:8], byte[0]).any()),
                    ]
            with m.Case(Kind.INFER):
                m.d.comb += [length.eq(self._parameters.infer_length), last.eq(self._parameters.infer_length - 1)]
            with m.Case(Kind.PROBE):
                m.d.comb += [length.eq(PROBE_LENGTH), last.eq(PROBE_LENGTH - 1)]
        longest = max(PROBE_LENGTH, self._parameters.infer_length, EVENT_BYTES * MAX_EVENTS * takes_events)
        index = Signal(range(longest))
        uses_core = (kind == Kind.INFER) | (kind == Kind.PROBE)
        has_payload = uses_core | (kind == Kind.EVENTS)

        with m.If(take & ~self.i.p.end):
            with m.Switch(field):
                with m.Case(Field.VERSION):
                    m.d.sync += [
                        version_good.eq(byte == VERSION), kind.eq(Kind.HELLO), in_range.eq(1),
                        self.request.p.sequence.eq(0), field.eq(Field.TYPE),
                    ]
                with m.Case(Field.TYPE):
                    m.d.sync += [kind.eq(Kind.ERROR), field.eq(Field.SEQUENCE)]
                    for request in Request:
                        if request in (Request.EVENTS, Request.COUNTS) and not takes_events:
                            continue
                        with m.If(byte == request):
                            m.d.sync += kind.eq(Kind(request))
                with m.Case(Field.SEQUENCE):
                    m.d.sync += [self.request.p.sequence.eq(byte), field.eq(Field.LENGTH_LOW)]
                with m.Case(Field.LENGTH_LOW):
                    m.d.sync += [length_good.eq(byte == length[:8]), field.eq(Field.LENGTH_HIGH), event_last.eq(byte)]
                with m.Case(Field.LENGTH_HIGH):
                    m.d.sync += [
                        index.eq(0), refused.eq(self.serving & uses_core | ~self.ready),
                        event_last.eq(Cat(event_last[:8], byte[0]) - 1),
                    ]
                    with m.If(~length_good | (byte != length[8:]) | no_events | (kind == Kind.ERROR)):
                        m.d.sync += field.eq(Field.IGNORED)
                    with m.Elif(has_payload):
                        m.d.sync += field.eq(Field.PAYLOAD)
                    with m.Else():
                        m.d.sync += field.eq(Field.CRC_HIGH)
                with m.Case(Field.PAYLOAD):
                    m.d.sync += index.eq(index + 1)
                    with m.If(index == last):
                        m.d.sync += field.eq(Field.CRC_HIGH)
                    if takes_events:
                        m.d.comb += self.words.eq(kind == Kind.EVENTS)
                    with m.If(~refused & (kind == Kind.PROBE)):
                        self._probe(m, byte, index, in_range)
                    with m.If(~refused & (kind == Kind.INFER)):
                        self._sample(m, byte, index, in_range)
                with m.Case(Field.CRC_HIGH):
                    m.d.sync += field.eq(Field.CRC_LOW)
                    with m.If((kind == Kind.PROBE) & (self.address >= self._parameters.hello.map_words)):
                        m.d.sync += in_range.eq(0)
                with m.Case(Field.CRC_LOW):
                    m.d.sync += field.eq(Field.COMPLETE)
                with m.Default():
                    m.d.sync += field.eq(Field.IGNORED)

        code = Signal(3)
        m.d.sync += self.restart.eq(0)
        with m.If(take & self.i.p.end & (field != Field.VERSION)):
            m.d.sync += [
                self.request.valid.eq(1),
                self.request.p.kind.eq(Mux(code == 0, kind, Kind.ERROR)),
                self.request.p.number.eq(code),
            ]
            if takes_events:
                m.d.comb += self.finish.eq(1)
            with m.If(~crc.match_detected):
                m.d.comb += [code.eq(ErrorCode.CRC), self.events.crc.eq(1)]
            with m.Elif(~version_good):
                m.d.comb += [code.eq(ErrorCode.VERSION), self.events.version.eq(1)]
            with m.Elif(kind == Kind.ERROR):
                m.d.comb += [code.eq(ErrorCode.TYPE), self.events.type.eq(1)]
            with m.Elif(field != Field.COMPLETE):
                m.d.comb += [code.eq(ErrorCode.LENGTH), self.events.length.eq(1)]
            with m.Elif(~in_range):
                m.d.comb += [code.eq(ErrorCode.RANGE), self.events.refused.eq(1)]
            with m.Elif(refused):
                m.d.comb += [code.eq(Mux(self.bad, ErrorCode.IMAGE, ErrorCode.BUSY)), self.events.refused.eq(1)]
            with m.Else():
                m.d.comb += self.events.frames.eq(1)
                if takes_events:
                    with m.If(kind == Kind.EVENTS):
                        m.d.comb += self.good.eq(1)
                        m.d.sync += self.request.p.number.eq(self.accepted)
                with m.If(kind == Kind.INFER):
                    m.d.comb += self.events.inferences.eq(1)
                    m.d.sync += self.elements.valid.eq(1)
            m.d.sync += self.restart.eq(code != 0)
        with m.If(take & self.i.p.end):
            m.d.sync += field.eq(Field.VERSION)
        return m

    def _may_stop_at(self, layer):
        """Whether INFER may name this layer: any, or only the last where maps cannot be read."""
        layers = self._parameters.hello.layers
        return layer < layers if self._parameters.hello.map_words else layer == layers - 1

    def _probe(self, m, byte, index, in_range):
        """The payload of PROBE: the address, low byte first."""
        bits = len(self.address)
        with m.If(index[0]):
            m.d.sync += self.address[8:].eq(byte)
            with m.If(byte[max(0, bits - 8):] != 0):
                m.d.sync += in_range.eq(0)
        with m.Else():
            m.d.sync += self.address[:8].eq(byte)
            if bits < 8:
                m.d.sync += in_range.eq(byte[bits:] == 0)

    def _sample(self, m, byte, index, in_range):
        """The payload of INFER: the layer to stop at, and elements; the last one is not offered yet."""
        size = element_bytes(self._parameters.hello.element_bits)
        last = index == self._parameters.infer_length - 1
        with m.If(index == 0):
            m.d.sync += [self.stop_layer.eq(byte), in_range.eq(self._may_stop_at(byte))]
        if size == 1:
            with m.Else():
                m.d.sync += [self.elements.payload.eq(byte), self.elements.valid.eq(~last)]
        else:
            with m.Elif(index[0]):
                m.d.sync += self.elements.payload[:8].eq(byte)
            with m.Else():
                m.d.sync += [self.elements.payload[8:].eq(byte), self.elements.valid.eq(~last)]
