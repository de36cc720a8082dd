"""CIFAR-100 from its official files (Krizhevsky, 2009): the Python version, one pickle a part, fine labels."""

from pathlib import Path

import numpy as np

from .cifar10 import read_batch

#: The fine classes, in the order of their labels.
CLASSES = tuple("""
    apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle
    bowl boy bridge bus butterfly camel can castle caterpillar cattle
    chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur
    dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard
    lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain
    mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree
    plain plate poppy porcupine possum rabbit raccoon ray road rocket
    rose sea seal shark shrew skunk skyscraper snail snake spider
    squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor
    train trout tulip turtle wardrobe whale willow_tree wolf woman worm
""".split())
FOLDER = "cifar-100-python"
WHERE = ("unpack cifar-100-python.tar.gz of https://www.cs.toronto.edu/~kriz/cifar.html in DIR, or have "
         "`python -m train.data.fetch cifar100 --data DIR` do it: DIR/cifar-100-python/{train, test}")


def read_cifar100(directory: Path | str, part: str) -> tuple[np.ndarray, np.ndarray]:
    """``(images, labels)`` of ``part`` ("train" or "test"): uint8 [N, 3, 32, 32] and int64 [N].

    ``directory`` holds the folder ``cifar-100-python``, or is that folder.

    Raises
    ------
    DataError
        If the file is missing, damaged, asks for a program to be run, or does not hold images and their labels.
    """
    directory = Path(directory)
    folder = directory / FOLDER if (directory / FOLDER).is_dir() else directory
    return read_batch(folder / part, b"fine_labels", len(CLASSES), WHERE)
