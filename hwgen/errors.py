"""Errors of tools, builds and verification; the base class and the model's errors are in `hwgen.spec`.

`hwgen.cli` prints any `HwgenError` as one line and exits with its ``exit_code``.
"""

import contextlib
import difflib
from collections.abc import Iterable, Iterator

from .spec import HwgenError

__all__ = ["BuildError", "HwgenError", "TimingError", "ToolMissing", "VerificationFailed", "nearest"]


class ToolMissing(HwgenError):
    """A tool is not installed, or too old; the hint says how to get it."""

    exit_code = 3


class BuildError(HwgenError):
    """A tool refused the design; the message holds the tool's own error lines."""

    exit_code = 4


class TimingError(BuildError):
    """The design was placed and routed but its clock is too slow."""


class VerificationFailed(HwgenError):
    """Simulated hardware and golden model differ."""

    exit_code = 5


@contextlib.contextmanager
def simulation_needed() -> Iterator[None]:
    """Around an import of ``sim.bench``: a package that it needs and that is not installed is a `ToolMissing`."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name.startswith(("hwgen", "sim")):                     # a defect of ours, not a missing package
            raise
        raise ToolMissing(f"the Python package '{error.name}' was not found, simulation needs it",
                          "`pip install -e '.[sim]'` brings it") from error


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint that names what the user may have meant, or all that there is."""
    known = sorted(known)
    close = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.5)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"known are {', '.join(known)}" if known else "there are none"
