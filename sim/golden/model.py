"""Bit-exact forward pass of a network, vectorised over samples."""

from dataclasses import dataclass

import numpy as np

from hwgen.spec import Encoding, ModelError, Network

from .neuron import integrate


@dataclass(frozen=True, eq=False)
class GoldenLayer:
    """All integers of a layer for a batch; index order ``[T, N, C, H, W]``.

    ``accumulator`` int64: the sums of weights X, before bias (one timestep, T = 1, under analog input);
    ``membrane`` int64: U, charged, before the reset; ``spikes`` bool: before pooling (all False for a
    readout); ``output`` bool: after pooling.
    """

    name: str
    accumulator: np.ndarray
    membrane: np.ndarray
    spikes: np.ndarray
    output: np.ndarray


@dataclass(frozen=True, eq=False)
class GoldenRun:
    """Result of a forward pass: ``scores`` int64 [N, classes], ``winner`` int64 [N] (the lowest class
    of the highest score), and a `GoldenLayer` a layer where they were asked for."""

    scores: np.ndarray
    winner: np.ndarray
    layers: tuple[GoldenLayer, ...]


def forward(network: Network, samples: np.ndarray, *, keep_layers: bool = False,
            batch: int = 256) -> GoldenRun:
    """Run a batch of samples.

    Parameters
    ----------
    network
        The network.
    samples
        Analog input: uint8 pixels [N, C, H, W]. Spike input: bool or 0/1 [N, T, C, H, W].
    keep_layers
        Also return every layer's integers (memory grows with N).
    batch
        Samples at a time.

    Raises
    ------
    ModelError
        If the samples do not have the network's input shape.
    """
    samples = np.asarray(samples)
    if samples.shape[1:] != network.sample_shape:
        raise ModelError(f"samples have shape {samples.shape[1:]}, the network takes {network.sample_shape}")
    scores, kept = [], []
    for start in range(0, len(samples), batch):
        layers = list(_layers(network, samples[start:start + batch]))
        scores.append(layers[-1].membrane[-1, :, :, 0, 0])
        if keep_layers:
            kept.append(layers)
    scores = np.concatenate(scores) if scores else np.zeros((0, network.classes), np.int64)
    return GoldenRun(scores, scores.argmax(axis=1), tuple(map(_joined, zip(*kept))))


def _joined(parts: tuple[GoldenLayer, ...]) -> GoldenLayer:
    """One layer's batches as one."""
    if len(parts) == 1:
        return parts[0]
    return GoldenLayer(parts[0].name, *(np.concatenate([getattr(part, what) for part in parts], axis=1)
                                        for what in ("accumulator", "membrane", "spikes", "output")))


def _layers(network: Network, samples: np.ndarray):
    """Yield a `GoldenLayer` a layer for one batch."""
    if network.input.encoding is Encoding.ANALOG:
        x = network.input.quantise(samples)[None]                       # [1, N, C, H, W]
    else:
        x = np.moveaxis(samples, 1, 0).astype(np.uint8)                 # [T, N, C, H, W]
    outputs = []
    for index, (layer, integers) in enumerate(zip(network.layers, network.integers)):
        accumulator = weighted_sum(x, integers.weight, stride=layer.stride, padding=layer.padding,
                                   depthwise=layer.depthwise)
        if layer.skip:
            accumulator = accumulator + weighted_sum(
                outputs[network.skip_source(index)], integers.skip_weight, stride=layer.skip.stride,
                depthwise=layer.skip.depthwise)
        membrane, spikes = integrate(accumulator, integers.neuron)
        output = or_pool(spikes, layer.pool)
        yield GoldenLayer(layer.name, accumulator, membrane, spikes, output)
        x = output
        outputs.append(output)


def weighted_sum(x: np.ndarray, weight: np.ndarray, *, stride: int = 1, padding: int = 0,
                 depthwise: bool = False) -> np.ndarray:
    """X: exact sums of weights. ``x`` unsigned integers or bool [T, N, C, H, W] -> int64 [T, N, O, H, W].

    ``weight`` integers [O, C, KH, KW], or [C, 1, KH, KW] if ``depthwise``. The products run through
    floating-point matrix multiplication, which is exact as long as no partial sum reaches 2**24 (float32)
    or 2**53 (float64); the type is chosen from that bound.
    """
    timesteps, samples, channels, height, width = x.shape
    out_channels, _, kernel_height, kernel_width = weight.shape
    largest = max(1, int(x.max(initial=0)))
    most = int(np.abs(weight.astype(np.int64)).sum(axis=(1, 2, 3)).max()) * largest
    dtype = np.float32 if most < 1 << 24 else np.float64
    flat = x.reshape(timesteps * samples, channels, height, width).transpose(0, 2, 3, 1).astype(dtype, order="C")
    flat = np.pad(flat, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(flat, (kernel_height, kernel_width), axis=(1, 2))
    windows = windows[:, ::stride, ::stride]                            # [TN, OH, OW, C, KH, KW]
    out_height, out_width = windows.shape[1:3]
    if depthwise:
        sums = np.einsum("nhwcij,cij->nhwc", windows, weight[:, 0].astype(dtype))
    else:                                                               # channels last: what is copied lies in a row
        columns = windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, kernel_height * kernel_width * channels)
        sums = columns @ weight.transpose(2, 3, 1, 0).reshape(-1, out_channels).astype(dtype)
    sums = sums.astype(np.int64).reshape(timesteps, samples, out_height, out_width, out_channels)
    return sums.transpose(0, 1, 4, 2, 3)


def or_pool(spikes: np.ndarray, side: int) -> np.ndarray:
    """OR over ``side x side`` windows of [T, N, C, H, W]; incomplete windows are dropped."""
    if side == 1:
        return spikes
    height, width = spikes.shape[3] // side, spikes.shape[4] // side
    cropped = spikes[..., :height * side, :width * side]
    pooled = np.zeros((*spikes.shape[:3], height, width), bool)
    for row in range(side):
        for column in range(side):
            pooled |= cropped[..., row::side, column::side]
    return pooled
