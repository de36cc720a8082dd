"""Counts what happens on the link."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .requests import EVENTS
from .responses import COUNTERS

#: Counters that go round; the others stay at 128, which a single bit tells.
MODULO = ("frames", "inferences")


class EventCounters(wiring.Component):
    """One 8-bit counter an event (see `hwgen.link.protocol.Status`).

    Members
    -------
    events : In(EVENTS)
        One cycle each.
    counters : Out(COUNTERS)
        Counted two cycles later.
    error : Out(1)
        The last event was an error.
    """

    events: In(EVENTS)
    counters: Out(COUNTERS)
    error: Out(1)

    def elaborate(self, platform):
        m = Module()
        events = Signal(EVENTS)
        m.d.sync += events.eq(self.events)
        for name, counter in zip(EVENTS.members, self.counters):
            with m.If(events[name] & (True if name in MODULO else ~counter[7])):
                m.d.sync += counter.eq(counter + 1)
        with m.If(events.frames):
            m.d.sync += self.error.eq(0)
        with m.Elif(events.as_value().any()):
            m.d.sync += self.error.eq(1)
        return m
