"""How much useful work a network does: synaptic operations (SOPs), counted from the golden model.

One SOP is one weight added because of one input spike at one timestep. For analog input one non-zero
pixel times one weight is one SOP, however many cycles it takes, and its sum serves every timestep. Weights
that would meet the padding or lie beyond the last window are not counted; neurons whose output a pool
drops are.
"""

import numpy as np

from hwgen.spec import Encoding, Layer, Network

from .model import forward


def useful_sops(network: Network, samples: np.ndarray, *, batch: int = 256) -> np.ndarray:
    """Useful SOPs of each layer for each sample: int64 [N, layers].

    ``samples`` and the errors raised are those of `forward`.
    """
    samples = np.asarray(samples)
    counts = np.zeros((len(samples), len(network.layers)), np.int64)
    for start in range(0, len(samples), batch):
        part = samples[start:start + batch]
        run = forward(network, part, keep_layers=True, batch=batch)
        if network.input.encoding is Encoding.ANALOG:
            x = network.input.quantise(part)[None] != 0                 # [1, N, C, H, W]
        else:
            x = np.moveaxis(part, 1, 0) != 0                            # [T, N, C, H, W]
        for index, (layer, shape) in enumerate(zip(network.layers, network.shapes)):
            met = weights_met(layer, shape)                             # [H, W]
            counts[start:start + len(part), index] = (x.sum(axis=(0, 2)) * met).sum(axis=(1, 2))
            if layer.skip:
                source = run.layers[network.skip_source(index)].output
                strided = source[..., ::layer.skip.stride, ::layer.skip.stride]
                each = 1 if layer.skip.depthwise else layer.out_channels
                counts[start:start + len(part), index] += strided.sum(axis=(0, 2, 3, 4)) * each
            x = run.layers[index].output
    return counts


def weights_met(layer: Layer, in_shape: tuple[int, int, int]) -> np.ndarray:
    """For each place of the input map, how many weights one spike there meets: int64 [H, W].

    The number of windows that cover the place, which is a product over the two axes, times the output
    channels that look at a spike's channel.
    """
    _, out_height, out_width = layer.conv_shape(in_shape)
    covered = [_covered(size, kernel, windows, layer.stride, layer.padding) for size, kernel, windows
               in zip(in_shape[1:], layer.kernel, (out_height, out_width))]
    return np.outer(*covered) * (1 if layer.depthwise else layer.out_channels)


def _covered(size: int, kernel: int, windows: int, stride: int, padding: int) -> np.ndarray:
    """How many of ``windows`` cover each of ``size`` places along one axis: int64 [size]."""
    first = np.arange(windows)[:, None] * stride - padding
    place = np.arange(size)[None, :]
    return ((first <= place) & (place < first + kernel)).sum(axis=0)
