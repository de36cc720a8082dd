"""The header of Prophesee's ``.raw`` files ("RAW file format", docs.prophesee.ai): lines of ``% keyword value``."""

import re
from dataclasses import dataclass
from pathlib import Path

from ...errors import DataError


@dataclass(frozen=True)
class Raw:
    """``encoding`` ("EVT2", "EVT3" or another; upper case), ``size`` (width and height of the sensor, None where the
    header does not say), and the ``body``, which begins at byte ``start`` of the file."""

    encoding: str
    size: tuple[int, int] | None
    body: bytes
    start: int


def read_raw(path: Path) -> Raw:
    """The header of ``path``, and what is behind it.

    Raises
    ------
    DataError
        If there is no header that names an encoding.
    """
    content = path.read_bytes()
    start, header = 0, {}
    while content[start:start + 2] == b"% ":
        end = content.find(b"\n", start) + 1 or len(content)
        keyword, _, value = content[start + 2:end].decode("latin1").strip().partition(" ")
        start = end
        if keyword == "end":
            break
        header[keyword] = value
    # newer headers say `format EVT3;height=720;width=1280`, older ones `evt 3.0` and `geometry 1280x720`
    encoding, *options = header.get("format", "").split(";")
    said = dict(option.split("=", 1) for option in options if "=" in option)
    size = re.fullmatch(r"(\d+)x(\d+)", f"{said.get('width')}x{said.get('height')}") \
        or re.fullmatch(r"(\d+)x(\d+)", header.get("geometry", ""))
    encoding = encoding or "EVT" + header.get("evt", "").removesuffix(".0").replace(".", "")
    if encoding == "EVT":
        raise DataError(f"'{path}' does not begin with a header that says `% format EVT2` or `% evt 2.0`",
                        "give a .raw file of a Prophesee camera, encoded as EVT2 or EVT3")
    return Raw(encoding.upper(), (int(size[1]), int(size[2])) if size else None, content[start:], start)


def write_raw(path: Path, encoding: str, size: tuple[int, int], body: bytes) -> None:
    """Write a header of ``encoding`` ("EVT2" or "EVT3") and sensor ``size`` (width, height), and ``body`` behind it."""
    width, height = size
    path.write_bytes(f"% evt {encoding[-1]}.0\n% format {encoding};height={height};width={width}\n"
                     f"% geometry {width}x{height}\n% end\n".encode() + body)
