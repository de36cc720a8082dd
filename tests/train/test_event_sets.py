"""The event data sets, on small files written here in the official layouts."""

import dataclasses

import numpy as np
import pytest

from train.data import DATASETS, load
from train.data import cifar10dvs, dvsgesture, dvsobjects, nmnist
from train.data.binning import BINNINGS, Area, bin_by_time
from train.data.recordings import Events
from train.errors import DataError

from tests.train import recording_files as files
from tests.train.recording_files import some_events


def lasting(seconds: float, seed: int, side: int = 128, count: int = 60) -> Events:
    """Events from 0 to ``seconds``."""
    events = some_events(count, side, side, seed)
    return dataclasses.replace(events, t=np.linspace(0, seconds * 1e6, count).astype(np.int64))


def put(path, content: bytes):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@pytest.fixture
def folders(tmp_path):
    """A folder of each data set, by name, and the events of some of its recordings, by path."""
    known = {}

    def write(path, events, pack):
        put(tmp_path / path, pack(events))
        known[path] = events

    for part in ("Train", "Test"):
        for digit in range(10):
            write(f"nmnist/{part}/{digit}/0000{digit}.bin", lasting(0.31, digit, 34), files.atis)
    for part in ("train", "test"):
        for n, name in enumerate(dvsobjects.CLASSES):
            write(f"dvsobjects/{part}/{name}/0.aedat", lasting(2.5, n, count=200), files.aedat2)
    for n, name in enumerate(cifar10dvs.CLASSES):
        for number in range(11):
            write(f"cifar10dvs/{name}/cifar10_{name}_{number}.aedat", lasting(0.5, n), files.aedat2)
    for name, part in (("user01_natural", "train"), ("user24_led", "test")):
        write(f"dvsgesture/{name}.aedat", lasting(5, 1, count=300),
              lambda events: files.AEDAT3_HEADER + files.aedat3_packet(events))
        put(tmp_path / f"dvsgesture/{name}_labels.csv",
            b"class,startTime_usec,endTime_usec\n3,500000,2200000\n11,2300000,3200000\n")
        put(tmp_path / f"dvsgesture/trials_to_{part}.txt", f"{name}.aedat\n\n".encode())
    return tmp_path, known


@pytest.mark.parametrize("name, train, test, shape", [
    # to train on, 36 windows begin 50 ms apart from first to last event of 2 s, and 6 in the rest of 0.5 s
    ("nmnist", 10, 10, nmnist.SHAPE), ("dvsobjects", 6 * (36 + 6), 6 * 12, dvsobjects.SHAPE),
    ("cifar10dvs", 100 * 2, 10 * 2, cifar10dvs.SHAPE), ("dvsgesture", 3 + 1, 2 + 1, dvsgesture.SHAPE),
])
@pytest.mark.parametrize("timesteps", [1, 3])
def test_reads_the_official_layout_and_keeps_it(folders, name, train, test, shape, timesteps):
    folder = folders[0] / name
    first, kept = (load(name, folder, timesteps=timesteps) for _ in range(2))
    for split, again, count in zip(first, kept, (train, test)):
        assert split.samples.shape == (count, timesteps, *shape)
        assert len(split) == len(split.groups) == count and split.labels.dtype == np.int64
        assert set(split.labels) <= set(range(len(DATASETS[name].classes)))
        np.testing.assert_array_equal(split.samples[:], again.samples[:])
        np.testing.assert_array_equal(split.labels, again.labels)
        np.testing.assert_array_equal(split.groups, again.groups)
    assert len(list((folder / ".hwgen-cache").iterdir())) == 2


def test_nmnist_maps(folders):
    folder, known = folders
    train, test = load("nmnist", folder / "nmnist", timesteps=3)
    assert train.labels.tolist() == list(range(10))
    expected = bin_by_time(known["nmnist/Test/4/00004.bin"], Area(shape=(2, 34, 34)), 3, 0, 300_000)
    np.testing.assert_array_equal(test.samples[4], expected)


@pytest.mark.parametrize("name", ["nmnist", "dvsobjects", "cifar10dvs", "dvsgesture"])
def test_is_binned_as_asked(folders, name, monkeypatch):
    directory, _ = folders
    usual = load(name, directory / name, timesteps=3)[0].samples[:]
    monkeypatch.setitem(BINNINGS, "count", lambda *given: 1 - bin_by_time(*given))
    np.testing.assert_array_equal(load(name, directory / name, timesteps=3, by="count")[0].samples[:], 1 - usual)
    with pytest.raises(DataError, match="events cannot be binned by 'luck'; known are time, count"):
        load(name, directory / name, by="luck")


def test_objects_are_centred(folders):
    folder, known = folders
    test = load("dvsobjects", folder / "dvsobjects", timesteps=2)[1]
    events = known["dvsobjects/test/knife/0.aedat"].between(200_000, 400_000)
    x, y = (int(np.sort(values)[(len(events) - 1) // 2]) for values in (events.x, events.y))
    expected = np.zeros((2, 2, 32, 32), np.uint8)
    for t, column, row, polarity in files.rows(events):
        column, row = (column - x + 64) // 4, (row - y + 64) // 4
        if 0 <= column < 32 and 0 <= row < 32:
            expected[(t - 200_000) // 100_000, polarity, row, column] = 1
    np.testing.assert_array_equal(test.samples[np.flatnonzero(test.labels == 1)[1]], expected)


def test_stretches_of_recordings_are_the_groups(folders):
    train = load("dvsobjects", folders[0] / "dvsobjects")[0]
    assert len(np.unique(train.groups)) == 12
    to_train, held = train.hold_out(1 / 12)
    assert set(held.labels) == set(range(6)) and not set(held.groups) & set(to_train.groups)


def test_cifar10dvs_tests_on_the_last_tenth_and_turns_it_upright(folders):
    folder, known = folders
    test = load("cifar10dvs", folder / "cifar10dvs", timesteps=2)[1]
    events = known["cifar10dvs/bird/cifar10_bird_10.aedat"]             # in order of number: 10 is behind 9
    turned = Events(events.t, 127 - events.y, events.x, events.p, 128, 128)
    expected = bin_by_time(turned, Area(shape=(2, 64, 64), shift=1), 2, 300_000, 100_000)
    np.testing.assert_array_equal(test.samples[np.flatnonzero(test.labels == 2)[1]], expected)


def test_gestures_are_cut_by_their_table(folders):
    folder, known = folders
    test = load("dvsgesture", folder / "dvsgesture")[1]
    assert test.labels.tolist() == [2, 2, 10]
    events = known["dvsgesture/user24_led.aedat"]
    start = int(events.t[events.t >= 500_000][0])
    expected = bin_by_time(events.between(500_000, 2_200_000), Area(shape=(2, 32, 32), shift=2), 4, start, 800_000)
    np.testing.assert_array_equal(test.samples[0], expected)


@pytest.mark.parametrize("name, path, content, words", [
    ("nmnist", "Train/3", None, "there is no folder"),
    ("nmnist", "Train/3/00003.bin", None, "there is no .bin file in"),
    ("nmnist", "Test/3/00003.bin", bytes(7), "ends at byte 7"),
    ("nmnist", "Test/3/00003.bin", bytes([34, 0, 0, 0, 0]), "event 0 at byte 0 lies at (34, 0)"),
    ("dvsobjects", "test/mug", None, "there is no folder"),
    ("cifar10dvs", "frog", None, "there is no folder"),
    ("dvsgesture", "trials_to_test.txt", None, "there is no readable"),
    ("dvsgesture", "trials_to_test.txt", b"\n", "lists no recording"),
    ("dvsgesture", "user24_led.aedat", None, "there is no"),
    ("dvsgesture", "user24_led_labels.csv", None, "there is no"),
    ("dvsgesture", "user24_led_labels.csv", b"", "does not begin with the line class,"),
    ("dvsgesture", "user24_led_labels.csv", b"class,startTime_usec,endTime_usec\n1,x,3\n", "line 2 is '1,x,3'"),
    ("dvsgesture", "user24_led_labels.csv", b"class,startTime_usec,endTime_usec\n12,1,3\n", "line 2 says class 12"),
    ("dvsgesture", "user24_led_labels.csv", b"class,startTime_usec,endTime_usec\n1,3,3\n", "from 3 to 3 us"),
    ("dvsgesture", "user24_led_labels.csv", b"class,startTime_usec,endTime_usec\n1,3,30\n", "shorter than a window"),
])
def test_what_is_wrong_is_one_line(folders, name, path, content, words):
    target = folders[0] / name / path
    if content is not None:
        target.write_bytes(content)
    elif target.is_dir():
        for file in target.iterdir():
            file.unlink()
        target.rmdir()
    else:
        target.unlink()
    with pytest.raises(DataError) as raised:
        load(name, folders[0] / name)
    message = str(raised.value)
    assert words in message and "\n" not in message and raised.value.hint
    if content is None:
        assert "DIR/" in message
