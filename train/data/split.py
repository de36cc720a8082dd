"""Samples with their labels, and parts of them."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Split:
    """Samples to train on or to test on.

    Parameters
    ----------
    samples
        uint8 pixels [N, C, H, W], or 0/1 spikes [N, T, C, H, W]: an array, or what has a length and gives one for an
        index array or a slice (`PackedSpikes`).
    labels
        int64 [N].
    groups
        int64 [N] or None: samples of one number are cut from the same stretch of a recording and resemble each other,
        so that they are never torn apart by `hold_out`.
    """

    samples: np.ndarray
    labels: np.ndarray
    groups: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: slice) -> "Split":
        """These samples at once, as an array."""
        groups = None if self.groups is None else self.groups[index]
        return Split(self.samples[index], self.labels[index], groups)

    def take(self, index: np.ndarray) -> "Split":
        """The samples of ``index``, int64 [n]; those that are not in an array stay where they are until asked for."""
        samples = self.samples[index] if isinstance(self.samples, np.ndarray) else Picked(self.samples, index)
        return Split(samples, self.labels[index], None if self.groups is None else self.groups[index])

    def hold_out(self, share: float) -> tuple["Split", "Split"]:
        """``(to train on, held out)``, about ``share`` of the samples in the latter; the same ones every time.

        Whole groups, where there are any, evenly spaced among those of each class. Else the last samples if the labels
        come in no order, and the last of each class if they do. A class with a single group or sample keeps it to train
        on.
        """
        if self.groups is None and (np.diff(self.labels) < 0).any():
            held = np.arange(len(self)) >= len(self) - _ceil(len(self) * share)
        else:
            held = np.zeros(len(self), bool)
            for label in np.unique(self.labels):
                held |= self._held_of_class(label, share)
        return self.take(np.flatnonzero(~held)), self.take(np.flatnonzero(held))

    def _held_of_class(self, label: int, share: float) -> np.ndarray:
        """bool [N]: the samples of class ``label`` to hold out."""
        members = np.flatnonzero(self.labels == label)
        held = np.zeros(len(self), bool)
        if self.groups is None:
            held[members[len(members) - min(_ceil(len(members) * share), len(members) - 1):]] = True
            return held
        groups = np.unique(self.groups[members])
        count = min(max(round(len(groups) * share), 1), len(groups) - 1)
        chosen = groups[(2 * np.arange(count) + 1) * len(groups) // max(2 * count, 1)]
        held[members] = np.isin(self.groups[members], chosen)
        return held


class Picked:
    """Some of ``source``, in the order of ``index``, int64 [N], without a copy."""

    def __init__(self, source, index: np.ndarray):
        self.source, self.index = source, index

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, index) -> np.ndarray:
        return self.source[self.index[index]]

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return np.asarray(self[:], dtype)


class PackedSpikes:
    """0/1 maps, eight to a byte: an index gives them as uint8 [n, T, C, H, W].

    Parameters
    ----------
    packed
        uint8 [N, bytes], each sample's elements in order, first one in the highest bit.
    shape
        T, C, H, W.
    """

    def __init__(self, packed: np.ndarray, shape: tuple[int, ...]):
        self.packed, self.shape = packed, (len(packed), *shape)

    @classmethod
    def pack(cls, maps: np.ndarray) -> "PackedSpikes":
        """Of ``maps``, 0/1 [N, T, C, H, W]."""
        return cls(np.packbits(maps.reshape(len(maps), -1), axis=1), maps.shape[1:])

    def __len__(self) -> int:
        return len(self.packed)

    def __getitem__(self, index) -> np.ndarray:
        packed = self.packed[index]
        shape = self.shape[1:]
        flat = np.unpackbits(packed, axis=-1, count=int(np.prod(shape)))
        return flat.reshape(*packed.shape[:-1], *shape)

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return np.asarray(self[:], dtype)


def _ceil(value: float) -> int:
    return int(np.ceil(round(value, 9)))                                # 12 * (1 / 12) is one, whatever the last bit
