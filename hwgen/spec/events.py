"""Widths of an address event and of the windows that events are sorted into."""

#: Bits of a sensor's coordinates.
X_BITS, Y_BITS = 11, 10
#: Bits of a time in ticks; times are compared modulo its range, the nearer way round.
TIME_BITS = 24
#: Bits of the length of a bin in ticks, of the pause between windows in bins, of the shift of coordinates.
LENGTH_BITS, PAUSE_BITS, SHIFT_BITS = TIME_BITS - 1, 8, 3


def takes_events(shape: tuple[int, int, int]) -> bool:
    """Whether a map of C, H, W can be filled by events: one or two polarities, no larger than a sensor."""
    channels, height, width = shape
    return channels <= 2 and height <= 1 << Y_BITS and width <= 1 << X_BITS
