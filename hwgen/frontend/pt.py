"""``.pt`` checkpoint -> `hwgen.spec.Network`; the only module of hwgen that imports torch, and lazily."""

import hashlib
from pathlib import Path

from ..spec import ModelError, Network, from_state


def load(path: Path | str) -> Network:
    """Read a checkpoint without running any code from it.

    Raises
    ------
    ModelError
        If the file is missing, unreadable, truncated, not a checkpoint, of another version, holds
        anything but tensors and builtin values, or breaks a rule of the specification.
    """
    import torch

    path = Path(path)
    if not path.is_file():
        raise ModelError(f"there is no model file '{path}'", "`python -m hwgen models` lists those shipped")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise ModelError(f"model file '{path}' cannot be read ({error.strerror or error})",
                         "check its permissions") from error
    except Exception as error:  # torch raises many kinds for a file that is not what it should be
        raise ModelError(f"model file '{path}' is damaged, or holds more than tensors and plain values",
                         "get or export it again; code in a model file is never run") from error
    try:
        return from_state(_numpy(state))
    except ModelError as error:
        raise ModelError(f"model file '{path}': {error.message}", error.hint) from error


def sha256(path: Path | str) -> str:
    """SHA-256 of the file, in hexadecimal."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _numpy(value):
    """The same nested value with numpy arrays in place of tensors."""
    import torch

    if isinstance(value, torch.Tensor):
        return value.detach().cpu().numpy()
    if isinstance(value, dict):
        return {key: _numpy(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_numpy(entry) for entry in value]
    return value
