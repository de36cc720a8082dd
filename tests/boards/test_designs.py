"""What a board design says to the tools of each board: the PLL, and where its pins are."""

import re

import pytest
from amaranth.hdl import ClockDomain, ClockSignal, Elaboratable, Module, ResetSignal, Signal
from amaranth.lib import io

from boards import BOARDS
from hwgen.emit.families import TOOLCHAINS, toolchain
from hwgen.emit.toolchain import filled
from hwgen.top.clock import BoardClock

ALL = pytest.mark.parametrize("board", BOARDS.values(), ids=list(BOARDS))

#: Oscillator, receiver and transmitter of the host link: from schematics, not from the platforms.
PINS = {
    "icebreaker": ("35", "6", "9"), "upduino": ("20", "28", "38"), "icesugar": ("35", "4", "6"),
    "hx8k": ("J3", "B10", "B12"), "ulx3s_25f": ("G2", "M1", "L4"), "ulx3s_85f": ("G2", "M1", "L4"),
    "orangecrab": ("A9", "N17", "M18"), "colorlight_i5": ("P3", "H18", "J17"),
    "tang_nano_9k": ("52", "18", "17"),
    "tang_nano_20k": ("4", "70", "69"),
}


class Echo(Elaboratable):
    """The clock of a board, and its UART looped back."""

    def __init__(self, board):
        self.board = board

    def elaborate(self, platform):
        m = Module()
        settings = self.board.pll_settings(self.board.default_target_hz)
        pad = platform.request(platform.default_clk, dir="-")
        m.submodules.clock = clock = BoardClock(pad=pad, settings=settings)
        m.domains.sync = ClockDomain()
        m.d.comb += [ClockSignal().eq(clock.clk), ResetSignal().eq(clock.rst)]
        uart = platform.request("uart", 0, dir={"rx": "-", "tx": "-"})
        m.submodules.rx = rx = io.Buffer("i", uart.rx)
        m.submodules.tx = tx = io.Buffer("o", uart.tx)
        kept = Signal()
        m.d.sync += kept.eq(rx.i)
        m.d.comb += tx.o.eq(kept)
        return m


@pytest.fixture(scope="module")
def files():
    """``{board: its files}``, made when first asked for."""
    made = {}

    def get(board):
        if board.name not in made:
            plan = board.platform().prepare(Echo(board), "top", emit_src=False, debug_verilog=False)
            made[board.name] = plan.files
        return made[board.name]
    return get


def text(content) -> str:
    return content.decode() if isinstance(content, bytes) else content


@ALL
def test_the_constraints_have_the_pins(board, files):
    constraints = next(text(content) for name, content in files(board).items()
                       if name.endswith((".pcf", ".lpf", ".cst")))
    clock = board.platform().default_clk
    for port, pin in zip((f"{clock}_0__io", "uart_0__rx__io", "uart_0__tx__io"), PINS[board.name]):
        assert re.search(rf'{port}"? (?:SITE )?"?{pin}"?;?$', constraints, re.MULTILINE), port


@ALL
def test_the_pll_makes_the_default_clock(board, files):
    cell = {"ice40": "SB_PLL40_(?:PAD|CORE)", "ecp5": "EHXPLLL", "gowin": "rPLL"}[board.family]
    design = text(files(board)["top.il"])
    body = re.search(rf"^  cell \\{cell} .*?^  end$", design, re.MULTILINE | re.DOTALL)[0]
    found = {name: int(value, 2) if re.fullmatch("[01]+", value) and len(bits) else int(value)
             for name, bits, value in re.findall(r"parameter (?:signed )?\\(\w+) (\d+'|)([01]+|\d+)$", body,
                                                 re.MULTILINE)}
    makes = {
        "ice40": lambda p: board.oscillator_hz * (p["DIVF"] + 1) / (p["DIVR"] + 1) / 2 ** p["DIVQ"],
        "ecp5": lambda p: board.oscillator_hz * p["CLKFB_DIV"] / p["CLKI_DIV"],
        "gowin": lambda p: board.oscillator_hz * (p["FBDIV_SEL"] + 1) / (p["IDIV_SEL"] + 1),
    }[board.family]
    assert makes(found) == board.default_target_hz


@ALL
def test_the_arguments_name_every_file(board):
    family = toolchain(board)
    routed = filled(family.nextpnr_arguments, constraints="top.pcf", routed="seed1.asc")
    packed = filled(family.pack_arguments, top="top")
    assert not [word for word in (*routed, *packed) if "{" in word]
    assert any("top.pcf" in word for word in routed) and "seed1.asc" in routed
    assert f"top{family.routed}" in packed and f"top{family.bitstream}" in packed
    assert all(f"top{suffix}" in packed for suffix in family.also.values())


def test_every_family_has_boards():
    assert set(TOOLCHAINS) == {board.family for board in BOARDS.values()}


def test_the_clock_of_gowin_is_derated_and_says_so():
    derating = {name: family.derating for name, family in TOOLCHAINS.items()}
    assert derating == {"ice40": 1, "ecp5": 1, "gowin": 0.5}
    assert TOOLCHAINS["gowin"].timing_basis.startswith("50% of what nextpnr-himbaechel-gowin")
