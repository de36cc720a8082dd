"""What an event camera has just seen, as a picture that fades."""

import numpy as np

#: Largest side of the picture, and microseconds in which it fades to a third.
SIDE, FADE_US = 128, 60_000


class Picture:
    """The events of the last moments, in blocks of 1, 2, 4, ... pixels a side so that none is longer than `SIDE`.

    Members
    -------
    width, height : int
        In blocks.
    """

    def __init__(self, width: int, height: int):
        self._shift = 0
        while max(width, height) > SIDE << self._shift:
            self._shift += 1
        self.width, self.height = (1 + (side - 1 >> self._shift) for side in (width, height))
        self._light = np.zeros((self.height, self.width), np.float32)
        self._time = 0

    def add(self, events, end_us: int) -> None:
        """What came up to ``end_us``, `train.data.recordings.Events`."""
        self._light *= np.exp((self._time - end_us) / FADE_US)
        self._time = end_us
        np.add.at(self._light, (events.y >> self._shift, events.x >> self._shift),
                  np.where(events.p, 1, -1).astype(np.float32) * 0.6)
        np.clip(self._light, -1, 1, out=self._light)

    def render(self) -> bytes:
        """A byte a block, row by row: 128 nothing, above it brighter, below it darker."""
        return (128 + 127 * self._light).astype(np.uint8).tobytes()
