"""Every stream of the link holds what it offers: proved for all inputs, by induction."""

from dataclasses import replace

import pytest
from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hwgen.top.events import EventInput, EventUnpacker
from hwgen.top.requests import RequestParser
from hwgen.top.responses import ResponseSender
from hwgen.top.slip import SlipDecoder, SlipEncoder
from hwgen.top.uart import BitRate, Receiver, Transmitter
from tests.formal import StreamRules, prove
from tests.top.helpers import PARAMETERS

EVENTFUL = replace(PARAMETERS, event_shape=(2, 1, 3))
RATE = BitRate(clock_hz=8_000_000, baud=1_000_000)


class Restless(wiring.Component):
    """Passes bytes on, but shows what comes next while it is still made to wait."""

    i: In(stream.Signature(8))
    o: Out(stream.Signature(8))
    other: In(1)

    def elaborate(self, platform):
        m = Module()
        wiring.connect(m, wiring.flipped(self.i), wiring.flipped(self.o))
        with m.If(self.other):
            m.d.comb += self.o.payload.eq(0)
        return m


@pytest.mark.parametrize("make", [
    SlipDecoder, SlipEncoder, lambda: Receiver(RATE), lambda: Transmitter(RATE), lambda: RequestParser(PARAMETERS),
    lambda: ResponseSender(PARAMETERS), lambda: RequestParser(EVENTFUL), lambda: ResponseSender(EVENTFUL),
    EventUnpacker, lambda: EventInput(EVENTFUL),
], ids=["slip decoder", "slip encoder", "receiver", "transmitter", "request parser", "response sender",
        "request parser with events", "response sender with events", "event unpacker", "event input"])
def test_streams_hold(make, tmp_path):
    assert prove(StreamRules(make()), tmp_path) == "PASS"


def test_a_stream_that_does_not_hold_is_found(tmp_path):
    assert prove(StreamRules(Restless()), tmp_path) == "FAIL"
