"""What a run tells in the end: what each stage cost in accuracy, spikes, decays and size."""

from rich.table import Table

from hwgen.spec import Network

from .evaluate import Comparison
from .models import SpikingNetwork
from .progress import decays_line

#: What each stage is.
STAGES = {"float": "as trained in floating point", "quantised": "on integers, in PyTorch",
          "golden": "the exported integers, in the golden model"}


def stages_table(network: Network) -> Table:
    """Accuracy on the test set at each stage, and what was lost since the one before."""
    table = Table("stage", "accuracy", "lost", "what it is", box=None, title_justify="left")
    before = None
    for stage, entry in network.metadata["accuracy"].items():
        lost = "" if before is None else f"{100 * (before - entry['value']):+.2f}"
        table.add_row(stage, f"{100 * entry['value']:.2f} %", lost, STAGES[stage])
        before = entry["value"]
    return table


def report_lines(network: Network, comparison: Comparison, model: SpikingNetwork) -> list[str]:
    """Equality, spike rates, work, decays, size."""
    names = [layer.name for layer in network.layers]
    return [
        f"quantised and golden equal in every integer of every layer, in all {comparison.samples} test samples",
        "spike rate, and rate at any of the timesteps: " + "  ".join(
            f"{name} {rate:.3f}, {any_rate:.3f}"
            for name, rate, any_rate in zip(names, comparison.rates, comparison.any_rates)),
        f"useful synaptic operations a sample: {comparison.sops:,.0f}",
        f"alpha/beta {decays_line(model)}",
        f"{network.parameters} weights, {network.weight_bytes / 1024:.2f} KiB",
    ]
