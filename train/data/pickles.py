"""Pickles of arrays of bytes, read without running what they ask for.

A pickle can run any program when it is read. These are read by an unpickler that knows nothing but builtin values and
the three names that an array of bytes is pickled with, each replaced by a stand-in of ours.
"""

import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np


class Forbidden(Exception):
    """A name that no pickle of an array of bytes has."""


def read_pickle(path: Path):
    """The value in the file, byte strings of Python 2 as bytes; an array in it is a `PickledArray`.

    Raises
    ------
    Forbidden
        If the file asks for anything else to be called; nothing is.
    Exception
        Of many kinds, if it is damaged.
    """
    with open(path, "rb") as file:
        return _Unpickler(file, encoding="bytes").load()


class PickledArray:
    """Stands for an array until all its parts are there."""

    def __init__(self, *_):
        self.state = None

    def __setstate__(self, state):
        self.state = state

    def array(self) -> np.ndarray:
        """The array, uint8.

        Raises
        ------
        ValueError
            If it holds no bytes, or more or fewer than its shape asks for.
        """
        _, shape, dtype, by_columns, data = self.state
        if dtype.code not in ("u1", b"u1"):
            raise ValueError(f"an array of type {dtype.code!r}, not of bytes")
        return np.frombuffer(data, np.uint8).reshape(shape, order="F" if by_columns else "C")


@dataclass
class _Dtype:
    """Stands for ``numpy.dtype(code, ...)``."""

    code: bytes | str
    align: object = None
    copy: object = None

    def __setstate__(self, state):
        """Byte order and the like, which bytes do not have."""


def _encode(text: str, encoding: str) -> bytes:
    """Stands for ``codecs.encode``, which Python 3 pickles bytes with."""
    if encoding != "latin1":
        raise Forbidden(f"_codecs.encode to {encoding}")
    return text.encode("latin1")


class _Unpickler(pickle.Unpickler):
    NAMES = {
        ("numpy", "dtype"): _Dtype,
        ("numpy", "ndarray"): None,                                     # only ever an argument of _reconstruct
        ("numpy.core.multiarray", "_reconstruct"): PickledArray,
        ("numpy._core.multiarray", "_reconstruct"): PickledArray,
        ("_codecs", "encode"): _encode,
    }

    def find_class(self, module: str, name: str):
        if (module, name) not in self.NAMES:
            raise Forbidden(f"{module}.{name}")
        return self.NAMES[module, name]
