"""The reader of MNIST's files, on small files written here."""

import gzip

import numpy as np
import pytest

from train.data import load
from train.errors import DataError

IMAGES = "train-images-idx3-ubyte.gz"
LABELS = "train-labels-idx1-ubyte.gz"


@pytest.fixture
def folder(tmp_path, digits, write_mnist):
    write_mnist(tmp_path, digits[:5], digits[5:8])
    return tmp_path


def test_reads_what_was_written(folder, digits):
    train, test = load("mnist", folder)
    np.testing.assert_array_equal(train.samples, digits.samples[:5])
    np.testing.assert_array_equal(train.labels, digits.labels[:5])
    np.testing.assert_array_equal(test.samples, digits.samples[5:8])
    assert train.samples.dtype == np.uint8 and train.labels.dtype == np.int64


@pytest.mark.parametrize("name, content, words", [
    (IMAGES, lambda idx: None, "there is no"),
    (IMAGES, lambda idx: b"not gzip at all", "cannot be read as gzip"),
    (IMAGES, lambda idx: idx(np.zeros((5, 28, 28)))[:-20], "cannot be read as gzip"),
    (IMAGES, lambda idx: gzip.compress(b"\1\2\3\4"), "starts with '01020304'"),
    (IMAGES, lambda idx: gzip.compress(b"\0\0\x08\3\0\0"), "its header asks for"),
    (IMAGES, lambda idx: gzip.compress(gzip.decompress(idx(np.zeros((5, 28, 28))))[:-1]),
     "has 3935 bytes unpacked, its header asks for 3936"),
    (IMAGES, lambda idx: idx(np.zeros((5, 28, 27))), "not images of 28 x 28"),
    (LABELS, lambda idx: idx(np.zeros(4)), "labels of shape (4,) for 5 images"),
    (LABELS, lambda idx: idx(np.full(5, 10)), "has a label 10"),
])
def test_what_is_wrong_is_one_clear_line(folder, idx, name, content, words):
    content = content(idx)
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    with pytest.raises(DataError) as raised:
        load("mnist", folder)
    message = str(raised.value)
    assert words in message and name in message and "download" in message and "\n" not in message
