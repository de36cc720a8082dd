"""What a host talks to a board through: a line of bytes both ways, as a UART is."""

from typing import Protocol

from ..spec import HwgenError


class LineLost(HwgenError):
    """The other end is gone: a board unplugged, a simulation ended."""


class Line(Protocol):
    """A line to a board: a serial port (`hwgen.link.serial_line`), or a board made of software."""

    def write(self, data: bytes) -> None:
        """Send all of ``data``; may wait until the line takes it. Raises `LineLost`."""

    def read(self, timeout: float) -> bytes:
        """What has come, at once if anything has; else what comes first within ``timeout`` seconds, or nothing. Raises
        `LineLost`."""

    def close(self) -> None:
        """Give the line back; more than once does no harm."""
