"""The reader of CIFAR-10's official files: what it takes, and one line for what it does not."""

import io
import os
import pickle
import pickletools

import numpy as np
import pytest

from train.data import load
from train.data.cifar10 import CLASSES, FILES, read_cifar10
from train.errors import DataError


def batch(count: int, seed: int = 0) -> dict:
    """A batch as the official files hold it."""
    rng = np.random.default_rng(seed)
    return {b"batch_label": b"a batch", b"labels": rng.integers(0, 10, count).tolist(),
            b"data": rng.integers(0, 256, (count, 3072), np.uint8), b"filenames": [b"%d.png" % n for n in range(count)]}


@pytest.fixture
def folder(tmp_path):
    """A function: write all six files, those given as bytes in their place; returns the folder above them."""
    def write(protocol=2, **files):
        inner = tmp_path / "cifar-10-batches-py"
        inner.mkdir(exist_ok=True)
        for seed, name in enumerate(FILES["train"] + FILES["test"]):
            (inner / name).write_bytes(files.get(name, pickle.dumps(batch(4 + seed, seed), protocol=protocol)))
        return tmp_path
    return write


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_images_and_labels_in_their_order(folder, protocol):
    directory = folder(protocol)
    for part, seeds in (("train", range(5)), ("test", [5])):
        images, labels = read_cifar10(directory, part)
        expected = [batch(4 + seed, seed) for seed in seeds]
        np.testing.assert_array_equal(images, np.concatenate([b[b"data"] for b in expected]).reshape(-1, 3, 32, 32))
        np.testing.assert_array_equal(labels, np.concatenate([b[b"labels"] for b in expected]))
        assert images.dtype == np.uint8 and labels.dtype == np.int64
    np.testing.assert_array_equal(read_cifar10(directory / "cifar-10-batches-py", "test")[0], images)


def test_a_pickle_of_python_2_as_the_official_ones_are(folder):
    """Byte strings (SHORT_BINSTRING, BINSTRING) and the name of numpy's module in those days."""
    data = np.arange(2 * 3072, dtype=np.uint8).reshape(2, 3072)
    program = (b"\x80\x02}(U\x06labels]K\x03aK\x01aU\x04data"
               b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
               b"(K\x01K\x02M\x00\x0c\x86cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R"
               b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T"
               + data.nbytes.to_bytes(4, "little") + data.tobytes() + b"tbu.")
    pickletools.dis(program, io.StringIO())                             # well formed
    images, labels = read_cifar10(folder(test_batch=program), "test")
    np.testing.assert_array_equal(images.reshape(2, 3072), data)
    assert labels.tolist() == [3, 1]


def test_an_array_stored_by_columns(folder):
    content = {**batch(3), b"data": np.asfortranarray(batch(3)[b"data"])}
    images, _ = read_cifar10(folder(test_batch=pickle.dumps(content, protocol=2)), "test")
    np.testing.assert_array_equal(images.reshape(3, 3072), content[b"data"])


class Hostile:
    """Makes a folder when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_a_pickle_that_runs_a_program_is_refused_and_runs_nothing(folder, tmp_path):
    trap = tmp_path / "trap"
    hostile = pickle.dumps({**batch(2), b"data": Hostile(trap)}, protocol=2)
    with pytest.raises(DataError, match="asks for 'posix.mkdir' to be called") as raised:
        read_cifar10(folder(test_batch=hostile), "test")
    assert not trap.exists() and "\n" not in str(raised.value)
    pickle.loads(hostile)                                               # the trap works
    assert trap.exists()


@pytest.mark.parametrize("program, name", [
    (b"cbuiltins\neval\n(S'1'\ntR.", "builtins.eval"),
    (b"\x80\x04\x8c\x08builtins\x8c\x07getattr\x93.", "builtins.getattr"),
    (b"cnumpy\nload\n.", "numpy.load"),
    (b"cnumpy\nndarray.tofile\n.", "numpy.ndarray.tofile"),
    (b"c_codecs\nencode\n(X\1\0\0\0aX\5\0\0\0rot13tR.", "_codecs.encode to rot13"),
])
def test_other_names_are_refused(folder, program, name):
    with pytest.raises(DataError, match="asks for '.*' to be called") as raised:
        read_cifar10(folder(test_batch=program), "test")
    assert f"'{name}'" in str(raised.value)


def changed(**fields):
    content = batch(6)
    content.update({key.encode(): value for key, value in fields.items()})
    return pickle.dumps(content, protocol=2)


@pytest.mark.parametrize("content, words", [
    (changed()[:2000], "is damaged"),
    (b"", "is damaged"),
    (b"no pickle at all", "is damaged"),
    (pickle.dumps([1, 2]), "is damaged, or no batch"),
    (pickle.dumps({b"labels": [1]}), "is damaged, or no batch"),
    (changed(data=[1, 2, 3]), "is damaged, or no batch"),
    (changed(data=np.zeros((6, 3072), np.float32)), "an array of type .*f4"),
    (changed(data=np.zeros((6, 1024), np.uint8)), r"array of shape \(6, 1024\), not rows of 3072 bytes"),
    (changed(data=np.zeros(3072, np.uint8)), r"array of shape \(3072,\)"),
    (changed(labels=[0] * 5), "not hold a list of 6 labels"),
    (changed(labels=b"012345"), "not hold a list of 6 labels"),
    (changed(labels=[0, 1, 2, 3, 4, 10]), "a label 10, and labels are 0 to 9"),
    (changed(labels=[0, 1, 2, 3, 4, "9"]), "a label '9'"),
])
def test_what_is_no_batch_is_one_line(folder, content, words):
    with pytest.raises(DataError, match=words) as raised:
        read_cifar10(folder(data_batch_3=content), "train")
    message = str(raised.value)
    assert "data_batch_3" in message and "\n" not in message and "cifar-10-python.tar.gz" in message


def test_a_missing_file_is_named(folder):
    directory = folder()
    (directory / "cifar-10-batches-py" / "data_batch_4").unlink()
    with pytest.raises(DataError, match="there is no .*data_batch_4'; unpack cifar-10-python.tar.gz"):
        read_cifar10(directory, "train")
    with pytest.raises(DataError, match="there is no 'nowhere/test_batch'"):
        read_cifar10("nowhere", "test")


def test_there_are_ten_classes():
    assert len(CLASSES) == len(set(CLASSES)) == 10


@pytest.mark.parametrize("name", ["cifar10", "CIFAR-10", "cifar-10 (jpeg copy)"])
def test_the_data_set_is_found_by_the_names_that_a_checkpoint_gives_it(folder, name):
    train, test = load(name, folder())
    assert len(train) == 4 + 5 + 6 + 7 + 8 and len(test) == 9


def test_an_unknown_data_set_is_one_line():
    with pytest.raises(DataError, match="there is no data set 'CIFAR-1000'; known are mnist, cifar10, cifar100, "):
        load("CIFAR-1000", None)
