"""The codec of the host link: round trips, noise, damage, and the payload of every response."""

import re
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwgen.link import protocol
from hwgen.link.protocol import (
    END, ESC, VERSION, Decoder, ErrorCode, Frame, Hello, ProtocolError, Refusal, Request, Response, Result, Status,
    Word, decode_response,
)

DOCUMENT = Path(__file__).parents[2] / "docs" / "protocol.md"
PAYLOADS = st.binary(max_size=40) | st.lists(st.sampled_from([END, ESC, 0xDC, 0xDD]), max_size=20).map(bytes)
FRAMES = st.builds(Frame, st.integers(0, 255), st.integers(0, 255), PAYLOADS)
NOISE = st.binary(max_size=20)


def test_the_crc_is_ccitt_false():
    assert protocol.crc16(b"123456789") == 0x29B1


def test_a_frame_byte_by_byte():
    body = bytes([2, 0x04, 7, 3, 0, END, 0x01, ESC])
    crc = protocol.crc16(body).to_bytes(2, "big")
    assert not {END, ESC} & set(crc)
    assert Frame(Request.PROBE, 7, bytes([END, 1, ESC])).encode() == (
        bytes([END, 2, 4, 7, 3, 0, ESC, 0xDC, 1, ESC, 0xDD]) + crc + bytes([END]))


def test_the_documented_example():
    documented = re.search(r"HELLO with sequence 7 is `([0-9A-F ]+)`", DOCUMENT.read_text())[1]
    assert protocol.hello(7).encode() == bytes.fromhex(documented)


@given(st.lists(FRAMES, max_size=4), st.integers(1, 7))
def test_any_frames_survive_any_cutting(frames, size):
    wire = b"".join(frame.encode() for frame in frames)
    decoder = Decoder()
    received = [frame for at in range(0, len(wire), size) for frame in decoder.feed(wire[at:at + size])]
    assert received == frames and not decoder.errors


@given(NOISE, FRAMES, NOISE, FRAMES)
def test_noise_before_and_after_costs_no_frame(before, first, between, second):
    received = Decoder().feed(before + first.encode() + between + second.encode())
    assert [frame for frame in received if frame in (first, second)] == \
        ([first, second] if first != second else [first, first])


@given(FRAMES)
def test_every_single_bit_flip_is_detected(frame):
    wire = frame.encode()
    for bit in range(8 * len(wire)):
        damaged = bytearray(wire)
        damaged[bit // 8] ^= 1 << bit % 8
        for received in Decoder().feed(bytes([END, *damaged, END])):
            assert received == frame and bit // 8 in (0, len(wire) - 1)  # only an END was hit


@given(st.lists(NOISE, max_size=8))
def test_the_decoder_never_raises(chunks):
    decoder = Decoder()
    for chunk in chunks:
        for frame in decoder.feed(chunk):
            assert Decoder().feed(frame.encode()) == [frame]


@pytest.mark.parametrize("wire, code", [
    (Frame(1).encode()[:-4] + bytes([END]), ErrorCode.CRC),
    (Frame(1, version=1).encode(), ErrorCode.VERSION),
    (protocol.slip_encode((lambda body: body + protocol.crc16(body).to_bytes(2, "big"))(bytes([VERSION, 1, 0, 1, 0]))),
     ErrorCode.LENGTH),
])
def test_errors_are_counted_by_kind(wire, code):
    decoder = Decoder()
    assert decoder.feed(wire) == [] and decoder.errors == {code: 1}


def test_an_endless_frame_does_not_fill_the_memory():
    decoder = Decoder()
    decoder.feed(bytes(3 * decoder.LIMIT))
    assert len(decoder._body) == decoder.LIMIT
    assert decoder.feed(Frame(1).encode()) == [Frame(1)] and decoder.errors == {ErrorCode.CRC: 1}


def test_a_payload_that_is_too_long_is_refused():
    with pytest.raises(ProtocolError, match="65536"):
        Frame(1, 0, bytes(65536)).encode()


@given(st.integers(1, 16), st.data())
def test_infer_carries_the_elements(bits, data):
    elements = data.draw(st.lists(st.integers(0, 2**bits - 1), max_size=20))
    frame = protocol.infer(elements, element_bits=bits, stop_layer=2, sequence=9)
    size = protocol.element_bytes(bits)
    assert frame.sequence == 9 and frame.payload[0] == 2 and len(frame.payload) == 1 + size * len(elements)
    assert [int.from_bytes(frame.payload[at:at + size], "little")
            for at in range(1, len(frame.payload), size)] == elements


@pytest.mark.parametrize("element", [-1, 16])
def test_an_element_that_does_not_fit_is_named(element):
    with pytest.raises(ProtocolError, match=f"element 1 = {element} does not fit 4 bits"):
        protocol.infer([0, element], element_bits=4, stop_layer=0)


@pytest.mark.parametrize("bits, size", [(1, 1), (8, 1), (9, 2), (16, 2), (17, 4), (32, 4), (64, 8), (65, 16)])
def test_words_travel_in_powers_of_two(bits, size):
    assert protocol.word_bytes(bits) == size


HELLO = Hello(network=bytes(range(8)), clock_hz=36_000_000, elements=784, element_bits=6, timesteps=4, layers=5,
              classes=10, map_words=300, word_bits=64)


@pytest.mark.parametrize("frame, content", [
    (Frame(Response.HELLO, 0, HELLO.pack()), HELLO),
    (Frame(Response.RESULT, 0, struct.pack("<2iBI", -5, 7, 1, 30000)), Result((-5, 7), 1, 30000)),
    (Frame(Response.STATUS, 0, bytes(range(8))), Status(*range(8))),
    (Frame(Response.PROBE, 0, bytes([1, 2])), Word(0x0201)),
    (Frame(Response.ERROR, 0, bytes([6])), Refusal(ErrorCode.BUSY)),
])
def test_responses_are_decoded(frame, content):
    assert decode_response(frame, word_bits=16) == content


@pytest.mark.parametrize("frame", [
    Frame(Response.HELLO, 0, bytes(3)), Frame(Response.RESULT, 0, bytes(6)), Frame(Response.RESULT, 0, b""),
    Frame(Response.STATUS), Frame(Response.PROBE, 0, bytes(3)), Frame(Response.PROBE),
    Frame(Response.ERROR, 0, bytes([99])),
    Frame(Response.ERROR), Frame(0x7F),
])
def test_a_wrong_response_is_a_protocol_error(frame):
    with pytest.raises(ProtocolError):
        decode_response(frame, word_bits=16)


@given(st.sampled_from(list(Response)), st.binary(max_size=60))
def test_decoding_raises_nothing_else(type_, payload):
    try:
        decode_response(Frame(type_, 0, payload))
    except ProtocolError:
        pass
