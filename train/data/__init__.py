"""Data sets: readers of the official files, augmentation, and drawings of the project's own making."""

from dataclasses import dataclass

import numpy as np

from .mnist import read_mnist


@dataclass(frozen=True, eq=False)
class Split:
    """``samples`` (uint8 pixels [N, C, H, W], or 0/1 spikes [N, T, C, H, W]) and ``labels`` int64 [N]."""

    samples: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: slice) -> "Split":
        return Split(self.samples[index], self.labels[index])


def load(dataset: str, directory) -> tuple[Split, Split]:
    """``(train, test)`` of a data set (``mnist``) from its official files in ``directory``.

    Raises
    ------
    DataError
        If a file is missing, damaged or not what it should be.
    """
    readers = {"mnist": read_mnist}
    return tuple(Split(*readers[dataset](directory, part)) for part in ("train", "test"))
