"""Live sources, with drivers that are made up: what they send becomes chunks, and what goes wrong one line."""

import itertools
import sys
import threading
from types import SimpleNamespace

import numpy as np
import pytest

from hwgen.demo.live import SIDE, Camera, Webcam
from hwgen.errors import HwgenError, ToolMissing

EVENT = np.dtype([("t", "<u8"), ("x", "<u2"), ("y", "<u2"), ("on", "?")])


class Device:
    """A camera that sends packets, then waits, or is unplugged."""

    def __init__(self, packets, unplugged=False):
        self.packets, self.unplugged, self.closed = packets, unplugged, threading.Event()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.closed.set()

    def name(self):
        return SimpleNamespace(value="EVK4")

    def properties(self):
        return SimpleNamespace(width=1280, height=720)

    def __iter__(self):
        for rows in self.packets:
            events = None if rows is None else np.array(rows, EVENT)
            yield SimpleNamespace(), SimpleNamespace(polarity_events=events)
        if self.unplugged:
            raise OSError("No such device")
        while not self.closed.wait(0.01):
            yield SimpleNamespace(), None


@pytest.fixture
def plug(monkeypatch):
    def put(device):
        def open_():
            if isinstance(device, Exception):
                raise device
            return device

        monkeypatch.setitem(sys.modules, "neuromorphic_drivers", SimpleNamespace(open=open_))
    return put


def test_a_camera_sends_events_in_order_and_time_goes_on_without_them(plug):
    plug(Device([[(1_000_000, 5, 6, True), (1_000_020, 7, 8, False)], None, [(1_000_010, 9, 1, True)],
                 [(1_030_000, 1279, 719, True)]]))
    camera = Camera()
    assert (camera.name, camera.width, camera.height, camera.live) == ("EVK4", 1280, 720, True)
    chunks = list(itertools.islice(camera.chunks(), 12))
    camera.close()
    t, x, p = (np.concatenate([getattr(chunk.events, name) for chunk in chunks]) for name in "txp")
    assert t.tolist() == [0, 20, 20, 30_000]                            # one that is late counts as the one in front
    assert x.tolist() == [5, 7, 9, 1279] and p.tolist() == [1, 0, 1, 1]
    ends = [chunk.end_us for chunk in chunks]
    assert ends == sorted(set(ends)) and ends[-1] > 40_000
    assert all(len(chunk.events) == 0 or chunk.events.t[-1] < chunk.end_us for chunk in chunks)


def test_a_camera_that_is_unplugged_says_so(plug):
    plug(Device([[(0, 1, 1, True)]], unplugged=True))
    with pytest.raises(HwgenError, match="the camera is gone .No such device.; plug it in again"):
        list(Camera().chunks())


def test_a_camera_that_may_not_be_opened_says_how(plug, monkeypatch):
    plug(RuntimeError("Access denied (insufficient\npermissions)"))
    with pytest.raises(HwgenError, match="can be opened .Access denied .insufficient permissions.*udev"):
        Camera()
    monkeypatch.setitem(sys.modules, "neuromorphic_drivers", None)
    with pytest.raises(ToolMissing, match=r"pip install 'hwgen\[camera\]'"):
        Camera()


def test_a_webcam_shows_what_changes(monkeypatch):
    grey = np.full((240, 320), 100, np.uint8)
    bright = grey.copy()
    bright[100:140, 200:220] = 250                                      # right of the middle
    pictures = [grey, grey, bright, bright]

    class Capture:
        opened = True

        def __init__(self, number):
            self.released = False

        def isOpened(self):
            return self.opened

        def read(self):
            import time
            time.sleep(0.03)
            return bool(pictures), pictures.pop(0) if pictures else None

        def release(self):
            self.released = True

    def resize(picture, size, interpolation):
        index = np.arange(SIDE) * len(picture) // SIDE
        return picture[index][:, index]

    cv2 = SimpleNamespace(VideoCapture=Capture, cvtColor=lambda picture, way: picture, COLOR_BGR2GRAY=0, resize=resize,
                          INTER_AREA=0)
    monkeypatch.setitem(sys.modules, "cv2", cv2)
    chunks, webcam = [], Webcam()
    with pytest.raises(HwgenError, match="the webcam gives no pictures any more; plug it in again"):
        for chunk in webcam.chunks():
            chunks.append(chunk)
    events = chunks[1].events
    assert [len(chunk.events) > 50 for chunk in chunks[:2]] == [False, True]
    assert events.p.all()
    assert events.x.max() < SIDE / 2 and 45 < events.y.min() and events.y.max() < 80    # as in a mirror
    webcam.close()
    Capture.opened = False
    with pytest.raises(HwgenError, match="webcam 0 cannot be opened; plug it in"):
        Webcam()
