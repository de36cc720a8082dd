"""Data sets: readers of the official files, augmentation, and drawings of the project's own making."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..errors import DataError, DataOptionError
from . import (bars, cifar10, cifar10dvs, cifar100, dvsgesture, dvsobjects, folder, gestures, imagenet, mnist, nmnist,
               saccades)
from .binning import BINNINGS
from .split import Split

__all__ = ["DATASETS", "Dataset", "Split", "find", "load"]


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A data set that can be trained on.

    Parameters
    ----------
    title
        What a checkpoint's metadata calls it.
    classes
        Their names; empty where only the files tell.
    read
        ``read(directory, part)``, or ``read(part)`` if no files are needed: samples and labels of ``part`` ("train" or
        "test"), or a `Split`. That of events takes ``timesteps`` and ``by``, that of a data set with ``describe`` takes
        ``shape``.
    files
        Whether there are files.
    events
        Whether samples are spikes [T, C, H, W], not pixels [C, H, W].
    shape
        C, H, W of a sample; the usual one where another may be chosen, None where only the files tell.
    where
        How to get the files, and how they are laid out.
    window_us
        Where a sample is what happens in a stretch of time: how long that is in microseconds, of T timesteps.
    describe
        ``describe(directory)`` gives those of these fields that only the files tell; the samples are then fitted into
        any shape.
    """

    title: str
    classes: tuple[str, ...]
    read: Callable[..., Split | tuple[np.ndarray, np.ndarray]]
    files: bool = True
    events: bool = False
    shape: tuple[int, int, int] | None
    where: str = ""
    window_us: Callable[[int], int] | None = None
    describe: Callable[[Path], dict] | None = None


#: The data sets by name.
DATASETS = {
    "mnist": Dataset(title="MNIST", classes=tuple("0123456789"), read=mnist.read_mnist, shape=(1, 28, 28),
                     where=mnist.WHERE),
    "cifar10": Dataset(title="CIFAR-10", classes=cifar10.CLASSES, read=cifar10.read_cifar10, shape=cifar10.SHAPE,
                       where=cifar10.WHERE),
    "cifar100": Dataset(title="CIFAR-100", classes=cifar100.CLASSES, read=cifar100.read_cifar100, shape=cifar10.SHAPE,
                        where=cifar100.WHERE),
    "nmnist": Dataset(title="N-MNIST", classes=nmnist.CLASSES, read=nmnist.read_nmnist, events=True, shape=nmnist.SHAPE,
                      where=nmnist.LAYOUT),
    "saccades": Dataset(title="MNIST, simulated saccades", classes=nmnist.CLASSES, read=saccades.read_saccades,
                        events=True, shape=nmnist.SHAPE, where=mnist.WHERE),
    "dvsobjects": Dataset(title="DVS128 objects", classes=dvsobjects.CLASSES, read=dvsobjects.read_dvsobjects,
                          events=True, shape=dvsobjects.SHAPE, where=dvsobjects.LAYOUT,
                          window_us=lambda timesteps: dvsobjects.LENGTH_US),
    "cifar10dvs": Dataset(title="CIFAR10-DVS", classes=cifar10.CLASSES, read=cifar10dvs.read_cifar10dvs,
                          events=True, shape=cifar10dvs.SHAPE, where=cifar10dvs.LAYOUT),
    "dvsgesture": Dataset(title="DVS128 Gesture", classes=dvsgesture.CLASSES, read=dvsgesture.read_dvsgesture,
                          events=True, shape=dvsgesture.SHAPE, where=dvsgesture.LAYOUT,
                          window_us=lambda timesteps: dvsgesture.LENGTH_US),
    "gestures": Dataset(title="synthetic gestures", classes=gestures.CLASSES, read=gestures.read_gestures, files=False,
                        events=True, shape=gestures.SHAPE, window_us=gestures.window_us),
    "imagenet": Dataset(title="ImageNet", classes=(), read=imagenet.read_imagenet, shape=imagenet.SHAPE,
                        where=imagenet.WHERE,
                        describe=lambda directory: dict(classes=imagenet.imagenet_classes(directory))),
    "folder": Dataset(title="folder", classes=(), read=folder.read_folder, shape=None, where=folder.WHERE,
                      window_us=folder.window_us, describe=folder.describe_folder),
    "bars": Dataset(title="bars", classes=bars.CLASSES, read=bars.read_bars, files=False,
                    shape=(1, bars.SIDE, bars.SIDE)),
}


def find(name: str, directory: Path | None = None, shape: tuple[int, int, int] | None = None) -> Dataset:
    """The data set ``name``, with what only the files in ``directory`` tell, and in ``shape`` if that is given.

    ``name`` may be what a checkpoint's metadata calls it: its title, in any case, and a remark in parentheses.

    Raises
    ------
    DataError
        If there is no such data set, or a file is missing, damaged or not what it should be.
    DataOptionError
        If there is no directory and the data set has files, or the other way round, or its samples have another shape.
    """
    bare = name.partition(" (")[0].lower()
    found = [key for key, dataset in DATASETS.items() if bare in (key, dataset.title.lower())]
    if not found:
        raise DataError(f"there is no data set '{name}'", f"known are {', '.join(DATASETS)}")
    dataset = DATASETS[found[0]]
    if dataset.files and directory is None:
        raise DataOptionError(f"{name} is read from files", "give their folder with --data DIR")
    if not dataset.files and directory is not None:
        raise DataOptionError(f"{name} is drawn from a seed and has no files", "leave --data away")
    if dataset.describe:
        return replace(dataset, **dataset.describe(directory) | (dict(shape=tuple(shape)) if shape else {}))
    if shape and tuple(shape) != dataset.shape:
        wanted, known = (" x ".join(map(str, sides)) for sides in (shape, dataset.shape))
        raise DataOptionError(f"{dataset.title} has samples of {known}, not {wanted}",
                              "leave the shape away, or take a network for that shape")
    return dataset


def load(name: str, directory: Path | None = None, *, timesteps: int = 4, by: str = "time",
         shape: tuple[int, int, int] | None = None) -> tuple[Split, Split]:
    """``(train, test)`` of the data set ``name``, from its official files in ``directory`` if it has any.

    Events are binned into ``timesteps`` maps, ``by`` time or count (`train.data.binning.BINNINGS`). ``shape``, None for
    the usual one, is the shape C, H, W that images of any size are fitted into; see `find`, also for the errors.
    """
    if by not in BINNINGS:
        raise DataError(f"events cannot be binned by '{by}'", f"known are {', '.join(BINNINGS)}")
    dataset = find(name, directory, shape)
    where = (directory,) if dataset.files else ()
    options = dict(timesteps=timesteps, by=by) if dataset.events else {}
    if dataset.describe:
        options["shape"] = dataset.shape
    parts = (dataset.read(*where, part, **options) for part in ("train", "test"))
    return tuple(part if isinstance(part, Split) else Split(*part) for part in parts)
