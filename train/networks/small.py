"""Presets that fit small boards with 4-bit weights and four timesteps or more; `train.board_check` says whether."""

from hwgen.spec import Encoding, Input

from ..architecture import Architecture, chain

#: Largest side of a map that the first convolution takes with stride 1.
SIDE = 34
#: With more classes than this the last map has a quarter of the pixels, since each has a weight for each class.
FEW_CLASSES = 20


def tiny_up5k(input: Input, classes: int, *, width: float = 1.0, **options) -> Architecture:
    """For the 128 KB of an UP5K. Grey pictures of 19 to 32 pixels a side get three convolutions of stride 2 without
    padding (15,888 weights for ten classes and 28 x 28), other pictures six with three pools, most of them where there
    are most pixels (213,936 weights for ten classes and 32 x 32 in colour), events four with a quarter of the weights
    and room for eight timesteps."""
    channels, *size = input.shape
    few = 1 if classes <= FEW_CLASSES else 2
    if input.encoding is Encoding.SPIKES:
        layers = [(16, 2), (32, 2), (48, few), (64, 2)]
    elif channels == 1 and 19 <= min(size) and max(size) <= 32:
        return chain(input, classes, [
            dict(out_channels=scaled(16, width), kernel=(7, 7), stride=2),
            dict(out_channels=scaled(32, width), kernel=(3, 3), stride=2),
            dict(out_channels=scaled(32, width), kernel=(3, 3), stride=2),
        ], **{"name": "tiny-up5k", **options})
    else:
        layers = [(16, 1), (32, 2), (64, 1), (64, 2), (96, few), (96, 2)]
    return chain(input, classes, squares(input, layers, width), **{"name": "tiny-up5k", **options})


def small_ecp5(input: Input, classes: int, *, width: float = 1.0, **options) -> Architecture:
    """For the block RAM of an ECP5-85: seven convolutions, 708,448 weights for ten classes and 32 x 32 in colour."""
    few = 1 if classes <= FEW_CLASSES else 2
    layers = [(32, 1), (64, 2), (96, 1), (96, 2), (128, 1), (160, few), (160, 2)]
    return chain(input, classes, squares(input, layers, width), **{"name": "small-ecp5", **options})


def squares(input: Input, layers: list[tuple[int, int]], width: float) -> list[dict]:
    """Convolutions of 3 x 3 with padding, of ``(channels, pool)`` each; the first one as `entry`."""
    window = dict(kernel=(3, 3), padding=1)
    return [dict(out_channels=scaled(channels, width), pool=pool, **(window if number else entry(input)))
            for number, (channels, pool) in enumerate(layers)]


def entry(input: Input) -> dict:
    """A first window that brings a map to at most `SIDE` pixels a side: 3 x 3, larger where it takes strides."""
    stride = -(-max(input.shape[1:]) // SIDE)
    return dict(kernel=(2 * stride + 1, 2 * stride + 1), stride=stride, padding=stride)


def scaled(channels: int, width: float) -> int:
    """``channels`` times ``width``, at least 1."""
    return max(1, round(channels * width))
