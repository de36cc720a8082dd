"""The words of events and settings, bit by bit, and what does not fit them."""

import re
from pathlib import Path

import numpy as np
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
    for word in map(int, words):
        if word >> 31 == 0:
            rows.append((word & 2047, word >> 11 & 1023, word >> 21 & 1, (base + (word >> 22)) % (1 << 24)))
        elif word >> 30 == 3:
            rows += [(half & 127, half >> 7 & 127, half >> 14, base) for half in (word & 0x7FFF, word >> 15 & 0x7FFF)]
        elif word >> 24 & 7 == Command.TIME:
            base = word & 0xFFFFFF
            rows.append((0, 0, -1, base))
        else:
            commands.append((Command(word >> 24 & 7), word & 0xFFFFFF))
            base *= Command(word >> 24 & 7) != Command.START
    return rows, commands


def pack(packer, events):
    """The words of rows of ``x, y, polarity, time``."""
    return packer.pack(*np.array(events, np.int64).reshape(-1, 4).T).tolist()


@st.composite
def batches(draw):
    """Lists of events: many small addresses, many times that are the same, few that jump."""
    time, address = 1 << 24, st.integers(0, 1023) | st.integers(0, 200)
    lists = []
    for count in draw(st.lists(st.integers(0, 12), max_size=5)):
        lists.append([])
        for _ in range(count):
            time += draw(st.sampled_from([0, 0, 0, 1, 5, 511]) | st.integers(-600, 600) | st.just(1 << 20))
            lists[-1].append((draw(address), draw(address), draw(st.integers(0, 1)), time))
    return lists


@given(batches(), st.sampled_from([1, 2, 100]), st.booleans())
def test_events_survive_packing(lists, grid, ticks):
    packer, words = EventPacker(grid=grid), []
    for events in lists:
        if ticks:
            words += packer.tick(events[0][-1] if events else 7).tolist()
        words += pack(packer, events)
    rows, commands = unpack(words)
    assert [row for row in rows if row[2] >= 0] == [
        (x, y, p, time // grid * grid % (1 << 24)) for events in lists for x, y, p, time in events]
    assert commands == []


@given(st.lists(st.tuples(st.integers(0, 300), st.sampled_from([0, 0, 1])), min_size=1))
def test_as_many_pairs_as_there_can_be(steps):
    times, pairs, free = np.cumsum([step for _, step in steps]), 0, None  # free: the time of one without a neighbour
    for (x, _), time in zip(steps, times.tolist()):
        if x < 128 and free == time:
            pairs, free = pairs + 1, None
        else:
            free = time if x < 128 else None
    words = EventPacker().pack([x for x, _ in steps], [0] * len(steps), [1] * len(steps), times)
    assert words.dtype == np.uint32 and np.count_nonzero(words >> 30 == 3) == pairs


def test_a_time_is_packed_only_where_it_is_needed():
    packer = EventPacker()
    assert pack(packer, [(1, 2, 1, 511)]) == [1 | 2 << 11 | 1 << 21 | 511 << 22]
    assert pack(packer, [(0, 0, 0, 512), (0, 0, 0, 1023), (0, 0, 0, 511)]) == [
        0x8000_0200, 0, 511 << 22, 0x8000_0000, 511 << 22]
    assert pack(packer, []) == [] and packer.tick(-1).tolist() == [0x80FF_FFFF]
    assert pack(packer, [(0, 0, 0, 510), (0, 0, 0, 511), (0, 0, 0, 512)]) == [
        511 << 22, 0x8000_0000, 511 << 22, 0x8000_0200, 0]


def test_two_of_the_same_time_are_a_pair_behind_its_time():
    packer = EventPacker()
    three = [(1, 2, 1, 300), (127, 127, 0, 300), (5, 6, 1, 300)]
    first = 0xC000_0000 | 1 | 2 << 7 | 1 << 14 | 127 << 15 | 127 << 22
    third = 5 | 6 << 11 | 1 << 21
    assert pack(packer, three) == [0x8000_012C, first, third]
    assert pack(packer, three) == [first, third]                            # the time is still the same
    assert pack(packer, [(0, 0, 0, 811), (0, 0, 0, 812)]) == [511 << 22, 0x8000_0200, 300 << 22]


@pytest.mark.parametrize("other", [(128, 0, 0, 0), (0, 128, 0, 0), (0, 0, 0, 1)])
def test_what_makes_no_pair(other):
    assert all(word >> 30 != 3 for word in pack(EventPacker(), [(1, 1, 1, 0), other, (1, 1, 1, 0)]))


def test_a_grid_that_moves_events_into_other_bins_is_refused():
    assert Windows(bin_ticks=50_000).packer(grid=1000).grid == 1000
    assert Windows(bin_ticks=7).packer().grid == 1
    with pytest.raises(ValueError, match="^a grid of 30 ticks does not divide bins of 100 ticks"):
        Windows(bin_ticks=100).packer(grid=30)
    with pytest.raises(ValueError, match="^a grid of 0 ticks"):
        Windows(bin_ticks=100).packer(grid=0)
    with pytest.raises(ValueError, match="^grid = 0 "):
        EventPacker(grid=0)


def test_the_settings():
    assert Windows(bin_ticks=5000, pause=7, x=100, y=50, shift=2).start() == [
        0x8100_1388, 0x8200_0007, 0x8300_0000 | 100 | 50 << 11 | 2 << 21, 0x8500_0000, 0x8400_0000]
    assert Windows(bin_ticks=1, slide=True).start() == [
        0x8100_0001, 0x8200_0000, 0x8300_0000, 0x8500_0001, 0x8400_0000]
    assert unpack([tick(-1)]) == ([(0, 0, -1, 0xFFFFFF)], [])
    assert command(Command.BIN, 1) == 0x8100_0001


@pytest.mark.parametrize("name, value, bits", [
    ("bin_ticks", 1 << 23, 23), ("pause", 256, 8), ("x", 2048, 11), ("y", -1, 10), ("shift", 8, 3)])
def test_a_setting_that_does_not_fit_is_named(name, value, bits):
    with pytest.raises(ValueError, match=f"^{name} = {value} does not fit {bits} bits"):
        Windows(**{"bin_ticks": 1, name: value})


def test_windows_that_slide_have_no_pauses():
    with pytest.raises(ValueError, match="pause = 2$"):
        Windows(bin_ticks=1, pause=2, slide=True)


@pytest.mark.parametrize("event, name", [
    ((2048, 0, 0, 0), "x"), ((-1, 0, 0, 0), "x"), ((0, 1024, 0, 0), "y"), ((0, 0, 2, 0), "polarity")])
def test_an_address_that_does_not_fit_is_named(event, name):
    with pytest.raises(ValueError, match=f"^{name} = "):
        pack(EventPacker(), [(0, 0, 0, 0), event])


@pytest.mark.parametrize("text, frame", [
    ("starts windows of bins of 1,000 ticks", protocol.events(Windows(bin_ticks=1000).start(), 1)),
    ("the events (3, 4, 1) and (5, 6, 0) at tick 2,000",
     protocol.events(EventPacker().pack([3, 5], [4, 6], [1, 0], [2000, 2000]), 2)),
])
def test_the_documented_examples(text, frame):
    documented = re.search(re.escape(text) + r".*?`([0-9A-F ]+)`", DOCUMENT.read_text().replace("\n", " "))[1]
    assert frame.encode() == bytes.fromhex(documented)


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
