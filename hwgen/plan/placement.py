"""Where the maps of a core lie in its map memory: those that live at the same time do not overlap."""


def place(sizes: list[int], lives: list[tuple[int, int]]) -> list[int]:
    """The first address of each map.

    The largest map comes first, each at the lowest address where it meets no placed map that lives at the
    same time. If that takes more than must live at the same time, maps are laid at the two ends of just so much in
    turn, if they all fit: those of a chain, where a map meets only the one before and the one behind, always do. So
    for a chain no placement takes less.

    Parameters
    ----------
    sizes
        Words of each map, in the order in which they are made.
    lives
        First and last layer during which each map is written or read.
    """
    least = max((sum(size for size, (begin, end) in zip(sizes, lives) if begin <= time <= end)
                 for life in lives for time in life), default=0)
    largest_first = sorted(range(len(sizes)), key=lambda index: -sizes[index])
    bases = _placed(sizes, lives, [(index, True) for index in largest_first], sum(sizes))
    if all(bases[index] + sizes[index] <= least for index in bases):
        return [bases[index] for index in range(len(sizes))]
    in_turn = _placed(sizes, lives, [(index, index % 2 == 0) for index in range(len(sizes))], least)
    bases = in_turn or bases
    return [bases[index] for index in range(len(sizes))]


def _placed(sizes, lives, order: list[tuple[int, bool]], limit: int) -> dict[int, int] | None:
    """Each map, in that order, at the lowest (True) or the highest address below ``limit`` that is free; None
    where there is none."""
    bases: dict[int, int] = {}
    for index, lowest in order:
        begin, end = lives[index]
        taken = [(bases[other], bases[other] + sizes[other]) for other in bases
                 if lives[other][0] <= end and begin <= lives[other][1]]
        edges = [0, *(high for _, high in taken)] if lowest else [limit, *(low for low, _ in taken)]
        free = [base for base in (edge if lowest else edge - sizes[index] for edge in edges)
                if 0 <= base <= limit - sizes[index]
                and all(base + sizes[index] <= low or high <= base for low, high in taken)]
        if not free:
            return None
        bases[index] = min(free) if lowest else max(free)
    return bases
