"""Every board takes a network all the way to a bitstream, for the device that it has."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from boards import BOARDS

ROOT = Path(__file__).resolve().parents[2]
#: What a bitstream begins with, and the device's identity in it, as IceStorm, Trellis and Apicula document them.
PREAMBLE = {"ice40": "7eaa997e", "ecp5": "ffffbdb3", "gowin": "a5c3"}
IDENTITY = {"LFE5U-25F": "41111043", "LFE5U-85F": "41113043", "GW1NR-LV9": "1100481b",
            "GW2AR-LV18": "0000081b"}


@pytest.fixture(scope="module")
def bars(tmp_path_factory):
    """A trained network of two layers."""
    path = tmp_path_factory.mktemp("bars") / "bars.pt"
    subprocess.run([sys.executable, "-m", "train", "bars", "--out", path], cwd=ROOT, check=True,
                   capture_output=True)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("board", BOARDS.values(), ids=list(BOARDS))
def test_a_network_becomes_a_bitstream(board, bars, tmp_path):
    out = tmp_path / "out"
    done = subprocess.run([sys.executable, "-m", "hwgen", "build", "--model", bars, "--board", board.name,
                           "--out", out], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads((out / "report.json").read_text())
    assert report["board"] == {"name": board.name, "family": board.family, "device": board.device}
    assert report["timing"]["met"] and report["timing"]["target_mhz"] == board.default_target_hz / 1e6
    for name, entry in report["resources"].items():
        assert entry["available"] == getattr(board.budget, name) and entry["used"] <= entry["available"], name
    for name in ("top", "bitstream", "constraints", "netlist"):
        assert (out / report["files"][name]).stat().st_size, name
    content = in_hexadecimal(out / report["files"]["bitstream"])
    assert PREAMBLE[board.family] in content[:160]
    identity = next((code for device, code in IDENTITY.items() if board.device.startswith(device)), "")
    assert identity in content[:400]


def in_hexadecimal(bitstream: Path) -> str:
    """The first bytes, also of a bitstream that is written as the digits 0 and 1."""
    data = bitstream.read_bytes()[:4000]
    if bitstream.suffix == ".fs":
        digits = data.replace(b"\n", b"").decode()
        data = bytes(int(digits[start:start + 8], 2) for start in range(0, len(digits) - 7, 8))
    return data.hex()
