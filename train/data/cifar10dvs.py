"""CIFAR10-DVS from its official files (Li et al., 2017): pictures of CIFAR-10 moved on a screen in front of a DVS128,
AEDAT 2.0, 1,000 recordings of about 1.3 s a class.

There is no official test part. Here it is the last tenth of each class, in the order of the files' numbers. A sample
is 100 ms in T bins, both polarities, pooled by 2; they begin every 300 ms, and a group is a recording. Longer bins
would be full: a recording has about 200,000 events, and a map 8,192 elements.
"""

from pathlib import Path

import numpy as np

from .binning import Area
from .cifar10 import CLASSES
from .eventset import files_by_class, read_cached, windows
from .recordings import Events, read_recording
from .split import Split

SHAPE, SHIFT = (2, 64, 64), 1
LENGTH_US, HOP_US = 100_000, 300_000
LAYOUT = "unpack the ten archives of https://figshare.com/articles/dataset/CIFAR10-DVS_New/4724671: " \
         "DIR/airplane/cifar10_airplane_0.aedat, ..., a folder for each class"


def read_cifar10dvs(directory: Path | str, part: str, timesteps: int, by: str = "time") -> Split:
    """The windows of ``part`` ("train" or "test"): spikes [N, T, 2, 64, 64], binned ``by`` time or count.

    Raises
    ------
    DataError
        If a folder is missing or empty, or a recording is damaged.
    """
    directory = Path(directory)
    files = files_by_class(directory, CLASSES, ".aedat", LAYOUT)
    labels = np.array([label for _, label in files])
    behind = [int((labels[n:] == label).sum()) for n, label in enumerate(labels)]       # of its class, with itself
    tenth = np.bincount(labels) // 10
    files = [(path, label, n) for n, (path, label) in enumerate(files)
             if (behind[n] <= tenth[label]) == (part == "test")]

    def samples():
        for path, label, group in files:
            for maps in windows(upright(read_recording(path)), LENGTH_US, HOP_US,
                                lambda _: Area(shape=SHAPE, shift=SHIFT), timesteps, by):
                yield maps, label, group

    return read_cached(f"cifar10dvs-{part}", directory, [path for path, _, _ in files], (timesteps, *SHAPE),
                       (SHIFT, LENGTH_US, HOP_US, by), samples)


def upright(events: Events) -> Events:
    """A quarter turn, as in the authors' ``dat2mat.m``: the camera stood on its side."""
    return Events(events.t, events.width - 1 - events.y, events.x, events.p, events.height, events.width)
