"""The training loop: phases in floating point, then one on integers, resumable after every epoch."""

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
from .data.augment import AUGMENTATIONS
from .errors import TrainError
from .evaluate import accuracy
from .files import save
from .layer import LayerRun
from .models import SpikingNetwork
from .recipe import Phase, Recipe
from .team import Team


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
    stages, fetched, most = model.architecture.stages, 0.0, 0.0
    for run, stage, behind in zip(runs, stages, stages[1:]):
        fan_out = behind.fan_out + sum(other.join_fan_out for other in stages
                                       if other.join and other.join.source == stage.name)
        silent = math.prod(1 - spikes for spikes in run.output)         # [N, C, H, W]
        any_spike = 1 - silent
        fetched = fetched + any_spike.sum(dtype=torch.float32) / len(any_spike) * fan_out
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
    team
        The processes that train together; all of them call `run`.
    """

    def __init__(self, architecture: Architecture, recipe: Recipe, train: Split, validation: Split,
                 device: str = "cpu", state_path: Path | None = None, team: Team = Team()):
        self.architecture, self.recipe, self.device = architecture, recipe, device
        self.train, self.validation, self.state_path, self.team = train, validation, state_path, team
        torch.manual_seed(recipe.seed)
        self.epoch = 0                                                  # epochs done
        self.float_model = SpikingNetwork(architecture).to(device)      # as it ended its last phase
        self.model = self.float_model
        self._start(recipe.phases[0])

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
        if self.epoch < self.recipe.epochs:
            self._start(self.recipe.phase_at(self.epoch)[0])
        else:
            self._start(self.recipe.phases[-1])
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
            if self.team.rank == 0:
                report(EpochEnd(moment, accuracy(moment.model, self.validation, self.device)))
            if self.epoch < self.recipe.epochs:
                phase, phase_epoch = self.recipe.phase_at(self.epoch)
                if phase_epoch == 0:
                    self._start(phase)
            self._save()
        return self.model

    def _epoch(self, report) -> Moment:
        recipe = self.recipe
        generator = torch.Generator().manual_seed(recipe.seed * 10_007 + self.epoch)
        order = torch.randperm(len(self.train), generator=generator).numpy()
        phase, phase_epoch = recipe.phase_at(self.epoch)
        count = math.ceil(len(order) * phase.share)
        order = order[:count // self.team.size * self.team.size]       # equal parts for all processes
        steps = math.ceil(len(order) / recipe.batch)
        loss_sum = correct = seen = 0
        self.model.train()
        for step in range(steps):
            done = (phase_epoch + step / steps) / phase.epochs
            rate = phase.last_rate + (phase.rate - phase.last_rate) * 0.5 * (1 + math.cos(math.pi * done))
            for group in self.optimizer.param_groups:
                group["lr"] = rate * group["factor"]
            index = order[step * recipe.batch:(step + 1) * recipe.batch]
            samples = torch.from_numpy(self.train.samples[index]).to(self.device)
            labels = torch.from_numpy(self.train.labels[index]).to(self.device)
            if recipe.augment:
                samples = AUGMENTATIONS[recipe.augment](samples, generator)
            samples, labels = self.team.share(samples), self.team.share(labels)
            loss, hits = self._step(samples, labels, phase)
            loss_sum, correct, seen = loss_sum + loss * len(labels), correct + hits, seen + len(labels)
            moment = Moment(phase.name, self.epoch + 1, step + 1, steps,
                            loss_sum / seen, correct / seen, self.model)
            if self.team.rank == 0:
                report(moment)
        return moment

    def _step(self, samples, labels, phase: Phase) -> tuple[float, int]:
        with torch.autocast(self.device, torch.bfloat16, enabled=self.recipe.half and not phase.quantised):
            runs = self.model(samples)
        scores = runs[-1].output[-1, :, :, 0, 0]
        loss = F.cross_entropy(scores, labels)
        total = loss + phase.work_penalty * work(runs[:-1], self.model)
        self.optimizer.zero_grad()
        total.backward()
        self.team.average(list(self.model.parameters()))
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        if not (math.isfinite(total.item()) and math.isfinite(norm.item())):
            raise TrainError(f"the loss is {total.item():g} and its gradient {norm.item():g} in epoch "
                             f"{self.epoch + 1}", "train with another --seed or a smaller learning rate")
        self.optimizer.step()
        return loss.item(), int((scores.argmax(dim=1) == labels).sum())

    def _start(self, phase: Phase) -> None:
        if phase.quantised:
            self.float_model = copy.deepcopy(self.float_model)
            self.float_model.timesteps = self.architecture.timesteps
            self.model = self.float_model.quantised()
            for layer in self.model.layers:
                layer.half_backward = self.recipe.half
        else:
            self.model.timesteps = phase.timesteps or self.architecture.timesteps
        decays = [p for name, p in self.model.named_parameters() if ".decays." in name]
        others = [p for name, p in self.model.named_parameters() if ".decays." not in name and p.requires_grad]
        groups = [{"params": others, "factor": 1.0}, {"params": decays, "factor": self.recipe.decay_rate}]
        self.optimizer = torch.optim.Adam(groups, fused=True)

    def _save(self) -> None:
        if self.state_path is not None and self.team.rank == 0:
            save({"identity": self._identity(), "epoch": self.epoch, "model": self.model.state_dict(),
                  "float_model": self.float_model.state_dict(), "optimizer": self.optimizer.state_dict()},
                 self.state_path)

    def _identity(self) -> str:
        """What must be equal for a resumed run to be the same run."""
        checksum = int(np.asarray(self.train.samples, np.uint64).sum())
        return repr((asdict(self.architecture), asdict(self.recipe), len(self.train), checksum))
