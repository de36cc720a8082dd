"""Experiments: which runs answer a question. `python -m train ablate NAME` does them, `compare` prints the table.

A run's options are those of `python -m train`, by name without the dashes.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

from .activation import ACTIVATIONS

#: The short schedules of data sets whose runs take two cores a minute or two each.
SHORT = {"nmnist": {"epochs": 12}, "dvsobjects": {"epochs": 12},
         "cifar10": {"epochs": 5, "share": 0.1, "width": 0.5, "augment": "cutout"}}
SMALL = tuple(SHORT)


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """``title`` is the question; every data set is trained with every combination of ``grid`` and every seed;
    ``options`` are those of all runs, beside the data set's of `SHORT`."""

    title: str
    datasets: tuple[str, ...]
    grid: dict[str, tuple]
    seeds: tuple[int, ...] = (1, 2, 3)
    options: dict = field(default_factory=dict)

    def runs(self, datasets: list[str] | None = None) -> Iterator["Run"]:
        """Its runs in order, all seeds of a combination one after the other; ``datasets`` leaves the others out."""
        for dataset in self.datasets:
            if datasets is None or dataset in datasets:
                for values in itertools.product(*self.grid.values()):
                    for seed in self.seeds:
                        yield Run(dataset, dict(zip(self.grid, values)), seed, self)


@dataclass(frozen=True)
class Run:
    """One training: ``options`` are the grid's."""

    dataset: str
    options: dict
    seed: int
    experiment: Experiment

    @property
    def name(self) -> str:
        """Of its files, unique in the experiment."""
        options = (f"{name}_{value}" for name, value in self.options.items())
        return "-".join([self.dataset, *options, f"seed_{self.seed}"])

    @property
    def arguments(self) -> list[str]:
        """Of ``python -m train``, without files."""
        arguments = [self.dataset]
        for name, value in {**SHORT.get(self.dataset, {}), **self.experiment.options, **self.options}.items():
            if value is not False:
                arguments += [f"--{name}"] if value is True else [f"--{name}", str(value)]
        return [*arguments, "--seed", str(self.seed)]


#: The experiments by name.
EXPERIMENTS = {
    "neurons": Experiment(
        title="DA-LIF against LIF, PLIF and one decay alone, at few timesteps", datasets=SMALL,
        grid={"timesteps": (1, 2, 4), "neuron": ("dalif", "lif", "plif", "alpha-only", "beta-only")}),
    "per-timestep": Experiment(
        title="An alpha and a beta for each timestep, or for the layer", datasets=SMALL,
        grid={"per-timestep": (False, True)}),
    "bits": Experiment(
        title="Bits of the weights", datasets=("nmnist", "cifar10"),
        grid={"weight-bits": (2, 3, 4, 8)}),
    "decay-bits": Experiment(
        title="Fraction bits of alpha and beta", datasets=("nmnist", "cifar10"),
        grid={"decay-bits": (4, 6, 8)}),
    "decay-activation": Experiment(
        title="What keeps alpha and beta in their range", datasets=("nmnist",),
        grid={"decay-activation": tuple(ACTIVATIONS)}),
    "work": Experiment(
        title="Accuracy against work: the price on spikes", datasets=SMALL,
        grid={"work-penalty": (0.0, 1.0, 4.0, 16.0, 64.0)}),
    "example": Experiment(
        title="Two resets on drawn bars: an experiment of a minute, to try the commands on", datasets=("bars",),
        grid={"reset": ("subtract", "zero")}, seeds=(1, 2), options={"epochs": 2}),
}
