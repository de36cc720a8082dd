"""Finding a network: a checkpoint anywhere, or one that the project ships in ``models/``."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .errors import HwgenError, nearest
from .frontend import pt
from .spec import ModelError, Network

#: Where the networks are that the project ships (it runs from a clone).
SHIPPED = Path(__file__).resolve().parents[1] / "models"


@dataclass(frozen=True)
class Model:
    """A checkpoint file and what is in it; ``sha256`` of the file as it was read, in hexadecimal."""

    path: Path
    network: Network
    sha256: str

    @property
    def name(self) -> str:
        """The name of its file, which names its builds too."""
        return self.path.stem

    def samples(self, count: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """``(samples, labels)`` shipped beside the network, the first ``count`` of them.

        Samples as `sim.golden.forward` takes them, labels int64 [N].

        Raises
        ------
        ModelError
            If there are none, they are damaged, do not fit the network, or are fewer than ``count``.
        """
        path = self.path.with_suffix(".npz")
        remedy = "give real ones with --data"
        if not path.is_file():
            raise ModelError(f"no inputs are shipped with '{self.path}' (there is no '{path.name}')", remedy)
        try:
            with np.load(path, allow_pickle=False) as file:
                samples, labels = file["samples"], file["labels"]
        except Exception as error:  # numpy and zipfile raise many kinds for a file that is not what it should be
            raise ModelError(f"the inputs in '{path}' cannot be read ({error})", remedy) from error
        if samples.shape[1:] != self.network.sample_shape or labels.shape != samples.shape[:1]:
            raise ModelError(f"the inputs in '{path}' have shape {samples.shape} with labels {labels.shape}, "
                             f"the network takes {self.network.sample_shape}", remedy)
        return first(samples, labels, count, f"'{path}'")


def find(name: str) -> Model:
    """The network at a path, or of that name in `SHIPPED` (with or without ``.pt``).

    Raises
    ------
    ModelError
        If there is none, or `hwgen.frontend.pt.load` refuses it.
    """
    for path in (Path(name), SHIPPED / name, SHIPPED / f"{name}.pt"):
        if path.is_file():
            return Model(path, pt.load(path), pt.sha256(path))
    raise ModelError(f"there is no model '{name}', neither a file nor in models/",
                     nearest(Path(name).stem, (path.stem for path in shipped())))


def shipped() -> list[Path]:
    """The checkpoints in `SHIPPED`, by name."""
    return sorted(SHIPPED.glob("*.pt"))


def first(samples: np.ndarray, labels: np.ndarray, count: int | None, where: str):
    """The first ``count`` samples and labels (None: all); raises `HwgenError` if there are fewer."""
    if count is not None and count > len(samples):
        raise HwgenError(f"{count} samples are wanted and {where} has {len(samples)}",
                         f"use --samples {len(samples)} or fewer, or another --data")
    return samples[:count], labels[:count]
