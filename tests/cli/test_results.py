"""What the commands print: the fixed fields of every JSON result, tables, pages, and dry runs."""

import json
import re

import pytest

from hwgen.emit import report, tools
from sim.golden import forward

PLAN = {"cores": [{"layers": ["conv1", "out"], "lanes": 16, "time_parallel": 4, "memories": []}], "why": ["<fast>"],
        "estimate": report.estimate_section({"lut": 4, "bram": 3, "spram": 3, "dsp": 3, "cycles_per_inference": 33_000,
                                             "basis": "activity"}, {name: {"used": 3, "available": 8} for name in (
                                                 "lut", "bram", "spram", "dsp")}, 30_000.0)}
REPORT = {
    "model": {"name": "small", "sha256": "0" * 64, "dataset": None, "parameters": 100, "weight_bits": 4,
              "timesteps": 4, "layers": [{"name": "out", "kind": "readout", "weight_bits": 4, "output": [10, 1, 1]}]},
    "board": {"name": "icebreaker", "family": "ice40", "device": "iCE40UP5K-SG48"},
    "plan": PLAN,
    "resources": {name: {"used": 3, "available": 8} for name in ("lut", "ff", "bram", "spram", "dsp")},
    "timing": {"target_mhz": 30.0, "fmax_mhz": 34.5, "met": True, "seed": 2},
    "performance": report.performance_section(cycles=30_000.0, sops=600_000.0, samples=20, clock_hz=30e6, slots=64,
                                              basis="simulation"),
    "accuracy": {"float": None, "quantised": None, "golden": {"value": 0.991, "samples": 10000}, "rtl": None},
    "energy": None,
    "tools": {"yosys": "0.70"},
    "files": {"top": "top.v", "bitstream": "top.bin"},
}


@pytest.fixture
def built(tmp_path):
    (tmp_path / report.NAME).write_text(json.dumps(REPORT))
    (tmp_path / "top.bin").write_bytes(b"bits")
    return tmp_path


def test_evaluate_counts_what_the_golden_model_gets_right(hwgen, model, small_case):
    result = hwgen("evaluate", "--model", model, "--json")
    assert (result.code, result.err) == (0, "")
    assert result.json == {"model": small_case.network.name, "samples": 3, "correct": 3, "accuracy": 1.0}
    result = hwgen("evaluate", "--model", model, "--samples", "2")
    assert result.out == "2 of 2 correct: 100.00 %\n"


def test_evaluate_reads_the_data_set_that_the_network_names(hwgen, tmp_path, monkeypatch, small_case):
    from dataclasses import replace

    from tests.cli.conftest import write_model
    from train import data

    labels = (forward(small_case.network, small_case.samples).winner + [0, 1, 0]) % small_case.network.classes
    splits = data.Split(small_case.samples[:0], labels[:0]), data.Split(small_case.samples, labels)
    monkeypatch.setattr(data, "load", lambda dataset, folder, **_: splits if (dataset, folder) == ("mnist", tmp_path) else 1)
    path = write_model(tmp_path / "m.pt", replace(small_case.network, metadata={"dataset": "MNIST"}))
    expected = 2 if small_case.network.classes > 1 else 3
    assert hwgen("evaluate", "--model", path, "--data", tmp_path, "--json").json["correct"] == expected


def test_check_says_whether_it_fits(hwgen, model):
    result = hwgen("check", "--model", model, "--board", "ice40", "--json")
    assert (result.code, result.err) == (0, "")
    assert list(result.json) == ["fits", "plan", "estimate", "problems"]
    assert result.json["fits"] is True and result.json["problems"] == []
    assert set(result.json["plan"]) == {"cores", "why"}
    assert set(result.json["plan"]["cores"][0]) == {"layers", "lanes", "time_parallel", "memories", "lut", "layer_cycles"}
    assert "yes" in hwgen("check", "--model", model, "--board", "icebreaker").out


def test_a_network_that_is_too_big_names_need_limit_and_remedy(hwgen, fails, tmp_path, small_case, monkeypatch):
    from dataclasses import replace

    import boards

    board = boards.find("ice40")
    small = replace(board, name="tiny", aliases=(), budget=replace(board.budget, bram=1))
    monkeypatch.setitem(boards.BOARDS, "tiny", small)
    from tests.cli.conftest import write_model
    path = write_model(tmp_path / "m.pt", small_case.network)
    result = hwgen("check", "--model", path, "--board", "tiny", "--json")
    assert result.code == 1
    assert (result.json["fits"], result.json["plan"]) == (False, None)
    problem = result.json["problems"][0]
    assert set(problem) == {"what", "need", "limit", "remedy"}
    assert "block RAMs" in problem["what"] and problem["need"] > problem["limit"] == 1
    error = fails(1, "build", "--model", path, "--board", "tiny", "--out", tmp_path / "out")
    assert "does not fit tiny: block RAMs" in error and "there are 1;" in error
    assert [path.name for path in tmp_path.iterdir()] == ["m.pt"]


def test_boards_and_models_are_lists_of_named_objects(hwgen, monkeypatch, tmp_path, model):
    from hwgen import models

    monkeypatch.setattr(models, "SHIPPED", model.parent)
    assert "icebreaker" in [board["name"] for board in hwgen("boards", "--json").json]
    assert [entry["name"] for entry in hwgen("models", "--json").json] == ["small"]
    assert "icebreaker" in hwgen("boards").out
    assert "weights in" in hwgen("models").out
    assert hwgen("evaluate", "--model", "small", "--json").code == 0
    monkeypatch.setattr(models, "SHIPPED", tmp_path)
    assert hwgen("models", "--json").json == []


def test_doctor_names_every_tool(hwgen):
    result = hwgen("doctor")
    assert result.code == 0
    for name in (*tools.RECIPES, "verilator", "icarus"):
        assert re.search(rf"^{name} +\S", result.out, re.MULTILINE)


def test_doctor_says_what_is_missing(hwgen, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    result = hwgen("doctor")
    assert result.code == 3
    assert re.search(r"^icarus +missing$", result.out, re.MULTILINE)
    assert "`apt install iverilog` brings it" in result.err


def test_report_prints_the_file_or_a_table_or_a_page(hwgen, built):
    assert hwgen("report", built, "--json").json == REPORT
    table = hwgen("report", built).out
    for text in ("34.50 MHz reached, 30.00 wanted", "30,000", "1.000 ms", "20.00 useful, 64 slots", "99.10 % of 10,000",
                 "accuracy, rtl         not measured", "3 of 8 (38 %); 4 expected (+33.3%)",
                 "30,000; 33,000 expected (+10.0%)"):
        assert text in table
    page = built / "page.html"
    assert hwgen("report", built, "--html", page).out.startswith("wrote ")
    assert "&lt;fast&gt;" in page.read_text() and "<fast>" not in page.read_text()
    assert sorted(path.name for path in built.iterdir()) == ["page.html", report.NAME, "top.bin"]


def test_a_page_that_cannot_be_written(fails, built):
    assert "No such file or directory" in fails(1, "report", built, "--html", built / "no" / "page.html")


def test_flash_dry_run_prints_the_command(hwgen, fails, built):
    result = hwgen("flash", built, "--dry-run")
    assert result.code == 0
    assert result.out.startswith("openFPGALoader ") and result.out.rstrip().endswith("top.bin")
    assert hwgen("flash", built, "--board", "ice40", "--dry-run").out == result.out
    (built / "top.bin").unlink()
    assert "there is no bitstream" in fails(1, "flash", built, "--dry-run")


def test_flash_refuses_another_board(fails, built, monkeypatch):
    from dataclasses import replace

    import boards

    other = replace(boards.find("ice40"), name="other", aliases=())     # the same device, perhaps other pins
    monkeypatch.setitem(boards.BOARDS, "other", other)
    assert "was built for board 'icebreaker' (iCE40UP5K-SG48), not for 'other' (iCE40UP5K-SG48)" in \
        fails(1, "flash", built, "--board", "other")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_json_results_never_hold_what_is_not_json(value):
    with pytest.raises(ValueError):
        report.dumps({"accuracy": value})


def test_help_names_every_command_and_exit_code(hwgen):
    text = hwgen("--help").out
    for command in ("build", "check", "evaluate", "verify", "report", "flash", "boards", "models", "doctor"):
        assert re.search(rf"^  {command} ", text, re.MULTILINE)
    assert "130 interrupted" in " ".join(text.split())
