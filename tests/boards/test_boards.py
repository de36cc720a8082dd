"""The registry of boards, and what each board says of itself."""

import pytest

from amaranth.build import ResourceError

import boards
from hwgen.spec import HwgenError

ALL = pytest.mark.parametrize("board", boards.BOARDS.values(), ids=list(boards.BOARDS))


def test_the_family_name_is_the_icebreaker():
    assert boards.find("ice40") is boards.find("icebreaker") is boards.find("iCEBreaker")


@pytest.mark.parametrize("typed, named", [("icebraker", "icebreaker"), ("ice4", "ice40"), ("zynq", "known are")])
def test_an_unknown_board_is_one_line_that_helps(typed, named):
    with pytest.raises(HwgenError) as caught:
        boards.find(typed)
    assert typed in str(caught.value) and named in str(caught.value) and "\n" not in str(caught.value)


def test_a_board_is_one_file(tmp_path, monkeypatch):
    (tmp_path / "zz_new.py").write_text(
        "from dataclasses import replace\nfrom boards.icebreaker import BOARD as ICEBREAKER\n"
        "BOARD = replace(ICEBREAKER, name='zz', aliases=())\n")
    monkeypatch.setattr(boards, "__path__", [*boards.__path__, str(tmp_path)])
    assert set(boards._register()) == {*boards.BOARDS, "zz"}


def test_two_boards_of_one_name_are_refused(tmp_path, monkeypatch):
    (tmp_path / "zz_twin.py").write_text("from boards.icebreaker import BOARD\n")
    monkeypatch.setattr(boards, "__path__", [*boards.__path__, str(tmp_path)])
    with pytest.raises(ValueError, match="icebreaker"):
        boards._register()


@ALL
def test_the_platform_has_the_resources(board):
    platform = board.platform()
    assert platform.lookup(platform.default_clk).clock.frequency == board.oscillator_hz
    platform.request("uart", 0, dir={"rx": "-", "tx": "-"})
    for name, number in board.leds.values():
        platform.request(name, number, dir="-")
    with pytest.raises(ResourceError):
        platform.request("uart", 0, dir="-")


@pytest.mark.parametrize("name", ["icebreaker", "upduino", "icesugar"])
def test_a_board_with_spram_has_a_flash_to_fill_it_from_and_a_led_for_errors(name):
    board = boards.find(name)
    platform = board.platform()
    flash = platform.request("spi_flash", 0, dir="-")
    assert board.budget.spram == 4 and "error" in board.leds
    assert flash.cs.invert == (True,)
    assert flash.clk.invert == flash.copi.invert == flash.cipo.invert == (False,)
    platform.request("uart", 0, dir={"rx": "-", "tx": "-"})         # on pins of its own


@ALL
def test_the_flash_command_ends_with_the_file(board):
    command = board.flash_command("out/top.bin")
    assert command[0] == board.programmer and command[-1] == "out/top.bin"
    assert all(isinstance(word, str) for word in command)
    at_offset = board.flash_command("out/weights.bin", 0x100000)
    assert at_offset[:len(command) - 1] == command[:-1] and at_offset[-3:] == ["-o", "0x100000", "out/weights.bin"]


@ALL
def test_a_weights_image_lies_behind_the_bitstream_on_sectors_of_its_own(board):
    assert (board.weights_offset is not None) == (board.budget.spram > 0)
    if board.weights_offset is not None:
        assert 104_090 < board.weights_offset < 1 << 24 and board.weights_offset % 0x10000 == 0
