"""The training loop: a phase in floating point, then one on integers, resumable after every epoch."""

import copy
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from .architecture import Architecture
from .data import Split
from .data.augment import jitter
from .errors import TrainError
from .evaluate import accuracy
from .files import save
from .layer import LayerRun
from .models import SpikingNetwork
from .quantise import QuantLayer


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How to train.

    Parameters
    ----------
    epochs
        Of both phases together.
    float_share
        Share of the epochs in floating point, at least one.
    batch
        Samples a step.
    float_rate, quantised_rate
        Adam's learning rate at the start of each phase; it falls to 0 along half a cosine.
    decay_rate
        Factor on that rate for alpha and beta, which have few parameters with a long way to go.
    work_penalty
        Weight of the work that spikes cause (see `work`) in the loss.
    augment
        Jitter the images (`train.data.augment`).
    seed
        Of weights, order and jitter.
    """

    epochs: int = 20
    float_share: float = 0.5
    batch: int = 128
    float_rate: float = 4e-3
    quantised_rate: float = 1.5e-3
    decay_rate: float = 4.0
    work_penalty: float = 0.05
    augment: bool = True
    seed: int = 1

    @property
    def float_epochs(self) -> int:
        return max(1, round(self.epochs * self.float_share))


@dataclass(frozen=True)
class Moment:
    """What the loop tells after every step: ``epoch`` from 1, ``step`` from 1 of ``steps`` in the epoch;
    ``loss`` and ``correct`` (share) are means over the epoch so far."""

    phase: str
    epoch: int
    step: int
    steps: int
    loss: float
    correct: float
    model: SpikingNetwork


@dataclass(frozen=True)
class EpochEnd:
    """What the loop tells after every epoch: ``validation`` is the accuracy on the held-out samples."""

    moment: Moment
    validation: float


def work(runs: list[LayerRun], model: SpikingNetwork) -> torch.Tensor:
    """Weights fetched because an element of a map spikes at any timestep, a sample, as a share of what they
    would be if all spiked; differentiable. A core that runs all timesteps at once pays for just these."""
    fetched, most = 0.0, 0.0
    for run, layer in zip(runs, list(model.layers)[1:]):
        stage = layer.stage
        fan_out = stage.out_channels * stage.kernel[0] * stage.kernel[1] / stage.stride**2
        silent = math.prod(1 - spikes for spikes in run.output)         # [N, C, H, W]
        any_spike = 1 - silent
        fetched = fetched + any_spike.sum() / len(any_spike) * fan_out
        most += any_spike[0].numel() * fan_out
    return fetched / most


class Training:
    """A training run and its state.

    Parameters
    ----------
    architecture, recipe
        What to train and how.
    train, validation
        Samples to learn from, and held-out ones to follow the progress by.
    device
        ``cpu`` or ``cuda``.
    state_path
        Where the state is kept after every epoch, so that a killed run can go on; None keeps none.
    """

    def __init__(self, architecture: Architecture, recipe: Recipe, train: Split, validation: Split,
                 device: str = "cpu", state_path: Path | None = None):
        self.architecture, self.recipe, self.device = architecture, recipe, device
        self.train, self.validation, self.state_path = train, validation, state_path
        torch.manual_seed(recipe.seed)
        self.epoch = 0                                                  # epochs done
        self.float_model = SpikingNetwork(architecture).to(device)      # as it ended its phase
        self.model = self.float_model
        self.optimizer = self._optimizer()

    def resume(self) -> None:
        """Take up the state at ``state_path``.

        Raises
        ------
        TrainError
            If there is none, it is damaged, or it belongs to another architecture, recipe or data set.
        """
        path = self.state_path
        if not path.is_file():
            raise TrainError(f"there is no '{path}' to resume", "leave --resume away to start anew")
        try:
            state = torch.load(path, map_location=self.device, weights_only=True)
            identity = state["identity"]
        except Exception as error:                                      # torch raises many kinds
            raise TrainError(f"'{path}' is damaged", "leave --resume away to start anew") from error
        if identity != self._identity():
            raise TrainError(f"'{path}' was written by a run with other options or data",
                             "give the same ones, or leave --resume away to start anew")
        self.epoch = state["epoch"]
        self.float_model.load_state_dict(state["float_model"])
        if self.epoch >= self.recipe.float_epochs:
            self._start_quantised()
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])

    def run(self, report: Callable[[Moment | EpochEnd], None] = lambda event: None) -> SpikingNetwork:
        """Train to the end and return the quantised network.

        Raises
        ------
        TrainError
            If the loss or a gradient is no finite number.
        """
        while self.epoch < self.recipe.epochs:
            moment = self._epoch(report)
            self.epoch += 1
            if self.epoch == self.recipe.float_epochs:
                self._start_quantised()
            report(EpochEnd(moment, accuracy(moment.model, self.validation, self.device)))
            self._save()
        return self.model

    def _epoch(self, report) -> Moment:
        recipe = self.recipe
        generator = torch.Generator().manual_seed(recipe.seed * 10_007 + self.epoch)
        order = torch.randperm(len(self.train), generator=generator).numpy()
        steps = math.ceil(len(order) / recipe.batch)
        quantised = self.epoch >= recipe.float_epochs
        phase_epochs = recipe.epochs - recipe.float_epochs if quantised else recipe.float_epochs
        phase_epoch = self.epoch - recipe.float_epochs if quantised else self.epoch
        loss_sum = correct = seen = 0
        self.model.train()
        for step in range(steps):
            done = (phase_epoch + step / steps) / phase_epochs
            for group in self.optimizer.param_groups:
                group["lr"] = group["initial_lr"] * 0.5 * (1 + math.cos(math.pi * done))
            index = order[step * recipe.batch:(step + 1) * recipe.batch]
            samples = torch.from_numpy(self.train.samples[index]).to(self.device)
            labels = torch.from_numpy(self.train.labels[index]).to(self.device)
            if recipe.augment:
                samples = jitter(samples, generator)
            loss, hits = self._step(samples, labels)
            loss_sum, correct, seen = loss_sum + loss * len(index), correct + hits, seen + len(index)
            moment = Moment("quantised" if quantised else "float", self.epoch + 1, step + 1, steps,
                            loss_sum / seen, correct / seen, self.model)
            report(moment)
        return moment

    def _step(self, samples, labels) -> tuple[float, int]:
        runs = self.model(samples)
        scores = runs[-1].output[-1, :, :, 0, 0]
        loss = F.cross_entropy(scores, labels)
        total = loss + self.recipe.work_penalty * work(runs[:-1], self.model)
        self.optimizer.zero_grad()
        total.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        if not (math.isfinite(total.item()) and math.isfinite(norm.item())):
            raise TrainError(f"the loss is {total.item():g} and its gradient {norm.item():g} in epoch "
                             f"{self.epoch + 1}", "train with another --seed or a smaller learning rate")
        self.optimizer.step()
        return loss.item(), int((scores.argmax(dim=1) == labels).sum())

    def _start_quantised(self) -> None:
        self.float_model = copy.deepcopy(self.float_model)
        self.model = self.float_model.quantised()
        self.optimizer = self._optimizer()

    def _optimizer(self) -> torch.optim.Adam:
        quantised = isinstance(self.model.layers[0], QuantLayer)
        rate = self.recipe.quantised_rate if quantised else self.recipe.float_rate
        decays = [p for name, p in self.model.named_parameters() if ".decays." in name]
        others = [p for name, p in self.model.named_parameters() if ".decays." not in name and p.requires_grad]
        groups = [{"params": others, "lr": rate, "initial_lr": rate},
                  {"params": decays, "lr": rate * self.recipe.decay_rate,
                   "initial_lr": rate * self.recipe.decay_rate}]
        return torch.optim.Adam(groups, fused=True)

    def _save(self) -> None:
        if self.state_path is not None:
            save({"identity": self._identity(), "epoch": self.epoch, "model": self.model.state_dict(),
                  "float_model": self.float_model.state_dict(), "optimizer": self.optimizer.state_dict()},
                 self.state_path)

    def _identity(self) -> str:
        """What must be equal for a resumed run to be the same run."""
        checksum = int(np.asarray(self.train.samples, np.uint64).sum())
        return repr((asdict(self.architecture), asdict(self.recipe), len(self.train), checksum))
