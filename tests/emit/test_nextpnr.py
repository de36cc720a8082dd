"""Place and route with a program that says what nextpnr would."""

import json
import sys
import time

import pytest

import boards
from hwgen.emit import nextpnr, tools
from hwgen.errors import BuildError

#: Seed 1 has a router that never ends; others leave a report, unless NEVER is true.
FAKE = """
import json, sys, time
arguments = sys.argv[1:]
seed = int(arguments[arguments.index("--seed") + 1])
print("Info: Routing 100 arcs.")
if seed == 1 or NEVER:
    for count in range(1000, 4000, 1000):
        print(f"Info: {count:10} |", flush=True)
    time.sleep(60)
print("Info: 180 |")
open(f"seed{seed}.asc", "w").close()
report = {"fmax": {"clk": {"achieved": 40.0, "constraint": 36.0}},
          "utilization": {"ICESTORM_LC": {"used": 7, "available": 5280}}}
json.dump(report, open(f"seed{seed}.json", "w"))
"""


def use_fake(monkeypatch, never):
    fake = tools.Tool("nextpnr-ice40", (sys.executable, "-c", FAKE.replace("NEVER", str(never))), "1", "here")
    monkeypatch.setattr(tools, "find", lambda name: fake)
    monkeypatch.setattr(tools, "LOOK_SECONDS", 0.1)


def test_a_router_that_goes_round_in_circles_is_stopped(monkeypatch, tmp_path):
    use_fake(monkeypatch, never=False)
    started = time.monotonic()
    placed = nextpnr.place_and_route(tmp_path, boards.find("icebreaker"), target_hz=36e6, constraints="top.pcf", seeds=4)
    assert (placed.routed.seed, placed.routed.met, placed.routed.used["lut"]) == (2, True, 7)
    assert json.loads((tmp_path / "top.nextpnr.json").read_text()) and time.monotonic() - started < 30


def test_every_router_goes_round_in_circles(monkeypatch, tmp_path):
    use_fake(monkeypatch, never=True)
    with pytest.raises(BuildError, match="none of 2 seeds was routed: with seed 1 .* in circles; try more --seeds"):
        nextpnr.place_and_route(tmp_path, boards.find("icebreaker"), target_hz=36e6, constraints="top.pcf", seeds=2)


@pytest.mark.parametrize("output, circles", [
    ("", False), ("Info: Routing 100 arcs.\n", False), ("Info: Routing 100 arcs.\nInfo:   2000 | 1\n", False),
    ("Info: Routing 100 arcs.\nInfo:   1000 | 1\nInfo:   2001 | 1\nInfo: Routing", True)])
def test_in_circles(output, circles, tmp_path):
    (tmp_path / "log").write_text(output)
    assert nextpnr.in_circles(tmp_path / "log") is circles
