"""Where maps lie: never on top of each other while both live, and in a chain in as few words as can be."""

import itertools

from hypothesis import example, given, settings
from hypothesis import strategies as st

from hwgen.plan.placement import place

SIZES = st.lists(st.integers(1, 6), min_size=1, max_size=5)
LIVES = st.tuples(st.integers(-1, 5), st.integers(0, 4)).map(lambda drawn: (drawn[0], drawn[0] + drawn[1]))


def words(sizes, bases):
    return max(base + size for base, size in zip(bases, sizes))


def overlap(sizes, lives, bases):
    """Whether two maps that live at the same time share a word."""
    return any(lives[a][0] <= lives[b][1] and lives[b][0] <= lives[a][1]
               and bases[a] < bases[b] + sizes[b] and bases[b] < bases[a] + sizes[a]
               for a, b in itertools.combinations(range(len(sizes)), 2))


def chain(sizes):
    return [(index - 1, index) for index in range(len(sizes))]


@given(st.lists(st.tuples(st.integers(1, 50), LIVES), min_size=1, max_size=9))
@settings(deadline=None)
def test_maps_that_live_at_the_same_time_do_not_overlap(maps):
    sizes, lives = [size for size, _ in maps], [life for _, life in maps]
    bases = place(sizes, lives)
    assert min(bases) >= 0 and not overlap(sizes, lives, bases)
    assert words(sizes, bases) <= sum(sizes)


@given(SIZES)
@example([5, 4, 3, 6])                                      # the largest first at the lowest address takes 12
@settings(deadline=None, max_examples=30)
def test_a_chain_takes_no_more_than_the_best_placement(sizes):
    lives, found = chain(sizes), words(sizes, place(sizes, chain(sizes)))
    fewer = itertools.product(*(range(found - size) for size in sizes))        # all that end one word lower
    assert all(overlap(sizes, lives, bases) for bases in fewer)


@given(st.lists(st.integers(1, 10_000), min_size=2, max_size=30))
@settings(deadline=None)
def test_a_long_chain_takes_its_largest_neighbours(sizes):
    assert words(sizes, place(sizes, chain(sizes))) == max(map(sum, zip(sizes, sizes[1:])))


def test_overlaps_are_seen():
    assert overlap([2, 2], [(0, 1), (1, 2)], [0, 1]) and not overlap([2, 2], [(0, 1), (2, 3)], [0, 1])
