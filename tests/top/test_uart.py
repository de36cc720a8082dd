"""The UART's two halves against a line driven and read by hand, at many ratios of clock to bit."""

import random

import pytest
from amaranth.hdl import Module

from hwgen.spec import HwgenError
from hwgen.top.uart import MAX_ERROR, BitRate, Receiver, Transmitter

from tests.simulation import simulate, sink, source, stalls, until, wait
from tests.top.helpers import uart_send

RATIOS = [8, 9, 11.25, 12, 16, 31.4]


def rate(ratio):
    return BitRate(clock_hz=round(ratio * 1e6), baud=1_000_000)


@pytest.mark.parametrize("ratio", [*RATIOS, 8.001, 104.1666, 312.5, 5000.3])
def test_the_rate_is_met(ratio):
    made = rate(ratio)
    assert abs(made.error) <= MAX_ERROR / 4
    assert made.step * ratio / 2**made.width == pytest.approx(1, abs=MAX_ERROR / 4)


@pytest.mark.parametrize("clock, baud, message", [
    (12_000_000, 3_000_000, "too slow.*24 MHz or more"),
    (48_000_000, 300, "% off; use 732 baud or more"),
])
def test_a_rate_out_of_reach_is_one_clear_line(clock, baud, message):
    with pytest.raises(HwgenError, match=message):
        BitRate(clock_hz=clock, baud=baud)


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("host", [0.98, 1.0, 1.02])
def test_bytes_are_received(ratio, host):
    data = random.Random(ratio).randbytes(12) + bytes([0, 255, 0x55])
    dut, received = Receiver(rate(ratio)), []

    async def send(ctx):
        await wait(ctx, 7)
        await uart_send(ctx, dut.line, data, ratio * host)

    simulate(dut, send, sink(dut.o, received, len(data), stalls(1)))
    assert bytes(received) == data


@pytest.mark.parametrize("ratio", RATIOS)
def test_bytes_are_sent(ratio):
    data, received = random.Random(ratio).randbytes(8) + bytes([0, 255]), []
    dut = Transmitter(rate(ratio))

    async def listen(ctx):  # samples in the middle of the bits, by time
        while len(received) < len(data):
            await until(ctx, ~dut.line)
            passed, byte = 0, 0
            for place in range(9):
                middle = int((place + 1.5) * ratio) - 1
                await wait(ctx, middle - passed)
                passed = middle
                byte |= ctx.get(dut.line) << place
            assert byte >> 8, "a byte without a stop bit"
            received.append(byte & 0xFF)

    simulate(dut, source(dut.i, data, stalls(2, 0.05)), listen, limit=60_000)
    assert bytes(received) == data


def test_a_byte_takes_ten_bits():
    dut, times = Transmitter(rate(8)), []

    async def send(ctx):
        cycle = 0
        for byte in range(4):
            ctx.set(dut.i.payload, byte)
            ctx.set(dut.i.valid, 1)
            taken = False
            while not taken:
                _, _, taken = await ctx.tick().sample(dut.i.ready)
                cycle += 1
            times.append(cycle)

    simulate(dut, send)
    assert [b - a for a, b in zip(times, times[1:])] == [81] * 3


def test_a_byte_that_finds_no_place_is_counted_not_mixed():
    dut, received, lost = Receiver(rate(8)), [], []

    async def send(ctx):
        await uart_send(ctx, dut.line, [1, 2, 3], 8)
        await wait(ctx, 20)
        ctx.set(dut.o.ready, 1)
        _, _, valid, payload = await ctx.tick().sample(dut.o.valid, dut.o.payload)
        received.append((valid, payload))
        ctx.set(dut.o.ready, 0)
        await uart_send(ctx, dut.line, [4], 8)
        await wait(ctx, 20)
        received.append((ctx.get(dut.o.valid), ctx.get(dut.o.payload)))

    async def count(ctx):
        while True:
            _, _, overrun, framing = await ctx.tick().sample(dut.overrun, dut.framing)
            lost.append((overrun, framing))

    simulate(dut, send, background=[count])
    assert received == [(1, 1), (1, 4)]
    assert sum(overrun for overrun, _ in lost) == 2 and not any(framing for _, framing in lost)


def test_framing_errors_breaks_and_glitches():
    dut, received, framing = Receiver(rate(8)), [], []

    async def send(ctx):
        ctx.set(dut.line, 0)  # a glitch, too short for a start bit
        await wait(ctx, 2)
        ctx.set(dut.line, 1)
        await wait(ctx, 20)
        await uart_send(ctx, dut.line, [0xA5], 8, stop=0)
        await wait(ctx, 8)
        ctx.set(dut.line, 0)  # a break is one error, however long
        await wait(ctx, 500)
        ctx.set(dut.line, 1)
        await wait(ctx, 8)
        await uart_send(ctx, dut.line, [0x5A], 8)
        await wait(ctx, 20)

    async def count(ctx):
        while True:
            _, _, error = await ctx.tick().sample(dut.framing)
            framing.append(error)

    simulate(dut, send, sink(dut.o, received, 1, stalls(3)), background=[count])
    assert received == [0x5A] and sum(framing) == 2


@pytest.mark.parametrize("ratio", [8, 12])
def test_the_two_halves_understand_each_other(ratio):
    m, data, received = Module(), random.Random(4).randbytes(30), []
    m.submodules.transmitter = transmitter = Transmitter(rate(ratio))
    m.submodules.receiver = receiver = Receiver(rate(ratio))
    m.d.comb += receiver.line.eq(transmitter.line)
    simulate(m, source(transmitter.i, data, stalls(5)), sink(receiver.o, received, len(data), stalls(6)))
    assert bytes(received) == data


def test_a_line_that_is_too_fast_is_noticed():
    """The check of received bytes can fail: a host that is 8 % off is not understood."""
    dut, received, data = Receiver(rate(16)), [], bytes([0x55, 0xF0, 0x0F, 0xAA] * 3)

    async def send(ctx):
        await uart_send(ctx, dut.line, data, 16 * 0.92)
        await wait(ctx, 400)

    async def take(ctx):
        ctx.set(dut.o.ready, 1)
        while True:
            received.extend(await until(ctx, dut.o.valid, dut.o.payload))

    simulate(dut, send, background=[take])
    assert bytes(received) != data
