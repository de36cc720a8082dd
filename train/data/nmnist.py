"""N-MNIST from its official files (Orchard et al., 2015): MNIST's digits seen by a sensor that made three saccades of
100 ms. A sample is the first 300 ms of a recording in T bins, both polarities, all 34 x 34 pixels."""

from pathlib import Path

from .binning import BINNINGS, Area
from .eventset import files_by_class, read_cached
from .recordings.atis import read_atis
from .split import Split

CLASSES = tuple("0123456789")
SIDE = 34
SHAPE = (2, SIDE, SIDE)
LENGTH_US = 300_000
LAYOUT = "unpack Train.zip and Test.zip of https://www.garrickorchard.com/datasets/n-mnist: DIR/Train/0/00002.bin, " \
         "..., DIR/Test/9/..."


def read_nmnist(directory: Path | str, part: str, timesteps: int, by: str = "time") -> Split:
    """The samples of ``part`` ("train" or "test"): spikes [N, T, 2, 34, 34], binned ``by`` time or count.

    Raises
    ------
    DataError
        If a folder is missing or empty, or a recording is damaged.
    """
    directory = Path(directory)
    files = files_by_class(directory / part.capitalize(), CLASSES, ".bin", LAYOUT)

    def samples():
        for number, (path, label) in enumerate(files):
            events = read_atis(path, (SIDE, SIDE))
            yield BINNINGS[by](events, Area(shape=SHAPE), timesteps, 0, LENGTH_US), label, number

    return read_cached(f"nmnist-{part}", directory, [path for path, _ in files], (timesteps, *SHAPE),
                       (LENGTH_US, by), samples)
