"""DVS128 Gesture from its official files (Amir et al., 2017): eleven gestures of 29 people, AEDAT 3.1, each recording
with a table of what is done when.

A sample is 800 ms in T bins, both polarities, pooled by 4, cut from one gesture; those to train on begin every 400 ms,
those to test on follow each other. A group is a recording. The people to train and to test on are the official ones.
"""

import csv
from pathlib import Path

from ..errors import DataError
from .binning import Area
from .eventset import read_cached, windows
from .recordings import read_recording
from .split import Split

CLASSES = ("hand clapping", "right hand wave", "left hand wave", "right arm clockwise", "right arm counter clockwise",
           "left arm clockwise", "left arm counter clockwise", "arm roll", "air drums", "air guitar", "other gestures")
SHAPE, SHIFT = (2, 32, 32), 2
LENGTH_US = 800_000
HOP_US = {"train": 400_000, "test": LENGTH_US}
COLUMNS = ["class", "startTime_usec", "endTime_usec"]
LAYOUT = "unpack DvsGesture.tar.gz of https://research.ibm.com/interactive/dvsgesture: DIR/trials_to_train.txt, " \
         "DIR/trials_to_test.txt, DIR/user01_natural.aedat, DIR/user01_natural_labels.csv, ..."


def read_dvsgesture(directory: Path | str, part: str, timesteps: int, by: str = "time") -> Split:
    """The windows of ``part`` ("train" or "test"): spikes [N, T, 2, 32, 32], binned ``by`` time or count.

    Raises
    ------
    DataError
        If a file is missing, a table makes no sense, or a recording is damaged.
    """
    directory = Path(directory)
    trials = read_trials(directory / f"trials_to_{part}.txt")
    tables = [path.with_name(path.stem + "_labels.csv") for path in trials]
    for path in (*trials, *tables):
        if not path.is_file():
            raise DataError(f"there is no '{path}'", LAYOUT)

    def samples():
        for group, (path, table) in enumerate(zip(trials, tables)):
            events = read_recording(path)
            for label, start, stop in read_table(table):
                for maps in windows(events.between(start, stop), LENGTH_US, HOP_US[part],
                                    lambda _: Area(shape=SHAPE, shift=SHIFT), timesteps, by):
                    yield maps, label, group

    return read_cached(f"dvsgesture-{part}", directory, [*trials, *tables], (timesteps, *SHAPE),
                       (SHIFT, LENGTH_US, HOP_US[part], by), samples)


def read_trials(path: Path) -> list[Path]:
    """The recordings that ``path`` lists, a name a line, beside it."""
    try:
        lines = path.read_text().split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"there is no readable '{path}'", LAYOUT) from error
    trials = [path.parent / line.strip() for line in lines if line.strip()]
    if not trials:
        raise DataError(f"'{path}' lists no recording", LAYOUT)
    return trials


def read_table(path: Path) -> list[tuple[int, int, int]]:
    """``(label, start, stop)`` of each gesture in a table, label from 0, times in microseconds."""
    with open(path, newline="", encoding="utf-8", errors="replace") as file:
        header, *rows = list(csv.reader(file)) or [[]]
    if [name.strip() for name in header] != COLUMNS:
        raise DataError(f"'{path}' does not begin with the line {','.join(COLUMNS)}", LAYOUT)
    gestures = []
    for line, row in enumerate(rows, 2):
        if not row:
            continue
        try:
            number, start, stop = map(int, row)
        except ValueError as error:
            raise DataError(f"'{path}' line {line} is '{','.join(row)}', not three whole numbers", LAYOUT) from error
        if not (1 <= number <= len(CLASSES) and 0 <= start < stop):
            raise DataError(f"'{path}' line {line} says class {number} from {start} to {stop} us, and classes are 1 to "
                            f"{len(CLASSES)}, ends behind starts", LAYOUT)
        gestures.append((number - 1, start, stop))
    return gestures
