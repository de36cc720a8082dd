"""ImageNet as of ILSVRC2012 from its official files (Russakovsky et al., 2015), decoded when they are asked for.

The test part is the official validation set, because the official test set has no published labels. Its images lie in
folders by class, as those to train on, or flat as they are unpacked; then the development kit says what they show.
"""

from pathlib import Path

import numpy as np

from ..errors import DataError
from .classes import class_folders, files_by_class
from .images import Images, check_shape
from .split import Split

KIT = "ILSVRC2012_devkit_t12/data"
WHERE = ("get ILSVRC2012_img_train.tar, _img_val.tar and _devkit_t12.tar.gz from https://image-net.org (they ask for "
         "an account) and unpack them: DIR/train/<wnid>/*.JPEG, and DIR/val/<wnid>/*.JPEG or DIR/val/*.JPEG with "
         f"DIR/{KIT}")
SHAPE = (3, 224, 224)
SUFFIXES = (".jpeg", ".jpg")


def imagenet_classes(directory: Path | str) -> tuple[str, ...]:
    """The classes, by their WordNet identifiers in order: the folders in ``directory``/train."""
    return class_folders(Path(directory) / "train", WHERE)


def read_imagenet(directory: Path | str, part: str, *, shape: tuple[int, int, int] = SHAPE) -> Split:
    """`Images` of ``shape`` and labels int64 [N] of ``part`` ("train" or "test").

    Raises
    ------
    DataError
        If files are missing or contradict each other; an image that is damaged is only noticed when it is read.
    """
    directory, classes = Path(directory), imagenet_classes(directory)
    folder = directory / ("train" if part == "train" else "val")
    if not folder.is_dir():
        raise DataError(f"there is no folder '{folder}'", WHERE)
    if part == "test" and not any(path.is_dir() for path in folder.iterdir()):
        paths, labels = _flat(directory, classes)
    else:
        files = files_by_class(folder, classes, SUFFIXES, WHERE)
        paths = [str(path) for group in files for path in group]
        labels = np.repeat(np.arange(len(classes)), [len(group) for group in files])
    return Split(Images(np.array(paths), check_shape(shape)), labels.astype(np.int64))


def _flat(directory: Path, classes: tuple[str, ...]) -> tuple[list[str], np.ndarray]:
    """Paths and labels of the validation images, which lie in one folder and are numbered from 1."""
    paths = sorted(str(path) for path in (directory / "val").iterdir() if path.suffix.lower() in SUFFIXES)
    truth = directory / KIT / "ILSVRC2012_validation_ground_truth.txt"
    wnids = _wnids(directory / KIT / "meta.mat")
    try:
        numbers = [int(line) for line in truth.read_text().split()]
    except FileNotFoundError as error:
        raise DataError(f"there is no '{truth}'", WHERE) from error
    except (OSError, ValueError) as error:
        raise DataError(f"'{truth}' is not a list of numbers ({error})", WHERE) from error
    if len(numbers) != len(paths):
        raise DataError(f"'{truth}' has {len(numbers)} lines for {len(paths)} images in '{directory / 'val'}'", WHERE)
    place = {wnid: label for label, wnid in enumerate(classes)}
    for line, number in enumerate(numbers, 1):
        if wnids.get(number) not in place:
            raise DataError(f"'{truth}' line {line} has number {number}, which is no class in '{directory / 'train'}'",
                            WHERE)
    return paths, np.array([place[wnids[number]] for number in numbers], np.int64)


def _wnids(path: Path) -> dict[int, str]:
    """WordNet identifiers by the numbers that the ground truth uses, from the kit's ``synsets`` (a MATLAB file)."""
    try:
        from scipy.io import loadmat
    except ImportError as error:
        raise DataError("ImageNet's development kit is read by SciPy, which is not installed",
                        "`pip install 'hwgen[imagenet]'`, or sort val/ into folders by class") from error
    if not path.is_file():
        raise DataError(f"there is no '{path}'", WHERE)
    try:
        synsets = loadmat(path, squeeze_me=True)["synsets"]
        return {int(entry["ILSVRC2012_ID"]): str(entry["WNID"]) for entry in synsets}
    except Exception as error:                                          # SciPy's reader raises many kinds
        raise DataError(f"'{path}' is damaged, or not the kit's ({type(error).__name__})", WHERE) from error
