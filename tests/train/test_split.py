"""Parts of samples: what is held out, and samples that are unpacked when asked for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from train.data.split import PackedSpikes, Split


def numbered(labels, groups=None) -> Split:
    """Samples that tell their number."""
    return Split(np.arange(len(labels)), np.array(labels), None if groups is None else np.array(groups))


def test_holds_out_the_last_of_mixed_labels():
    train, held = numbered([0, 1, 2] * 8).hold_out(1 / 12)
    assert held.samples.tolist() == [22, 23] and train.samples.tolist() == list(range(22))


def test_holds_out_the_last_of_each_class_of_sorted_labels():
    train, held = numbered([0] * 5 + [1] * 3 + [2]).hold_out(0.3)
    assert held.samples.tolist() == [3, 4, 7]
    assert sorted([*train.samples, *held.samples]) == list(range(9))


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9)), min_size=1, max_size=60), st.floats(0.01, 0.5))
def test_groups_are_never_torn_apart(rows, share):
    labels, groups = np.array([(label, label * 10 + group) for label, group in rows]).T
    split = numbered(labels, groups)
    train, held = split.hold_out(share)
    assert sorted([*train.samples, *held.samples]) == list(range(len(split)))
    assert not set(train.groups) & set(held.groups)
    for label in set(labels.tolist()):
        count = len(set(groups[labels == label].tolist()))
        expected = min(max(round(count * share), 1), count - 1)
        assert len(set(held.groups[held.labels == label].tolist())) == expected
    again = split.hold_out(share)
    np.testing.assert_array_equal(again[1].samples, held.samples)


def test_held_out_groups_are_spread():
    held = numbered([0] * 12, range(12)).hold_out(1 / 4)[1]
    assert held.groups.tolist() == [2, 6, 10]


@pytest.mark.parametrize("index", [2, slice(1, 4), slice(None), np.array([4, 0, 0]), np.array([], int)])
def test_packed_spikes_are_the_maps(index):
    maps = np.random.default_rng(1).integers(0, 2, (5, 2, 3, 3, 5), np.uint8)
    packed = PackedSpikes.pack(maps)
    assert packed.packed.nbytes == 5 * 12 and packed.shape == maps.shape and len(packed) == 5
    np.testing.assert_array_equal(packed[index], maps[index])
    assert packed[index].dtype == np.uint8


def test_a_part_of_packed_spikes_stays_packed():
    maps = np.random.default_rng(1).integers(0, 2, (9, 1, 1, 2, 3), np.uint8)
    split = Split(PackedSpikes.pack(maps), np.arange(9))
    part = split.take(np.arange(2, 9)).take(np.array([3, 0, 5]))
    assert not isinstance(part.samples, np.ndarray)
    np.testing.assert_array_equal(part[1:].samples, maps[[2, 7]])
    assert type(part[1:].samples) is np.ndarray and part[1:].labels.tolist() == [2, 7]
    np.testing.assert_array_equal(part.samples[np.array([2, 0])], maps[[7, 5]])
    np.testing.assert_array_equal(np.asarray(part.samples), maps[[5, 2, 7]])
    assert part.labels.tolist() == [5, 2, 7]
