"""Keeps the words of EVENTS until the binner takes them."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out

from ..link.protocol import EVENT_BYTES, MAX_EVENTS

#: Words that the queue holds: one block RAM of the iCE40, as 512 bytes.
WORDS = 128


class EventQueue(wiring.Component):
    """Bytes of a frame -> words; a frame's words are passed on when it has proved good, else forgotten.

    When there is no room for a word, it and all behind it in the same frame are refused. A word takes 9
    cycles to leave.

    Members
    -------
    write : In(1), byte : In(8)
        The next byte of a frame, low byte of a word first; always taken.
    finish, good : In(1)
        The frame has ended; it was good, whole words.
    accepted : Out(range(128))
        Words of this frame that found room so far.
    refused : Out(16)
        Words that found none, since reset, modulo 65,536.
    o : Out(stream of 32 bits)
        The words.
    empty : Out(1)
        There is none, and none is offered.
    """

    write: In(1)
    byte: In(8)
    finish: In(1)
    good: In(1)
    accepted: Out(range(MAX_EVENTS + 1))
    refused: Out(16)
    o: Out(stream.Signature(8 * EVENT_BYTES))
    empty: Out(1)

    def elaborate(self, platform):
        m = Module()
        m.submodules.words = words = memory.Memory(
            shape=8, depth=EVENT_BYTES * WORDS, init=[], attrs={"no_rw_check": 1})  # only whole frames are read
        write, read = words.write_port(), words.read_port(transparent_for=())

        # Numbers of words, with a bit more than the address, so that a full queue is not an empty one.
        filled = Signal(range(2 * WORDS))     # behind the words of this frame
        tail = Signal.like(filled)            # behind those of whole frames
        head = Signal.like(filled)            # the next to leave
        part = Signal(range(EVENT_BYTES))
        full, closed, lost = Signal(), Signal(), Signal()
        m.d.comb += [
            full.eq(filled == head ^ WORDS),
            write.en.eq(self.write & ~full & ~closed),
            write.addr.eq(Cat(part, filled[:-1])),
            write.data.eq(self.byte),
            self.accepted.eq(filled - tail),
            self.empty.eq(head == tail),
        ]
        m.d.sync += [lost.eq(0), self.refused.eq(self.refused + lost)]
        with m.If(self.finish):
            m.d.sync += [part.eq(0), closed.eq(0)]
            with m.If(self.good):
                m.d.sync += tail.eq(filled)
            with m.Else():
                m.d.sync += filled.eq(tail)
        with m.Elif(self.write):
            m.d.sync += [part.eq(part + 1), closed.eq(closed | full)]
            with m.If(part == EVENT_BYTES - 1):
                with m.If(write.en):
                    m.d.sync += filled.eq(filled + 1)
                with m.Else():
                    m.d.sync += lost.eq(1)  # counted a cycle later: it takes long to know

        leaving = Signal(range(EVENT_BYTES))
        m.d.comb += read.addr.eq(Cat(leaving, head[:-1]))
        with m.FSM(name="phase"):
            with m.State("FETCH"):
                m.d.comb += read.en.eq(1)
                with m.If(~self.empty):
                    m.next = "SHIFT"
            with m.State("SHIFT"):
                m.d.sync += [self.o.payload.eq(Cat(self.o.payload[8:], read.data)), leaving.eq(leaving + 1)]
                m.next = "FETCH"
                with m.If(leaving == EVENT_BYTES - 1):
                    m.next = "OFFER"
            with m.State("OFFER"):
                m.d.comb += self.o.valid.eq(1)
                with m.If(self.o.ready):
                    m.d.sync += head.eq(head + 1)
                    m.next = "FETCH"
        return m
