"""A board made of software: the golden model behind the link's protocol, as a `hwgen.link.line.Line`."""

import struct
import time
from collections import deque
from collections.abc import Callable

import numpy as np

from hwgen.link import protocol
from hwgen.link.events import Command
from hwgen.spec.identity import network_hash
from hwgen.spec import Encoding, Network
from hwgen.spec.events import SHIFT_BITS, TIME_BITS, X_BITS, Y_BITS
from sim.golden.once import Once, Outcome
from sim.golden.stream import WindowStream

#: The settings of the windows, by command.
COMMANDS = {Command.BIN: "bin_ticks", Command.PAUSE: "pause", Command.SLIDE: "slide"}


class SoftBoard:
    """Answers as a board with ``network`` does, at once; ``cycles`` of its results are 0, since it has no clock.

    HELLO, INFER of a whole network, STATUS, EVENTS and COUNTS; it has no map memory to PROBE. ``golden`` runs one
    sample through the golden model; None is one's own.
    """

    def __init__(self, network: Network, golden: Callable[[np.ndarray], Outcome] | None = None):
        self._network, self._spikes = network, network.input.encoding is Encoding.SPIKES
        self._golden = golden or Once(network)
        self._decoder = protocol.Decoder()
        self._out: deque[bytes] = deque()
        self._settings = dict(bin_ticks=0, pause=0, x=0, y=0, shift=0, slide=False)
        self._stream: WindowStream | None = None
        self._base = self._now = 0                                      # of TIME as it was sent, and not wrapped
        self._frames = self._inferences = 0
        channels, height, width = network.input.shape
        self.hello = protocol.Hello(
            network=network_hash(network), clock_hz=0, elements=channels * height * width,
            element_bits=network.timesteps if self._spikes else network.input.bits,
            timesteps=network.timesteps, layers=len(network.layers), classes=network.classes, map_words=0, word_bits=0)

    def write(self, data: bytes) -> None:
        """Take requests."""
        for frame in self._decoder.feed(data):
            self._serve(frame)

    def read(self, timeout: float) -> bytes:
        """Give what was answered."""
        if not self._out:
            time.sleep(timeout)
        data = b"".join(self._out)
        self._out.clear()
        return data

    def close(self) -> None:
        """There is nothing to close."""

    def _answer(self, type_: protocol.Response, sequence: int, payload: bytes) -> None:
        self._out.append(protocol.Frame(type_, sequence, payload).encode())

    def _serve(self, frame: protocol.Frame) -> None:
        error = None
        match frame.type:
            case protocol.Request.HELLO:
                self._answer(protocol.Response.HELLO, frame.sequence, self.hello.pack())
            case protocol.Request.INFER:
                error = self._infer(frame)
            case protocol.Request.STATUS:
                counters = (self._frames % 256, self._inferences % 256, *[0] * 6)
                self._answer(protocol.Response.STATUS, frame.sequence, bytes(counters))
            case protocol.Request.EVENTS:
                words = np.frombuffer(frame.payload, "<u4")
                windows = [window for word in _runs(words) for window in self._take(word)]
                self._answer(protocol.Response.EVENTS, frame.sequence, bytes([len(words)]))
                for number, maps in windows:
                    self._result(maps, (number + 1) % 256)
            case protocol.Request.COUNTS:
                counts = self._stream.counts if self._stream else None
                values = (counts.merged, counts.outside, counts.untimely) if counts else (0, 0, 0)
                self._answer(protocol.Response.COUNTS, frame.sequence,
                             protocol.Counts.LAYOUT.pack(*(value % 65_536 for value in values), 0))
            case _:
                error = protocol.ErrorCode.TYPE
        if error is None:
            self._frames += 1
        else:
            self._answer(protocol.Response.ERROR, frame.sequence, bytes([error]))

    def _infer(self, frame: protocol.Frame) -> protocol.ErrorCode | None:
        hello, (channels, height, width) = self.hello, self._network.input.shape
        size = protocol.element_bytes(hello.element_bits)
        if len(frame.payload) != 1 + size * hello.elements:
            return protocol.ErrorCode.LENGTH
        if frame.payload[0] != hello.layers - 1:                        # there are no maps to look at
            return protocol.ErrorCode.RANGE
        self._inferences += 1
        elements = np.frombuffer(frame.payload[1:], f"<u{size}").reshape(height, width, channels).transpose(2, 0, 1)
        if self._spikes:
            sample = np.stack([elements >> t & 1 for t in range(hello.timesteps)]).astype(np.uint8)
        else:
            sample = (elements << 8 - hello.element_bits).astype(np.uint8)
        self._result(sample, frame.sequence)
        return None

    def _result(self, sample: np.ndarray, sequence: int) -> None:
        outcome = self._golden(sample)
        payload = struct.pack(f"<{self._network.classes}i", *outcome.scores) + protocol.Result.TAIL.pack(
            outcome.winner, 0)
        self._answer(protocol.Response.RESULT, sequence, payload)

    def _take(self, words: np.ndarray) -> list[tuple[int, np.ndarray]]:
        """Commands, one at a time, or events in a row, at the time of the last TIME."""
        word = int(words[0])
        if word >> 30 != 0b10:
            return self._stream.feed(_events(words, self._now)) if self._stream else []
        command, value = Command(word >> TIME_BITS & 7), word & (1 << TIME_BITS) - 1
        settings = self._settings
        if command is Command.TIME:
            half = 1 << TIME_BITS - 1
            self._now += (value - self._base + half) % (2 * half) - half
            self._base = value
            return self._stream.feed(np.array([[0, 0, -1, self._now]])) if self._stream else []
        if command is Command.START:
            self._now = self._base = 0
            self._stream = WindowStream(shape=self._network.input.shape, timesteps=self._network.timesteps,
                                        **settings) if settings["bin_ticks"] else None
        elif command is Command.AREA:
            settings["x"], settings["y"] = value % (1 << X_BITS), value >> X_BITS & (1 << Y_BITS) - 1
            settings["shift"] = value >> X_BITS + Y_BITS & (1 << SHIFT_BITS) - 1
        elif command in COMMANDS:
            settings[COMMANDS[command]] = bool(value & 1) if command is Command.SLIDE else value
        return []


def _runs(words: np.ndarray) -> list[np.ndarray]:
    """Each command alone, the events between two of them together."""
    is_command = words >> 30 == 0b10
    cuts = np.flatnonzero(is_command | np.concatenate([[False], is_command[:-1]]))
    return [run for run in np.split(words, cuts) if len(run)]


def _events(words: np.ndarray, now: int) -> np.ndarray:
    """Single events and pairs -> int64 [N, 4] of ``x, y, polarity, time``, in order."""
    words = words.astype(np.int64)
    pair = words >> 30 == 0b11
    rows = np.empty((len(words), 2, 4), np.int64)
    rows[:, 0] = np.stack([words & 0x7FF, words >> 11 & 0x3FF, words >> 21 & 1, now + (words >> 22 & 0x1FF)], axis=1)
    for place, shift in enumerate((0, 15)):
        half = words >> shift
        rows[pair, place] = np.stack([half & 0x7F, half >> 7 & 0x7F, half >> 14 & 1, np.full_like(half, now)],
                                     axis=1)[pair]
    keep = np.stack([np.ones(len(words), bool), pair], axis=1)
    return rows[keep]
