"""The bars: the same from the same seed, well formed, and what their labels say."""

import numpy as np

from train.data import load
from train.data.bars import drawings


def test_a_seed_gives_the_same_images_another_seed_others():
    first, again, other = drawings(40, 5), drawings(40, 5), drawings(40, 6)
    np.testing.assert_array_equal(first[0], again[0])
    assert first[0].shape == (40, 1, 8, 8) and first[0].dtype == np.uint8 and first[1].dtype == np.int64
    assert not np.array_equal(first[0], other[0])


def test_the_parts_are_balanced_and_share_no_image():
    train, test = load("bars")
    assert np.bincount(train.labels).tolist() == [1500] * 4 and np.bincount(test.labels).tolist() == [500] * 4
    assert not {image.tobytes() for image in train.samples} & {image.tobytes() for image in test.samples}


def test_a_bar_runs_the_way_of_its_label():
    """Neighbours along the bar are alike: averaged over many, the least change is along the labelled way."""
    samples, labels = drawings(400, 9)
    images = samples[:, 0].astype(int)
    changes = np.stack([                                                # y downwards
        np.abs(images[:, 1:-1, 1:-1] - images[:, 1:-1, 2:]).mean(axis=(1, 2)),      # to the right
        np.abs(images[:, 1:-1, 1:-1] - images[:, 2:, 1:-1]).mean(axis=(1, 2)),      # down
        np.abs(images[:, 1:-1, 1:-1] - images[:, :-2, 2:]).mean(axis=(1, 2)),       # up to the right
        np.abs(images[:, 1:-1, 1:-1] - images[:, 2:, 2:]).mean(axis=(1, 2)),        # down to the right
    ])
    for label in range(4):
        assert changes[:, labels == label].mean(axis=1).argmin() == label
