"""SLIP in hardware against the codec, with stalls on both sides."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwgen.link.protocol import END, ESC, ESC_END, ESC_ESC, slip_encode
from hwgen.top.slip import TOKEN, SlipDecoder, SlipEncoder

from tests.simulation import simulate, sink, source, stalls

BYTES = st.integers(0, 255) | st.sampled_from([END, ESC, ESC_END, ESC_ESC])
BODIES = st.lists(st.lists(BYTES, min_size=1, max_size=8).map(bytes), max_size=4)
SEEDS = st.integers(0, 2**32)
FEW = settings(max_examples=40, deadline=None)


def tokens(bodies):
    """What the frames are between the two: an end before and after each."""
    return [token for body in bodies
            for token in [(0, 1), *((byte, 0) for byte in body), (0, 1)]]


@FEW
@given(BODIES, SEEDS)
def test_encoder(bodies, seed):
    wire, received = b"".join(map(slip_encode, bodies)), []
    dut = SlipEncoder()
    given_ = [TOKEN.const({"byte": byte, "end": end}) for byte, end in tokens(bodies)]
    simulate(dut, source(dut.i, given_, stalls(seed)), sink(dut.o, received, len(wire), stalls(seed + 1)))
    assert bytes(received) == wire


@FEW
@given(BODIES, SEEDS)
def test_decoder(bodies, seed):
    wire, received = b"".join(map(slip_encode, bodies)), []
    dut, expected = SlipDecoder(), tokens(bodies)
    simulate(dut, source(dut.i, wire, stalls(seed)), sink(dut.o, received, len(expected), stalls(seed + 1)))
    assert [(0 if token.end else token.byte, token.end) for token in received] == expected


@pytest.mark.parametrize("wire, body", [
    ([ESC, 7, 8], [7, 8]),  # a byte that needs no escape
    ([ESC, ESC, 9], [ESC, 9]),
    ([1, ESC, END, ESC_END], [1, None, ESC_END]),  # an END ends the frame and the escape
])
def test_broken_escapes(wire, body):
    dut, received = SlipDecoder(), []
    simulate(dut, source(dut.i, wire, stalls(1)), sink(dut.o, received, len(body), stalls(2)))
    assert [None if token.end else token.byte for token in received] == body
