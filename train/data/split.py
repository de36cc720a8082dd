"""A part of a data set: samples and their labels."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Split:
    """``samples`` (uint8 pixels [N, C, H, W], or 0/1 spikes [N, T, C, H, W]), ``labels`` int64 [N], and ``groups``
    int64 [N], the recording that each is cut from, or None."""

    samples: np.ndarray
    labels: np.ndarray
    groups: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: slice) -> "Split":
        return Split(self.samples[index], self.labels[index], None if self.groups is None else self.groups[index])
