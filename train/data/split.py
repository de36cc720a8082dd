"""Samples with their labels, and parts of them."""

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Split:
    """``samples`` (uint8 pixels [N, C, H, W], or 0/1 spikes [N, T, C, H, W]), ``labels`` int64 [N], and ``groups``
    int64 [N], the recording each sample is cut from, or None."""

    samples: np.ndarray
    labels: np.ndarray
    groups: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index) -> "Split":
        return self.take(index)

    def take(self, index) -> "Split":
        """The samples that a slice or an array of numbers names."""
        return Split(self.samples[index], self.labels[index], None if self.groups is None else self.groups[index])

    def hold_out(self, share: float) -> "tuple[Split, Split]":
        """``(train, held_out)``: the last ``ceil(N * share)`` samples are held out."""
        count = math.ceil(len(self) * share)
        return self[:-count], self[-count:]
