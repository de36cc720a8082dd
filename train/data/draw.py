"""``python -m train.data.draw NAME --out NAME.npz``: the small inputs that are shipped with a network, drawn."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from . import bars, gestures, pictures, saccades, strokes, things

#: What draws ``(samples, labels)`` from a count and a seed, and the usual seed, by network.
DRAWINGS = {"mnist": (strokes.drawings, 1), "cifar10": (pictures.drawings, 4),
            "cifar10-ecp5": (pictures.drawings, 4), "bars": (bars.drawings, 3),
            "nmnist": (saccades.drawings, 1), "dvsobjects": (things.drawings, 1), "gesture": (gestures.drawings, 5)}
COUNT = 32
Name = StrEnum("Name", list(DRAWINGS))


def shipped(name: str, count: int = COUNT, seed: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """``(samples, labels)`` for a network: pixels, uint8 [count, C, H, W], or spikes, bool [count, T, C, H, W]; and
    int64 [count]."""
    drawings, usual = DRAWINGS[name]
    return drawings(count, usual if seed is None else seed)


def main(name: Annotated[Name, typer.Argument(help="The network to draw for.")],
         out: Annotated[Path, typer.Option(help="File to write, NAME.npz.")],
         count: Annotated[int, typer.Option(min=1)] = COUNT,
         seed: Annotated[int | None, typer.Option(min=0, help="Default: that of the shipped inputs.")] = None) -> None:
    """Draw small inputs of the project's own making and write them as samples and labels."""
    samples, labels = shipped(name, count, seed)
    np.savez_compressed(out, samples=samples, labels=labels)
    print(f"wrote {out}: {count} drawings")


if __name__ == "__main__":
    typer.run(main)
