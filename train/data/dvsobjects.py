"""DVS128 objects: six things moved by hand in front of a DVS128, AEDAT 2.0, trained on one day, tested on another.

A sample is 200 ms in T bins, both polarities, pooled by 4, centred: the median event lies in the middle of the map. To
get this from a live sensor, the host gathers the events of a window, takes their median (`binning.centre`: counts
of columns and rows, whole numbers), adds 64 to each address, and has the board bin the area that begins at the median
(`hwgen.link.events.Windows(x=median x, y=median y, shift=2)`). That is the same area, and no address falls below 0.

Windows to test on follow each other; those to train on begin every 50 ms, within stretches of 2 s of a recording, which
are the groups: windows held out share no event with those trained on.
"""

from pathlib import Path

from .binning import Area, centre
from .eventset import files_by_class, read_cached, windows
from .recordings import Events, read_recording
from .split import Split

CLASSES = ("box", "knife", "mouse", "mug", "pencil", "scissors")
SIDE, SHIFT = 32, 2
SHAPE = (2, SIDE, SIDE)
LENGTH_US = 200_000
HOP_US = {"train": 50_000, "test": LENGTH_US}
STRETCH_US = 2_000_000
LAYOUT = "lay the recordings as DIR/train/mug/0.aedat, ..., DIR/test/mug/0.aedat, a folder for each of " + \
         ", ".join(CLASSES)


def centred(events: Events) -> Area:
    """The area of 128 x 128 pixels with the median of ``events``, of which there is at least one, in the middle."""
    x, y = centre(events)
    half = SIDE << SHIFT >> 1
    return Area(shape=SHAPE, x=x - half, y=y - half, shift=SHIFT)


def read_dvsobjects(directory: Path | str, part: str, timesteps: int, by: str = "time") -> Split:
    """The windows of ``part`` ("train" or "test"): spikes [N, T, 2, 32, 32], binned ``by`` time or count.

    Raises
    ------
    DataError
        If a folder is missing or empty, or a recording is damaged.
    """
    directory = Path(directory)
    files = files_by_class(directory / part, CLASSES, ".aedat", LAYOUT)

    def samples():
        group = 0
        for path, label in files:
            for stretch in stretches(read_recording(path), STRETCH_US if part == "train" else None):
                for maps in windows(stretch, LENGTH_US, HOP_US[part], centred, timesteps, by):
                    yield maps, label, group
                group += 1

    return read_cached(f"dvsobjects-{part}", directory, [path for path, _ in files], (timesteps, *SHAPE),
                       (SHIFT, LENGTH_US, HOP_US[part], STRETCH_US, by), samples)


def stretches(events: Events, length: int | None) -> list[Events]:
    """``events`` cut into stretches of ``length`` us; None leaves them whole."""
    if length is None or len(events) == 0:
        return [events]
    return [events.between(start, start + length) for start in range(int(events.t[0]), int(events.t[-1]) + 1, length)]
