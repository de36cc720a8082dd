"""Sources that are live: a webcam whose pictures become events, and event cameras."""

import threading
import time
from collections.abc import Iterator
from queue import Empty, Queue

import numpy as np

from ..errors import HwgenError, ToolMissing
from .source import CHUNK_US, Chunk

#: Side of the pictures of a webcam.
SIDE = 128


class Webcam:
    """A webcam's pictures, seen by a simulated sensor (`train.data.sensor`): it shows what changes between two of them,
    so quick motion is coarse.

    Raises
    ------
    ToolMissing
        If OpenCV is not installed.
    HwgenError
        If there is no such camera, or it may not be opened.
    """

    synthetic, live = False, True
    name, width, height = "webcam", SIDE, SIDE

    def __init__(self, number: int = 0):
        try:
            import cv2
        except ModuleNotFoundError as error:
            raise ToolMissing("a webcam is read by OpenCV, which is not installed",
                              "`pip install 'hwgen[webcam]'`") from error
        self._cv2, self._camera = cv2, cv2.VideoCapture(number)
        if not self._camera.isOpened():
            raise HwgenError(f"webcam {number} cannot be opened",
                             "plug it in; on Linux the user must be in the group `video`")

    def chunks(self) -> Iterator[Chunk]:
        """A chunk a picture."""
        from train.data.sensor import Sensor

        cv2, rng, start, pixels = self._cv2, np.random.default_rng(), time.monotonic(), None
        sensor = Sensor(noise_hz=0, hot=0)
        while True:
            good, picture = self._camera.read()
            if not good:
                raise HwgenError("the webcam gives no pictures any more", "plug it in again")
            now = int((time.monotonic() - start) * 1e6)
            grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
            side = min(grey.shape)
            top, left = (grey.shape[0] - side) // 2, (grey.shape[1] - side) // 2
            square = cv2.resize(grey[top:top + side, left:left + side], (SIDE, SIDE), interpolation=cv2.INTER_AREA)
            light = square[:, ::-1].astype(np.float32) / 255            # as in a mirror
            if pixels is None:
                pixels = sensor.pixels(light, now, rng)
                continue
            yield Chunk(pixels.see(light, now), now)

    def close(self) -> None:
        """Give the camera back."""
        self._camera.release()


class Camera:
    """An event camera, through neuromorphic-drivers: DAVIS346, DVXplorer, EVK3 HD, EVK4 and others that it knows.

    A thread takes what the camera sends, so that nothing waits in it.

    Raises
    ------
    ToolMissing
        If neuromorphic-drivers is not installed.
    HwgenError
        If there is no camera, or it may not be opened.
    """

    synthetic, live = False, True

    def __init__(self):
        try:
            import neuromorphic_drivers as drivers
        except ModuleNotFoundError as error:
            raise ToolMissing("event cameras are read by neuromorphic-drivers, which is not installed",
                              "`pip install 'hwgen[camera]'`") from error
        try:
            self._device = drivers.open().__enter__()
        except Exception as error:                                      # its errors have no common kind
            reason = " ".join(str(error).split())
            raise HwgenError(f"no event camera can be opened ({reason})",
                             "plug it in; on Linux `python -m neuromorphic_drivers install-udev-rules` lets users "
                             "open it") from error
        properties = self._device.properties()
        self.name = self._device.name().value
        self.width, self.height = int(properties.width), int(properties.height)
        self._queue, self._over = Queue(), threading.Event()
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        try:
            for _, packet in self._device:
                if self._over.is_set():
                    return
                if packet is not None and packet.polarity_events is not None:
                    self._queue.put(packet.polarity_events)
        except Exception as error:                                      # an unplugged camera, for one
            self._queue.put(error)

    def chunks(self) -> Iterator[Chunk]:
        """What has come, at most every `CHUNK_US`; without events, time goes on by the clock."""
        from train.data.recordings import Events

        first = last = None
        began = time.monotonic()
        while True:
            time.sleep(CHUNK_US / 1e6)
            packets = []
            try:
                while True:
                    packets.append(self._queue.get_nowait())
            except Empty:
                pass
            for packet in packets:
                if isinstance(packet, Exception):
                    raise HwgenError(f"the camera is gone ({packet})", "plug it in again") from packet
            if not packets:
                if first is not None:
                    quiet = int((time.monotonic() - began) * 1e6) - 2 * CHUNK_US    # what may be on its way still
                    if quiet > last:
                        last = quiet
                        empty = np.zeros(0, np.int64)
                        yield Chunk(Events(empty, empty, empty, empty, self.width, self.height), last)
                continue
            found = np.concatenate(packets)
            if first is None:
                first, last, began = int(found["t"][0]), 0, time.monotonic()
            t = np.maximum.accumulate(np.maximum(found["t"].astype(np.int64) - first, last))
            last = int(t[-1])
            yield Chunk(Events(t, found["x"].astype(np.int32), found["y"].astype(np.int32),
                               found["on"].astype(np.uint8), self.width, self.height), last + 1)

    def close(self) -> None:
        """Give the camera back."""
        self._over.set()
        self._device.__exit__(None, None, None)
