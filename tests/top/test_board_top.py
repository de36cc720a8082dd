"""The emitted board design, with the models of the FPGA's cells, through its UART pins."""

from dataclasses import replace

import pytest

import boards
from hwgen.emit import verilog
from hwgen.link import protocol
from hwgen.link.protocol import Decoder, ErrorCode, Refusal, decode_response
from hwgen.plan import make_plan
from hwgen.spec import HwgenError
from hwgen.top.board_top import BoardTop
from hwgen.top.parameters import LinkParameters
from sim.bench.runner import Design, Simulation, public_ports
from sim.board import ice40_models
from tests.strategies import random_case
from tests.top.helpers import SmallCore, small_core

PINS = ("clk12_0__io", "uart_0__rx__io", "uart_0__tx__io", "led_g_0__io", "led_g_1__io", "led_r_0__io")
BOARD = boards.find("icebreaker")


@pytest.fixture(scope="module")
def plan():
    return make_plan(random_case(3).network, BOARD)


@pytest.fixture(scope="module")
def emitted(plan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("board_top")
    parameters = LinkParameters.from_plan(plan)
    verilog.generate(BoardTop(plan, BOARD, core=SmallCore(parameters)), BOARD.platform(), folder)
    return parameters, folder


def talk(folder, simulator, requests):
    """The frames that the board answers."""
    design = Design(sources=(folder / "top.v", *ice40_models(folder)), top="top", signals=public_ports("top", PINS),
                    timing=True)
    (folder / "requests").write_text(" ".join(request.encode().hex() for request in requests))
    Simulation(design, folder / simulator, simulator).run("tests.top.board_bench", folder=folder)
    return Decoder().feed(b"".join(bytes.fromhex(line) for line in (folder / "answers").read_text().split()))


@pytest.mark.parametrize("simulator", ["icarus", "verilator"])
def test_the_board_answers_through_its_pins(emitted, simulator):
    parameters, folder = emitted
    hello = parameters.hello
    sample = [n % 2**hello.element_bits for n in range(7, 7 + hello.elements)]
    wrong = replace(protocol.hello(4), version=9)
    requests = [
        protocol.hello(1), protocol.infer(sample, element_bits=hello.element_bits, stop_layer=hello.layers - 1,
                                          sequence=2),
        protocol.probe(0, 5, 3), wrong, protocol.status(5)]
    answers = talk(folder, simulator, requests)
    assert [frame.sequence for frame in answers] == [1, 2, 3, 4, 5]
    hello_, result, words, refusal, status = [
        decode_response(frame, word_bits=hello.word_bits) for frame in answers]
    assert hello_ == hello
    assert result == small_core(sample, parameters)
    assert words.words == tuple(sample[:5])
    assert refusal == Refusal(ErrorCode.VERSION)
    assert (status.frames, status.inferences, status.version) == (4, 1, 1)


def test_pins_and_modules_have_readable_names(emitted):
    text = (emitted[1] / "top.v").read_text()
    for module in ("top", "core", "system_link", "system_link_requests", "clock"):
        assert f"\nmodule {module}(" in text
    constraints = (emitted[1] / "top.pcf").read_text()
    for pin, place in (("clk12_0__io", 35), ("uart_0__rx__io", 6), ("uart_0__tx__io", 9)):
        assert f"set_io {pin} {place}\n" in constraints


def test_a_clock_that_cannot_be_made_is_told_before_anything_is_emitted(plan, tmp_path):
    with pytest.raises(HwgenError, match="the PLL cannot make 40 MHz from 12 MHz; use 39.75 MHz or 40.5 MHz"):
        verilog.generate(BoardTop(replace(plan, target_hz=40e6), BOARD), BOARD.platform(), tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("wrong, board, message", [
    (lambda plan: {"cores": plan.cores * 2}, BOARD, "2 cores"),
    (lambda plan: {"target_hz": 18e6}, BOARD, "use 24 MHz or more"),
    (lambda plan: {}, replace(BOARD, family="ecp5"), "no clock generator for ecp5"),
])
def test_what_cannot_be_built_is_one_line(plan, wrong, board, message):
    plan = replace(plan, board=board, **wrong(plan))
    with pytest.raises(HwgenError, match=message):
        board.platform().prepare(BoardTop(plan, board), "top")
