"""The reader of CIFAR-100's official files; what is refused is tested with CIFAR-10's, which shares the code."""

import pickle

import numpy as np
import pytest

from train.data import find, load
from train.data.cifar100 import CLASSES, read_cifar100
from train.errors import DataError, DataOptionError


def content(seed, **fields):
    """A part as the official files hold it."""
    rng = np.random.default_rng(seed)
    return {b"batch_label": b"a part", b"fine_labels": rng.integers(0, 100, 7).tolist(),
            b"coarse_labels": rng.integers(0, 20, 7).tolist(), b"data": rng.integers(0, 256, (7, 3072), np.uint8),
            b"filenames": [b"%d.png" % n for n in range(7)], **{key.encode(): value for key, value in fields.items()}}


@pytest.fixture
def folder(tmp_path):
    inner = tmp_path / "cifar-100-python"
    inner.mkdir()
    for seed, part in enumerate(("train", "test")):
        (inner / part).write_bytes(pickle.dumps(content(seed), protocol=2))
    return tmp_path


def test_images_and_fine_labels_in_their_order(folder):
    for seed, split in enumerate(load("CIFAR-100 (a copy)", folder)):
        np.testing.assert_array_equal(split.samples, content(seed)[b"data"].reshape(-1, 3, 32, 32))
        np.testing.assert_array_equal(split.labels, content(seed)[b"fine_labels"])
        assert split.labels.dtype == np.int64
    np.testing.assert_array_equal(read_cifar100(folder / "cifar-100-python", "test")[0], split.samples)


def test_the_classes_are_in_alphabetical_order():
    assert len(CLASSES) == 100 and list(CLASSES) == sorted(set(CLASSES))
    assert (CLASSES[0], CLASSES[19], CLASSES[99]) == ("apple", "cattle", "worm")


@pytest.mark.parametrize("fields, words", [
    (dict(fine_labels=[0] * 6 + [100]), "a label 100, and labels are 0 to 99"),
    (dict(fine_labels=[0] * 6), "a list of 7 labels"),
    (dict(data=np.zeros((7, 3072))), "no batch of CIFAR-100"),
])
def test_what_is_wrong_is_one_line_with_the_layout(folder, fields, words):
    (folder / "cifar-100-python" / "train").write_bytes(pickle.dumps(content(0, **fields), protocol=2))
    with pytest.raises(DataError, match=words) as raised:
        load("cifar100", folder)
    assert "DIR/cifar-100-python/{train, test}" in str(raised.value) and "\n" not in str(raised.value)


def test_a_missing_file_says_where_to_get_it(tmp_path):
    with pytest.raises(DataError, match="there is no '.*train'; unpack cifar-100-python.tar.gz .*fetch cifar100"):
        load("cifar100", tmp_path)


def test_only_its_own_shape_can_be_asked_for(folder):
    assert find("cifar100", folder, (3, 32, 32)).shape == (3, 32, 32)
    with pytest.raises(DataOptionError, match="CIFAR-100 has samples of 3 x 32 x 32, not 1 x 28 x 28"):
        load("cifar100", folder, shape=(1, 28, 28))
