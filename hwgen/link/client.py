"""A host's side of the link: asks a board, and collects the results that come unasked."""

import time
from collections import deque
from dataclasses import dataclass

import numpy as np

from ..spec import HwgenError
from . import protocol
from .line import Line


#: Words of a request: half of the board's queue, so that one may wait there while the next one comes.
WORDS = 64
#: How often a request is sent, and how long to wait for a board that is busy.
TRIES, BUSY_SECONDS = 3, 0.1


class LinkError(HwgenError):
    """A board that does not answer as the protocol says."""


@dataclass(frozen=True)
class Window:
    """The result of a window of events: its number since START, from 1, modulo 256; `Result`; and when it came, as
    `time.monotonic` counts."""

    number: int
    result: protocol.Result
    time: float


class Client:
    """Talks to the board at the other end of a line, one request at a time.

    Parameters
    ----------
    line
        To the board.
    timeout
        Seconds to wait for an answer.

    Members
    -------
    windows : deque of `Window`
        What came unasked, the oldest first: whoever reads takes them out.
    round_trip : float
        Seconds from the last request to its answer.
    """

    def __init__(self, line: Line, timeout: float = 1.0):
        self._line, self._timeout = line, timeout
        self._decoder = protocol.Decoder()
        self._sequence = 0
        self.windows: deque[Window] = deque()
        self.round_trip = 0.0

    def hello(self) -> protocol.Hello:
        """Who is there.

        Raises
        ------
        LinkError
            If nobody answers, or in another version of the protocol.
        LineLost
            From the line.
        """
        return self._ask(protocol.hello, protocol.Response.HELLO)

    def infer(self, elements, element_bits: int, stop_layer: int) -> protocol.Result:
        """The result of one sample, as `hwgen.link.protocol.infer` takes it; errors as of `hello`."""
        return self._ask(lambda sequence: protocol.infer(
            elements, element_bits=element_bits, stop_layer=stop_layer, sequence=sequence), protocol.Response.RESULT)

    def counts(self) -> protocol.Counts:
        """What became of the events; errors as of `hello`."""
        return self._ask(protocol.counts, protocol.Response.COUNTS)

    def send(self, words: np.ndarray) -> None:
        """Send words of EVENTS, uint32, and wait until the board has taken all: what it refuses is sent again.

        Raises
        ------
        LinkError
            If it takes none for as long as an answer may take, or as of `hello`.
        """
        start, since = 0, time.monotonic()
        while start < len(words):
            some = words[start:start + WORDS]
            # not asked again without an answer: words that were taken must not come twice
            taken = self._ask(lambda sequence: protocol.events(some.tolist(), sequence), protocol.Response.EVENTS,
                              again=False).words
            start += taken
            if taken:
                since = time.monotonic()
            elif time.monotonic() - since > self._timeout:
                raise LinkError(f"the board has taken no event for {self._timeout:g} s", "reset it")
            if taken < len(some):
                self.poll(0.001)

    def poll(self, timeout: float = 0.0) -> None:
        """Collect results that come within ``timeout`` seconds; what has come is taken in any case."""
        for frame in self._decoder.feed(self._line.read(timeout)):
            self._take(frame)

    def _ask(self, make, response: protocol.Response, again: bool = True):
        """The answer to ``make(sequence)``; sent again if it was refused and had no effect, and without any answer
        only if ``again``."""
        for _ in range(TRIES):
            answer = self._exchange(make, response)
            if answer is None:
                if again:
                    continue
                break
            if not isinstance(answer, protocol.Refusal):
                return answer
            if answer.code not in (protocol.ErrorCode.CRC, protocol.ErrorCode.BUSY):
                raise LinkError(str(answer), "flash the board again")
            self.poll(BUSY_SECONDS)
        if self._decoder.errors[protocol.ErrorCode.VERSION]:
            raise LinkError(f"the board speaks another version of the protocol than this program ({protocol.VERSION})",
                            "build its design again and flash it")
        raise LinkError(f"the board does not answer to {response.name}",
                        "is it powered, flashed with a design of hwgen, and is this its port?")

    def _exchange(self, make, response: protocol.Response):
        """Send once -> the answer, a refusal, or None if there is none in time."""
        self._sequence = (self._sequence + 1) % 256
        sent, answer = time.monotonic(), None
        self._line.write(make(self._sequence).encode())
        while answer is None and (left := sent + self._timeout - time.monotonic()) > 0:
            for frame in self._decoder.feed(self._line.read(left)):
                if frame.sequence == self._sequence and frame.type in (response, protocol.Response.ERROR):
                    self.round_trip = time.monotonic() - sent
                    answer = protocol.decode_response(frame)
                else:
                    self._take(frame)
        return answer

    def _take(self, frame: protocol.Frame) -> None:
        if frame.type == protocol.Response.RESULT:
            try:
                result = protocol.decode_response(frame)
            except protocol.ProtocolError:
                return
            self.windows.append(Window(frame.sequence, result, time.monotonic()))


def require_network(found: protocol.Hello, network: bytes) -> None:
    """Raises `LinkError` if a board runs another network than the one with that hash (`hwgen.spec.identity`)."""
    if found.network != network:
        raise LinkError(f"the board runs network {found.network.hex()}, not {network.hex()}",
                        "flash the build of this model, or give the model of that build")
