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

from .data import Split
from .errors import MismatchError
from .layer import LayerRun
from .models import SpikingNetwork

#: Samples at a time: more do not stay in the cache.
BATCH = 16


def accuracy(model: SpikingNetwork, split: Split, device: str = "cpu", processes: int = 1) -> float:
    """Share of samples whose highest score is their label's; batch norm uses its running statistics."""
    return sum(_in_parts(_correct, split, processes, model.eval(), device)) / len(split)


@torch.no_grad()
def _correct(model: SpikingNetwork, device: str, first: int, split: Split) -> int:
    correct = 0
    for start in range(0, len(split), BATCH):
        part = split[start:start + BATCH]
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
    the timesteps (``any_rates``)."""

    samples: int
    quantised: float
    golden: float
    rates: tuple[float, ...]
    any_rates: tuple[float, ...]


def compare(model: SpikingNetwork, network: Network, split: Split, device: str = "cpu",
            processes: int = 1) -> Comparison:
    """Run quantised model and golden model side by side over a split.

    Raises
    ------
    MismatchError
        At the first accumulator, membrane, spike or output that is not equal.
    """
    sums = np.sum(_in_parts(_compare, split, processes, model.eval(), network, device), axis=0) / len(split)
    quantised, golden, *rates = sums.tolist()
    return Comparison(len(split), quantised, golden, tuple(rates[0::2]), tuple(rates[1::2]))


@torch.no_grad()
def _compare(model: SpikingNetwork, network: Network, device: str, first: int, split: Split) -> np.ndarray:
    """Sums over the samples: quantised correct, golden correct, and for each firing layer both rates."""
    total = 0
    for start in range(0, len(split), BATCH):
        part = split[start:start + BATCH]
        runs = model(torch.from_numpy(part.samples).to(device))
        golden = forward(network, part.samples, keep_layers=True)
        for run, expected in zip(runs, golden.layers):
            firing = expected is not golden.layers[-1]
            for what in ("accumulator", "membrane", "spikes") + (("output",) if firing else ()):
                values = getattr(run, what)
                values = torch.stack(values) if isinstance(values, list) else values
                _equal(values, getattr(expected, what), f"layer '{expected.name}' {what}", first + start)
        rates = [rate * len(part) for expected in golden.layers[:-1]
                 for rate in (expected.output.mean(), expected.output.any(axis=0).mean())]
        total = total + np.array([(_winner(runs) == part.labels).sum(), (golden.winner == part.labels).sum(), *rates])
    return total


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
