"""Presets of published networks, at their published widths; for GPUs.

They differ from the papers in what the arithmetic has: one exact sum enters a neuron. A shortcut is 1 x 1 weights on
the spikes of an earlier map, in the same sum as the block's second convolution, so both share batch norm and the step
of their weights; there is none without weights, as an identity would be. An average pool is part of the window behind
it, the last one of the readout's or the dense layer's.
"""

from hwgen.spec import Input, Kind

from ..architecture import Architecture, chain
from .small import scaled

WINDOW = dict(kernel=(3, 3), padding=1)


def resnet19(input: Input, classes: int, *, width: float = 1.0, **options) -> Architecture:
    """ResNet-19 (Zheng et al., 2021, arXiv 2011.05280): 128 channels, blocks of 128 (three), 256 (three) and 512 (two),
    a mean over the map, 256 neurons, the readout. Theirs join membrane potentials by identity where they can."""
    layers = [dict(out_channels=scaled(128, width), **WINDOW)]
    blocks(layers, [(128, 3, 1), (256, 3, 2), (512, 2, 2)], width)
    layers.append(dict(name="dense", kind=Kind.DENSE, out_channels=scaled(256, width),
                       average=mean_side(input, layers)))
    return chain(input, classes, layers, **{"name": "resnet19", **options})


def sew_resnet34(input: Input, classes: int, *, width: float = 1.0, **options) -> Architecture:
    """SEW-ResNet-34 (Fang et al., 2021, arXiv 2102.04159): blocks of 64 (three), 128 (four), 256 (six) and 512 (three)
    behind a 7 x 7 window of stride 2. Theirs add the spikes of the shortcut behind the neuron, so a map holds counts;
    here maps hold spikes, so the shortcut comes before it. An OR-pool of 2 replaces their max pool of 3 with stride
    2."""
    layers = [dict(out_channels=scaled(64, width), kernel=(7, 7), stride=2, padding=3, pool=2)]
    blocks(layers, [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)], width)
    return chain(input, classes, layers, average=mean_side(input, layers), **{"name": "sew-resnet34", **options})


def vgg_dvs(input: Input, classes: int, *, width: float = 1.0, **options) -> Architecture:
    """The VGG of Deng et al., 2022 (arXiv 2202.11946) for event cameras: eight convolutions of 64 to 512 channels, with
    average pools; theirs take 48 x 48."""
    layers = [dict(out_channels=scaled(channels, width), average=average, **WINDOW) for channels, average in (
        (64, 1), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 2), (512, 1))]
    side = 1 if any(n % 2 for n in last_map(input, layers)) else 2      # an odd map cannot be pooled as a whole
    return chain(input, classes, layers, average=side, **{"name": "vgg-dvs", **options})


def blocks(layers: list[dict], groups: list[tuple[int, int, int]], width: float) -> None:
    """Append residual blocks: of each group ``(channels, blocks, stride of the first)``."""
    for channels, count, stride in groups:
        for index in range(count):
            source, stride = f"conv{len(layers)}", stride if index == 0 else 1
            layers.append(dict(out_channels=scaled(channels, width), stride=stride, **WINDOW))
            layers.append(dict(out_channels=scaled(channels, width), join=dict(source=source, stride=stride), **WINDOW))


def last_map(input: Input, layers: list[dict]) -> tuple[int, int]:
    """``(height, width)`` behind ``layers``."""
    *_, last = chain(input, 1, layers, name="map").stages
    return last.kernel


def mean_side(input: Input, layers: list[dict]) -> int:
    """Side of the average pool that leaves one value a channel behind ``layers``; 1 where the map is not square."""
    height, width = last_map(input, layers)
    return height if height == width else 1
