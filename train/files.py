"""Writing files so that a finished name never holds half a file."""

import os
from pathlib import Path

import torch

from .errors import TrainError


def save(value, path: Path) -> None:
    """`torch.save` beside ``path``, then renamed over it.

    Raises
    ------
    TrainError
        If the place cannot be written.
    """
    aside = path.with_name(path.name + ".part")
    try:
        with open(aside, "wb") as file:
            torch.save(value, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    except OSError as error:
        raise TrainError(f"'{path}' cannot be written ({error.strerror})", "choose another --out") from error
    finally:
        aside.unlink(missing_ok=True)
