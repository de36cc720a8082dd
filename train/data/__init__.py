"""Data sets: readers of the official files, augmentation, and drawings of the project's own making."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import DataError, DataOptionError
from .bars import CLASSES as BARS
from .bars import read_bars
from .cifar10 import CLASSES as CIFAR10
from .cifar10 import read_cifar10
from .cifar10dvs import read_cifar10dvs
from .dvsgesture import CLASSES as GESTURES
from .dvsgesture import read_dvsgesture
from .dvsobjects import CLASSES as OBJECTS
from .dvsobjects import read_dvsobjects
from .mnist import read_mnist
from .nmnist import CLASSES as DIGITS
from .nmnist import read_nmnist
from .split import Split

__all__ = ["DATASETS", "Dataset", "Split", "load"]


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """``title`` and ``classes`` as a checkpoint's metadata gives them; ``read(directory, part)``, or ``read(part)``
    if no files are needed (``files`` false), returns samples and labels of ``part`` ("train" or "test"). Recordings of
    events (``events`` true): ``read(directory, part, timesteps)`` returns a `Split` of spike maps."""

    title: str
    classes: tuple[str, ...]
    read: Callable
    files: bool
    events: bool = False


#: The data sets by name.
DATASETS = {
    "mnist": Dataset(title="MNIST", classes=tuple("0123456789"), read=read_mnist, files=True),
    "cifar10": Dataset(title="CIFAR-10", classes=CIFAR10, read=read_cifar10, files=True),
    "bars": Dataset(title="bars", classes=BARS, read=read_bars, files=False),
    "nmnist": Dataset(title="N-MNIST", classes=DIGITS, read=read_nmnist, files=True, events=True),
    "dvsobjects": Dataset(title="DVS128 objects", classes=OBJECTS, read=read_dvsobjects, files=True, events=True),
    "cifar10dvs": Dataset(title="CIFAR10-DVS", classes=CIFAR10, read=read_cifar10dvs, files=True, events=True),
    "dvsgesture": Dataset(title="DVS128 Gesture", classes=GESTURES, read=read_dvsgesture, files=True, events=True),
}


def load(name: str, directory: Path | None = None, *, timesteps: int = 4) -> tuple[Split, Split]:
    """``(train, test)`` of the data set ``name``, from its official files in ``directory`` if it has any.

    Recordings of events are cut into windows of ``timesteps`` maps; other data sets do not depend on it.
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
    if dataset.events:
        return tuple(dataset.read(directory, part, timesteps) for part in ("train", "test"))
    where = (directory,) if dataset.files else ()
    return tuple(Split(*dataset.read(*where, part)) for part in ("train", "test"))
