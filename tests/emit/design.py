"""A small board design: a running sum kept as a module of its own, shown on an LED."""

from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import io, stream, wiring
from amaranth.lib.wiring import In, Out

from hwgen.top.boundary import Boundary


class Sum(wiring.Component):
    """Adds up what it takes; ``total`` wraps."""

    i: In(stream.Signature(unsigned(8)))
    unused: In(3)
    total: Out(16)

    def elaborate(self, platform):
        m = Module()
        m.submodules.adder = adder = Adder()
        m.d.comb += [self.i.ready.eq(1), adder.a.eq(self.i.payload), adder.b.eq(self.total)]
        with m.If(self.i.valid):
            m.d.sync += self.total.eq(adder.o)
        return m


class Adder(wiring.Component):
    a: In(8)
    b: In(16)
    o: Out(16)

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.o.eq(self.a + self.b)
        return m


class Blinker(wiring.Component):
    def __init__(self):
        super().__init__({})

    def elaborate(self, platform):
        m = Module()
        m.submodules.sum = total = Boundary(Sum(), "sum")
        m.submodules.led = led = io.Buffer("o", platform.request("led", 0, dir="-"))
        count = Signal(8)
        m.d.sync += count.eq(count + 1)
        m.d.comb += [total.i.payload.eq(count), total.i.valid.eq(1), led.o.eq(total.total[-1])]
        return m


class Slow(wiring.Component):
    """Two products in one cycle: no UP5K does that at 200 MHz."""

    def __init__(self):
        super().__init__({})

    def elaborate(self, platform):
        m = Module()
        m.submodules.led = led = io.Buffer("o", platform.request("led", 0, dir="-"))
        a, b, c = Signal(24, init=1), Signal(24, init=1), Signal(24)
        m.d.sync += [a.eq(a + 3), b.eq(b ^ (a << 1)), c.eq((a * b * c + a)[5:29]), led.o.eq(c.xor())]
        return m
