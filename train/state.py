"""The state of an unfinished run in a file: enough to go on at the exact step."""

import zlib
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from .architecture import Architecture
from .data.split import Split
from .errors import TrainError
from .recipe import Recipe

#: Of the file; another one is refused.
VERSION = 3
#: Samples whose bytes stand for a data set's.
WITNESSES = 16


def identity(architecture: Architecture, recipe: Recipe, split: Split) -> str:
    """What must be equal for a resumed run to be the same run."""
    some = np.linspace(0, len(split) - 1, WITNESSES).astype(int)
    checksum = zlib.crc32(np.ascontiguousarray(split.samples[some]).tobytes(), zlib.crc32(split.labels.tobytes()))
    return repr((asdict(architecture), asdict(recipe), len(split), checksum))


def read(path: Path, device: str, expected: str) -> dict:
    """The state at ``path``, of the run with the identity ``expected``.

    Raises
    ------
    TrainError
        If there is none, it is damaged, of another version, or of another architecture, recipe or data set.
    """
    if not path.is_file():
        raise TrainError(f"there is no '{path}' to resume", "leave --resume away to start anew")
    state = _load(path, device)
    if state["identity"] != expected:
        raise TrainError(f"'{path}' was written by a run with other options or data",
                         "give the same ones, or leave --resume away to start anew")
    return state


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """The floating-point weights in a run's state or in the ``float.pt`` of its log, to start another run from.

    Raises
    ------
    TrainError
        If there are none.
    """
    state = read_float(path)
    return state["model"] if state.get("in_float") else state["float_model"]


def read_float(path: Path) -> dict:
    """What a run's state or the ``float.pt`` of its log holds; errors as of `read_weights`."""
    if not path.is_file():
        raise TrainError(f"there is no '{path}' to start from",
                         "give a network NAME.pt, the float.pt of a run's log, or its NAME.pt.state")
    return _load(path, "cpu")


def _load(path: Path, device: str) -> dict:
    try:
        state = torch.load(path, map_location=device, weights_only=True)
        version = state.get("version", 1 if "identity" in state else None)
    except Exception as error:                                          # torch raises many kinds
        raise TrainError(f"'{path}' is damaged", "start anew without it") from error
    if version is None:
        raise TrainError(f"'{path}' is no state of a training run",
                         "give a network NAME.pt, the float.pt of a run's log, or its NAME.pt.state")
    if version != VERSION:
        raise TrainError(f"'{path}' has version {version}, this program reads {VERSION}",
                         "start anew without it, or use the program that wrote it")
    return state
