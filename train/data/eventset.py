"""What the readers of event data sets share: files by class, windows cut from recordings, kept in the cache."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from ..errors import DataError
from .binning import BINNINGS, Area, window_starts
from .cache import cached
from .recordings import Events
from .split import PackedSpikes, Split


def files_by_class(folder: Path, classes: Sequence[str], suffix: str, layout: str) -> list[tuple[Path, int]]:
    """``(path, label)`` of the files that end in ``suffix`` of each folder ``folder/class``, by class and number.

    Raises
    ------
    DataError
        If there is no such folder, or a class has no file; ``layout`` is the remedy.
    """
    found = []
    for label, name in enumerate(classes):
        if not (folder / name).is_dir():
            raise DataError(f"there is no folder '{folder / name}'", layout)
        paths = sorted((folder / name).glob(f"*{suffix}"), key=_by_number)
        if not paths:
            raise DataError(f"there is no {suffix} file in '{folder / name}'", layout)
        found += [(path, label) for path in paths]
    return found


def read_cached(name: str, directory: Path, files: Sequence[Path], shape: tuple[int, ...], settings: tuple,
                samples: Callable[[], Iterable[tuple[np.ndarray, int, int]]]) -> Split:
    """The samples that ``samples()`` yields, each as its maps (0/1 [T, C, H, W], which is ``shape``), label and group,
    or those that the cache has of an earlier call."""
    def make() -> dict[str, np.ndarray]:
        packed, labels, groups = [], [], []
        for maps, label, group in samples():
            packed.append(np.packbits(maps))
            labels.append(label)
            groups.append(group)
        if not packed:
            raise DataError(f"the recordings in '{directory}' are all shorter than a window",
                            "take the files anew from where they came from")
        return {"packed": np.stack(packed), "labels": np.array(labels, np.int64), "groups": np.array(groups, np.int64)}

    kept = cached(name, directory, files, (shape, settings), make)
    return Split(PackedSpikes(kept["packed"], shape), kept["labels"], kept["groups"])


def windows(events: Events, length: int, hop: int, area: Callable[[Events], Area], timesteps: int,
            by: str) -> list[np.ndarray]:
    """The maps of each window of ``length`` us, ``hop`` us apart, that has an event at all; ``area(events)`` says what
    part of the sensor the window shows, ``by`` how it is binned (`BINNINGS`)."""
    maps = []
    for start in window_starts(events, length, hop):
        inside = events.between(start, start + length)
        if len(inside):
            maps.append(BINNINGS[by](inside, area(inside), timesteps, int(start), length))
    return maps


def _by_number(path: Path) -> tuple[int, str]:
    digits = "".join(filter(str.isdigit, path.stem.rpartition("_")[2]))
    return (int(digits) if digits else -1, path.name)
