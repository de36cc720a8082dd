"""A serial port as a `hwgen.link.line.Line`."""

import errno

from ..spec import HwgenError
from .line import LineLost


class SerialLine:
    """A port, opened for this program alone: 8 data bits, no parity, one stop bit, no flow control.

    Parameters
    ----------
    port
        Its name, such as ``/dev/ttyUSB1``.
    baud
        Bits a second.

    Raises
    ------
    HwgenError
        If there is no such port, it is in use, or it may not be opened; or pyserial is not installed.
    """

    def __init__(self, port: str, baud: int):
        import serial

        self.port = port
        try:
            self._serial = serial.Serial(port, baud, timeout=0, exclusive=True)
        except (serial.SerialException, ValueError) as error:
            raise HwgenError(f"the port '{port}' cannot be opened: {_reason(error)}", _remedy(error)) from error

    def write(self, data: bytes) -> None:
        """Send all of ``data``; see `Line`."""
        with _Lost(self.port):
            self._serial.write(data)

    def read(self, timeout: float) -> bytes:
        """What has come; see `Line`."""
        with _Lost(self.port):
            if not self._serial.in_waiting:
                self._serial.timeout = timeout
                first = self._serial.read(1)
                return first + self._serial.read(self._serial.in_waiting) if first else b""
            return self._serial.read(self._serial.in_waiting)

    def close(self) -> None:
        """Close the port."""
        self._serial.close()


class _Lost:
    """Turns errors of a port that was open into `LineLost`."""

    def __init__(self, port: str):
        self._port = port

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if isinstance(error, OSError):                                  # pyserial's errors are of this kind
            raise LineLost(f"the port '{self._port}' is gone ({_reason(error)})", "plug the board in again") from error


def _reason(error: Exception) -> str:
    return " ".join(str(getattr(error, "strerror", None) or error).split())


def _remedy(error: Exception) -> str:
    match getattr(error, "errno", None):
        case errno.ENOENT | errno.ENXIO | errno.ENODEV:
            return "plug the board in, or give its port with --port"
        case errno.EACCES | errno.EPERM:
            return "join the group that may use it (on Debian: `sudo adduser $USER dialout`), and log in again"
        case errno.EBUSY | errno.EAGAIN:
            return "close the program that uses it"
    return "close the program that uses it, or give another --port"


def find_port(board) -> str:
    """The port of a board that is plugged in: the only USB serial port, or of a USB chip with two the second, since the
    first one flashes.

    Raises
    ------
    HwgenError
        If there is none, or more than one.
    """
    from serial.tools import list_ports

    chips: dict[tuple, list[str]] = {}
    for port in list_ports.comports():
        if port.vid is not None:
            chips.setdefault((port.vid, port.pid, port.serial_number), []).append(port.device)
    if not chips:
        raise HwgenError(f"no USB serial port was found, and {board.name} is reached through one",
                         "plug the board in, or give its port with --port")
    if len(chips) > 1:
        names = ", ".join(sorted(name for chip in chips.values() for name in chip))
        raise HwgenError(f"there are several USB serial ports: {names}", "say which with --port")
    return sorted(*chips.values())[-1]
