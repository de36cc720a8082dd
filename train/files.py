"""Writing files so that a finished name never holds half a file."""

import io
import os
from pathlib import Path

import torch

from .errors import TrainError


def save(value, path: Path) -> None:
    """`torch.save` beside ``path``, then renamed over it.

    Raises
    ------
    TrainError
        If the place cannot be written, or is full.
    """
    buffer = io.BytesIO()                           # torch reports a full disk under it as a defect of its own
    torch.save(value, buffer)
    write(buffer.getbuffer(), path)


def write(data: bytes | memoryview, path: Path) -> None:
    """``data`` beside ``path``, then renamed over it; errors as of `save`."""
    aside = path.with_name(path.name + ".part")
    try:
        with open(aside, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        aside.unlink(missing_ok=True)


def append(text: str, path: Path) -> None:
    """Add ``text`` to a file, to the disk at once; errors as of `save`."""
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path: Path, error: OSError) -> TrainError:
    """What to tell of a file that cannot be written."""
    return TrainError(f"'{path}' cannot be written ({error.strerror})",
                      "make room there, or choose another --out and --log")
