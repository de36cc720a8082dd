"""The readers of recordings, on small files written here."""

import dataclasses
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from train.data.recordings import Events, read_recording, write_aedat2, write_arrays, write_evt2
from train.errors import DataError

from tests.train import recording_files as files
from tests.train.recording_files import some_events

FORMATS = {
    "a.aedat": files.aedat2,
    "b.aedat": lambda events: files.AEDAT3_HEADER + files.aedat3_packet(events[:20]) + files.aedat3_packet(events[20:]),
    "c.aedat4": files.aedat4,
    "d.bin": files.atis,
    "e.raw": files.evt2,
    "f.raw": files.evt3,
}


def assert_equal(got: Events, expected: Events) -> None:
    assert files.rows(got) == files.rows(expected)
    assert (got.t.dtype, got.x.dtype, got.y.dtype, got.p.dtype) == (np.int64, np.int32, np.int32, np.uint8)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("count", [50, 0])
def test_reads_what_was_written(tmp_path, name, count):
    events = some_events(50)[:count]
    (tmp_path / name).write_bytes(FORMATS[name](events))
    got = read_recording(tmp_path / name)
    assert_equal(got, events)
    if name != "d.bin":
        assert (got.width, got.height) == (128, 128)


@pytest.mark.parametrize("name, write", [("a.npz", write_arrays), ("b.raw", write_evt2), ("c.aedat", write_aedat2)])
def test_what_is_written_can_be_read(tmp_path, name, write):
    events = some_events(200)
    write(tmp_path / name, events)
    assert_equal(read_recording(tmp_path / name), events)


@pytest.mark.parametrize("name, write, bits", [
    ("a.aedat", lambda path, events: path.write_bytes(files.aedat2(events)), 32),
    ("a.aedat", write_aedat2, 32),
    ("b.bin", lambda path, events: path.write_bytes(files.atis(events)), 23),
    ("c.raw", lambda path, events: path.write_bytes(files.evt2(events)), 34),
    ("c.raw", write_evt2, 34),
    ("d.raw", lambda path, events: path.write_bytes(files.evt3(events)), 24),
])
def test_time_goes_on_where_stamps_wrap(tmp_path, name, write, bits):
    events = some_events(60)
    events = dataclasses.replace(events, t=events.t + 2**bits - events.t[30])
    write(tmp_path / name, events)
    assert_equal(read_recording(tmp_path / name), events)


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 127), st.integers(0, 127), st.integers(0, 1)),
                max_size=40))
def test_each_format_gives_the_same_events(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("formats")
    dt, x, y, p = np.array(steps, np.int64).reshape(-1, 4).T
    events = Events(dt.cumsum(), x, y, p, 128, 128)
    for name, pack in FORMATS.items():
        if name != "c.aedat4":
            (folder / name).write_bytes(pack(events))
            assert_equal(read_recording(folder / name), events)


def test_40_bit_overflow_events_delay_all_behind_them(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(bytes([1, 2, 0, 0, 5, 0, 240, 0, 0, 0, 3, 4, 0x80, 0, 7, 0, 240, 0, 0, 0, 5, 6, 0, 0, 8]))
    assert files.rows(read_recording(path)) == [(5, 1, 2, 0), (8192 + 7, 3, 4, 1), (16384 + 8, 5, 6, 0)]


def test_aedat3_overflow_validity_and_other_packets(tmp_path):
    path = tmp_path / "a.aedat"
    first, second = some_events(5), dataclasses.replace(some_events(5, seed=2), t=2**31 + np.arange(5))
    path.write_bytes(files.AEDAT3_HEADER + files.aedat3_packet(first) + files.aedat3_packet(some_events(3), kind=0)
                     + files.aedat3_packet(some_events(4, seed=3), valid=0) + files.aedat3_packet(second, overflow=1))
    assert files.rows(read_recording(path)) == files.rows(first) + files.rows(second)


def test_evt3_vectors(tmp_path):
    words = [2 << 12 | 9, 0 << 12 | 9,                             # no time yet: left out
             8 << 12 | 1, 6 << 12 | 5, 20, 3 << 12 | 1 << 11 | 30,  # 4096 + 5 us, row 20, base 30, brighter
             4 << 12 | 0b1000_0000_0001, 5 << 12 | 0b1000_0010,     # 30, 41; then 8 pixels from 42: 43, 49
             10 << 12 | 1,                                          # a trigger
             2 << 12 | 7,                                           # one event: x 7, darker
             8 << 12 | 2, 4 << 12 | 0b10,                           # 8192 + 0 us; the base is 50 by now
             8 << 12 | 2, 6 << 12 | 9, 21, 2 << 12 | 8]
    path = tmp_path / "a.raw"
    path.write_bytes(b"% evt 3.0\n% format EVT3;height=64;width=80\n% end\n" + struct.pack(f"<{len(words)}H", *words))
    events = read_recording(path)
    assert files.rows(events) == [(4101, 30, 20, 1), (4101, 41, 20, 1), (4101, 43, 20, 1), (4101, 49, 20, 1),
                                  (4101, 7, 20, 0), (8192, 51, 20, 1), (8201, 8, 21, 0)]
    assert (events.width, events.height) == (80, 64)


def test_aedat2_leaves_out_signals_at_the_pin(tmp_path):
    events = some_events(3)
    path = tmp_path / "a.aedat"
    signal = struct.pack(">II", 1 << 15, int(events.t[1]))
    path.write_bytes(files.aedat2(events[:2]) + signal + files.aedat2(events[2:], b""))
    assert_equal(read_recording(path), events)


def disordered() -> Events:
    events = some_events(10)
    t = events.t.copy()
    t[7] = t[6] - 1
    return dataclasses.replace(events, t=t)


def outside() -> Events:
    events = some_events(10)
    x = events.x.copy()
    x[7] = 128
    return dataclasses.replace(events, x=x)


BODY2 = len(b"#!AER-DAT2.0\r\n# a remark\r\n")


@pytest.mark.parametrize("name, content, words", [
    ("a.aedat", lambda: files.aedat2(disordered()), f"event 7 at byte {BODY2 + 56} has the time"),
    ("a.aedat", lambda: files.aedat2(some_events(3))[:-3], f"ends at byte {BODY2 + 21}, 5 of 8 bytes"),
    ("a.aedat", lambda: files.aedat2(some_events(1)) + b"\0\1" + bytes(6),
     f"event 1 at byte {BODY2 + 8} has the address 0x10000"),
    ("a.aedat", lambda: files.aedat2(some_events(3), b"#!AER-DAT2.0\r\n# AEChip: eu.DAVIS240C\r\n"), "eu.DAVIS240C"),
    ("a.aedat", lambda: b"something else", "begins with b'something '"),
    ("b.aedat", lambda: FORMATS["b.aedat"](disordered()),
     f"event 7 at byte {len(files.AEDAT3_HEADER) + 28 + 56} has the time"),
    ("b.aedat", lambda: FORMATS["b.aedat"](outside()), "lies at (128, "),
    ("b.aedat", lambda: FORMATS["b.aedat"](some_events(25))[:-3], "and the packet at byte"),
    ("b.aedat", lambda: files.AEDAT3_HEADER + bytes(11), "in the middle of the header of the packet at byte"),
    ("b.aedat", lambda: files.AEDAT3_HEADER + struct.pack("<hhiiiiii", 1, 0, 9, 4, 0, 1, 1, 1), "which cannot be"),
    ("d.bin", lambda: files.atis(disordered()), "event 7 at byte 35 has the time"),
    ("d.bin", lambda: files.atis(some_events(3))[:-1], "ends at byte 14, 4 of 5 bytes"),
    ("e.raw", lambda: files.evt2(outside()), "lies at (128, "),
    ("e.raw", lambda: files.evt2(some_events(3))[:-1], "3 of 4 bytes"),
    ("e.raw", lambda: files.evt2(some_events(0)) + struct.pack("<I", 5 << 28), "of type 5, which EVT2 does not have"),
    ("f.raw", lambda: files.evt3(disordered()), "event 7 at byte"),
    ("f.raw", lambda: files.evt3(outside()), "lies at (128, "),
    ("f.raw", lambda: files.evt3(some_events(3))[:-1], "1 of 2 bytes"),
    ("f.raw", lambda: files.evt3(some_events(0)) + b"\0\x10", "is of type 1, which EVT3 does not have"),
    ("f.raw", lambda: files.raw_header("EVT4"), "is encoded as EVT4"),
    ("f.raw", lambda: b"nothing", "does not begin with a header"),
    ("g.npz", lambda: b"nothing", "cannot be read"),
    ("g.npz", lambda: b"PK\3\4 and then nothing", "cannot be read"),
    ("h.mp4", lambda: b"", "no kind of recording"),
    ("i.bin", lambda: None, "No such file"),
])
def test_what_is_wrong_is_one_line(tmp_path, name, content, words):
    content = content()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError) as raised:
        read_recording(tmp_path / name)
    message = str(raised.value)
    assert words in message and name in message and "\n" not in message and raised.value.hint


@pytest.mark.parametrize("change, words", [
    (dict(p=None), "has no array 'p'"),
    (dict(x=np.zeros(3)), "'x' is float64"),
    (dict(y=np.zeros(2, int)), "'y' has 2 numbers, 't' has 3"),
    (dict(p=np.array([0, 1, 2])), "event 2 has the polarity 2"),
    (dict(t=np.array([0, 2, 1])), "event 2 has the time 1 us"),
    (dict(width=4, height=2, x=np.array([0, 4, 0])), "event 1 lies at (4, 0), outside its sensor of 4 x 2"),
])
def test_what_is_wrong_with_arrays(tmp_path, change, words):
    arrays = {name: np.zeros(3, np.int64) for name in "txyp"} | change
    np.savez(tmp_path / "a.npz", **{name: array for name, array in arrays.items() if array is not None})
    with pytest.raises(DataError, match="a.npz") as raised:
        read_recording(tmp_path / "a.npz")
    assert words in str(raised.value)


def test_aedat4_damaged(tmp_path):
    whole = files.aedat4(some_events(50))
    for content, words in ((whole[:-9], "damaged behind event 0"), (whole[:100], "damaged behind event 0"),
                           (files.aedat4(disordered()), "event 7 has the time")):
        (tmp_path / "a.aedat4").write_bytes(content)
        with pytest.raises(DataError) as raised:
            read_recording(tmp_path / "a.aedat4")
        assert words in str(raised.value) and "\n" not in str(raised.value)


def test_aedat4_without_its_library(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "aedat", None)
    (tmp_path / "a.aedat4").write_bytes(files.aedat4(some_events(3)))
    with pytest.raises(DataError, match=r"pip install 'hwgen\[events\]'"):
        read_recording(tmp_path / "a.aedat4")
