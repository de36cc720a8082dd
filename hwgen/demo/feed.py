"""What the page's clients are sent: the newest frame, and the answers that each has not had."""

import base64
import json
import threading
from collections import deque
from dataclasses import dataclass

from .view import Frame, Hello

#: Answers that are kept for pages that come late, and windows that differed that are kept by number.
ANSWERS, DIFFERENT = 1024, 16


@dataclass(frozen=True)
class Position:
    """How far a client has read: starts, frames of this start, answers of this start."""

    starts: int = 0
    frames: int = 0
    answers: int = 0


class Feed:
    """The events of a stream, for any number of readers, each at its own speed.

    Only the newest frame is kept, and the last `ANSWERS` answers: a slow reader misses frames, never answers (unless it
    sleeps through more than those), and costs no memory.
    """

    def __init__(self):
        self._changed = threading.Condition()
        self._starts, self._frames, self._count = 0, 0, 0
        self._hello = self._frame = ""
        self._answers: deque[dict] = deque(maxlen=ANSWERS)
        self._different: list[int] = []
        self._closed = False

    def start(self, hello: Hello) -> None:
        text = json.dumps(hello)
        with self._changed:
            self._starts, self._frames, self._count = self._starts + 1, 0, 0
            self._hello, self._frame, self._different = text, "", []
            self._answers.clear()
            self._changed.notify_all()

    def show(self, frame: Frame) -> None:
        plain = {name: value for name, value in frame.items() if name != "answers"}
        plain["image"] = base64.b64encode(frame["image"]).decode()
        answers = frame["answers"]
        with self._changed:
            wrong = [answer["number"] for answer in answers if answer["equal"] is False]
            self._different = [*self._different, *wrong][:DIFFERENT]
            self._frame = json.dumps({**plain, "different": self._different})
            self._answers.extend(answers)
            self._count += len(answers)
            self._frames += 1
            self._changed.notify_all()

    def close(self) -> None:
        """Wake all readers; each `read` gives None from now on."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def read(self, position: Position, timeout: float) -> tuple[bytes, Position] | None:
        """Server-sent events of what is new behind ``position``, and the position behind them; None at the end.

        Waits up to ``timeout`` seconds for something new; an event ``ping`` if nothing comes.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._is_new(position), timeout)
            if self._closed:
                return None
            if not self._is_new(position):
                return _event("ping", "0"), position
            parts = []
            if position.starts != self._starts:
                parts.append(_event("hello", self._hello))
                position = Position(starts=self._starts)
            if position.frames != self._frames:
                new = min(self._count - position.answers, len(self._answers))
                if new:
                    parts.append(_event("answers", json.dumps(list(self._answers)[-new:])))
                parts.append(_event("frame", self._frame))
                position = Position(self._starts, self._frames, self._count)
        return b"".join(parts), position

    def _is_new(self, position: Position) -> bool:
        return (position.starts, position.frames) != (self._starts, self._frames)


def _event(name: str, data: str) -> bytes:
    return f"event: {name}\ndata: {data}\n\n".encode()
