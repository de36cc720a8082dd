"""The named, numbered and timed steps of a long job, told to a person as they happen."""

import contextlib
import time
from collections.abc import Iterator

from rich.console import Console


class Steps:
    """Numbers and times the steps of a job.

    On a terminal the running step has a moving mark; elsewhere each step is one plain line when it is
    done.

    Parameters
    ----------
    names
        The steps in order.
    console
        Where they are told.

    Attributes
    ----------
    lines
        What was told, one line a step.
    seconds
        Wall-clock time of each finished step.
    """

    def __init__(self, names: tuple[str, ...], console: Console):
        self._names = names
        self._console = console
        self.lines: list[str] = []
        self.seconds: dict[str, float] = {}

    @contextlib.contextmanager
    def __call__(self, name: str) -> Iterator[list[str]]:
        """Run one step; the list that it yields takes what there is to say about the result."""
        number = f"[{self._names.index(name) + 1}/{len(self._names)}]"
        said: list[str] = []
        started = time.monotonic()
        with self._console.status(f"{number} {name}") if self._console.is_terminal else contextlib.nullcontext():
            yield said
        self.seconds[name] = time.monotonic() - started
        width = max(map(len, self._names))
        self.say(f"{number} {name:{width}} {self.seconds[name]:7.1f} s   {', '.join(said)}".rstrip())

    def say(self, line: str) -> None:
        """Tell one line, and keep it."""
        self.lines.append(line)
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)
