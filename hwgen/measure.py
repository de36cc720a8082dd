"""The performance of a build: its emitted Verilog, simulated on the inputs that are shipped with the network."""

import tempfile
import time
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from sim.golden.sops import useful_sops

from .emit import report
from .errors import ToolMissing, VerificationFailed
from .models import Model
from .plan import Plan
from .spec import ModelError

SIMULATOR = "verilator"
#: How many of the shipped samples are simulated.
SAMPLES = 20


@dataclass(frozen=True)
class Measured:
    """The sections ``performance`` and ``accuracy.rtl`` of the report, the simulator's version, and
    wall-clock seconds in the simulator and its compiler."""

    performance: dict
    accuracy: dict | None = None
    tools: dict = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def said(self) -> str:
        """One line about the result, for a person."""
        cycles, sops = (self.performance[name] for name in ("cycles_per_inference", "useful_sops_per_cycle"))
        if cycles is None:
            return self.performance["basis"]
        return (f"{self.performance['samples']} samples equal the golden model: {cycles:,.0f} cycles an image, "
                f"{sops or 0:.2f} useful SOPs a cycle")


def measure(model: Model, plan: Plan, verilog: Path) -> Measured:
    """Simulate module ``core`` of the emitted ``verilog`` and compare it with the golden model.

    Figures that cannot be measured here (no simulator, no shipped inputs) are null, and ``basis`` says why.

    Raises
    ------
    VerificationFailed
        If hardware and golden model differ.
    """
    slots = sum(core.lanes * core.time_parallel for core in plan.cores)
    try:
        from sim.bench.verify import check_rtl

        samples, labels = model.samples()
        samples, labels = samples[:SAMPLES], labels[:SAMPLES]
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="hwgen-") as folder:
            checked = check_rtl(plan.cores, verilog, samples, simulator=SIMULATOR, folder=Path(folder), stalled=0)
        seconds = time.monotonic() - started
    except (ToolMissing, ModelError, ModuleNotFoundError) as error:
        return Measured(report.performance_section(cycles=None, sops=None, samples=0, clock_hz=plan.target_hz,
                                                   slots=slots, basis=f"not measured: {error}"))
    if checked.tally.differences:
        raise VerificationFailed(f"the emitted Verilog differs from the golden model: {checked.tally.first}",
                                 "this is a defect of the program: please report it with the model")
    sops = useful_sops(model.network, samples).sum(axis=1).mean()
    overlapped = " of one alone; inferences a second from inputs behind each other" * bool(checked.intervals)
    performance = report.performance_section(
        cycles=_mean(checked.cycles), interval=_mean(checked.intervals), sops=float(sops), samples=len(samples),
        clock_hz=plan.target_hz, slots=slots,
        basis=f"mean of {len(samples)} shipped inputs: cycles from the last input element to the last score"
              f"{overlapped}, in {SIMULATOR} simulation of the emitted Verilog without stalls, at the target clock; the "
              "transfer from the host is not counted; SOPs from the golden model")
    correct = sum(int(winner == label) for winner, label in zip(checked.winners, labels, strict=True))
    accuracy = {"value": correct / len(samples), "samples": len(samples)}
    return Measured(performance, accuracy, {SIMULATOR: metadata.version(SIMULATOR)}, seconds)


def _mean(values: list[int]) -> float | None:
    return sum(values) / len(values) if values else None
