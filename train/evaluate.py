"""Accuracy of a network, and the proof that the quantised forward pass is the golden model."""

import math
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch

from hwgen.spec import Network
from sim.golden import forward
from sim.golden.sops import useful_sops

from .data import Split
from .errors import MismatchError
from .layer import LayerRun
from .models import SpikingNetwork
from .team import Team
from .work import work

#: Samples at a time: more do not stay in a CPU's cache, fewer leave a GPU waiting.
BATCH, GPU_BATCH = 16, 256
#: Test samples whose synaptic operations are counted.
SOPS_SAMPLES = 200


@dataclass(frozen=True)
class Survey:
    """What a network does on some samples: ``confusion`` int64 [classes, classes], label by winner; for each firing
    layer the share of its outputs that spike at a timestep (``rates``); the ``work`` of `train.work`."""

    confusion: np.ndarray
    rates: tuple[float, ...]
    work: float

    @property
    def accuracy(self) -> float:
        """Share of samples whose highest score is their label's."""
        return float(self.confusion.trace() / self.confusion.sum())


@torch.no_grad()
def survey(model: SpikingNetwork, split: Split, classes: int, team: Team = Team()) -> Survey:
    """A `Survey`; each process of the team takes its share of the samples, and all get the whole. Batch norm uses its
    running statistics."""
    model.eval()
    firing = len(model.layers) - 1
    sums = torch.zeros(classes * classes + firing + 1, dtype=torch.float64)
    mine = np.arange(team.rank, len(split), team.size)
    batch = BATCH if team.device == "cpu" else GPU_BATCH
    for start in range(0, len(mine), batch):
        part = split.take(mine[start:start + batch])
        runs = model(torch.from_numpy(np.ascontiguousarray(part.samples)).to(team.device))
        pairs = torch.from_numpy(part.labels * classes + _winner(runs))
        sums[:classes * classes] += torch.bincount(pairs, minlength=classes * classes)
        shares = [run.output.mean(dtype=torch.float32) for run in runs[:-1]] + [work(runs[:-1], model)]
        sums[classes * classes:] += torch.stack(shares).double().cpu() * len(part)
    sums = team.total(sums).numpy()
    *rates, share = (sums[classes * classes:] / len(split)).tolist()
    return Survey(sums[:classes * classes].reshape(classes, classes).astype(np.int64), tuple(rates), share)


def accuracy(model: SpikingNetwork, split: Split, device: str = "cpu", processes: int = 1) -> float:
    """Share of samples whose highest score is their label's; batch norm uses its running statistics."""
    return sum(_in_parts(_correct, split, processes, model.eval(), device)) / len(split)


@torch.no_grad()
def _correct(model: SpikingNetwork, device: str, first: int, split: Split) -> int:
    correct, batch = 0, BATCH if device == "cpu" else GPU_BATCH
    for start in range(0, len(split), batch):
        part = split[start:start + batch]
        correct += int((predict(model, part.samples, device) == part.labels).sum())
    return correct


def _in_parts(function: Callable, split: Split, processes: int, *arguments) -> list:
    """``function(*arguments, first, part)`` of as many parts of ``split``, each in a process of its own;
    ``first`` is the number of the part's first sample."""
    count = math.ceil(len(split) / processes)
    tasks = [(*arguments, first, split[first:first + count]) for first in range(0, len(split), count)]
    if processes == 1:
        return [function(*task) for task in tasks]
    with ProcessPoolExecutor(processes, multiprocessing.get_context("fork")) as pool:
        return list(pool.map(function, *zip(*tasks)))


def predict(model: SpikingNetwork, samples: np.ndarray, device: str = "cpu") -> np.ndarray:
    """The winner of each sample, int64 [N]: the lowest class of the highest score."""
    return _winner(model(torch.from_numpy(samples).to(device)))


def _winner(runs: list[LayerRun]) -> np.ndarray:
    readout = runs[-1]
    scores = readout.output if readout.membrane is None else readout.membrane
    return scores[-1][:, :, 0, 0].cpu().numpy().argmax(axis=1)


@dataclass(frozen=True)
class Comparison:
    """``samples`` in which every integer of every layer was equal; accuracy of the ``quantised`` network and of the
    ``golden`` model; for each firing layer the share of its outputs that spike at a timestep (``rates``) and at any of
    the timesteps (``any_rates``); ``sops``, useful synaptic operations a sample (`sim.golden.sops`), of the first
    `SOPS_SAMPLES`; ``confusion`` int64 [classes, classes], label by winner."""

    samples: int
    quantised: float
    golden: float
    rates: tuple[float, ...]
    any_rates: tuple[float, ...]
    sops: float
    confusion: np.ndarray


def compare(model: SpikingNetwork, network: Network, split: Split, device: str = "cpu",
            processes: int = 1) -> Comparison:
    """Run quantised model and golden model side by side over a split.

    Raises
    ------
    MismatchError
        At the first accumulator, membrane, spike or output that is not equal.
    """
    parts = _in_parts(_compare, split, processes, model.eval(), network, device)
    quantised, golden, *rates = (np.sum([sums for sums, _ in parts], axis=0) / len(split)).tolist()
    few = split[:SOPS_SAMPLES]
    return Comparison(len(split), quantised, golden, tuple(rates[0::2]), tuple(rates[1::2]),
                      float(useful_sops(network, few.samples).sum(axis=1).mean()),
                      np.sum([confusion for _, confusion in parts], axis=0))


@torch.no_grad()
def _compare(model: SpikingNetwork, network: Network, device: str, first: int, split: Split):
    """``(sums, confusion)``; sums over the samples of quantised correct, golden correct, each firing layer's two
    rates."""
    classes = network.layers[-1].out_channels
    total, confusion = 0, np.zeros((classes, classes), np.int64)
    for start in range(0, len(split), BATCH):
        part = split[start:start + BATCH]
        runs = model(torch.from_numpy(part.samples).to(device))
        golden = forward(network, part.samples, keep_layers=True)
        for run, expected in zip(runs, golden.layers):
            firing = expected is not golden.layers[-1]
            for what in ("accumulator", "membrane", "spikes") + (("output",) if firing else ()):
                _equal(getattr(run, what), getattr(expected, what), f"layer '{expected.name}' {what}", first + start)
        rates = [rate * len(part) for expected in golden.layers[:-1]
                 for rate in (expected.output.mean(), expected.output.any(axis=0).mean())]
        total = total + np.array([(_winner(runs) == part.labels).sum(), (golden.winner == part.labels).sum(), *rates])
        np.add.at(confusion, (part.labels, golden.winner), 1)
    return total, confusion


def _equal(got: torch.Tensor, expected: np.ndarray, what: str, first_sample: int) -> None:
    got = got.cpu().numpy()
    if got.shape != expected.shape:
        raise MismatchError(f"{what} has shape {got.shape}, the golden model's has {expected.shape}")
    if (different := got != expected).any():
        t, n, *neuron = map(int, np.argwhere(different)[0])
        raise MismatchError(
            f"{what} differs at sample {first_sample + n}, timestep {t}, neuron {tuple(neuron)}: "
            f"got {got[t, n][tuple(neuron)]}, expected {expected[t, n][tuple(neuron)]}",
            "this is a defect of the program: please report it with the model")
