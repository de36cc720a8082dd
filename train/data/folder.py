"""One's own samples: a folder a class, of image files or of event recordings.

Either the folder has parts, ``train/<class>/...`` and ``test/<class>/...``, or classes only; then every sixth file of
a class in the order of their names, from the second on, is the test part. Files that resemble each other, such as the
frames of a film, make such a test part too easy: then give parts.
"""

from pathlib import Path

import numpy as np

from ..errors import DataError, DataOptionError
from .classes import class_folders, files_by_class
from .images import SUFFIXES as IMAGES
from .images import Images, check_shape
from .split import Split

#: As `train.data.recordings` reads them.
EVENTS = (".aedat", ".aedat4", ".bin", ".raw", ".npz")
WHERE = "expected are DIR/<class>/FILES or DIR/{train,test}/<class>/FILES, images (png, jpg, ...) or event " \
    f"recordings ({', '.join(EVENTS)})"
IMAGE_SHAPE, EVENT_SHAPE = (3, 32, 32), (2, 32, 32)
#: Which files of a class are the test part where there are no parts.
TESTED = slice(1, None, 6)
#: Images that take more bytes decoded are decoded whenever they are asked for, others once.
KEPT = 1 << 31
#: Microseconds of a timestep of recordings.
BIN_US = 50_000


def describe_folder(directory: Path | str) -> dict:
    """What is in the folder: ``title``, ``classes``, ``events`` (whether there are recordings), and the usual ``shape``
    of its samples.

    Raises
    ------
    DataError
        As `read_folder`.
    """
    directory = Path(directory)
    classes, files = _files(directory, "train")
    events = _are_events(files)
    return dict(title=f"folder ({directory.resolve().name})", classes=classes, events=events,
                shape=EVENT_SHAPE if events else IMAGE_SHAPE)


def read_folder(directory: Path | str, part: str, *, timesteps: int = 4, by: str = "time",
                shape: tuple[int, int, int] | None = None) -> Split:
    """The samples of ``part`` ("train" or "test").

    Images become uint8 [N, C, H, W] of ``shape`` (see `train.data.images.read_image`). Recordings are cut into windows
    of T timesteps of 50 ms, to train on every half a window, each binned ``by`` time or count into 0/1 maps
    [N, T, C, H, W] of the sensor's middle (`train.data.binning.area_of`); a recording that is shorter is one window.
    Windows of one recording have one group.

    Raises
    ------
    DataError
        If a class has no samples, a file is damaged, there are images as well as recordings, or the parts have
        different classes.
    DataOptionError
        If the samples cannot have this shape.
    """
    directory = Path(directory)
    _, files = _files(directory, part)
    if _are_events(files):
        return _recordings(directory, files, part, timesteps, shape or EVENT_SHAPE, by)
    labels = np.repeat(np.arange(len(files)), [len(group) for group in files]).astype(np.int64)
    images = Images(np.array([str(path) for group in files for path in group]), check_shape(shape or IMAGE_SHAPE))
    return Split(images[:] if images.nbytes <= KEPT else images, labels)


def _files(directory: Path, part: str) -> tuple[tuple[str, ...], list[list[Path]]]:
    """The classes, and the files of each that belong to ``part``."""
    if not (directory / "train").is_dir() and not (directory / "test").is_dir():
        classes = class_folders(directory, WHERE)
        files = files_by_class(directory, classes, IMAGES + EVENTS, WHERE)
        for name, group in zip(classes, files):
            if len(group) < 2:
                raise DataError(f"class '{name}' has one sample, and both parts need some",
                                "add samples, or make DIR/train/<class> and DIR/test/<class>")
        if part == "test":
            return classes, [group[TESTED] for group in files]
        return classes, [[path for path in group if path not in set(group[TESTED])] for group in files]
    classes, others = (class_folders(directory / name, WHERE) for name in ("train", "test"))
    if different := sorted(set(classes) ^ set(others)):
        raise DataError(f"class '{different[0]}' is in one of '{directory / 'train'}' and '{directory / 'test'}' only",
                        "give both parts the same classes")
    return classes, files_by_class(directory / part, classes, IMAGES + EVENTS, WHERE)


def _are_events(files: list[list[Path]]) -> bool:
    paths = [path for group in files for path in group]
    events = [path.suffix.lower() in EVENTS for path in paths]
    if any(events) and not all(events):
        raise DataError(f"'{paths[events.index(False)]}' is an image, '{paths[events.index(True)]}' a recording",
                        "keep them in folders of their own")
    return all(events)


def window_us(timesteps: int) -> int:
    """Microseconds of a sample of a recording."""
    return timesteps * BIN_US


def _recordings(directory: Path, files: list[list[Path]], part: str, timesteps: int, shape: tuple[int, int, int],
                by: str) -> Split:
    from .binning import BINNINGS, area_of, window_starts
    from .recordings import read_recording

    if len(shape) != 3 or shape[0] not in (1, 2) or min(shape) < 1:
        raise DataOptionError(f"events cannot be made {' x '.join(map(str, shape))}",
                              "give 2 channels (polarities) or 1, height and width, for example 2 x 32 x 32")
    trained = [path for group in _files(directory, "train")[1] for path in group]
    sizes = [(events.width, events.height) for events in map(read_recording, trained)]
    area = area_of(max(width for width, _ in sizes), max(height for _, height in sizes), shape)
    length = window_us(timesteps)
    hop = length // 2 if part == "train" else length
    maps, labels, groups = [], [], []
    for label, group in enumerate(files):
        for path in group:
            events = read_recording(path)
            if len(events) == 0:
                raise DataError(f"'{path}' has no events", "remove it")
            starts = window_starts(events, length, hop)
            recording = groups[-1] + 1 if groups else 0
            for start in starts.tolist() or [int(events.t[0])]:
                maps.append(BINNINGS[by](events, area, timesteps, start, length))
                labels.append(label)
                groups.append(recording)
    return Split(np.stack(maps), np.array(labels, np.int64), np.array(groups, np.int64))
