"""The demo on the terminal: events as half blocks, bars and numbers; plain lines where there is no terminal."""

import sys
from itertools import islice

import numpy as np
from rich.console import Console, Group
from rich.live import Live
from rich.style import Style
from rich.table import Table
from rich.text import Text

from .view import Frame, Hello

#: Sizes of the largest image, in columns, and of what is beside it and above it; a character has two rows of pixels.
COLUMNS, BESIDE, ABOVE = 48, 64, 6
BAR = 24
ON, OFF = np.array([255, 171, 64]), np.array([79, 176, 255])
BACKENDS = {"golden": "golden model, no hardware", "rtl": "simulated hardware", "serial": "board"}


class Terminal:
    """A `hwgen.demo.view.View` on the terminal.

    On a terminal a live picture, ten times a second. Elsewhere lines: what runs, each change of the answer, each window
    that differs from the golden model, each change of the status, and the totals in the end.

    Parameters
    ----------
    console
        Where; default: stdout.
    """

    def __init__(self, console: Console | None = None):
        self.console = console or Console(file=sys.stdout, highlight=False, soft_wrap=True)
        self._live: Live | None = None
        self._hello: Hello | None = None
        self._frame: Frame | None = None
        self._winner: int | None = None
        self._status = "running"

    def start(self, hello: Hello) -> None:
        self._hello, self._frame, self._winner = hello, None, None
        if not self.console.is_terminal:
            for line in heading(hello):
                self._line(line)
        elif self._live is None:
            self._live = Live(console=self.console, refresh_per_second=10, get_renderable=self._picture)
            self._live.start()

    def show(self, frame: Frame) -> None:
        self._frame = frame
        if self._live is not None or self._hello is None:
            return
        if frame["status"] != self._status:
            self._status = frame["status"]
            self._line(self._status)
        for answer in frame["answers"]:
            if answer["winner"] != self._winner or answer["equal"] is False:
                self._winner = answer["winner"]
                self._line(answer_line(answer, self._hello["model"]["classes"]))

    def close(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None
        elif self._frame is not None:
            self._line(", ".join([f"{self._frame['windows']} windows", *counts(self._frame, self._hello)]))
        self._frame = None

    def _line(self, text: str) -> None:
        self.console.print(text, markup=False)

    def _picture(self) -> Group:
        hello, frame = self._hello, self._frame
        head = [Text(line, style="bold" if at == 0 else "") for at, line in enumerate(heading(hello))]
        if frame is None:
            return Group(*head, Text("waiting for events", style="dim"))
        status = Text(frame["status"] if frame["status"] != "running" else "", style="bold red")
        side = Table.grid(padding=(0, 2))
        columns, rows = self.console.width - BESIDE, self.console.height - ABOVE
        side.add_row(image(frame, min(COLUMNS, max(16, columns)), max(8, rows)),
                     Group(bars(frame, hello["model"]["classes"]), Text(), *numbers(frame, hello)))
        return Group(*head, status, side)


def heading(hello: Hello) -> list[str]:
    """What runs, as lines."""
    model, board, source = hello["model"], hello["board"], hello["source"]
    kind = BACKENDS.get(board["backend"], board["backend"])
    port = f" on {board['port']}" if board["port"] else ""
    return [
        f"{model['name']}, {model['dataset']}, {len(model['classes'])} classes"
        + (" (trained on SYNTHETIC data)" if model["synthetic"] else ""),
        kind if board["backend"] == "golden" else f"{kind}: {board['title']}{port}",
        f"events: {source['name']}, {source['width']} x {source['height']} pixels"
        + (" (SYNTHETIC)" if source["synthetic"] else ""),
    ]


def answer_line(answer: dict, classes: list[str]) -> str:
    """One answer as a line."""
    parts = [f"{answer['time_s']:8.2f} s  window {answer['number']}: {classes[answer['winner']]}"]
    if answer["label"] is not None:
        parts.append("right" if answer["label"] == answer["winner"] else f"wrong, it is {classes[answer['label']]}")
    if answer["equal"] is False:
        parts.append("DIFFERS from the golden model")
    return ", ".join(parts)


def counts(frame: Frame, hello: Hello) -> list[str]:
    """How many windows were equal to the golden model's and right, where that is known."""
    found = []
    if frame["compared"]:
        sign = "=" if frame["equal"] == frame["compared"] else "DIFFERS FROM"
        found.append(f"board {sign} golden: {frame['equal']} of {frame['compared']} windows equal")
    elif hello["board"]["backend"] != "golden":
        found.append("board = golden: no window compared yet")
    if frame["correct"] is not None:
        found.append(f"{frame['correct']} of {frame['labelled']} right")
    return found


def bars(frame: Frame, classes: list[str]) -> Table:
    """A bar a class, the answer marked and the true class too."""
    table = Table.grid(padding=(0, 1))
    shares = frame["shares"] or [0.0] * len(classes)
    scores = frame["scores"] or [""] * len(classes)
    for index, (name, share, score) in enumerate(zip(classes, shares, scores)):
        best = frame["winner"] == index and frame["shares"] is not None
        filled = round(BAR * min(1.0, max(0.0, share)))
        table.add_row(Text(">" if best else " "), Text(name + (" *" if frame["label"] == index else "")),
                      Text("█" * filled, style="green" if best else "cyan").append("░" * (BAR - filled), style="dim"),
                      Text(str(score), justify="right"), style="bold" if best else "")
    return table


def numbers(frame: Frame, hello: Hello) -> list[Text]:
    """The numbers as lines."""
    differs = frame["equal"] != frame["compared"]
    lines = [Text(line, style="bold red" if differs and "golden" in line else "") for line in counts(frame, hello)]
    lines.append(Text(f"{frame['events_per_s']:,.0f} events/s; "
                      + ", ".join(f"{frame[name]:,} {name}" for name in ("refused", "merged", "outside", "untimely"))))
    times = [f"{name} {frame[key]:,.0f} us" for name, key in [("hardware", "latency_us"), ("link", "round_trip_us")]
             if frame[key] is not None]
    lines.append(Text(", ".join([f"{frame['windows']:,} windows", *times])))
    if frame["spikes"]:
        shares = ", ".join(f"{name} {100 * share:.1f} %" for name, share in frame["spikes"].items())
        lines.append(Text(f"spikes: {shares}"))
    if frame["label"] is not None:
        lines.append(Text("* the true class", style="dim"))
    return lines


def image(frame: Frame, columns: int, rows: int) -> Text:
    """The image in half blocks, pooled by the strongest pixel until it fits ``columns`` and ``rows`` of characters."""
    pixels = np.frombuffer(frame["image"], np.uint8).reshape(frame["height"], frame["width"]).astype(int) - 128
    pixels = pooled(pixels, max(-(-frame["width"] // columns), -(-frame["height"] // (2 * rows)), 1))
    pixels = np.pad(pixels, ((0, len(pixels) % 2), (0, 0)))
    share = np.minimum(1.0, np.abs(pixels) / 127)[..., None] ** 0.7
    colours = (np.where((pixels > 0)[..., None], ON, OFF) * share).astype(int)
    text = Text(no_wrap=True)
    for upper, lower in zip(islice(colours, 0, None, 2), islice(colours, 1, None, 2)):
        for above, below in zip(upper.tolist(), lower.tolist()):
            text.append("▀", style=Style(color="#{:02x}{:02x}{:02x}".format(*above),
                                         bgcolor="#{:02x}{:02x}{:02x}".format(*below)))
        text.append("\n")
    return text


def pooled(pixels: np.ndarray, step: int) -> np.ndarray:
    """The value farthest from 0 of each square of ``step`` x ``step``; incomplete squares count."""
    height, width = pixels.shape
    padded = np.pad(pixels, ((0, -height % step), (0, -width % step)))
    squares = padded.reshape(len(padded) // step, step, -1, step).swapaxes(1, 2).reshape(-1, step * step)
    best = np.take_along_axis(squares, np.abs(squares).argmax(axis=1)[:, None], axis=1)
    return best.reshape(len(padded) // step, -1)
