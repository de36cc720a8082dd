"""How feature maps, weights and neuron parameters lie in a core's memories.

A row of a feature map is a flat vector of ``W * C`` elements, channel fastest; an element is the T spike
bits of one neuron, or the bits of one pixel. Rows are packed into words of ``word_elements`` elements,
each row starting on a new word. So a row of a window is an interval of elements, whatever the number of
channels, and padding is the clamping of that interval to the row.

A word holds ``time_parallel`` bits of each element. Elements with more bits are cut into slices that lie
one behind the other, each as large as the map: spikes with the earliest timesteps first, pixels with the
most significant bits first (the order in which the core sweeps them).
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class MapLayout:
    """A feature map in the map memory of a core.

    Parameters
    ----------
    shape
        ``(C, H, W)``.
    bits
        Bits of an element: T for spikes, the bits of a pixel for analog input.
    analog
        True for pixels.
    word_elements
        Elements in a word, a multiple of 4.
    time_parallel
        Bits of each element in a word.
    base
        Address of the first word.
    """

    shape: tuple[int, int, int]
    bits: int
    analog: bool
    word_elements: int
    time_parallel: int
    base: int = 0

    @property
    def row_elements(self) -> int:
        return self.shape[2] * self.shape[0]

    @property
    def row_words(self) -> int:
        return -(-self.row_elements // self.word_elements)

    @property
    def slices(self) -> int:
        return -(-self.bits // self.time_parallel)

    @property
    def slice_words(self) -> int:
        return self.shape[1] * self.row_words

    @property
    def words(self) -> int:
        return self.slices * self.slice_words

    @property
    def word_bits(self) -> int:
        return self.word_elements * self.time_parallel

    def slice_shift(self, index: int) -> int:
        """The lowest bit of an element that slice ``index`` holds."""
        return (self.slices - 1 - index if self.analog else index) * self.time_parallel

    def pack(self, elements: np.ndarray) -> list[int]:
        """Elements, integers [H, W, C], as ``words`` words in address order from ``base``."""
        channels, height, width = self.shape
        rows = np.zeros((height, self.row_words * self.word_elements), np.int64)
        rows[:, :self.row_elements] = np.asarray(elements, np.int64).reshape(height, width * channels)
        words = []
        for index in range(self.slices):
            part = rows >> self.slice_shift(index) & (1 << self.time_parallel) - 1
            for word in part.reshape(-1, self.word_elements):
                words.append(sum(int(bits) << i * self.time_parallel for i, bits in enumerate(word)))
        return words

    def unpack(self, words: list[int]) -> np.ndarray:
        """``words`` words in address order from ``base`` as elements, int64 [H, W, C]."""
        channels, height, width = self.shape
        if len(words) != self.words:
            raise ValueError(f"a map of {self.words} words cannot be unpacked from {len(words)}")
        mask = (1 << self.time_parallel) - 1
        rows = np.zeros((height, self.row_words * self.word_elements), np.int64)
        for index in range(self.slices):
            part = words[index * self.slice_words:(index + 1) * self.slice_words]
            bits = [[int(word) >> i * self.time_parallel & mask for i in range(self.word_elements)]
                    for word in part]
            rows |= np.array(bits, np.int64).reshape(rows.shape) << self.slice_shift(index)
        return rows[:, :self.row_elements].reshape(height, width, channels)


def spikes_to_elements(spikes: np.ndarray) -> np.ndarray:
    """Spike maps, bool [T, C, H, W], as elements, int64 [H, W, C], bit t for timestep t."""
    bits = np.asarray(spikes, np.int64) << np.arange(len(spikes))[:, None, None, None]
    return bits.sum(axis=0).transpose(1, 2, 0)


def elements_to_spikes(elements: np.ndarray, timesteps: int) -> np.ndarray:
    """The reverse of `spikes_to_elements`: bool [T, C, H, W]."""
    bits = np.asarray(elements, np.int64)[None] >> np.arange(timesteps)[:, None, None, None] & 1
    return bits.astype(bool).transpose(0, 3, 1, 2)


def weight_rows(weight: np.ndarray, lanes: int, depthwise: bool = False) -> np.ndarray:
    """Weights [O, I, KH, KW] as rows of the weight memory, int8 [rows, lanes].

    Row order: pass (group of ``lanes`` output channels), ky, kx, input channel; so the taps of a row of
    a window lie in the order of its elements. Depthwise: pass, kx, ky, channel of the pass, each row with
    that one channel's weight in its lane. Lanes without a channel hold 0.
    """
    out_channels, _, height, width = weight.shape
    passes = -(-out_channels // lanes)
    padded = np.zeros((passes * lanes, *weight.shape[1:]), np.int8)
    padded[:out_channels] = weight
    grouped = padded.reshape(passes, lanes, *weight.shape[1:])
    if not depthwise:
        return grouped.transpose(0, 3, 4, 2, 1).reshape(-1, lanes)
    group = min(lanes, out_channels)
    rows = np.zeros((passes, width, height, group, lanes), np.int8)
    for lane in range(group):
        rows[:, :, :, lane, lane] = grouped[:, lane, 0].transpose(0, 2, 1)
    return rows.reshape(-1, lanes)
