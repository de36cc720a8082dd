"""Events of the host into windows, windows into the core, and their results among the answers."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ..gateware.binner import EVENT, SETTINGS, EventBinner, EventKind
from ..link.events import OFFSET_BITS, PAIR_BITS, Command
from ..link.protocol import EVENT_BYTES, MAX_EVENTS
from ..spec.events import TIME_BITS, X_BITS, Y_BITS
from .event_queue import EventQueue
from .parameters import LinkParameters
from .requests import REQUEST, Kind

#: A word of EVENTS; that of a command has the command in ``offset`` and its value in the bits below.
WORD = data.StructLayout({"x": X_BITS, "y": Y_BITS, "polarity": 1, "offset": OFFSET_BITS, "is_command": 1})
#: An event of a pair.
HALF = data.StructLayout({"x": PAIR_BITS, "y": PAIR_BITS, "polarity": 1})
#: A word of two events, which is marked as a command too.
PAIR = data.StructLayout({"halves": data.ArrayLayout(HALF, 2), "is_pair": 1, "is_command": 1})


class EventUnpacker(wiring.Component):
    """Words of `hwgen.link.events` -> the binner's entries and settings.

    An entry is offered in the cycle of its word, that of TIME one later, the second of a pair when the first is taken;
    other commands take one cycle.

    Members
    -------
    i : In(stream of 32 bits)
        The words.
    o : Out(stream of EVENT), settings : Out(SETTINGS)
        To the binner; settings change only while nothing is offered.
    """

    i: In(stream.Signature(8 * EVENT_BYTES))
    o: Out(stream.Signature(EVENT))
    settings: Out(SETTINGS)

    def elaborate(self, platform):
        m = Module()
        word, pair = data.View(WORD, self.i.payload), data.View(PAIR, self.i.payload)
        second = Signal()  # of a pair
        half = data.View(HALF, Mux(second, pair.halves[1].as_value(), pair.halves[0].as_value()))
        value, command = self.i.payload[:TIME_BITS], self.i.payload[TIME_BITS:][:3]
        base, timed = Signal(TIME_BITS), Signal()  # timed: the word's time is in ``base``
        # Kept inverted: a register can do that for nothing, and who subtracts it need not.
        area = Signal(TIME_BITS, init=(1 << TIME_BITS) - 1)
        m.d.comb += [
            Cat(self.settings.x, self.settings.y, self.settings.shift).eq(~area),
            *(self.o.p[name].eq(Mux(word.is_command, half[name], word[name])) for name in HALF.members),
            self.o.p.time.eq(base + Mux(word.is_command, 0, word.offset)),
        ]
        with m.If(~word.is_command):
            m.d.comb += [self.o.valid.eq(self.i.valid), self.i.ready.eq(self.o.ready)]
        with m.Elif(pair.is_pair):
            m.d.comb += [self.o.valid.eq(self.i.valid), self.i.ready.eq(self.o.ready & second)]
            m.d.sync += second.eq(second ^ (self.i.valid & self.o.ready))
        with m.Elif(command == Command.START):
            m.d.comb += [
                self.o.p.kind.eq(EventKind.START), self.o.valid.eq(self.i.valid), self.i.ready.eq(self.o.ready)]
            with m.If(self.i.valid & self.i.ready):
                m.d.sync += base.eq(0)
        with m.Elif(command == Command.TIME):
            m.d.comb += [
                self.o.p.kind.eq(EventKind.TICK), self.o.valid.eq(self.i.valid & timed),
                self.i.ready.eq(timed & self.o.ready),
            ]
            m.d.sync += timed.eq(self.i.valid & ~self.i.ready)
            with m.If(self.i.valid & ~timed):
                m.d.sync += base.eq(value)
        with m.Else():
            m.d.comb += self.i.ready.eq(1)
            with m.If(self.i.valid):
                with m.Switch(command):
                    with m.Case(Command.BIN):
                        m.d.sync += self.settings.bin_ticks.eq(value)
                    with m.Case(Command.PAUSE):
                        m.d.sync += self.settings.pause.eq(value)
                    with m.Case(Command.AREA):
                        m.d.sync += area.eq(~value)
                    with m.Case(Command.SLIDE):
                        m.d.sync += self.settings.slide.eq(value[0])
        return m


class EventInput(wiring.Component):
    """Sits between the parser and the responder, and beside the parser at the core's input.

    A window that is over goes into the core when no result is being made or sent, of INFER or of a window.
    Its result is asked for, as if by an INFER, when the scores are there: until then other requests are
    answered.

    Parameters
    ----------
    parameters
        `LinkParameters` with an ``event_shape``.

    Members
    -------
    write, byte, finish, good, accepted
        See `EventQueue`.
    i : In(stream of REQUEST), o : Out(stream of REQUEST)
        From the parser to the responder, among them the results of windows: their sequence is the number of
        windows passed since START, the window itself included, modulo 256.
    elements : Out(stream)
        Windows, to the core.
    scores_valid : In(1), serving : In(1)
        The core offers a score; an INFER or a PROBE is being answered.
    turn : Out(1)
        The core belongs to a window: until its result is sent.
    busy : Out(1)
        Windows run, or may soon: INFER and PROBE are to be refused.
    counts : Out(64)
        `hwgen.link.protocol.Counts`.
    """

    def __init__(self, parameters: LinkParameters):
        self._parameters = parameters
        super().__init__({
            "write": In(1),
            "byte": In(8),
            "finish": In(1),
            "good": In(1),
            "accepted": Out(range(MAX_EVENTS + 1)),
            "i": In(stream.Signature(REQUEST)),
            "o": Out(stream.Signature(REQUEST)),
            "elements": Out(stream.Signature(parameters.element)),
            "scores_valid": In(1),
            "serving": In(1),
            "turn": Out(1),
            "busy": Out(1),
            "counts": Out(64),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.queue = queue = EventQueue()
        m.submodules.unpacker = unpacker = EventUnpacker()
        m.submodules.binner = binner = EventBinner(
            shape=self._parameters.event_shape, timesteps=self._parameters.hello.timesteps)
        wiring.connect(m, queue.o, unpacker.i)
        wiring.connect(m, unpacker.o, binner.i)
        wiring.connect(m, binner.o, wiring.flipped(self.elements))
        free, asking = Signal(), Signal()
        number = Signal(8)
        m.d.comb += [
            queue.write.eq(self.write), queue.byte.eq(self.byte), queue.finish.eq(self.finish),
            queue.good.eq(self.good), self.accepted.eq(queue.accepted),
            binner.settings.eq(unpacker.settings),
            binner.hold.eq(~free | self.serving),
            self.turn.eq(~free | binner.sending),
            self.busy.eq(self.turn | binner.running | ~queue.empty),
            self.counts.eq(Cat(binner.counts.as_value(), queue.refused)),
            self.o.valid.eq(self.i.valid | asking), self.i.ready.eq(self.o.ready & ~asking),
            self.o.payload.eq(self.i.payload),
        ]
        with m.If(asking):
            m.d.comb += [self.o.p.kind.eq(Kind.INFER), self.o.p.number.eq(0), self.o.p.sequence.eq(number)]
        with m.FSM(name="result"):
            with m.State("NONE"):
                m.d.comb += free.eq(1)
                m.d.sync += number.eq(binner.windows)
                with m.If(binner.sending):
                    m.next = "COMPUTE"
            with m.State("COMPUTE"):
                with m.If(self.scores_valid & (~self.i.valid | self.i.ready)):
                    m.next = "ASK"
            with m.State("ASK"):
                m.d.comb += asking.eq(1)
                with m.If(self.o.ready):
                    m.next = "ANSWER"
            with m.State("ANSWER"):
                with m.If(~self.serving):
                    m.next = "NONE"
        return m
