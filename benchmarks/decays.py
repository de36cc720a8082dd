"""What alpha and beta became by depth in the shipped networks: a table, and a picture with ``--out``.

Of a network with an alpha for each timestep the mean is shown.
"""

from pathlib import Path
from statistics import mean

from hwgen import models

from .common import main, parser, table

NETWORKS = ("mnist", "cifar10", "cifar10-ecp5", "nmnist", "dvsobjects", "gesture")


def measure(options) -> dict:
    rows = []
    for name in NETWORKS:
        layers = models.find(name).network.layers
        unit = [1 << layer.neuron.decay_fraction_bits for layer in layers]
        rows.append({"network": name, "layers": [layer.name for layer in layers],
                     "alpha": [mean(layer.neuron.alpha) / one for layer, one in zip(layers, unit)],
                     "beta": [mean(layer.neuron.beta) / one for layer, one in zip(layers, unit)]})
    if options.out:
        _draw(rows, options.out)
    return {"rows": rows}


def _draw(rows: list[dict], path: Path) -> None:
    import matplotlib
    matplotlib.use("svg")
    from matplotlib import pyplot

    matplotlib.rcParams.update({"svg.hashsalt": "hwgen", "svg.fonttype": "none"})
    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    longest = max(len(row["layers"]) for row in rows)
    for axis, what in zip(axes, ("alpha", "beta")):
        for row in rows:
            axis.plot(range(1, len(row[what]) + 1), row[what], marker="o", label=row["network"])
        axis.set(xlabel="layer, the last one the readout", ylabel=what, xticks=range(1, longest + 1), ylim=(0, None))
        axis.grid(alpha=0.3)
    axes[1].legend(fontsize="small")
    figure.savefig(path, metadata={"Date": None})


def show(result: dict) -> None:
    table([[f"`{row['network']}`", *(", ".join(f"{value:.2f}" for value in row[what]) for what in ("alpha", "beta"))]
           for row in result["rows"]], ["network", "alpha, from the first layer to the readout", "beta"])


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("--out", type=Path, help="SVG to draw")
    raise SystemExit(main(arguments.parse_args(), measure, show))
