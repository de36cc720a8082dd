"""MNIST from its official files (LeCun, Cortes and Burges): gzipped idx, as their page describes them."""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from ..errors import DataError

#: File names by part: images, labels.
FILES = {
    "train": ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    "test": ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
}
WHERE = ("download the four files, or have `python -m train.data.fetch mnist --data DIR` do it: "
         "DIR/{train,t10k}-{images-idx3,labels-idx1}-ubyte.gz")


def read_mnist(directory: Path | str, part: str) -> tuple[np.ndarray, np.ndarray]:
    """``(images, labels)`` of ``part`` ("train" or "test"): uint8 [N, 1, 28, 28] and int64 [N].

    Raises
    ------
    DataError
        If a file is missing, damaged, or not images and labels of digits that belong together.
    """
    image_path, label_path = (Path(directory) / name for name in FILES[part])
    images, labels = read_idx(image_path), read_idx(label_path)
    if images.ndim != 3 or images.shape[1:] != (28, 28):
        raise DataError(f"'{image_path}' holds an array of shape {images.shape}, not images of 28 x 28", WHERE)
    if labels.shape != images.shape[:1]:
        raise DataError(f"'{label_path}' holds labels of shape {labels.shape} for {len(images)} images", WHERE)
    if labels.max(initial=0) > 9:
        raise DataError(f"'{label_path}' has a label {labels.max()}, and digits end at 9", WHERE)
    return images[:, None], labels.astype(np.int64)


def read_idx(path: Path) -> np.ndarray:
    """The uint8 array of a gzipped idx file: two zero bytes, type 8, rank, big-endian sizes, data.

    Raises
    ------
    DataError
        If the file is missing, not gzip, truncated, or not idx of unsigned bytes.
    """
    if not path.is_file():
        raise DataError(f"there is no '{path}'", WHERE)
    try:
        content = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"'{path}' cannot be read as gzip ({error})", WHERE) from error
    if len(content) < 4 or content[:3] != b"\0\0\x08":
        raise DataError(f"'{path}' is not an idx file of bytes: it starts with {content[:4].hex()!r}, "
                        "not '000008'", WHERE)
    rank = content[3]
    header = 4 + 4 * rank
    shape = tuple(np.frombuffer(content[4:header], ">u4").tolist()) if len(content) >= header else None
    expected = header + math.prod(shape) if shape is not None else header
    if len(content) != expected:
        raise DataError(f"'{path}' has {len(content)} bytes unpacked, its header asks for {expected}", WHERE)
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape).copy()
