"""The emitted board design, with the models of the FPGA's cells, through its UART pins."""

from dataclasses import replace

import pytest

import boards
from hwgen.emit import verilog
from hwgen.link import protocol
from hwgen.link.protocol import ErrorCode, Refusal, decode_response
from hwgen.plan import elements_to_spikes, make_plan
from hwgen.spec import HwgenError
from hwgen.top.board_top import BoardTop
from hwgen.top.parameters import LinkParameters
from sim.bench.board_check import BoardBench, Exchange
from sim.bench.compare import sample_elements
from sim.golden import forward
from tests.strategies import random_case

BOARD = boards.find("icebreaker")


CASE = random_case(2)


@pytest.fixture(scope="module")
def plan():
    return make_plan(CASE.network, BOARD, cores=1, lanes=4, time_parallel=1)


@pytest.fixture(scope="module")
def emitted(plan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("board_top")
    verilog.generate(BoardTop(plan, BOARD), BOARD.platform(), folder)
    return folder


def talk(plan, verilog_file, simulator, requests, wait_us=2000):
    """The frames that the board answers."""
    bench = BoardBench(plan, verilog_file, simulator=simulator, folder=verilog_file.parent / verilog_file.stem)
    return sum(bench.talk(Exchange(request.encode(), wait_us=wait_us) for request in requests), [])


@pytest.mark.parametrize("simulator", ["icarus", "verilator"])
def test_the_board_answers_as_the_golden_model_through_its_pins(plan, emitted, simulator):
    core, golden = plan.cores[0], forward(CASE.network, CASE.samples, keep_layers=True)
    hello = LinkParameters.from_plan(plan).hello
    last, layout = hello.layers - 1, core.layers[0].out_layout

    def infer(sample, stop_layer, sequence):
        return protocol.infer(sample_elements(CASE.network, CASE.samples[sample]), element_bits=hello.element_bits,
                              stop_layer=stop_layer, sequence=sequence)

    probes = [protocol.probe(layout.base + word, 6) for word in range(layout.words)]
    answers = talk(plan, emitted / "top.v", simulator, [
        protocol.hello(1), infer(0, last, 2), infer(1, last, 3), replace(protocol.hello(4), version=9),
        infer(0, 0, 5), *probes, protocol.status(7)])
    assert [frame.sequence for frame in answers] == [1, 2, 3, 4, 5, *[6] * len(probes), 7]
    first, *results, refusal, stopped = [decode_response(frame) for frame in answers[:5]]
    words = [decode_response(frame, word_bits=hello.word_bits).word for frame in answers[5:-1]]
    status = decode_response(answers[-1])
    assert first == hello
    for sample, result in enumerate(results):
        assert list(result.scores) == golden.scores[sample].tolist()
        assert result.winner == golden.winner[sample] and result.cycles > 0
    assert refusal == Refusal(ErrorCode.VERSION)
    assert stopped.scores == (0,)
    spikes = elements_to_spikes(layout.unpack(words), CASE.network.timesteps)
    assert (spikes == golden.layers[0].output[:, 0]).all()
    assert (status.frames, status.inferences, status.version) == (5 + len(probes), 3, 1)


def test_a_wrong_clock_is_noticed(plan, emitted):
    text = (emitted / "top.v").read_text()
    assert text.count(".DIVF(7'h2f)") == 1
    (emitted / "fast.v").write_text(text.replace(".DIVF(7'h2f)", ".DIVF(7'h35)"))
    assert talk(plan, emitted / "fast.v", "icarus", [protocol.hello(1)], wait_us=300) == []


def test_pins_and_modules_have_readable_names(emitted):
    text = (emitted / "top.v").read_text()
    for module in ("top", "core", "system_link", "system_link_requests", "clock"):
        assert f"\nmodule {module}(" in text
    constraints = (emitted / "top.pcf").read_text()
    for pin, place in (("clk12_0__io", 35), ("uart_0__rx__io", 6), ("uart_0__tx__io", 9)):
        assert f"set_io {pin} {place}\n" in constraints


def test_a_clock_that_cannot_be_made_is_told_before_anything_is_emitted(plan, tmp_path):
    with pytest.raises(HwgenError, match="the PLL cannot make 40 MHz from 12 MHz; use 39.75 MHz or 40.5 MHz"):
        verilog.generate(BoardTop(replace(plan, target_hz=40e6), BOARD), BOARD.platform(), tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_built_is_one_line(plan):
    with pytest.raises(HwgenError, match="use 24 MHz or more"):
        BOARD.platform().prepare(BoardTop(replace(plan, target_hz=18e6), BOARD), "top")
