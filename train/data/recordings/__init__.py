"""Files of events: `read_recording` reads them all."""

from pathlib import Path

from ...errors import DataError
from .aedat2 import read_aedat2, write_aedat2
from .aedat3 import read_aedat3
from .aedat4 import read_aedat4
from .arrays import read_arrays, write_arrays
from .atis import read_atis
from .events import Events
from .evt2 import decode_evt2, write_evt2
from .evt3 import decode_evt3
from .prophesee import read_raw

__all__ = ["SUFFIXES", "Events", "read_recording", "write_aedat2", "write_arrays", "write_evt2"]

SUFFIXES = (".aedat", ".aedat4", ".bin", ".raw", ".npz")
#: What the first line begins with, and who reads it.
AEDAT = {b"#!AER-DAT2": read_aedat2, b"#!AER-DAT3": read_aedat3, b"#!AER-DAT4": read_aedat4}
RAW = {"EVT2": decode_evt2, "EVT3": decode_evt3}


def read_recording(path: Path | str) -> Events:
    """The events of a recording: AEDAT 2.0 (DVS128), 3.1 or 4, 40-bit ``.bin``, EVT2 or EVT3 ``.raw``, or ``.npz``.

    The suffix says which, and the file's first line where a suffix stands for several.

    Raises
    ------
    DataError
        If there is no such file, it is of no known kind, cut off or damaged, or an event is out of order or outside
        the sensor; with the number of the event or byte.
    """
    path = Path(path)
    try:
        with open(path, "rb") as file:
            begin = file.read(10)
        match path.suffix.lower():
            case ".npz":
                return read_arrays(path)
            case ".bin":
                return read_atis(path)
            case ".raw":
                raw = read_raw(path)
                if raw.encoding not in RAW:
                    raise DataError(f"'{path}' is encoded as {raw.encoding}", f"convert it to {' or '.join(RAW)}")
                return RAW[raw.encoding](path, raw)
            case ".aedat" | ".aedat4":
                if begin not in AEDAT:
                    raise DataError(f"'{path}' begins with {begin!r}, not with the line of AEDAT 2, 3 or 4",
                                    "give a recording as jAER, cAER or DV writes it")
                return AEDAT[begin](path)
    except OSError as error:
        raise DataError(f"'{path}' cannot be read ({error.strerror})", "give the path of a recording") from error
    raise DataError(f"'{path}' is no kind of recording that is known", f"known are {', '.join(SUFFIXES)}")
