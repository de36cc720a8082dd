"""A step of training: what a batch does to a network."""

import contextlib

import torch

from .errors import TrainError
from .losses import LOSSES
from .models import SpikingNetwork
from .optimise import Optimizers
from .recipe import Phase, Recipe
from .teacher import Teacher
from .team import Team
from .work import work

#: Gradients whose norm, over all parameters, is larger are scaled down to this one.
LONGEST = 5.0


class Step:
    """``step(samples, targets)``: forward, backward, and a step of the optimiser, on this process's share of a batch.

    Nothing of it waits for a GPU. What it found comes as float32 [4]: loss; loss with the price of the spikes; norm of
    the gradient; samples whose highest score is their label's, or the largest share of theirs.

    Raises
    ------
    TrainError
        If a GPU's memory is full, or another process is gone.
    """

    def __init__(self, model: SpikingNetwork, optimizer: Optimizers, recipe: Recipe, phase: Phase, team: Team,
                 teacher: Teacher | None = None):
        self.model, self.optimizer, self.recipe, self.phase, self.team = model, optimizer, recipe, phase, team
        self.teacher = teacher
        with self._one_line():
            self._parallel = team.wrap(model)

    def __call__(self, samples: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        self.optimizer.zero_grad()
        parts = list(zip(samples.tensor_split(self.recipe.accumulate), targets.tensor_split(self.recipe.accumulate)))
        parts = [part for part in parts if len(part[1])]
        sums = 0.0
        for index, part in enumerate(parts):
            last = index == len(parts) - 1
            wait = contextlib.nullcontext() if last or self.team.size == 1 else self._parallel.no_sync()
            with wait, self._one_line():
                sums = sums + self._part(*part, len(targets))
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), LONGEST)
        self.optimizer.step()
        loss, total, hits = sums.unbind()
        return torch.stack([loss, total, norm, hits])

    def _part(self, samples: torch.Tensor, targets: torch.Tensor, count: int) -> torch.Tensor:
        """Forward and backward of some of the ``count`` samples: their share of loss and price, and how many are
        right, float32 [3]."""
        labels = targets if targets.ndim == 1 else targets.argmax(dim=1)
        device = torch.device(self.team.device).type
        if self.teacher:
            with torch.autocast(device, torch.bfloat16, enabled=self.recipe.half):
                targets = self.teacher(samples, targets)
        with torch.autocast(device, torch.bfloat16, enabled=self.recipe.half and not self.phase.quantised):
            runs = self._parallel(samples)
        scores = runs[-1].output[:, :, :, 0, 0].float()
        loss = LOSSES[self.recipe.loss](scores, targets)
        total = (loss + self.phase.work_penalty * work(runs[:-1], self.model)) * (len(targets) / count)
        total.backward()
        hits = (scores[-1].argmax(dim=1) == labels).sum()
        return torch.stack([loss.detach() * (len(targets) / count), total.detach(), hits])

    @contextlib.contextmanager
    def _one_line(self):
        try:
            yield
        except torch.OutOfMemoryError as error:
            raise TrainError("the GPU's memory is full", "give --accumulate 2 or more") from error
        except RuntimeError as error:
            if self.team.complete():
                raise
            raise TrainError("a process of the training is gone", "go on with --resume") from error
