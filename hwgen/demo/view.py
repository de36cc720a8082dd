"""What shows the demo: a seam of three calls, and the two dictionaries that travel through it.

Both are plain values: what is in them can be sent, printed and kept as it is.
"""

from typing import Protocol, TypedDict


class Model(TypedDict):
    """The network on the board."""

    name: str
    dataset: str
    #: Names of the classes by number.
    classes: list[str]
    #: Whether it was trained on synthetic data.
    synthetic: bool
    #: Names of the spiking layers, in order.
    layers: list[str]
    #: Length of a window, and from one window's begin to that of the next.
    window_us: int
    hop_us: int


class Board(TypedDict):
    """What computes the answers."""

    #: "golden": the golden model, no hardware; "rtl": simulated hardware; "serial": a board.
    backend: str
    title: str
    clock_hz: float
    #: 8 bytes in hexadecimal digits (`hwgen.spec.identity`).
    network: str
    #: Serial port; None: there is none.
    port: str | None


class Source(TypedDict):
    """Where the events come from."""

    name: str
    #: Whether they are drawn or simulated.
    synthetic: bool
    #: Pixels.
    width: int
    height: int


class Hello(TypedDict):
    """What does not change while the demo runs."""

    model: Model
    board: Board
    source: Source


class Answer(TypedDict):
    """A window that was classified."""

    #: Of the window, since the start.
    number: int
    #: When the window ended, by the events' time.
    time_s: float
    #: Class that was answered, and the true one; None: the source does not know it.
    winner: int
    label: int | None
    #: Whether the golden model gave the same scores; None: not compared.
    equal: bool | None


class Frame(TypedDict):
    """The newest of all that changes."""

    #: uint8 [height, width], row by row: 128 nothing, above ON events, below OFF events; decayed already.
    image: bytes
    width: int
    height: int
    #: The board's integers by class, of the last window; None: no answer yet.
    scores: list[int] | None
    #: The same as shares, 0 to 1: the lengths of bars.
    shares: list[float] | None
    winner: int | None
    label: int | None
    #: New ones since the last frame.
    answers: list[Answer]
    events_per_s: float
    #: Totals of events that gave no spike of their own (`hwgen.link.protocol.Counts`).
    refused: int
    merged: int
    outside: int
    untimely: int
    #: Share of neurons and timesteps with a spike, by layer, in the last window.
    spikes: dict[str, float]
    #: Of the last window: the hardware's cycles over its clock, and from the request to its answer; None: not known.
    latency_us: float | None
    round_trip_us: float | None
    #: Windows answered, compared with the golden model, equal to it, labelled, and right; None: no label is known.
    windows: int
    compared: int
    equal: int
    labelled: int
    correct: int | None
    #: "running", or a sentence: "the board is gone, waiting for it".
    status: str


class View(Protocol):
    """Shows the demo: on a web page (`hwgen.demo.page`), or on the terminal (`hwgen.demo.terminal`)."""

    def start(self, hello: Hello) -> None:
        """Show what runs; again if board or source change, which forgets the frames so far."""

    def show(self, frame: Frame) -> None:
        """Show the newest frame; up to 30 a second, returns at once."""

    def close(self) -> None:
        """Show no more; more than once does no harm."""


class Blank:
    """Shows nothing: for runs without a display."""

    def start(self, hello: Hello) -> None:
        """Nothing."""

    def show(self, frame: Frame) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""
