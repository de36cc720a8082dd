"""The host link of a board that loads its weights: what it answers before, after, and without them."""

from dataclasses import replace

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from hwgen.gateware.load import LoadBus
from hwgen.link import protocol
from hwgen.link.protocol import Decoder, ErrorCode, Refusal, decode_response, slip_encode
from hwgen.plan import image
from hwgen.plan.image import Design
from hwgen.top.system import System
from tests.gateware.plans import make_plan
from tests.simulation import simulate, wait
from tests.top.helpers import PARAMETERS, SmallCore, small_core, uart_listener, uart_send

CYCLES = 8
HASH = bytes(range(0xD8, 0xE0))
PLAN = replace(make_plan((1, 2, 2)), weight_store="spram")
LOADED = replace(PARAMETERS, design=Design.of(PLAN))
SAMPLE = [1, 2, 3, 15, 0, 8]
INFER = protocol.infer(SAMPLE, element_bits=4, stop_layer=2, sequence=3)


class LoadedCore(wiring.Component):
    """A `SmallCore` with a bus that it does not look at."""

    def __init__(self):
        self._core = SmallCore(LOADED)
        super().__init__({**dict(self._core.signature.members), "load": In(LoadBus(LOADED.design))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.core = self._core
        for name, member in self._core.signature.members.items():
            mine, inner = getattr(self, name), getattr(self._core, name)
            if member.is_signature:
                wiring.connect(m, wiring.flipped(mine), inner)
            else:
                m.d.comb += inner.eq(mine) if member.flow is In else mine.eq(inner)
        return m


def talk(*parts):
    """``(answers, error line at the end)``; parts are frames or bytes to send, one by one, or settings ``{port: value}``,
    or the words of an image."""
    dut, answers, decoder, back, error = System(LOADED, LoadedCore()), [], Decoder(), bytearray(), None

    async def host(ctx):
        nonlocal error
        for part in parts:
            if isinstance(part, dict):
                for port, value in part.items():
                    ctx.set(getattr(dut, port), value)
            elif isinstance(part, list):
                for address, word in enumerate(part):
                    ctx.set(dut.load.valid, 1)
                    ctx.set(dut.load.address, address)
                    ctx.set(dut.load.data, word)
                    await ctx.tick()
                ctx.set(dut.load.valid, 0)
            else:
                await uart_send(ctx, dut.rx, part if isinstance(part, bytes) else part.encode(), CYCLES)
                await wait(ctx, 4000)
                answers.extend(decode_response(frame, word_bits=12) for frame in decoder.feed(bytes(back)))
                back.clear()
        error = ctx.get(dut.error)

    simulate(dut, host, background=[uart_listener(dut.tx, back, CYCLES)], limit=60_000)
    return answers, error


REQUESTS = [protocol.hello(), INFER, protocol.status(), protocol.probe(1)]


def test_until_the_weights_are_there_the_board_is_busy_and_then_it_serves():
    words = image.payload(PLAN, HASH).tolist()
    busy, (hello, result) = [Refusal(ErrorCode.BUSY)] * 4, (replace(LOADED.hello, network=HASH), small_core(SAMPLE))
    answers, error = talk(*REQUESTS, words, {"ready": 1}, protocol.hello(), INFER)
    assert answers == [*busy, hello, result] and not error


def test_hello_has_no_hash_of_its_own():
    answers, _ = talk({"ready": 1}, protocol.hello())
    assert answers == [replace(LOADED.hello, network=bytes(8))]


def test_with_a_bad_image_every_request_is_answered_with_that_and_the_error_line_is_lit():
    answers, error = talk({"bad": 1}, *REQUESTS)
    assert answers == [Refusal(ErrorCode.IMAGE)] * 4 and error
    assert "`python -m hwgen flash DIR`" in str(answers[0])


@pytest.mark.parametrize("bad", [0, 1])
def test_a_broken_frame_is_told_first(bad):
    assert talk({"bad": bad}, slip_encode(bytes(7)))[0] == [Refusal(ErrorCode.CRC)]
