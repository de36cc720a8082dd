"""Presets that fit small boards with 4-bit weights and four timesteps or more; `train.board_check` says whether."""

from hwgen.spec import Encoding, Input

from ..architecture import Architecture, chain

#: Largest side of a map that the first convolution takes with stride 1.
SIDE = 34
#: With more classes than this the last map has a quarter of the pixels, since each has a weight for each class.
FEW_CLASSES = 20


def tiny_up5k(input: Input, classes: int, *, width: float = 1.0, **options) -> Architecture:
    """For the 128 KB of an UP5K. Grey pictures of 19 to 32 pixels a side get three convolutions of stride 2 without
    padding (15,888 weights for ten classes and 28 x 28), all else four with three pools: colour pictures about 205,000
    weights, events a quarter of that and room for eight timesteps."""
    channels, *size = input.shape
    if input.encoding is Encoding.ANALOG and channels == 1 and 19 <= min(size) and max(size) <= 32:
        return chain(input, classes, [
            dict(out_channels=scaled(16, width), kernel=(7, 7), stride=2),
            dict(out_channels=scaled(32, width), kernel=(3, 3), stride=2),
            dict(out_channels=scaled(32, width), kernel=(3, 3), stride=2),
        ], **{"name": "tiny-up5k", **options})
    if input.encoding is Encoding.SPIKES:
        width /= 2
    return chain(input, classes, [
        dict(out_channels=scaled(32, width), pool=2, **entry(input)),
        dict(out_channels=scaled(64, width), kernel=(3, 3), padding=1, pool=2),
        dict(out_channels=scaled(96, width), kernel=(3, 3), padding=1, pool=1 if classes <= FEW_CLASSES else 2),
        dict(out_channels=scaled(128, width), kernel=(3, 3), padding=1, pool=2),
    ], **{"name": "tiny-up5k", **options})


def small_ecp5(input: Input, classes: int, *, width: float = 1.0, **options) -> Architecture:
    """For the block RAM of an ECP5-85: six convolutions, two of them with a residual join, 732,000 weights for ten
    classes and 32 x 32."""
    return chain(input, classes, [
        dict(out_channels=scaled(48, width), **entry(input)),
        dict(out_channels=scaled(64, width), kernel=(3, 3), padding=1, pool=2),
        dict(out_channels=scaled(128, width), kernel=(3, 3), padding=1),
        dict(out_channels=scaled(128, width), kernel=(3, 3), padding=1, pool=2, join=dict(source="conv3")),
        dict(out_channels=scaled(160, width), kernel=(3, 3), padding=1, pool=1 if classes <= FEW_CLASSES else 2),
        dict(out_channels=scaled(160, width), kernel=(3, 3), padding=1, pool=2, join=dict(source="conv5")),
    ], **{"name": "small-ecp5", **options})


def entry(input: Input) -> dict:
    """A first window that brings a map to at most `SIDE` pixels a side: 3 x 3, larger where it takes strides."""
    stride = -(-max(input.shape[1:]) // SIDE)
    return dict(kernel=(2 * stride + 1, 2 * stride + 1), stride=stride, padding=stride)


def scaled(channels: int, width: float) -> int:
    """``channels`` times ``width``, at least 1."""
    return max(1, round(channels * width))
