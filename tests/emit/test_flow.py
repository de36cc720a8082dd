"""A small design through every tool: names, bytes, errors and timing."""

import re

import pytest

import boards
from hwgen.emit import nextpnr, verilog, yosys
from hwgen.errors import BuildError, TimingError
from tests.emit.design import Blinker, Slow, Sum


BOARD = boards.find("ice40")


def generate(design, folder, board=BOARD):
    return verilog.generate(design, board.platform(), folder)


def bitstream(folder, board=BOARD, *, seeds=4, **options):
    folder.mkdir()
    generated = generate(Blinker(), folder, board)
    synthesis = yosys.synthesise(folder, board)
    placed = nextpnr.place_and_route(folder, board, target_hz=12e6,
                                     constraints=generated.constraints, seeds=seeds, **options)
    nextpnr.pack(folder, board)
    return synthesis, placed


def test_a_design_becomes_the_same_bytes_twice(tmp_path):
    synthesis, placed = bitstream(tmp_path / "a", seeds=3, workers=2)
    bitstream(tmp_path / "b", seeds=1, workers=1)
    for name in ("top.il", "top.v", "netlist.v", "top.pcf", "top.bin"):
        first = (tmp_path / "a" / name).read_bytes()
        assert first == (tmp_path / "b" / name).read_bytes(), name
        assert first
    assert placed.routed.met and placed.routed.seed == 1
    assert placed.routed.used["lut"] >= synthesis.flip_flops >= 24
    assert placed.routed.available == {"lut": 5280, "bram": 30, "spram": 4, "dsp": 8}
    assert {"yosys.log", "nextpnr.log", "icepack.log", "verilog-top.log"} <= \
        {path.name for path in (tmp_path / "a").iterdir()}
    assert not list((tmp_path / "a").glob("*seed*")) and not list((tmp_path / "a").glob("*.part"))


def test_modules_have_plain_names_and_all_their_ports(tmp_path):
    generate(Blinker(), tmp_path)
    text = (tmp_path / "top.v").read_text()
    modules = dict(re.findall(r"^module (\S+?)\((.*?)\);", text, re.MULTILINE))
    assert {"top", "sum", "sum_adder", "led"} <= set(modules)
    assert set(modules["sum"].split(", ")) == \
        {"clk", "rst", "i__payload", "i__valid", "i__ready", "unused", "total"}
    assert "always @*" not in text


def test_a_component_alone_is_the_same_module_as_in_the_design(tmp_path):
    def module(path):
        text = re.search(r"^module sum\(.*?^endmodule", path.read_text(), re.MULTILINE | re.DOTALL)[0]
        return sorted(text.splitlines())                    # the order of assignments means nothing

    (tmp_path / "alone").mkdir()
    generate(Blinker(), tmp_path)
    verilog.generate_component(Sum(), "sum", tmp_path / "alone")
    assert module(tmp_path / "top.v") == module(tmp_path / "alone" / "sum.v")


def test_two_modules_with_one_name_are_refused():
    text = "module \\top.a.b\nend\nmodule \\top.a_b\nend\n"
    with pytest.raises(BuildError, match="'top.a.b' and 'top.a_b' would both be named 'a_b'"):
        verilog.rename_modules(text, drop="top.")


def test_yosys_error_lines_are_shown_and_its_log_is_kept(tmp_path):
    (tmp_path / "top.il").write_text("module \\top\n  nonsense\nend\n")
    with pytest.raises(BuildError, match=r"yosys failed: .*ERROR: .*line 2.*; its whole output is in '.*yosys.log'"):
        yosys.synthesise(tmp_path, BOARD)
    assert "ERROR" in (tmp_path / "yosys.log").read_text()


def test_an_undefined_module_is_named(tmp_path):
    (tmp_path / "top.il").write_text(
        "attribute \\blackbox 1\nmodule \\missing_core\n  wire output 1 \\o\nend\n"
        "module \\top\n  wire output 1 \\o\n  cell \\missing_core \\core\n    connect \\o \\o\n  end\nend\n")
    with pytest.raises(BuildError, match="'missing_core' is instantiated in 'top' but not defined"):
        yosys.synthesise(tmp_path, BOARD)


def test_nextpnr_error_lines_are_shown(tmp_path):
    generated = generate(Blinker(), tmp_path)
    yosys.synthesise(tmp_path, BOARD)
    (tmp_path / generated.constraints).write_text("set_io no_such_port 35\nset_io led_0__io 999\n")
    with pytest.raises(BuildError, match=r"nextpnr-ice40 failed: .*ERROR.*999"):
        nextpnr.place_and_route(tmp_path, BOARD, target_hz=12e6,
                                constraints=generated.constraints, seeds=2)


def test_a_missed_clock_is_a_timing_error_with_the_figure(tmp_path):
    generated = generate(Slow(), tmp_path)
    yosys.synthesise(tmp_path, BOARD)
    pattern = r"the clock reaches (\d+\.\d\d) MHz of 200\.00 MHz \(seed [12], the best of 2\)"
    (tmp_path / generated.constraints).write_text(
        re.sub("set_frequency.*", "set_frequency clk12_0__io 200", (tmp_path / generated.constraints).read_text()))
    with pytest.raises(TimingError, match=pattern) as caught:
        nextpnr.place_and_route(tmp_path, BOARD, target_hz=200e6,
                                constraints=generated.constraints, seeds=2)
    assert caught.value.exit_code == 4
    assert 1 < float(re.search(pattern, str(caught.value))[1]) < 200


def test_the_cell_models_belong_to_the_device():
    text = "".join(path.read_text() for path in yosys.cell_models(BOARD))
    assert "module SB_LUT4" in text and "module SB_RAM40_4K" in text and "module SB_MAC16" in text
