"""A board design that loads its weights from flash, in simulation: the right image, wrong ones, and wrong weights."""

from dataclasses import replace

import numpy as np
import pytest

import boards
from hwgen.emit import verilog, yosys
from hwgen.link import protocol
from hwgen.spec.identity import network_hash
from hwgen.link.protocol import ErrorCode, Hello, Refusal, decode_response
from hwgen.plan import CorePlan, image, make_plan
from hwgen.plan.image import Design, ImageError
from hwgen.spec import HwgenError
from hwgen.top.board_top import BoardTop
from sim.bench import core_check
from sim.bench.board_check import BoardBench, Exchange, check_board
from sim.bench.core_check import check_core
from tests.bench.cores import emit, first_difference, heavier, random_plan
from tests.strategies import random_case

BOARD = boards.find("icebreaker")
CASE = random_case(190)
CORE = CorePlan(network=CASE.network, lanes=4, time_parallel=4, word_elements=4, weight_store="spram")
PLAN = replace(make_plan(CASE.network, BOARD), cores=(CORE,))
HELLO = Exchange(protocol.hello(1).encode())
GOOD = image.build(CORE, network_hash(CASE.network))


@pytest.fixture(scope="module")
def emitted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("board")
    generated = verilog.generate(BoardTop(PLAN, BOARD), BOARD.platform(), folder)
    return folder / generated.verilog


def ask(design, folder, content, **options):
    """The answer to HELLO of a board with this content in its flash."""
    bench = BoardBench(PLAN, design, simulator="icarus", folder=folder, image=content)
    ((frame,),) = bench.talk([HELLO], **options)
    return decode_response(frame)


def other_weights():
    """``(network, its first difference)``: one weight less, which shows in the first sample and fits the design."""
    for layer in reversed(range(len(CASE.network.layers))):
        for at in np.ndindex(CASE.network.layers[layer].weight.shape):
            network = heavier(CASE.network, layer, at)
            try:
                Design.of(CORE).plan(network)
            except ImageError:
                continue
            if difference := first_difference(CASE.network, network, CASE.samples[:1]):
                return network, difference
    raise AssertionError("no weight shows")


def test_the_board_boots_and_equals_the_golden_model(emitted, tmp_path):
    assert emitted.read_text().count("  SB_SPRAM256KA ") == -(-4 * CORE.weight_width // 16)
    checked = check_board(PLAN, emitted, CASE.samples[:1], simulator="icarus", folder=tmp_path)
    assert checked.tally.differences == 0 and checked.samples == 1


def test_hello_before_and_after_the_boot(emitted, tmp_path):
    answer = ask(emitted, tmp_path, GOOD)
    assert isinstance(answer, Hello) and answer.network == network_hash(CASE.network)
    assert ask(emitted, tmp_path, GOOD, booted=False) == Refusal(ErrorCode.BUSY)


def test_bad_images_are_refused(emitted, tmp_path):
    other = replace(CORE, network=random_case(3).network)
    flipped = bytearray(GOOD)
    flipped[len(GOOD) // 2] ^= 0x10
    for name, content in {
            "erased": b"", "one bit": bytes(flipped), "cut": GOOD[:-40], "version": GOOD[:5] + b"\2" + GOOD[6:],
            "another network": image.build(other, network_hash(other.network))}.items():
        assert ask(emitted, tmp_path, content) == Refusal(ErrorCode.IMAGE), name


def test_other_weights_need_no_other_design(emitted, tmp_path):
    """The board of one network, with the image of another of the same shapes, is the other's board."""
    network, _ = other_weights()
    core = Design.of(CORE).plan(network)
    plan = replace(PLAN, network=network, cores=(core,))
    content = image.build(core, network_hash(network), Design.of(CORE))
    bench = BoardBench(PLAN, emitted, simulator="icarus", folder=tmp_path, image=content)
    ((frame,),) = bench.talk([HELLO])
    assert decode_response(frame).network == network_hash(network)
    assert Design.of(core).id == Design.of(CORE).id, "the seed makes no network of the same widths"
    checked = check_board(plan, emitted, CASE.samples[:1], simulator="icarus", folder=tmp_path)
    assert checked.tally.differences == 0 and checked.samples == 1


@pytest.mark.parametrize("simulator", ["icarus", pytest.param("verilator", marks=pytest.mark.slow)])
def test_a_wrong_weight_in_a_right_image_is_found_by_the_check_of_the_core(emitted, tmp_path, simulator, monkeypatch):
    assert check_core(CORE, emitted, CASE.samples, simulator=simulator, folder=tmp_path).tally.differences == 0
    network, difference = other_weights()
    payload = image.payload
    monkeypatch.setattr(core_check, "payload", lambda core, identity: payload(replace(core, network=network), identity))
    first = check_core(CORE, emitted, CASE.samples[:1], simulator=simulator, folder=tmp_path).tally.first
    assert (first.sample, first.timestep, first.layer, first.neuron) == difference[:4]


def test_a_board_without_a_flash_is_refused_before_anything_is_emitted():
    board = replace(BOARD, weights_offset=None)
    with pytest.raises(HwgenError, match="'icebreaker' has no flash to load the weights from"):
        board.platform().prepare(BoardTop(PLAN, board), "top")


@pytest.mark.parametrize("seed", [2, 35, pytest.param(76, marks=pytest.mark.slow)])
def test_random_networks_that_were_loaded(seed, tmp_path):
    """Noise in the memories at power-up, stalls, early stops."""
    case = random_case(seed)
    core = replace(random_plan(case), weight_store="spram")
    checked = check_core(core, emit(core, tmp_path), case.samples, simulator="icarus", folder=tmp_path, seed=seed,
                         stalled=0.6, probed=0.6)
    assert checked.tally.differences == 0 and checked.samples == len(case.samples), f"{case}: {checked.tally.first}"


@pytest.mark.slow
def test_the_netlist_boots_and_equals_the_golden_model(emitted, tmp_path):
    yosys.synthesise(emitted.parent, BOARD, netlist="netlist.v")
    netlist = emitted.parent / "netlist.v"
    checked = check_board(PLAN, netlist, CASE.samples[:1], simulator="verilator", folder=tmp_path)
    assert checked.tally.differences == 0 and checked.samples == 1
