"""The host link with a small core behind it, spoken to through its two lines by the codec."""

from dataclasses import replace

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.crc.catalog import CRC16_XMODEM
from hypothesis import given, settings
from hypothesis import strategies as st

from hwgen.link import protocol
from hwgen.link.protocol import (
    VERSION, Decoder, ErrorCode, Refusal, Status, Word, decode_response, slip_encode,
)
from hwgen.top.counters import EventCounters
from hwgen.top.requests import Kind, RequestParser
from hwgen.top.slip import SlipDecoder
from hwgen.top.system import System
from tests.simulation import simulate, source, stalls, until, wait
from tests.top.helpers import PARAMETERS, SmallCore, small_core, uart_listener, uart_send

CYCLES = 8
HELLO = PARAMETERS.hello
SAMPLE = [1, 2, 3, 15, 0, 8]
NOTHING = Status(*[0] * 8)


def talk(*parts, limit=30_000):
    """What a board answers: ``parts`` are bytes, or a number of answers to wait for, or a callable bench."""
    dut, bytes_back = System(PARAMETERS, SmallCore(PARAMETERS)), bytearray()
    decoder = Decoder()
    answers = []

    async def host(ctx):
        for part in parts:
            if callable(part):
                await part(ctx, dut)
            elif isinstance(part, int):
                while len(answers) < part:
                    await wait(ctx, 10 * CYCLES)
                    answers.extend(decoder.feed(bytes_back))
                    bytes_back.clear()
            else:
                await uart_send(ctx, dut.rx, part, CYCLES)
        await wait(ctx, 100 * CYCLES)
        answers.extend(decoder.feed(bytes_back))

    simulate(dut, host, background=[uart_listener(dut.tx, bytes_back, CYCLES)], limit=limit)
    assert not decoder.errors, "the board sent a frame that is wrong"
    return [(frame.sequence, decode_response(frame, word_bits=HELLO.word_bits)) for frame in answers]


def infer(elements=SAMPLE, sequence=0, stop_layer=2):
    return protocol.infer(elements, element_bits=HELLO.element_bits, stop_layer=stop_layer,
                          sequence=sequence).encode()


def raw(*body, crc=0):
    """A frame of these bytes, with a right CRC or one that is off by ``crc``."""
    body = bytes(body)
    return slip_encode(body + (protocol.crc16(body) ^ crc).to_bytes(2, "big"))


def counted(**counts):
    return Status(**{**vars(NOTHING), **counts})


STATUS = protocol.status(99).encode()
GOOD = infer(sequence=50)
RESULT = (50, small_core(SAMPLE))


def test_hello():
    assert talk(protocol.hello(7).encode(), 1) == [(7, HELLO)]


@settings(max_examples=4, deadline=None)
@given(st.lists(st.lists(st.integers(0, 15), min_size=6, max_size=6), min_size=1, max_size=2))
def test_inferences(samples):
    parts = [part for n, sample in enumerate(samples) for part in (infer(sample, n), n + 1)]
    assert talk(*parts) == [(n, small_core(sample)) for n, sample in enumerate(samples)]


def test_stopping_early_gives_one_score_of_zero():
    assert talk(infer(stop_layer=1), 1, GOOD, 2) == [(0, small_core(SAMPLE, stop_layer=1)), RESULT]


def test_probe():
    elements = [7, 6, 5, 4, 3, 2]
    addresses = [0, 5, 2]
    answers = talk(infer(elements), 1, *(part for index, address in enumerate(addresses, 2)
                                         for part in (protocol.probe(address, index).encode(), index)))
    assert answers[1:] == [(index, Word(elements[address])) for index, address in enumerate(addresses, 2)]


@pytest.mark.parametrize("address", [20, 31, 32, 256, 0x8000])
def test_probing_beyond_the_map_is_refused(address):
    answers = talk(protocol.probe(address).encode(), 1, protocol.probe(19).encode(), 2, STATUS, 3)
    assert answers[0] == (0, Refusal(ErrorCode.RANGE)) and isinstance(answers[1][1], Word)
    assert answers[2] == (99, counted(refused=1, frames=2))


#: What is sent, its answer, the counters behind it.
WRONG = {
    "crc": (raw(VERSION, 1, 5, 0, 0, crc=1), (5, ErrorCode.CRC), {"crc": 1}),
    "crc of a sample": (raw(VERSION, 2, 5, 7, 0, 2, *SAMPLE, crc=0x8000), (5, ErrorCode.CRC), {"crc": 1}),
    "version": (raw(3, 1, 5, 0, 0), (5, ErrorCode.VERSION), {"version": 1}),
    "type": (raw(VERSION, 9, 5, 0, 0), (5, ErrorCode.TYPE), {"type": 1}),
    "type 0": (raw(VERSION, 0, 5, 0, 0), (5, ErrorCode.TYPE), {"type": 1}),
    "type of an answer": (raw(VERSION, 0x81, 5, 0, 0), (5, ErrorCode.TYPE), {"type": 1}),
    "payload where there is none": (raw(VERSION, 1, 5, 1, 0, 7), (5, ErrorCode.LENGTH), {"length": 1}),
    "length not of the type": (raw(VERSION, 2, 5, 6, 0, 2, *SAMPLE[:5]), (5, ErrorCode.LENGTH), {"length": 1}),
    "high byte of the length": (raw(VERSION, 2, 5, 7, 1, 2, *SAMPLE), (5, ErrorCode.LENGTH), {"length": 1}),
    "shorter than its length": (raw(VERSION, 2, 5, 7, 0, 2, *SAMPLE[:5]), (5, ErrorCode.LENGTH), {"length": 1}),
    "longer than its length": (raw(VERSION, 2, 5, 7, 0, 2, *SAMPLE, 1), (5, ErrorCode.LENGTH), {"length": 1}),
    "much longer": (raw(VERSION, 2, 5, 7, 0, 2, *SAMPLE * 5), (5, ErrorCode.LENGTH), {"length": 1}),
    "header only": (raw(VERSION, 2, 5), (5, ErrorCode.LENGTH), {"length": 1}),
    "one byte": (slip_encode(bytes([1])), (0, ErrorCode.CRC), {"crc": 1}),
    "no such layer": (raw(VERSION, 2, 5, 7, 0, 3, *SAMPLE), (5, ErrorCode.RANGE), {"refused": 1}),
    "cut short": (GOOD[:9], (50, ErrorCode.CRC), {"crc": 1}),
    "cut in the header": (GOOD[:3], (0, ErrorCode.CRC), {"crc": 1}),
    "noise": (bytes([0x55, 0xDB, 0x00, 0xFF]), (0xFF, ErrorCode.CRC), {"crc": 1}),
}


@pytest.mark.parametrize("wrong, answer, counts", WRONG.values(), ids=list(WRONG))
def test_a_wrong_frame_is_answered_and_counted_and_the_next_good_one_works(wrong, answer, counts):
    sequence, code = answer
    answers = talk(wrong + GOOD, 2, STATUS, 3)
    assert answers == [(sequence, Refusal(code)), RESULT, (99, counted(frames=2, inferences=1, **counts))]


def test_ends_alone_are_no_frames():
    assert talk(bytes([protocol.END] * 5) + STATUS, 1) == [(99, counted(frames=1))]


def test_every_single_bit_flip_of_a_frame_is_caught():
    m, requests = Module(), []
    m.submodules.decoder = decoder = SlipDecoder()
    m.submodules.parser = parser = RequestParser(PARAMETERS)
    wiring.connect(m, decoder.o, parser.i)
    wire = raw(VERSION, 1, 0xDB, 0, 0)
    frames = [bytearray(wire) for _ in range(8 * (len(wire) - 2))]
    for bit, frame in enumerate(frames, 8):  # not the END at either end
        frame[bit // 8] ^= 1 << bit % 8
    bound = 2 * len(frames)  # a flip may make two frames of one

    async def take(ctx):
        ctx.set(parser.request.ready, 1)
        while True:
            requests.append((await until(ctx, parser.request.valid, parser.request.payload))[0])

    async def send(ctx):
        for frame in [*frames, wire]:
            await source(decoder.i, frame, stalls(0, 0.0))(ctx)
            await wait(ctx, 3)

    simulate(m, send, background=[take])
    *refused, last = requests
    assert len(frames) <= len(refused) <= bound and all(request.kind == Kind.ERROR for request in refused)
    assert last.kind == Kind.HELLO and last.sequence == 0xDB


def test_a_byte_with_a_framing_error_is_lost_and_counted():
    async def broken(ctx, dut):
        await uart_send(ctx, dut.rx, GOOD[:7], CYCLES)
        await uart_send(ctx, dut.rx, GOOD[7:8], CYCLES, stop=0)
        await wait(ctx, CYCLES)
        await uart_send(ctx, dut.rx, GOOD[8:], CYCLES)

    answers = talk(broken, 1, GOOD, 2, STATUS, 3)
    assert answers == [(50, Refusal(ErrorCode.CRC)), RESULT, (99, counted(frames=2, inferences=1, crc=1, line=1))]


def test_one_request_may_be_sent_ahead():
    answers = talk(GOOD + protocol.hello(51).encode(), 2, STATUS, 3)
    assert answers == [RESULT, (51, HELLO), (99, counted(frames=3, inferences=1))]


@pytest.mark.parametrize("first, answer", [(GOOD, RESULT), (protocol.probe(5, 50).encode(), (50, Word(0)))])
def test_a_sample_that_comes_too_early_is_refused_and_harms_nothing(first, answer):
    answers = talk(infer([0] * 6), 1, first + infer([9] * 6, 51, stop_layer=0), 3, STATUS, 4)
    assert answers[1] == answer
    assert answers[2] == (51, Refusal(ErrorCode.BUSY))
    assert answers[3][1].refused == 1 and answers[3][1].line == 0


def test_a_flood_overruns_is_counted_and_passes():
    answers = talk(protocol.hello(1).encode() * 8, wait_long, STATUS, wait_long)
    *before, (sequence, last) = answers
    assert sequence == 99 and last.line > 0
    assert last.frames - 1 == sum(answer == HELLO for _, answer in before)
    assert last.crc + last.length == sum(isinstance(answer, Refusal) for _, answer in before)


async def wait_long(ctx, dut):
    await wait(ctx, 200 * 10)


def test_error_counters_stay_at_their_maximum():
    dut, seen = EventCounters(), []

    async def bench(ctx):
        ctx.set(dut.events.crc, 1)
        ctx.set(dut.events.frames, 1)
        await wait(ctx, 300)
        ctx.set(dut.events, {})
        await wait(ctx, 2)
        seen.extend(ctx.get(counter) for counter in dut.counters)

    simulate(dut, bench)
    assert seen == [300 % 256, 0, 128, 0, 0, 0, 0, 0]


def test_the_error_flag_goes_with_the_next_good_frame():
    flags = []

    async def look(ctx, dut):
        flags.append(ctx.get(dut.error))

    talk(look, WRONG["crc"][0], 1, look, protocol.hello().encode(), 2, look)
    assert flags == [0, 1, 0]


def test_wide_elements_take_two_bytes():
    parameters = replace(PARAMETERS, hello=replace(HELLO, element_bits=11, elements=3))
    dut, answers, elements = System(parameters, SmallCore(parameters)), [], [2047, 1024, 255]
    back = bytearray()

    async def host(ctx):
        request = protocol.infer(elements, element_bits=11, stop_layer=2)
        await uart_send(ctx, dut.rx, request.encode(), CYCLES)
        while not answers:
            await wait(ctx, 80)
            answers.extend(Decoder().feed(bytes(back)))

    simulate(dut, host, background=[uart_listener(dut.tx, back, CYCLES)])
    assert decode_response(answers[0]) == small_core(elements, parameters)


def test_a_board_with_another_crc_is_noticed(monkeypatch):
    monkeypatch.setattr("hwgen.top.requests.CRC16", CRC16_XMODEM(data_width=8))
    assert talk(protocol.hello(7).encode(), 1) == [(7, Refusal(ErrorCode.CRC))]
    monkeypatch.undo()
    monkeypatch.setattr("hwgen.top.responses.CRC16", CRC16_XMODEM(data_width=8))
    with pytest.raises(AssertionError, match="a frame that is wrong"):
        talk(protocol.hello(7).encode(), wait_long)
