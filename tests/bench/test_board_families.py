"""The board design of each family, and its netlist, against the golden model through the pins."""

import pytest

import boards
from hwgen.emit import verilog, yosys
from hwgen.plan import make_plan
from hwgen.top.board_top import BoardTop
from sim.bench.board_check import check_board
from tests.strategies import random_case

CASE = random_case(2)


def check(name, folder, simulator, netlist):
    board = boards.find(name)
    plan = make_plan(CASE.network, board, cores=1, lanes=4, time_parallel=1)
    emitted = verilog.generate(BoardTop(plan, board), board.platform(), folder)
    if netlist:
        yosys.synthesise(folder, board, source=emitted.rtlil)
    source = folder / ("netlist.v" if netlist else emitted.verilog)
    return check_board(plan, source, CASE.samples[:1], simulator=simulator, folder=folder)


@pytest.mark.slow
@pytest.mark.parametrize("netlist", [False, True], ids=["verilog", "netlist"])
@pytest.mark.parametrize("board, simulator", [
    ("hx8k", "icarus"), ("ulx3s_25f", "verilator"), ("tang_nano_9k", "verilator")])
def test_the_board_equals_the_golden_model(board, simulator, netlist, tmp_path):
    checked = check(board, tmp_path, simulator, netlist)
    assert (checked.samples, checked.tally.differences) == (1, 0), checked.tally.first
