"""SLIP (RFC 1055): bytes of frames and their ends, to and from the bytes of a line."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ..link.protocol import END, ESC, ESC_END, ESC_ESC

#: A byte of a frame, or (``end`` set, the byte means nothing) the end of one.
TOKEN = data.StructLayout({"byte": 8, "end": 1})


class SlipDecoder(wiring.Component):
    """Turns END into the end of a frame and undoes the escapes.

    Throughput: a byte every two cycles. Latency: 1 cycle. A register cuts the path here in both directions, as what
    stands behind it reaches as far as the memory of the events in one cycle.

    Any other byte behind ESC stands for itself, as RFC 1055 recommends: the CRC finds what is wrong.
    Equals `hwgen.link.protocol.Decoder` up to the frame's body.

    Members
    -------
    i : In(stream of 8 bits)
        Bytes of the line.
    o : Out(stream of TOKEN)
        Bytes of frames, and an end for each END.
    """

    i: In(stream.Signature(8))
    o: Out(stream.Signature(TOKEN))

    def elaborate(self, platform):
        m = Module()
        escaped = Signal()
        escape = Signal()
        byte = Signal.like(self.o.p.byte)
        m.d.comb += [
            escape.eq((self.i.payload == ESC) & ~escaped),
            byte.eq(self.i.payload),
            self.i.ready.eq(~self.o.valid),
        ]
        with m.If(escaped):
            with m.If(self.i.payload == ESC_END):
                m.d.comb += byte.eq(END)
            with m.If(self.i.payload == ESC_ESC):
                m.d.comb += byte.eq(ESC)
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [self.o.valid.eq(~escape), self.o.p.end.eq(self.i.payload == END), self.o.p.byte.eq(byte),
                         escaped.eq(escape)]
        return m


class SlipEncoder(wiring.Component):
    """Escapes END and ESC and turns the end of a frame into END; a byte takes one transfer, or two.

    Equals `hwgen.link.protocol.slip_encode`.

    Members
    -------
    i : In(stream of TOKEN)
        Bytes of frames and their ends.
    o : Out(stream of 8 bits)
        Bytes of the line.
    """

    i: In(stream.Signature(TOKEN))
    o: Out(stream.Signature(8))

    def elaborate(self, platform):
        m = Module()
        escaped = Signal()
        is_end = Signal()
        escape = Signal()
        m.d.comb += [
            is_end.eq(self.i.p.byte == END),
            escape.eq(~self.i.p.end & (is_end | (self.i.p.byte == ESC)) & ~escaped),
            self.o.valid.eq(self.i.valid),
            self.i.ready.eq(self.o.ready & ~escape),
        ]
        with m.If(self.i.p.end):
            m.d.comb += self.o.payload.eq(END)
        with m.Elif(escape):
            m.d.comb += self.o.payload.eq(ESC)
        with m.Elif(escaped):
            m.d.comb += self.o.payload.eq(Mux(is_end, ESC_END, ESC_ESC))
        with m.Else():
            m.d.comb += self.o.payload.eq(self.i.p.byte)
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += escaped.eq(escape)
        return m
