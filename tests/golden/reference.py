"""The integer rule once more, by another hand: scalar, event by event, in fractions and Python integers.

Written from the equations alone; it shares no arithmetic with `hwgen.spec` or `sim.golden`, only the
plain data of a `Network`.
"""

import math
from fractions import Fraction
from itertools import product

from hwgen.spec import Kind, Reset

FRACTION_BITS = 8                                           # FB of the memory decay


def integers(layer, timesteps):
    """``(weight, skip_weight, bias, threshold, betaf)`` of a layer as nested lists, from exact fractions;
    ``skip_weight`` is None without a skip."""
    unit = 1 << layer.neuron.decay_fraction_bits
    alpha = [Fraction(a, unit) for a in layer.neuron.alpha] * (timesteps // len(layer.neuron.alpha))
    beta = [Fraction(b, unit) for b in layer.neuron.beta] * (timesteps // len(layer.neuron.beta))
    fraction, width = layer.neuron.fraction_bits, layer.neuron.membrane_bits
    top, bias_top = 2 ** (width - 1) - 1, 2 ** (width - fraction - 1) - 1
    weight, bias, threshold = [], [], []
    skip_weight = [] if layer.skip else None
    for channel in range(layer.out_channels):
        scale = Fraction(float(layer.scale[channel]))
        sign, scale = (-1, -scale) if scale < 0 else (1, scale)
        weight.append(signed(layer.weight[channel], sign))
        if layer.skip:
            skip_weight.append(signed(layer.skip.weight[channel], sign))
        ratio = Fraction(float(layer.offset[channel])) / scale
        bias.append(max(-bias_top, min(bias_top, half_up(ratio))))
        threshold.append([min(top, math.ceil(Fraction(layer.neuron.v_threshold) / (a * scale) * 2**fraction))
                          for a in alpha])
    betaf = [0] + [min(1023, half_up(beta[t] * alpha[t - 1] / alpha[t] * 2**FRACTION_BITS))
                   for t in range(1, timesteps)]
    return weight, skip_weight, bias, threshold, betaf


def signed(planes, sign):
    return [[[sign * int(w) for w in row] for row in plane] for plane in planes]


def half_up(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


def neuron(sums, bias, threshold, betaf, layer):
    """One neuron through time: its sums -> ``[(U, S)]``, the membrane saturated, stored and compared."""
    top = 2 ** (layer.neuron.membrane_bits - 1) - 1
    held, result = 0, []
    for t, x in enumerate(sums):
        decayed = half_up(Fraction(betaf[t] * held, 2**FRACTION_BITS))
        u = max(-top - 1, min(top, decayed + (x + bias) * 2**layer.neuron.fraction_bits))
        fires = layer.neuron.fires and u >= threshold[t]
        result.append((u, fires))
        if not fires:
            held = u
        else:
            held = 0 if layer.neuron.reset is Reset.ZERO else u - threshold[t]
    return result


def run(network, sample):
    """One sample: ``(scores, layers)``; each layer a dictionary ``(t, c, y, x) -> (X, U, S)`` of its
    neurons and the set of output spikes after pooling."""
    timesteps = network.timesteps
    if sample.ndim == 3:
        shift = 8 - network.input.bits
        events = {(t, c, y, x): int(sample[c, y, x]) // 2**shift
                  for t in range(timesteps) for c, y, x in product(*map(range, sample.shape))}
        events = {key: value for key, value in events.items() if value}
    else:
        events = {key: 1 for key in product(*map(range, sample.shape)) if sample[key]}
    shape, layers, by_name = network.input.shape, [], {}
    for layer in network.layers:
        joined = by_name[layer.skip.source] if layer.skip else {}
        neurons, events, shape = _layer(layer, events, joined, shape, timesteps)
        layers.append((neurons, set(events)))
        by_name[layer.name] = events
    scores = [neurons[timesteps - 1, c, 0, 0][1] for c in range(layer.out_channels)]
    return scores, layers


def _layer(layer, events, joined, shape, timesteps):
    weight, skip_weight, bias, threshold, betaf = integers(layer, timesteps)
    rows, columns = (1 + (size + 2 * layer.padding - kernel) // layer.stride
                     for size, kernel in zip(shape[1:], layer.kernel))
    sums = {key: 0 for key in product(range(timesteps), range(layer.out_channels), range(rows), range(columns))}
    scatter(sums, events, weight, stride=layer.stride, padding=layer.padding, depthwise=layer.depthwise)
    if layer.skip:
        scatter(sums, joined, skip_weight, stride=layer.skip.stride, padding=0, depthwise=layer.skip.depthwise)
    neurons, spikes = {}, {}
    for out, row, column in product(range(layer.out_channels), range(rows), range(columns)):
        line = [sums[t, out, row, column] for t in range(timesteps)]
        for t, (u, fires) in enumerate(neuron(line, bias[out], threshold[out], betaf, layer)):
            neurons[t, out, row, column] = (line[t], u, fires)
            pooled = (t, out, row // layer.pool, column // layer.pool)
            if fires and pooled[2] < rows // layer.pool and pooled[3] < columns // layer.pool:
                spikes[pooled] = 1
    shape = (layer.out_channels, rows // layer.pool, columns // layer.pool)
    assert layer.kind is Kind.CONV or shape[1:] == (1, 1)
    return neurons, spikes, shape


def scatter(sums, events, weight, *, stride, padding, depthwise):
    """Add each event, ``(t, c, y, x) -> value``, to all of ``sums``, ``(t, c, y, x) -> X``, that it reaches."""
    for (t, channel, y, x), value in events.items():
        for ky, kx in product(range(len(weight[0][0])), range(len(weight[0][0][0]))):
            row, row_rest = divmod(y + padding - ky, stride)
            column, column_rest = divmod(x + padding - kx, stride)
            if row_rest or column_rest:
                continue
            for out in [channel] if depthwise else range(len(weight)):
                if (t, out, row, column) in sums:
                    sums[t, out, row, column] += value * weight[out][0 if depthwise else channel][ky][kx]
