"""Accuracy of a network, and the proof that the quantised forward pass is the golden model."""

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
BATCH = 25


@torch.no_grad()
def accuracy(model: SpikingNetwork, split: Split, device: str = "cpu") -> float:
    """Share of samples whose highest score is their label's; batch norm uses its running statistics."""
    model.eval()
    correct = 0
    for start in range(0, len(split), BATCH):
        part = split[start:start + BATCH]
        correct += int((predict(model, part.samples, device) == part.labels).sum())
    return correct / len(split)


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


@torch.no_grad()
def compare(model: SpikingNetwork, network: Network, split: Split, device: str = "cpu") -> Comparison:
    """Run quantised model and golden model side by side over a split.

    Raises
    ------
    MismatchError
        At the first accumulator, membrane, spike or output that is not equal.
    """
    model.eval()
    quantised_correct, golden_correct, fired, fired_any = 0, 0, [], []
    for start in range(0, len(split), BATCH):
        part = split[start:start + BATCH]
        runs = model(torch.from_numpy(part.samples).to(device))
        golden = forward(network, part.samples, keep_layers=True)
        for run, expected in zip(runs, golden.layers):
            firing = expected is not golden.layers[-1]
            for what in ("accumulator", "membrane", "spikes") + (("output",) if firing else ()):
                values = getattr(run, what)
                values = torch.stack(values) if isinstance(values, list) else values
                _equal(values, getattr(expected, what), f"layer '{expected.name}' {what}", start)
        quantised_correct += int((_winner(runs) == part.labels).sum())
        golden_correct += int((golden.winner == part.labels).sum())
        outputs = [expected.output for expected in golden.layers[:-1]]
        fired.append([output.mean() * len(part) for output in outputs])
        fired_any.append([output.any(axis=0).mean() * len(part) for output in outputs])
    rates, any_rates = (tuple(float(rate) for rate in np.sum(sums, axis=0) / len(split))
                        for sums in (fired, fired_any))
    return Comparison(len(split), quantised_correct / len(split), golden_correct / len(split), rates, any_rates)


def _equal(got: torch.Tensor, expected: np.ndarray, what: str, first_sample: int) -> None:
    got = got.cpu().numpy()
    if got.shape != expected.shape:
        raise MismatchError(f"{what} has shape {got.shape}, the golden model's has {expected.shape}")
    different = np.argwhere(got != expected)
    if len(different):
        t, n, *neuron = map(int, different[0])
        raise MismatchError(
            f"{what} differs at sample {first_sample + n}, timestep {t}, neuron {tuple(neuron)}: "
            f"got {got[t, n][tuple(neuron)]}, expected {expected[t, n][tuple(neuron)]}",
            "this is a defect of the program: please report it with the model")
