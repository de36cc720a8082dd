"""The words of events and settings, bit by bit, and what does not fit them."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwgen.link import protocol
from hwgen.link.events import Command, EventPacker, Windows, command, tick
from hwgen.link.protocol import Accepted, Counts, ErrorCode, Frame, ProtocolError, Response, decode_response

DOCUMENT = Path(__file__).parents[2] / "docs" / "protocol.md"


def unpack(words):
    """The events and ticks of words as rows of ``x, y, polarity, time``, times modulo 2**24, and the other commands."""
    rows, commands, base = [], [], 0
    for word in words:
        if word >> 31 == 0:
            rows.append((word & 2047, word >> 11 & 1023, word >> 21 & 1, (base + (word >> 22)) % (1 << 24)))
        elif word >> 24 & 7 == Command.TIME:
            base = word & 0xFFFFFF
            rows.append((0, 0, -1, base))
        else:
            commands.append((Command(word >> 24 & 7), word & 0xFFFFFF))
    return rows, commands


@given(st.lists(st.tuples(st.integers(0, 2047), st.integers(0, 1023), st.integers(0, 1), st.integers(-600, 600))))
def test_events_survive_packing(steps):
    time, events = 1 << 24, []
    for x, y, polarity, step in steps:
        time += step
        events.append((x, y, polarity, time))
    rows, commands = unpack(EventPacker().pack(events))
    assert [row for row in rows if row[2] >= 0] == [(x, y, p, time % (1 << 24)) for x, y, p, time in events]
    assert commands == []


def test_a_time_is_packed_only_where_it_is_needed():
    packer = EventPacker()
    assert packer.pack([(1, 2, 1, 511)]) == [1 | 2 << 11 | 1 << 21 | 511 << 22]
    assert packer.pack([(0, 0, 0, 512), (0, 0, 0, 1023), (0, 0, 0, 511)]) == [
        0x8000_0200, 0, 511 << 22, 0x8000_01FF, 0]


def test_the_settings():
    assert Windows(bin_ticks=5000, pause=7, x=100, y=50, shift=2).start() == [
        0x8100_1388, 0x8200_0007, 0x8300_0000 | 100 | 50 << 11 | 2 << 21, 0x8400_0000]
    assert unpack([tick(-1)]) == ([(0, 0, -1, 0xFFFFFF)], [])
    assert command(Command.BIN, 1) == 0x8100_0001


@pytest.mark.parametrize("name, value, bits", [
    ("bin_ticks", 1 << 23, 23), ("pause", 256, 8), ("x", 2048, 11), ("y", -1, 10), ("shift", 8, 3)])
def test_a_setting_that_does_not_fit_is_named(name, value, bits):
    with pytest.raises(ValueError, match=f"^{name} = {value} does not fit {bits} bits"):
        Windows(**{"bin_ticks": 1, name: value})


@pytest.mark.parametrize("event, name", [((2048, 0, 0, 0), "x"), ((0, 1024, 0, 0), "y"), ((0, 0, 2, 0), "polarity")])
def test_an_address_that_does_not_fit_is_named(event, name):
    with pytest.raises(ValueError, match=f"^{name} = "):
        EventPacker().pack([event])


def test_the_documented_example():
    documented = re.search(r"starts windows of bins of 1,000 ticks.*?`([0-9A-F ]+)`", DOCUMENT.read_text(), re.S)[1]
    assert protocol.events(Windows(bin_ticks=1000).start(), 1).encode() == bytes.fromhex(documented)


@pytest.mark.parametrize("count", [0, 128])
def test_words_that_do_not_fit_a_request_are_refused(count):
    with pytest.raises(ProtocolError, match=f"^{count} words do not fit"):
        protocol.events([0] * count)


@pytest.mark.parametrize("frame, content", [
    (Frame(Response.EVENTS, 0, bytes([127])), Accepted(127)),
    (Frame(Response.COUNTS, 0, bytes(range(8))), Counts(0x0100, 0x0302, 0x0504, 0x0706)),
])
def test_answers_are_decoded(frame, content):
    assert decode_response(frame) == content


@pytest.mark.parametrize("frame", [Frame(Response.EVENTS), Frame(Response.COUNTS, 0, bytes(7))])
def test_wrong_answers_are_refused(frame):
    with pytest.raises(ProtocolError) as error:
        decode_response(frame)
    assert error.value.code == ErrorCode.LENGTH
