"""`verify`: what it prints, and that it catches a fault."""

import re
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from hwgen.emit import verilog

OPTIONS = ("--board", "ice40", "--lanes", "4", "--time-parallel", "1")
FIELDS = ["model", "board", "stage", "simulator", "samples", "layers", "differences", "first",
          "cycles_per_inference"]


def test_the_emitted_verilog_equals_the_golden_model(hwgen, model, small_case):
    result = hwgen("verify", "--model", model, *OPTIONS, "--simulator", "icarus", "--json")
    assert (result.code, result.err) == (0, "")
    assert list(result.json) == FIELDS
    assert result.json["cycles_per_inference"] > 10
    assert {name: result.json[name] for name in FIELDS[:-1]} == {
        "model": small_case.network.name, "board": "icebreaker", "stage": "rtl", "simulator": "icarus",
        "samples": 3, "layers": [layer.name for layer in small_case.network.layers], "differences": 0, "first": None}


@pytest.mark.parametrize("json", [True, False])
def test_a_fault_is_found_named_and_has_its_exit_code(hwgen, model, monkeypatch, json):
    real = verilog.generate

    def faulty(design, platform, folder, **options):
        generated = real(design, platform, folder, **options)
        text = (folder / generated.verilog).read_text()
        head, core = text.split("\nmodule core(", 1)
        core, declared = re.subn(r"(  wire (.*?))winner;", r"\1winner; wire \2told; assign winner = ~told;", core, count=1)
        core, connected = re.subn(r"\.winner\(winner\)", ".winner(told)", core, count=1)
        assert declared and connected
        (folder / generated.verilog).write_text(f"{head}\nmodule core({core}")
        return generated

    monkeypatch.setattr(verilog, "generate", faulty)
    result = hwgen("verify", "--model", model, *OPTIONS, "--simulator", "icarus", "--samples", "1",
                   *(["--json"] if json else []))
    assert result.code == 5
    assert "error: sample 0, timestep " in result.err and "['winner']: expected" in result.err
    if json:
        assert result.json["differences"] >= 1
        assert set(result.json["first"]) == {"sample", "timestep", "layer", "neuron", "expected", "got"}


@pytest.mark.slow
def test_the_netlist_equals_the_golden_model(hwgen, model):
    result = hwgen("verify", "--model", model, *OPTIONS, "--stage", "netlist", "--samples", "1", "--json")
    assert (result.code, result.json["differences"], result.json["simulator"]) == (0, 0, "verilator")


def test_a_simulation_that_fails_keeps_its_log(fails, model, monkeypatch, tmp_path):
    from sim.bench import core_check

    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(core_check, "LIMIT_CYCLES", 10)
    monkeypatch.setattr(core_check, "core_cost", lambda core: SimpleNamespace(cycles=0))
    error = fails(5, "verify", "--model", model, *OPTIONS, "--simulator", "icarus", "--samples", "1")
    assert "no answer within 10 cycles" in error
    assert Path(re.search(r"its whole output is in '(.*?)'", error)[1]).is_file()
