"""Where the maps of a core lie in its map memory: those that live at the same time do not overlap."""


def place(sizes: list[int], lives: list[tuple[int, int]]) -> list[int]:
    """The first address of each map.

    The largest map comes first, each at the lowest address where it meets no placed map that lives at the
    same time. In a chain, where a map meets only the one before and the one behind, no placement takes less.

    Parameters
    ----------
    sizes
        Words of each map.
    lives
        First and last layer during which each map is written or read.
    """
    bases: dict[int, int] = {}
    for index in sorted(range(len(sizes)), key=lambda index: -sizes[index]):
        begin, end = lives[index]
        taken = sorted((bases[other], bases[other] + sizes[other]) for other in bases
                       if lives[other][0] <= end and begin <= lives[other][1])
        base = 0
        for low, high in taken:
            if base + sizes[index] <= low:
                break
            base = max(base, high)
        bases[index] = base
    return [bases[index] for index in range(len(sizes))]
