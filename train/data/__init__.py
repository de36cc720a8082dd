"""Data sets: readers of the official files, augmentation, and drawings of the project's own making."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import DataError, DataOptionError
from .bars import CLASSES as BARS
from .bars import read_bars
from .cifar10 import CLASSES as CIFAR10
from .cifar10 import read_cifar10
from .mnist import read_mnist
from .split import Split


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """``title`` and ``classes`` as a checkpoint's metadata gives them; ``read(directory, part)``, or ``read(part)``
    if no files are needed (``files`` false), returns samples and labels of ``part`` ("train" or "test")."""

    title: str
    classes: tuple[str, ...]
    read: Callable[..., tuple[np.ndarray, np.ndarray]]
    files: bool


#: The data sets by name.
DATASETS = {
    "mnist": Dataset(title="MNIST", classes=tuple("0123456789"), read=read_mnist, files=True),
    "cifar10": Dataset(title="CIFAR-10", classes=CIFAR10, read=read_cifar10, files=True),
    "bars": Dataset(title="bars", classes=BARS, read=read_bars, files=False),
}


def load(name: str, directory: Path | None = None, *, timesteps: int = 4) -> tuple[Split, Split]:
    """``(train, test)`` of the data set ``name``, from its official files in ``directory`` if it has any.

    ``name`` may be what a checkpoint's metadata calls it: its title, in any case, and a remark in parentheses.

    Raises
    ------
    DataError
        If there is no such data set, or a file is missing, damaged or not what it should be.
    DataOptionError
        If there is no directory and the data set has files, or the other way round.
    """
    bare = name.partition(" (")[0].lower()
    found = [key for key, dataset in DATASETS.items() if bare in (key, dataset.title.lower())]
    if not found:
        raise DataError(f"there is no data set '{name}'", f"known are {', '.join(DATASETS)}")
    dataset = DATASETS[found[0]]
    if dataset.files and directory is None:
        raise DataOptionError(f"{name} is read from its official files", "give their folder with --data DIR")
    if not dataset.files and directory is not None:
        raise DataOptionError(f"{name} is drawn from a seed and has no files", "leave --data away")
    where = (directory,) if dataset.files else ()
    return tuple(Split(*dataset.read(*where, part)) for part in ("train", "test"))
