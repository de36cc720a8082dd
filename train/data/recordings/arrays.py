"""Events as arrays in ``.npz``: ``x``, ``y``, ``p``, ``t`` (microseconds), [N] each; ``width``, ``height`` if known."""

import zipfile
import zlib
from pathlib import Path

import numpy as np

from ...errors import DataError
from .events import Events, checked

REMEDY = "write it with numpy.savez(FILE, x=..., y=..., p=..., t=...), t in microseconds"


def read_arrays(path: Path) -> Events:
    """The events of ``path``.

    Raises
    ------
    DataError
        If it is no such file, its arrays are not whole numbers of one length, or `checked` refuses its events.
    """
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name] for name in ("t", "x", "y", "p", "width", "height") if name in file.files}
    except (OSError, ValueError, AttributeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"'{path}' cannot be read ({' '.join(str(error).split())})", REMEDY) from error
    for name in ("t", "x", "y", "p"):
        if name not in arrays:
            raise DataError(f"'{path}' has no array '{name}'", REMEDY)
        if arrays[name].ndim != 1 or arrays[name].dtype.kind not in "iub":
            raise DataError(f"'{path}': '{name}' is {arrays[name].dtype} of shape {arrays[name].shape}, not whole "
                            "numbers in a row", REMEDY)
        if len(arrays[name]) != len(arrays["t"]):
            raise DataError(f"'{path}': '{name}' has {len(arrays[name])} numbers, 't' has {len(arrays['t'])}", REMEDY)
    known = "width" in arrays and "height" in arrays
    return checked(path, *(arrays[name] for name in ("t", "x", "y", "p")),
                   (int(arrays["width"]), int(arrays["height"])) if known else None)


def write_arrays(path: Path, events: Events) -> None:
    """Write ``events``, compressed; ``path`` ends in .npz."""
    np.savez_compressed(path, t=events.t, x=events.x.astype(np.uint16), y=events.y.astype(np.uint16), p=events.p,
                        width=events.width, height=events.height)
