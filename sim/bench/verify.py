"""`verify`: emit a network's hardware, simulate it and compare it with the golden model."""

import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from hwgen.emit import verilog, yosys
from hwgen.errors import HwgenError
from hwgen.plan import CorePlan, Plan
from hwgen.spec import Network
from hwgen.top.board_top import BoardTop

from .array_check import check_array
from .board_check import check_board
from .core_check import Checked, check_core
from .runner import require

STAGES = ("rtl", "netlist")
#: How many samples of each batch an array works on alone, for their latency.
ALONE = 4


@dataclass(frozen=True, kw_only=True)
class VerifyResult:
    """What a verification found.

    ``layers`` are the names of the layers compared; ``differences`` counts integers (spikes, scores,
    winners) that differ, up to the end of the batch that holds ``first`` (see
    `sim.bench.compare.Difference`), None where there are none; ``cycles_per_inference`` is the mean over the
    samples that ran alone and without stalls, None if none did; ``interval_cycles`` the mean between the answers of
    samples that follow each other in an array, None elsewhere; ``correct`` counts samples whose winner is the label,
    None without labels.
    """

    model: str
    board: str
    stage: str
    simulator: str
    samples: int
    layers: list[str]
    differences: int
    first: dict | None
    cycles_per_inference: float | None
    interval_cycles: float | None = None
    correct: int | None = None

    def to_json(self) -> dict:
        """The fields of ``verify --json``."""
        values = asdict(self)
        del values["correct"], values["interval_cycles"]
        return values


def verify(network: Network, plan: Plan, samples: np.ndarray, labels: np.ndarray | None = None, *,
           simulator: str = "verilator", stage: str = "rtl", folder: Path | None = None, seed: int = 0,
           progress: Callable[[int], None] = lambda done: None) -> VerifyResult:
    """Emit the board design of a plan and compare it with the golden model, every layer of every sample.

    Parameters
    ----------
    network, plan
        The network, and its plan on a board.
    samples
        uint8 [N, C, H, W], or 0/1 [N, T, C, H, W] for spike input.
    labels
        int [N], to count correct answers of the hardware.
    simulator
        ``"verilator"`` or ``"icarus"``.
    stage
        ``"rtl"``: module ``core`` of the emitted Verilog, with random stalls on both streams and random
        memory content at power-up. ``"netlist"``: the synthesised cells of the whole board design, through
        its UART pins.
    folder
        Where to emit, compile and run; a temporary one if None.
    seed
        Of stalls and power-up content.
    progress
        Called with the number of samples done.

    Raises
    ------
    HwgenError
        If a stage or simulator has another name.
    ToolMissing, BuildError, BenchError
        From the tools and the simulation.
    """
    if stage not in STAGES:
        raise HwgenError(f"there is no stage '{stage}'", f"known are {', '.join(STAGES)}")
    require(simulator)
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="hwgen-verify-") as name:
            return verify(network, plan, samples, labels, simulator=simulator, stage=stage, folder=Path(name),
                          seed=seed, progress=progress)
    folder.mkdir(parents=True, exist_ok=True)
    emitted = verilog.generate(BoardTop(plan, plan.board), plan.board.platform(), folder)
    if stage == "rtl":
        checked = check_rtl(plan.cores, folder / emitted.verilog, samples, simulator=simulator, folder=folder,
                            seed=seed, progress=progress)
    else:
        yosys.synthesise(folder, plan.board, source=emitted.rtlil, netlist="netlist.v",
                         multipliers=plan.multipliers)
        checked = check_board(plan, folder / "netlist.v", samples, simulator=simulator, folder=folder, seed=seed,
                              progress=progress)
    return _result(network, plan, stage, simulator, checked, labels)


def check_rtl(cores: tuple[CorePlan, ...], verilog: Path, samples: np.ndarray, **options) -> Checked:
    """`check_core` of one core, `check_array` of several; with the options that both have."""
    if len(cores) == 1:
        return check_core(cores[0], verilog, samples, **options)
    return check_array(cores, verilog, samples, alone=ALONE, **options)


def _result(network: Network, plan: Plan, stage: str, simulator: str, checked: Checked, labels) -> VerifyResult:
    correct = None
    if labels is not None:
        correct = sum(int(winner == label) for winner, label in zip(checked.winners, labels))
    first = checked.tally.first
    return VerifyResult(
        model=network.name, board=plan.board.name, stage=stage, simulator=simulator, samples=checked.samples,
        layers=[layer.name for layer in network.layers], differences=checked.tally.differences,
        first=first.to_json() if first else None,
        cycles_per_inference=float(np.mean(checked.cycles)) if checked.cycles else None,
        interval_cycles=float(np.mean(checked.intervals)) if checked.intervals else None, correct=correct)
