"""Published spiking designs beside builds of ours.

The published rows are facts from the sources named; what a source does not say is left empty. Ours come from the
``report.json`` of the build folders given, and from nowhere else.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

from hwgen.emit import report

from .common import main, parser, table


@dataclass(frozen=True, kw_only=True)
class Row:
    """A design. ``sops_per_cycle`` is what the source counts, and ``counted`` how; None where it says nothing."""

    name: str
    platform: str
    task: str
    accuracy: float | None = None
    clock_mhz: float | None = None
    cells: str | None = None
    latency_ms: float | None = None
    per_second: float | None = None
    sops_per_cycle: float | None = None
    counted: str | None = None
    source: str


PEERS = (
    Row(name="SYNtzulu", platform="iCE40 UP5K", task="sEMG gestures, dense 32-64-128-64-12", clock_mhz=24,
        cells="3,473 LC, 17 EBR, 4 SPRAM, 2 DSP", sops_per_cycle=8, counted="slots at most: 2 cores x 4 synapses",
        source="README of gianlucaleone/SYNtzulu; doi 10.1109/TCSI.2024.3450966"),
    Row(name="ESTU", platform="iCE40 UP5K", task="NinaPro DB5 gestures", accuracy=0.8721,
        cells="4,301 LC, 30 EBR, 6 DSP", source="doi 10.1109/TCSII.2025.3626209, second hand"),
    Row(name="Spiker+", platform="Artix-7 class", task="MNIST", accuracy=0.9385, latency_ms=0.780,
        cells="7,612 cells, 18 BRAM", source="arXiv 2401.01141"),
    Row(name="Flexi-NeurA", platform="FPGA", task="MNIST", accuracy=0.9723, latency_ms=1.1,
        cells="1,623 LC, 7 BRAM", source="arXiv 2602.18140"),
    Row(name="snn-fpga", platform="Artix-7", task="MNIST", clock_mhz=100, latency_ms=0.52,
        cells="6,358 LUT, 40.5 BRAM", source="abstract of arXiv 2507.07284"),
    Row(name="SyncNN", platform="ZCU102", task="MNIST", accuracy=0.993, per_second=13_086,
        source="doi 10.1145/3514253"),
    Row(name="SNN-DSE", platform="XCVU13P", task="CIFAR-10, T = 2", accuracy=0.8701,
        source="arXiv 2411.15409, second hand"),
    Row(name="SNE", platform="22 nm ASIC", task="DVS Gesture", accuracy=0.928, clock_mhz=400, sops_per_cycle=128,
        counted="SOPs at most", source="arXiv 2204.10687"),
    Row(name="Speck", platform="asynchronous ASIC", task="DVS Gesture", accuracy=0.900,
        source="doi 10.1038/s41467-024-47811-6"),
)


def measure(options) -> dict:
    return {"peers": [asdict(row) for row in PEERS], "ours": [asdict(ours(folder)) for folder in options.builds]}


def ours(folder: Path) -> Row:
    """The row of a build."""
    content = report.load(folder)
    performance, accuracy = content["performance"], content["accuracy"]["golden"]
    names = {"lut": "LC", "bram": "block RAMs", "spram": "SPRAM", "dsp": "DSP"}
    cells = ", ".join(f"{content['resources'][key]['used']:,} {name}" for key, name in names.items()
                      if content["resources"][key]["used"])
    model, board = content["model"], content["board"]
    return Row(name=f"hwgen, {model['name']}", platform=f"{board['name']} ({board['device']})",
               task=f"{model['dataset']}, T = {model['timesteps']}",
               accuracy=accuracy and accuracy["value"], clock_mhz=content["timing"]["target_mhz"], cells=cells,
               latency_ms=performance["latency_ms"], per_second=performance["inferences_per_s"],
               sops_per_cycle=performance["useful_sops_per_cycle"], counted="useful, mean of an inference",
               source=performance["basis"].partition(":")[0])


def show(result: dict) -> None:
    table([[row["name"], row["platform"], row["task"], row["accuracy"] and f"{100 * row['accuracy']:.2f}",
            row["clock_mhz"], row["cells"], row["latency_ms"], row["per_second"], row["sops_per_cycle"], row["counted"],
            row["source"]] for row in (*result["ours"], *result["peers"])],
          ["design", "platform", "task", "accuracy %", "MHz", "cells and memories", "ms", "a second", "SOPs a cycle",
           "counted", "source"])


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("builds", nargs="*", type=Path, help="folders that `python -m hwgen build` wrote")
    raise SystemExit(main(arguments.parse_args(), measure, show))
