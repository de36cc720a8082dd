"""Events through the link: windows into the core, their results, and what is refused meanwhile."""

from dataclasses import replace
from itertools import groupby

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hwgen.gateware.binner import SETTINGS, EventKind
from hwgen.link import protocol
from hwgen.link.events import Command, EventPacker, Windows, command, tick
from hwgen.link.protocol import VERSION, Accepted, Counts, ErrorCode, Refusal, Request, Result, decode_response
from hwgen.top.events import EventInput, EventUnpacker
from hwgen.top.requests import Kind
from hwgen.top.system import System
from sim.golden.events import bin_events
from tests.link.test_event_words import unpack
from tests.simulation import simulate, sink, source, stalls, until, wait
from tests.top.helpers import PARAMETERS, SmallCore, small_core, uart_listener, uart_send
from tests.top.test_link import raw

CYCLES = 8
SHAPE = (2, 2, 3)
EVENTFUL = replace(PARAMETERS, hello=replace(PARAMETERS.hello, elements=12), event_shape=SHAPE)
HELLO = EVENTFUL.hello
WINDOWS = Windows(bin_ticks=10)
#: Two windows of events, some of each kind that gives no spike, and the tick behind them.
EVENTS = [(0, 0, 1, 3), (0, 0, 1, 4), (2, 1, 0, 12), (9, 0, 0, 13), (1, 1, 1, 39), (1, 1, 1, 20), (1, 0, 0, 45), (0, 0, -1, 80)]


def pack(rows, grid=1):
    """The words of events and ticks; in a row without a tick, pairs."""
    packer, words = EventPacker(grid=grid), []
    for is_event, group in groupby(rows, lambda row: row[2] >= 0):
        if is_event:
            words += packer.pack(*np.array(list(group)).T).tolist()
        else:
            words += [word for *_, time in group for word in packer.tick(time).tolist()]
    return words


def golden(words, shape=SHAPE, timesteps=4):
    """Number, elements of each window with a spike, and the counts, of words that begin with those of a start."""
    rows, commands = unpack(words)
    rows = [(x, y, polarity, time - (time >> 23 << 24)) for x, y, polarity, time in rows]  # few are negative, none long
    named = dict(commands)
    area = named.get(Command.AREA, 0)
    binned = bin_events(np.array(rows), shape=shape, timesteps=timesteps, bin_ticks=named[Command.BIN],
                        pause=named.get(Command.PAUSE, 0), x=area & 2047, y=area >> 11 & 1023, shift=area >> 21,
                        slide=bool(named.get(Command.SLIDE, 0) & 1))
    elements = (binned.maps * (1 << np.arange(timesteps))[:, None, None, None]).sum(axis=1).transpose(0, 2, 3, 1)
    return [(int(number) + 1, e.ravel().tolist()) for number, e in zip(binned.windows, elements)], binned.counts


def talk(*parts, parameters=EVENTFUL, limit=100_000):
    """What the board answers to ``parts``: bytes to send, or a number of answers to wait for."""
    dut, back, answers, decoder = System(parameters, SmallCore(parameters)), bytearray(), [], protocol.Decoder()

    async def host(ctx):
        for part in parts:
            if isinstance(part, int):
                while len(answers) < part:
                    await wait(ctx, 10 * CYCLES)
                    answers.extend(decoder.feed(bytes(back)))
                    back.clear()
            else:
                await uart_send(ctx, dut.rx, part, CYCLES)
        await wait(ctx, 1000)
        answers.extend(decoder.feed(bytes(back)))

    simulate(dut, host, background=[uart_listener(dut.tx, back, CYCLES)], limit=limit)
    assert not decoder.errors, "the board sent a frame that is wrong"
    return [(frame.sequence, decode_response(frame, word_bits=HELLO.word_bits)) for frame in answers]


def send(words, sequence=99):
    return protocol.events(words, sequence).encode()


def infer(sequence=70):
    return protocol.infer(range(12), element_bits=4, stop_layer=2, sequence=sequence).encode()


INFERRED = (70, small_core(list(range(12)), EVENTFUL))
STOP = send(Windows(bin_ticks=0).start(), 90)


def results(words):
    return [(number, small_core(elements, EVENTFUL)) for number, elements in golden(words)[0]]


def test_windows_are_computed_and_counted():
    words = WINDOWS.start() + pack(EVENTS)
    answers = talk(send(words), 3, protocol.counts(7).encode(), 4)
    assert answers == [
        (99, Accepted(len(words))), *results(words), (7, Counts(merged=1, outside=1, untimely=1, refused=0))]


def test_after_reset_no_window_runs_and_the_area_is_the_corner():
    rows = [(0, 0, 0, 1), (2, 1, 1, 2), (0, 0, -1, 80)]
    words = [command(Command.BIN, 10), command(Command.START, 0), *pack(rows)]
    answers = talk(send(pack(rows)), 1, infer(), 2, send(words), 4, protocol.counts().encode(), 5)
    assert answers == [(99, Accepted(3)), INFERRED, (99, Accepted(len(words))), *results(words),
                       (0, Counts(merged=0, outside=0, untimely=2, refused=0))]


def test_windows_back_to_back_over_many_requests():
    rng = np.random.default_rng(3)
    rows = [(int(x), int(y), int(p), 4 * n) for n, (x, y, p) in enumerate(rng.integers(0, [4, 3, 2], (120, 3)))]
    words = Windows(bin_ticks=40).start() + pack([*rows, (0, 0, -1, 480)])
    parts = [part for n in range(0, len(words), 20) for part in (send(words[n:n + 20]), n // 20 + 1)]
    answers = talk(*parts, 7 + len(results(words)), protocol.counts().encode(), 8 + len(results(words)))
    assert [answer for answer in answers if isinstance(answer[1], Result)] == results(words)
    assert len(results(words)) == 3
    assert [answer for _, answer in answers if isinstance(answer, Accepted)] == [Accepted(20)] * 6 + [Accepted(len(words) % 20)]
    assert answers[-1][1] == Counts(**vars(golden(words)[1]), refused=0)


def test_the_core_is_refused_while_windows_run_and_free_behind_them():
    probe = protocol.probe(3, 71).encode()
    answers = talk(infer(), 1, send(WINDOWS.start()), 2, infer(), 3, probe, 4, STOP, 5, infer(), 6)
    busy = Refusal(ErrorCode.BUSY)
    assert answers == [INFERRED, (99, Accepted(5)), (70, busy), (71, busy), (90, Accepted(5)), INFERRED]


def test_an_inference_of_the_first_layers_ends_before_a_window_begins():
    first = protocol.infer(range(12), element_bits=4, stop_layer=0, sequence=70).encode()
    words = WINDOWS.start() + pack(EVENTS)
    answers = talk(first + send(words), 4)
    assert answers[0] == (70, small_core(list(range(12)), EVENTFUL, stop_layer=0))
    assert answers[1:] == [(99, Accepted(len(words))), *results(words)]


@pytest.mark.parametrize("wrong, code", [
    (raw(VERSION, 5, 5, 8, 0, *range(8), crc=1), ErrorCode.CRC),
    (raw(VERSION, 5, 5, 0, 0), ErrorCode.LENGTH),
    (raw(VERSION, 5, 5, 6, 0, *range(6)), ErrorCode.LENGTH),
    (raw(VERSION, 5, 5, 0, 2, *[0] * 512), ErrorCode.LENGTH),
    (raw(VERSION, 5, 5, 8, 0, *range(4)), ErrorCode.LENGTH),
    (raw(VERSION, 5, 5, 4, 0, *range(8)), ErrorCode.LENGTH),
    (raw(VERSION, 5, 5, 0, 0, *[0] * 512), ErrorCode.LENGTH),
    (raw(VERSION, 6, 5, 4, 0, *range(4)), ErrorCode.LENGTH),
    (raw(VERSION, 2, 5, 13, 0, 2, *range(12), crc=1), ErrorCode.CRC),
    (raw(VERSION, 7, 5, 0, 0), ErrorCode.TYPE),
], ids=["crc", "no words", "half a word", "too many words", "shorter", "longer", "none said", "counts of something",
        "a sample's crc", "type"])
def test_a_wrong_frame_among_events_is_refused_and_has_no_effect(wrong, code):
    words = WINDOWS.start() + pack(EVENTS)
    answers = talk(send(words[:8]), 1, wrong, 2, send(words[8:]), 5, protocol.counts().encode(), 6)
    assert answers[:3] == [(99, Accepted(8)), (5, Refusal(code)), (99, Accepted(len(words) - 8))]
    assert answers[3:5] == results(words)
    assert answers[5][1] == Counts(merged=1, outside=1, untimely=1, refused=0)


@pytest.mark.parametrize("frame", [send([0], 5), protocol.counts(5).encode()])
def test_a_board_without_a_binner_knows_no_events(frame):
    assert talk(frame, 1, parameters=replace(EVENTFUL, event_shape=None)) == [(5, Refusal(ErrorCode.TYPE))]


VALUES = st.integers(0, (1 << 24) - 1)
WORDS = st.lists(st.builds(command, st.sampled_from(Command), VALUES) | st.integers(0, (1 << 31) - 1)
                 | st.integers(3 << 30, (1 << 32) - 1), max_size=30)


@given(WORDS, st.integers(0, 999), st.sampled_from([0, 0.5]))
@example([0xC123_4567, 0xFFEE_DDCC, 0x0123_4567] * 4, 1, 0.5)
@settings(deadline=None, max_examples=40)
def test_words_are_unpacked_in_order(words, seed, share):
    dut, entries = EventUnpacker(), []
    rows, commands = unpack(words)
    starts = sum(command_ == Command.START for command_, _ in commands)
    read = {}

    async def after(ctx):
        await source(dut.i, words, stalls(seed, share))(ctx)
        read.update({name: ctx.get(dut.settings[name]) for name in SETTINGS.members})

    simulate(dut, after, sink(dut.o, entries, len(rows) + starts, stalls(seed + 1, share)))
    assert [(e.x, e.y, e.polarity, e.time) if e.kind == EventKind.EVENT else (0, 0, -1, e.time)
            for e in entries if e.kind != EventKind.START] == rows
    values = dict(commands)
    area = values.get(Command.AREA, 0)
    assert read == {
        "bin_ticks": values.get(Command.BIN, 0) % (1 << 23), "pause": values.get(Command.PAUSE, 0) % (1 << 8),
        "x": area % (1 << 11), "y": area >> 11 & 1023, "shift": area >> 21, "slide": values.get(Command.SLIDE, 0) & 1}


class Input:
    """An `EventInput`, a core that takes ``stall`` cycles, and the rest of the link without its lines."""

    def __init__(self, seed, stall):
        self.dut = EventInput(EVENTFUL)
        self.stall, self.pauses, self.asks = stall, stalls(seed, 0.3), stalls(seed + 1, 0.3)
        self.windows, self.answers = [], []

    async def frame(self, ctx, words, good, gap):
        """Send a frame, ``gap`` cycles between its bytes; returns how many words were accepted."""
        dut = self.dut
        for byte in b"".join(word.to_bytes(4, "little") for word in words):
            ctx.set(dut.byte, byte)
            ctx.set(dut.write, 1)
            await ctx.tick()
            ctx.set(dut.write, 0)
            await wait(ctx, gap)
        accepted = ctx.get(dut.accepted)
        ctx.set(dut.good, good)
        ctx.set(dut.finish, 1)
        await ctx.tick()
        ctx.set(dut.finish, 0)
        return accepted

    async def core(self, ctx):
        """Takes windows, computes, offers a score until it is asked for, and is asked for other things as well."""
        dut = self.dut
        while True:
            elements = []
            while len(elements) < HELLO.elements:
                ctx.set(dut.elements.ready, not next(self.pauses))
                _, _, taken, turn, element = await ctx.tick().sample(
                    dut.elements.valid & dut.elements.ready, dut.turn, dut.elements.payload)
                if taken:
                    assert turn
                    elements.append(element)
            ctx.set(dut.elements.ready, 0)
            await wait(ctx, self.stall)
            ctx.set(dut.scores_valid, 1)
            self.windows.append(elements)
            await until(ctx, dut.serving)
            ctx.set(dut.scores_valid, 0)

    async def responder(self, ctx):
        dut, offered, request = self.dut, None, None
        while True:
            ctx.set(dut.o.ready, not next(self.asks))
            if ctx.get(~dut.i.valid) and not next(self.pauses):
                ctx.set(dut.i.payload, {"kind": Kind.STATUS, "number": 0, "sequence": 7})
                ctx.set(dut.i.valid, 1)
            _, _, valid, ready, taken, payload = await ctx.tick().sample(
                dut.o.valid, dut.o.ready, dut.i.valid & dut.i.ready, dut.o.payload)
            if taken:
                ctx.set(dut.i.valid, 0)
            request = (payload.kind, payload.number, payload.sequence)
            assert offered is None or (valid and request == offered), "the stream did not hold"
            offered = request if valid and not ready else None
            assert not (taken and payload.kind == Kind.INFER)
            if valid and ready and payload.kind == Kind.INFER:
                self.answers.append(payload.sequence)
                ctx.set(dut.serving, 1)
                await wait(ctx, 20)
                ctx.set(dut.serving, 0)


def run_input(frames, *, seed, stall, gap=3):
    """Send frames ``(words, good)``. Returns the words that were taken, the windows with their numbers, the counts."""
    bench, taken, counts = Input(seed, stall), [], []

    async def host(ctx):
        for words, good in frames:
            accepted = await bench.frame(ctx, words, good, gap)
            if good:
                taken.extend(words[:accepted])
        value = ctx.get(bench.dut.counts) >> 48 << 48
        while not await bench.frame(ctx, [command(Command.BIN, 0)], True, 100):
            pass
        await until(ctx, ~bench.dut.busy)  # no window runs any more
        value += ctx.get(bench.dut.counts) % (1 << 48)
        counts.append(Counts(*(value >> 16 * index & 0xFFFF for index in range(4))))

    simulate(bench.dut, host, background=[bench.core, bench.responder], limit=200_000)
    return taken, list(zip(bench.answers, bench.windows, strict=True)), counts[0]


@st.composite
def eventful(draw):
    """Words that begin with a start, cut into frames, bad ones among them."""
    slide = draw(st.booleans())
    settings_ = Windows(bin_ticks=draw(st.integers(1, 40)), pause=0 if slide else draw(st.integers(0, 2)), slide=slide,
                        x=draw(st.integers(0, 2)), y=draw(st.integers(0, 2)), shift=draw(st.integers(0, 1)))
    time, rows = 0, []
    for _ in range(draw(st.integers(5, 60))):
        time += draw(st.just(0) | st.integers(0, 9) | st.integers(-30, 700))
        rows.append((draw(st.integers(0, 7) | st.just(130)), draw(st.integers(0, 5)), draw(st.sampled_from([0, 1, 0, 1, -1])), time))
    words, frames = settings_.start() + pack(rows), []
    while words:
        count = draw(st.integers(1, 30))
        frames.append((words[:count], True))
        words = words[count:]
        if draw(st.booleans()):
            frames.append((draw(st.lists(st.integers(0, 2**32 - 1), max_size=9)), False))
    return frames


@given(eventful(), st.integers(0, 999), st.sampled_from([0, 30, 800]))
@settings(deadline=None, max_examples=12)
def test_what_is_taken_is_binned_as_by_the_golden_function(frames, seed, stall):
    taken, windows, counts = run_input(frames, seed=seed, stall=stall)
    expected, golden_counts = golden(taken)
    assert windows == [(number % 256, elements) for number, elements in expected]
    assert {**vars(counts), "refused": 0} == {**vars(golden_counts), "refused": 0}
    assert counts.refused == sum(len(words) for words, good in frames if good) - len(taken)


def test_a_queue_that_is_full_refuses_and_counts_and_goes_on():
    """Words come faster than they can be binned, and the core takes its time."""
    rows = [(n % 3, n // 3 % 2, n % 2, 7 * n) for n in range(300)]
    words = Windows(bin_ticks=100).start() + pack(rows)
    frames = [(words[n:n + 100], True) for n in range(0, len(words), 100)] + [([tick(2400)], True)] * 2
    taken, windows, counts = run_input(frames, seed=1, stall=800, gap=0)
    assert taken[:100] == words[:100]
    assert counts.refused == len(words) + 2 - len(taken) > 50
    assert windows == golden(taken)[0] and len(windows) >= 2


def test_a_type_for_each_request_of_the_protocol():
    assert {kind.value for kind in Kind} == {0, *Request}
