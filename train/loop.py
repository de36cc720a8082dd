"""The training loop: phases in floating point, then one on integers, resumable at any step that was saved."""

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from hwgen.spec import Network

from . import state
from .architecture import Architecture
from .batches import Batches
from .data.split import Split
from .errors import TrainError
from .evaluate import Survey, survey
from .files import save
from .models import SpikingNetwork
from .optimise import SCHEDULES, Optimizers
from .recipe import Phase, Recipe
from .replay import Replay
from .restore import restore
from .rounding import adapt, enough
from .settle import settle
from .step import Step
from .teacher import Teacher
from .team import Team

#: Steps whose samples give a network that starts on integers its first statistics of batch norm.
CALIBRATION = 8
#: Samples by which a network that was graded finds its alphas for real timesteps.
SETTLING = 1024


@dataclass(frozen=True)
class Moment:
    """What the loop tells after every step: ``epoch`` from 1, ``step`` from 1 of ``steps`` in the epoch;
    ``loss`` and ``correct`` (share) are means over what the first process saw of the epoch so far."""

    phase: str
    epoch: int
    step: int
    steps: int
    loss: float
    correct: float
    model: SpikingNetwork


@dataclass(frozen=True)
class EpochEnd:
    """What the loop tells after every epoch: what the network does on the held-out samples; the learning rate of its
    last step; seconds of the clock that it took, those before a kill included."""

    moment: Moment
    survey: Survey
    rate: float
    seconds: float

    @property
    def validation(self) -> float:
        """Accuracy on the held-out samples."""
        return self.survey.accuracy


class Training:
    """A training run and its state.

    Parameters
    ----------
    architecture, recipe
        What to train and how.
    train, validation
        Samples to learn from, and held-out ones to follow the progress by.
    state_path
        Where the state is kept, so that a killed run can go on; None keeps none.
    save_seconds
        How often it is saved within an epoch; after every epoch it is in any case.
    team
        The processes that train together, and their devices; all of them call `run`.
    weights
        Of a floating-point network to start from, or a quantised `Network` where all phases are on integers; None
        starts from random ones.
    teacher
        Whose answers stand beside the labels, if any.

    Raises
    ------
    TrainError
        If ``weights`` are of another network.
    """

    def __init__(self, architecture: Architecture, recipe: Recipe, train: Split, validation: Split,
                 state_path: Path | None = None, save_seconds: float = 600, team: Team = Team(),
                 weights: dict[str, torch.Tensor] | Network | None = None, teacher: Teacher | None = None):
        self.architecture, self.recipe, self.team, self.device = architecture, recipe, team, team.device
        self.teacher = teacher
        self.train, self.validation, self.state_path, self.save_seconds = train, validation, state_path, save_seconds
        self.classes = architecture.stages[-1].out_channels
        self.batches = Batches(train, recipe, self.classes, team.rank, team.size, self.device)
        self.epoch, self.step = 0, 0                                    # epochs done, and steps of the one begun
        self.sums = {"loss": 0.0, "correct": 0, "seen": 0, "seconds": 0.0}      # over those steps
        self._saved = time.monotonic()
        torch.manual_seed(recipe.seed)
        self.float_model = SpikingNetwork(architecture).to(self.device)         # as it ended its last phase
        if isinstance(weights, dict):
            try:
                self.float_model.load_state_dict(weights)
            except RuntimeError as error:
                raise TrainError("the weights to start from belong to another network",
                                 "give the options that they were trained with") from error
        elif weights is None and recipe.phases[0].quantised:
            self._calibrate()
        self.model = self.float_model
        self._start(recipe.phases[0])
        if isinstance(weights, Network):
            if not recipe.phases[0].quantised:
                raise TrainError("a checkpoint holds a network on integers, and these phases start in floating point",
                                 "give --quantised-only, or start from the float.pt of a log")
            restore(self.model, weights)
            self.float_model = None                                     # there never was one

    def resume(self) -> None:
        """Take up the state at ``state_path``; errors as of `train.state.read`."""
        found = state.read(self.state_path, self.device, self._identity())
        self.epoch, self.step, self.sums = found["epoch"], found["step"], dict(found["sums"])
        if found["float_model"] is None:
            self.float_model = None
        else:
            self.float_model.load_state_dict(found["float_model"])
            self._start(self.recipe.phase_at(self.epoch)[0], resumed=True)
        self.model.load_state_dict(found["model"])
        self.optimizer.load_state_dict(found["optimizer"])

    def run(self, report: Callable[[Moment | EpochEnd], None] = lambda event: None) -> SpikingNetwork:
        """Train to the end and return the quantised network.

        Raises
        ------
        TrainError
            If the loss or a gradient is no finite number, memory or disk are full, or another process is gone.
        """
        self.batches.rank = self.team.rank                              # known only where the processes have parted
        while self.epoch < self.recipe.epochs:
            end = self._epoch(report)
            self.epoch, self.step = self.epoch + 1, 0
            self.sums = dict.fromkeys(self.sums, 0)
            if self.team.rank == 0:
                report(end)
            phase, phase_epoch = self.recipe.phase_at(self.epoch)
            if phase_epoch == 0:
                self._start(phase, settled=self.model.graded and not phase.graded)
            self.save()
        self._step = None                                               # and what of it holds on to other processes
        return self.model

    def save(self) -> None:
        """Write the state, if this is the process that does."""
        self._saved = time.monotonic()
        if self.state_path is not None and self.team.rank == 0:
            save({"version": state.VERSION, "identity": self._identity(), "epoch": self.epoch, "step": self.step,
                  "sums": self.sums, "in_float": self.model is self.float_model, "model": self.model.state_dict(),
                  "float_model": self.float_model and self.float_model.state_dict(),
                  "optimizer": self.optimizer.state_dict()}, self.state_path)

    def _epoch(self, report) -> EpochEnd:
        recipe, sums = self.recipe, self.sums
        phase, phase_epoch = recipe.phase_at(self.epoch)
        steps = self.batches.steps(phase)
        clock = time.monotonic() - sums["seconds"]
        if self._step is None:
            self._step = Step(self.model, self.optimizer, recipe, phase, self.team, self.teacher)
            if self.team.size == 1 and self.device != "cpu" and not phase.quantised:
                self._step = Replay(self._step, recipe.batch)
        self.model.train()
        batches = self.batches.following(phase, self.epoch, self.step)
        batch = next(batches, None)
        while batch:
            done = (phase_epoch + self.step / steps) / phase.epochs
            rate = phase.last_rate + (phase.rate - phase.last_rate) * SCHEDULES[recipe.schedule](done)
            self.optimizer.set_rate(rate)
            found, count = self._step(*batch), len(batch[1])
            batch = next(batches, None)                                 # made while a GPU is at this one
            loss, total, norm, hits = found.tolist()
            self._require_finite(total, norm)
            self.step += 1
            sums["loss"] += loss * count
            sums["correct"] += int(hits)
            sums["seen"] += count
            sums["seconds"] = time.monotonic() - clock
            moment = Moment(phase.name, self.epoch + 1, self.step, steps, sums["loss"] / sums["seen"],
                            sums["correct"] / sums["seen"], self.model)
            if self.team.rank == 0:
                report(moment)
                if self.step < steps and time.monotonic() - self._saved >= self.save_seconds:
                    self.save()
        self.team.agree(self.model)
        found = survey(self.model, self.validation, self.classes, self.team)
        return EpochEnd(moment, found, rate, time.monotonic() - clock)

    def _require_finite(self, total: float, norm: float) -> None:
        if not (math.isfinite(total) and math.isfinite(norm)):
            kept = f"'{self.state_path}' holds the last good state; " if self.state_path else ""
            raise TrainError(f"the loss is {total:g} and its gradient {norm:g} in epoch {self.epoch + 1}, "
                             f"step {self.step + 1}", kept + "train with another --seed or --rate 0.5")

    @torch.no_grad()
    def _calibrate(self) -> None:
        """Batch norm's statistics for a network that has never run: it is folded before its first step."""
        self.float_model.train()
        for step in range(min(CALIBRATION, self.batches.steps(self.recipe.phases[0]))):
            samples, _ = self.batches.get(self.recipe.phases[0], 0, step)
            self.float_model(samples)

    def _settle(self) -> None:
        """The floating-point network's alphas for real timesteps, by the first samples of the epoch to come."""
        phase, _ = self.recipe.phase_at(self.epoch)
        steps = range(min(math.ceil(SETTLING / self.recipe.batch), self.batches.steps(phase)))
        with torch.autocast(torch.device(self.device).type, torch.bfloat16, enabled=self.recipe.half):
            settle(self.float_model, (self.batches.get(phase, self.epoch, step) for step in steps), self.team.total)

    def _round(self) -> None:
        """The quantised network's weights, by the first samples of the epoch to come; of several processes the first
        one's hold, since `DistributedDataParallel` starts from them."""
        phase, _ = self.recipe.phase_at(self.epoch)
        samples, _ = self.batches.get(phase, self.epoch, 0)
        count = enough(self.model, samples[:1])
        steps = range(1, min(math.ceil(count / len(samples)), self.batches.steps(phase)))
        others = [self.batches.get(phase, self.epoch, step)[0] for step in steps]
        adapt(self.model, self.float_model, torch.cat([samples, *others])[:count])

    def _start(self, phase: Phase, settled: bool = False, resumed: bool = False) -> None:
        """Begin a phase; ``settled``: with alphas for real timesteps, where neurons were graded before; ``resumed``:
        what is found by samples follows from a file."""
        if phase.quantised:
            self.float_model = copy.deepcopy(self.float_model)
        model = self.float_model
        model.timesteps, model.graded = phase.timesteps or self.architecture.timesteps, phase.graded
        for layer in model.layers:
            layer.decays.keep(phase.graded)
            if not phase.quantised:
                layer.rounded = self.recipe.rounded
            if phase.forget:
                layer.decays.forget()
        if settled:
            self._settle()
        if phase.quantised:
            self.model = model.quantised().to(self.device)
            for layer in self.model.layers:
                layer.half_backward = self.recipe.half
            if not (resumed or any(layer.rounded for layer in model.layers)):
                self._round()
        self.optimizer = Optimizers(self.recipe.optimizer, self.model, self.recipe.decay_rate, self.recipe.weight_decay,
                                    self.device)
        self._step = None                                               # made where the processes have parted

    def _identity(self) -> str:
        teacher = self.teacher.digest if self.teacher else ""
        return state.identity(self.architecture, self.recipe, self.train) + teacher
