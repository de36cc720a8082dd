"""CIFAR-10 from its official files (Krizhevsky, 2009): the Python version, pickled batches of 10,000 images."""

import math
from pathlib import Path

import numpy as np

from ..errors import DataError
from .pickles import Forbidden, read_pickle

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
FOLDER = "cifar-10-batches-py"
#: File names by part.
FILES = {"train": tuple(f"data_batch_{n}" for n in range(1, 6)), "test": ("test_batch",)}
WHERE = ("unpack cifar-10-python.tar.gz of https://www.cs.toronto.edu/~kriz/cifar.html in DIR, or have "
         "`python -m train.data.fetch cifar10 --data DIR` do it: "
         "DIR/cifar-10-batches-py/{data_batch_1 to 5, test_batch}")
SHAPE = (3, 32, 32)


def read_cifar10(directory: Path | str, part: str) -> tuple[np.ndarray, np.ndarray]:
    """``(images, labels)`` of ``part`` ("train" or "test"): uint8 [N, 3, 32, 32] and int64 [N].

    ``directory`` holds the folder ``cifar-10-batches-py``, or is that folder.

    Raises
    ------
    DataError
        If a file is missing, damaged, asks for a program to be run, or does not hold images and their labels.
    """
    directory = Path(directory)
    folder = directory / FOLDER if (directory / FOLDER).is_dir() else directory
    images, labels = zip(*(read_batch(folder / name, b"labels", len(CLASSES), WHERE) for name in FILES[part]))
    return np.concatenate(images), np.concatenate(labels)


def read_batch(path: Path, key: bytes, classes: int, where: str) -> tuple[np.ndarray, np.ndarray]:
    """``(images, labels)`` of one file, as in `read_cifar10` and with its errors.

    ``key`` is what the file calls the labels, 0 to ``classes`` - 1; ``where`` ends an error.
    """
    if not path.is_file():
        raise DataError(f"there is no '{path}'", where)
    try:
        batch = read_pickle(path)
        data, labels = batch[b"data"].array(), batch[key]
    except Forbidden as error:
        raise DataError(f"'{path}' asks for '{error}' to be called, as no file of CIFAR does", where) from error
    except Exception as error:                                          # unpickling raises many kinds
        raise DataError(f"'{path}' is damaged, or no batch of CIFAR-{classes} ({type(error).__name__}: {error})",
                        where) from error
    if data.ndim != 2 or data.shape[1] != math.prod(SHAPE):
        raise DataError(f"'{path}' holds an array of shape {data.shape}, not rows of {math.prod(SHAPE)} bytes", where)
    if not isinstance(labels, list) or len(labels) != len(data):
        raise DataError(f"'{path}' does not hold a list of {len(data)} labels for its images", where)
    for label in labels:
        if type(label) is not int or not 0 <= label < classes:
            raise DataError(f"'{path}' has a label {label!r:.40}, and labels are 0 to {classes - 1}", where)
    return data.reshape(-1, *SHAPE), np.array(labels, np.int64)
