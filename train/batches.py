"""The batches of an epoch: which samples, in which order, how augmented.

Everything random in a step comes from a generator of its own, seeded by seed, epoch, step and process. So there is no
state of it to keep: a run goes on at any step as if it had never stopped.
"""

import contextlib
import math
from collections.abc import Iterator

import numpy as np
import torch

from .data.augment import AUGMENTATIONS
from .data.split import Split
from .recipe import Phase, Recipe


class Batches:
    """One process's share of every batch.

    Parameters
    ----------
    split, recipe
        Samples to learn from, and how.
    classes
        Number of classes: mixed samples have a share of each.
    rank, size
        This process's number, and how many share a batch: each takes every ``size``-th sample of it.
    device
        Where samples are augmented, and lie then.
    """

    def __init__(self, split: Split, recipe: Recipe, classes: int, rank: int = 0, size: int = 1,
                 device: str = "cpu"):
        self.split, self.recipe, self.classes, self.device = split, recipe, classes, device
        self.rank, self.size = rank, size
        self._epoch, self._order = -1, None

    def steps(self, phase: Phase) -> int:
        """Steps of an epoch of this phase."""
        return math.ceil(self._count(phase) / self.recipe.batch)

    def following(self, phase: Phase, epoch: int, step: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """What `get` gives, of each step of an epoch from ``step`` on; on a GPU made beside what it has to do already,
        so nothing may be left to do of a batch when the one after the next is asked for."""
        stream = None if self.device == "cpu" else torch.cuda.Stream(self.device)
        for number in range(step, self.steps(phase)):
            with contextlib.nullcontext() if stream is None else torch.cuda.stream(stream):
                batch = self.get(phase, epoch, number)
            if stream is not None:
                torch.cuda.current_stream(self.device).wait_stream(stream)
            yield batch

    def get(self, phase: Phase, epoch: int, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        """``(samples, targets)`` of a step, both counted from 0.

        Samples are uint8 [N, ...] as in the split; targets int64 [N], or float [N, classes] where samples are mixed.
        """
        recipe = self.recipe
        if epoch != self._epoch:
            self._epoch, self._order = epoch, torch.randperm(
                len(self.split), generator=_generator(recipe.seed, epoch)).numpy()
        order = self._order[:self._count(phase)]
        index = order[step * recipe.batch:(step + 1) * recipe.batch][self.rank::self.size]
        samples = torch.from_numpy(np.ascontiguousarray(self.split.samples[index])).to(self.device)
        targets = torch.from_numpy(self.split.labels[index]).to(self.device)
        generator = _generator(recipe.seed, epoch, step, self.rank)
        augment = phase.augment or recipe.augment
        if augment:
            samples = AUGMENTATIONS[augment](samples, generator)
        if recipe.mixup:
            from .data.mixup import mixup
            samples, targets = mixup(samples, targets, self.classes, generator)
        return samples, targets

    def _count(self, phase: Phase) -> int:
        """Samples of an epoch: the same number for each process."""
        return math.ceil(len(self.split) * phase.share) // self.size * self.size


def _generator(*key: int) -> torch.Generator:
    """A generator that depends on all of ``key``; keys that differ give streams that have nothing in common."""
    return torch.Generator().manual_seed(int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0] >> 1))
