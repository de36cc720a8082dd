"""CIFAR-10 from its official files (Krizhevsky, 2009): the Python version, pickled batches of 10,000 images.

A pickle can run any program when it is read. These are read by an unpickler that knows nothing but builtin values and
the three names that an array of bytes is pickled with, each replaced by a stand-in of ours.
"""

import math
import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import DataError

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
FOLDER = "cifar-10-batches-py"
#: File names by part.
FILES = {"train": tuple(f"data_batch_{n}" for n in range(1, 6)), "test": ("test_batch",)}
WHERE = "unpack cifar-10-python.tar.gz of https://www.cs.toronto.edu/~kriz/cifar.html"
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
    images, labels = zip(*(read_batch(folder / name) for name in FILES[part]))
    return np.concatenate(images), np.concatenate(labels)


def read_batch(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """``(images, labels)`` of one file, as in `read_cifar10` and with its errors."""
    if not path.is_file():
        raise DataError(f"there is no '{path}'", WHERE)
    try:
        with open(path, "rb") as file:
            batch = _Unpickler(file, encoding="bytes").load()
        data, labels = batch[b"data"].array(), batch[b"labels"]
    except _Forbidden as error:
        raise DataError(f"'{path}' asks for '{error}' to be called, as no file of CIFAR-10 does", WHERE) from error
    except Exception as error:                                          # unpickling raises many kinds
        raise DataError(f"'{path}' is damaged, or no batch of CIFAR-10 ({type(error).__name__}: {error})",
                        WHERE) from error
    if data.ndim != 2 or data.shape[1] != math.prod(SHAPE):
        raise DataError(f"'{path}' holds an array of shape {data.shape}, not rows of {math.prod(SHAPE)} bytes", WHERE)
    if not isinstance(labels, list) or len(labels) != len(data):
        raise DataError(f"'{path}' does not hold a list of {len(data)} labels for its images", WHERE)
    for label in labels:
        if type(label) is not int or not 0 <= label < len(CLASSES):
            raise DataError(f"'{path}' has a label {label!r:.40}, and labels are 0 to {len(CLASSES) - 1}", WHERE)
    return data.reshape(-1, *SHAPE), np.array(labels, np.int64)


class _Forbidden(Exception):
    """A name that no file of CIFAR-10 has."""


@dataclass
class _Dtype:
    """Stands for ``numpy.dtype(code, ...)``."""

    code: bytes | str
    align: object = None
    copy: object = None

    def __setstate__(self, state):
        """Byte order and the like, which bytes do not have."""


class _Array:
    """Stands for an array until all its parts are there."""

    def __init__(self, *_):
        self.state = None

    def __setstate__(self, state):
        self.state = state

    def array(self) -> np.ndarray:
        """The array, uint8."""
        _, shape, dtype, by_columns, data = self.state
        if dtype.code not in ("u1", b"u1"):
            raise ValueError(f"an array of type {dtype.code!r}, not of bytes")
        return np.frombuffer(data, np.uint8).reshape(shape, order="F" if by_columns else "C")


def _encode(text: str, encoding: str) -> bytes:
    """Stands for ``codecs.encode``, which Python 3 pickles bytes with."""
    if encoding != "latin1":
        raise _Forbidden(f"_codecs.encode to {encoding}")
    return text.encode("latin1")


class _Unpickler(pickle.Unpickler):
    NAMES = {
        ("numpy", "dtype"): _Dtype,
        ("numpy", "ndarray"): None,                                     # only ever an argument of _reconstruct
        ("numpy.core.multiarray", "_reconstruct"): _Array,
        ("numpy._core.multiarray", "_reconstruct"): _Array,
        ("_codecs", "encode"): _encode,
    }

    def find_class(self, module: str, name: str):
        if (module, name) not in self.NAMES:
            raise _Forbidden(f"{module}.{name}")
        return self.NAMES[module, name]
