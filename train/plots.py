"""Pictures of a run's log: curves, alpha and beta, spike rates, and which classes are taken for which."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np

from .files import write
from .log import metrics


def draw(folder: Path, confusion: np.ndarray, classes: list[str]) -> list[Path]:
    """Write ``curves.png``, ``decays.png``, ``rates.png`` and ``confusion.png`` into a log's folder; the last
    one alone where there were no epochs, none where matplotlib is not installed. ``confusion``: int64
    [classes, classes], label by winner.

    Raises
    ------
    TrainError
        If a file cannot be written.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return []
    lines = metrics(folder)
    of_epochs: dict[str, Callable] = {
        "curves": lambda figure: _curves(figure, lines),
        "decays": lambda figure: _decays(figure, lines),
        "rates": lambda figure: _rates(figure, lines),
    }
    pictures = {**(of_epochs if lines else {}), "confusion": lambda figure: _confusion(figure, confusion, classes)}
    paths = []
    for name, picture in pictures.items():
        figure = Figure(figsize=(9, 4.5), layout="constrained", dpi=110)
        picture(figure)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", metadata={"Software": None})
        paths.append(folder / f"{name}.png")
        write(buffer.getvalue(), paths[-1])
    return paths


def _curves(figure, lines):
    left, right = figure.subplots(1, 2)
    epochs = [line["epoch"] for line in lines]
    left.plot(epochs, [line["loss"] for line in lines], marker=".")
    left.set(xlabel="epoch", ylabel="loss")
    for name, label in (("accuracy", "training"), ("held_out", "held out")):
        right.plot(epochs, [100 * line[name] for line in lines], marker=".", label=label)
    right.set(xlabel="epoch", ylabel="accuracy in %")
    for axes in (left, right):
        for before, line in zip(lines, lines[1:]):
            if before["phase"] != line["phase"]:
                axes.axvline(line["epoch"] - 0.5, color="grey", linestyle=":")
    right.legend()


def _decays(figure, lines):
    """One line a layer over the epochs; where there is a value a timestep, the last epoch's over the timesteps."""
    last = lines[-1]
    over_time = any(len(values) > 1 for name in ("alpha", "beta") for values in last[name].values())
    for axes, name in zip(figure.subplots(1, 2), ("alpha", "beta")):
        for layer, values in last[name].items():
            if over_time:
                count = max(len(entries) for entries in last[name].values())
                axes.plot(np.arange(count), np.broadcast_to(values, count), marker="o", label=layer)
            else:
                axes.plot([line["epoch"] for line in lines], [line[name][layer][0] for line in lines], label=layer)
        axes.set(xlabel="timestep" if over_time else "epoch", ylabel=name)
    axes.legend()


def _rates(figure, lines):
    axes = figure.subplots()
    for layer in lines[-1]["spike_rate"]:
        axes.plot([line["epoch"] for line in lines], [line["spike_rate"][layer] for line in lines], marker=".",
                  label=layer)
    axes.plot([line["epoch"] for line in lines], [line["work"] for line in lines], "k--", label="work")
    axes.set(xlabel="epoch", ylabel="spikes a neuron and timestep; work as a share of the most")
    axes.legend()


def _confusion(figure, confusion, classes):
    axes = figure.subplots()
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    image = axes.imshow(shares, vmin=0, vmax=1, cmap="Blues")
    figure.colorbar(image, ax=axes, label="share of the class's samples")
    axes.set(xlabel="winner", ylabel="label")
    if len(classes) <= 20:
        axes.set_xticks(range(len(classes)), classes, rotation=90)
        axes.set_yticks(range(len(classes)), classes)
        for (label, winner), count in np.ndenumerate(confusion):
            if count:
                axes.text(winner, label, str(count), ha="center", va="center", fontsize=7,
                          color="white" if shares[label, winner] > 0.5 else "black")
