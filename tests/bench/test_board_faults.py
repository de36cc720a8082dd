"""The check of a whole board, RTL and netlist, through its UART: equal when whole, and each fault is seen."""

import re
from dataclasses import astuple, replace

import numpy as np
import pytest

import boards
from hwgen.emit import verilog, yosys
from hwgen.link import protocol
from hwgen.link.protocol import ErrorCode, Refusal, Result, Status, decode_response
from hwgen.plan import make_plan
from hwgen.top.board_top import BoardTop
from sim.bench.board_check import BoardBench, Exchange, check_board
from sim.bench.compare import sample_elements
from sim.bench.runner import BenchError
from sim.golden import forward
from tests.bench.cores import first_difference
from tests.strategies import random_case

BOARD = boards.find("icebreaker")
CASE = random_case(190)
PLAN = make_plan(CASE.network, BOARD, cores=1, lanes=4, time_parallel=4)
CORE = PLAN.cores[0]


@pytest.fixture(scope="module")
def emitted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("board")
    verilog.generate(BoardTop(PLAN, BOARD), BOARD.platform(), folder)
    return folder


@pytest.fixture(scope="module")
def netlist(emitted):
    yosys.synthesise(emitted, BOARD, netlist="netlist.v")
    return emitted / "netlist.v"


def check(design, folder, samples=1):
    return check_board(PLAN, design, CASE.samples[:samples], simulator="icarus", folder=folder)


def infer(sample):
    elements = sample_elements(CASE.network, CASE.samples[sample])
    return protocol.infer(elements, element_bits=CORE.element_bits, stop_layer=len(CORE.layers) - 1)


def test_the_board_equals_the_golden_model(emitted, tmp_path):
    checked = check(emitted / "top.v", tmp_path, samples=2)
    assert checked.tally.differences == 0 and checked.samples == 2
    assert checked.winners == forward(CASE.network, CASE.samples[:2]).winner.tolist()


def test_a_compare_without_equality_is_caught(emitted, tmp_path):
    membrane = forward(CASE.network, CASE.samples, keep_layers=True).layers[0].membrane[:, 0]
    threshold = CASE.network.integers[0].neuron.threshold.T[:, :, None, None]
    t, *neuron = np.argwhere(membrane == threshold)[0].tolist()
    text, found = re.subn(r"(\$signed\(above\)) >= ", r"\1 > ", (emitted / "top.v").read_text())
    assert found == min(CORE.time_parallel, CORE.timesteps)
    (tmp_path / "broken.v").write_text(text)
    first = check(tmp_path / "broken.v", tmp_path).tally.first
    assert astuple(first) == (0, t, CASE.network.layers[0].name, neuron, 1, 0)


def test_a_bit_flipped_on_the_wire_is_refused_and_counted_and_the_next_frame_works(emitted, tmp_path):
    good = infer(0).encode()
    flipped = bytearray(good)
    flipped[len(good) // 2] ^= 1
    answers = BoardBench(PLAN, emitted / "top.v", simulator="icarus", folder=tmp_path).talk(
        [Exchange(bytes(flipped)), Exchange(good), Exchange(protocol.status().encode())])
    refusal, result, status = (decode_response(frame) for (frame,) in answers)
    assert refusal == Refusal(ErrorCode.CRC)
    assert isinstance(result, Result) and isinstance(status, Status)
    assert list(result.scores) == forward(CASE.network, CASE.samples).scores[0].tolist()
    assert (status.crc, status.inferences) == (1, 1)


def test_a_bit_flipped_on_the_wire_ends_the_check(emitted, tmp_path, monkeypatch):
    whole = BoardBench.talk

    def talk(self, exchanges):
        first, *others = exchanges
        send = bytearray(first.send)
        send[len(send) // 2] ^= 4
        return whole(self, [replace(first, send=bytes(send)), *others])

    monkeypatch.setattr(BoardBench, "talk", talk)
    with pytest.raises(BenchError, match="sample 0: the board answered .*CRC.* to INFER"):
        check(emitted / "top.v", tmp_path)


def test_the_netlist_equals_the_golden_model(netlist, tmp_path):
    assert "SB_LUT4" in netlist.read_text()
    checked = check(netlist, tmp_path)
    assert checked.tally.differences == 0 and checked.samples == 1


def test_a_corrupt_weight_bit_in_the_netlist_is_caught(netlist, tmp_path):
    """One bit of one weight in a block RAM's initial content."""
    row, lane, bit, expected = visible_bit()
    text = flip(netlist.read_text(), "bank0", row, lane * CORE.weight_width + bit,
                CORE.weight_rows[row, lane] >> bit & 1)
    (tmp_path / "broken.v").write_text(text)
    assert astuple(check(tmp_path / "broken.v", tmp_path).tally.first) == expected


def visible_bit():
    """A bit of the weights of the first layer whose change shows in the first sample: ``(row, lane, bit,
    first difference)``."""
    layer = CASE.network.layers[0]
    _, in_channels, _, width = layer.weight.shape
    for channel, tap, ky, kx in np.ndindex(layer.weight[:CORE.lanes].shape):
        for bit in reversed(range(layer.weight_bits - 1)):
            sign = 1 if layer.scale[channel] > 0 else -1
            weight = np.array(layer.weight, np.int64)
            weight[channel, tap, ky, kx] = sign * (sign * weight[channel, tap, ky, kx] ^ 1 << bit)
            if np.abs(weight).max() >= 1 << layer.weight_bits - 1:
                continue
            changed = replace(CASE.network, layers=(replace(layer, weight=weight), *CASE.network.layers[1:]))
            if expected := first_difference(CASE.network, changed, CASE.samples[:1]):
                row = (ky * width + kx) * in_channels + tap
                assert CORE.weight_rows[row, channel] == sign * layer.weight[channel, tap, ky, kx]
                return row, channel, bit, expected
    raise AssertionError("no bit shows")


def flip(text: str, bank: str, row: int, bit: int, present: int) -> str:
    """The netlist with one bit of a weight bank of 256 rows inverted; checks that it was ``present``.

    Yosys spreads the bits of a word over the pins of a block RAM in bit-reversed order.
    """
    cell = re.search(rf"^  SB_RAM40_4K #\((?:(?!^  SB_)(?:.|\n))*?\\system\.core\.engine\.weights\.{bank}\.0\.{bit // 16} ",
                     text, re.M)
    assert "READ_MODE(2'h0)" in cell[0]
    init = re.search(rf"\.INIT_{row // 16:X}\(256'([hb])(\w+)\)", cell[0])
    digits = init[2] if init[1] == "b" else "".join(
        digit * 4 if digit == "x" else f"{int(digit, 16):04b}" for digit in init[2])
    digits = digits.rjust(256, "0")
    at = 255 - (row % 16 * 16 + int(f"{bit % 16:04b}"[::-1], 2))
    assert digits[at] == str(present)
    changed = digits[:at] + str(1 - present) + digits[at + 1:]
    start = cell.start() + init.start()
    return text[:start] + f".INIT_{row // 16:X}(256'b{changed})" + text[cell.start() + init.end():]
