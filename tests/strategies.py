"""Random small networks, in one place: every number from a seed, every layer really fires.

`random_case` is the seeded generator (a failing test prints its seed, and the seed alone reproduces the
case); `cases` is the hypothesis strategy around it.
"""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from hwgen.spec import Dalif, Encoding, Input, Kind, Layer, ModelError, Network, Reset, Skip
from hwgen.spec.fixedpoint import signed_max, signed_width
from sim.golden.model import or_pool, weighted_sum
from sim.golden.neuron import integrate

#: Share of spikes per neuron and timestep that a layer of a random network is tuned into.
RATES = (0.05, 0.60)


@dataclass(frozen=True, eq=False)
class Case:
    """A network and a few samples for it: uint8 [N, C, H, W], or bool [N, T, C, H, W] for spike input."""

    seed: int
    network: Network
    samples: np.ndarray

    def __repr__(self):
        shapes = " -> ".join("x".join(map(str, shape)) for shape in self.network.shapes)
        return f"random_case({self.seed}): T={self.network.timesteps} {self.network.input.encoding} {shapes}"


def cases(*, samples: int = 3, joins: bool = False):
    """Hypothesis strategy of `Case`."""
    return st.integers(0, 2**32 - 1).map(lambda seed: random_case(seed, samples=samples, joins=joins))


def random_case(seed: int, *, samples: int = 3, joins: bool = False) -> Case:
    """The network and samples of a seed.

    Sizes are odd and even, maps and kernels rectangular, channels rarely a multiple of anything; T 1 to 8,
    weights 2 to 8 bits, F 0 to 8, both resets, decays for the layer or for each timestep, scales of both
    signs, membranes wide enough or one bit too narrow, so that some saturate.

    With ``joins``, T is 1 to 16, there are 2 to 5 convolutions of few channels, some of them depthwise, and
    residual joins where the sizes of the maps allow one: from 1 to 3 layers back, of stride 1 and 2, dense and
    depthwise.
    """
    rng = np.random.default_rng(seed)
    timesteps = int(rng.integers(1, 17 if joins else 9))
    sides = (4, 8) if joins else (3, 12)
    shape = (int(rng.integers(1, 5)), int(rng.integers(*sides)), int(rng.integers(*sides)))
    if rng.random() < 0.5:
        entry = Input(shape=shape, encoding=Encoding.ANALOG, bits=int(rng.integers(1, 9)))
        data = rng.integers(0, 256, (samples, *shape)) * (rng.random((samples, *shape)) < 0.6)
        data = data.astype(np.uint8)
        x = entry.quantise(data)[None]
    else:
        entry = Input(shape=shape, encoding=Encoding.SPIKES, bits=1)
        data = rng.random((samples, timesteps, *shape)) < rng.uniform(0.1, 0.5)
        x = np.moveaxis(data, 1, 0)
    convolutions = rng.integers(2, 6) if joins else rng.integers(0, 4)
    kinds = [Kind.CONV] * int(convolutions) + [Kind.DENSE] * int(rng.integers(0, 2)) + [Kind.READOUT]
    layers, outputs = [], {}
    for index, kind in enumerate(kinds):
        layer, x = _firing_layer(rng, kind, f"{kind}{index}", x, outputs, timesteps, joins)
        layers.append(layer)
        outputs[layer.name] = x
    network = Network(name=f"random-{seed}", timesteps=timesteps, input=entry, layers=tuple(layers),
                      metadata={"seed": seed})
    return Case(seed, network, data)


def _firing_layer(rng, kind, name, x, outputs, timesteps, joins):
    """A random layer that fires within `RATES` on the input ``x`` [T, N, C, H, W], and its output."""
    best = None
    for _ in range(40):
        try:
            arguments = _random_layer(rng, kind, name, x, joins)
            if joins and kind is Kind.CONV:
                arguments["skip"] = _random_skip(rng, arguments, x, outputs)
            layer, rate, output = _tuned(rng, arguments, x, outputs, timesteps)
        except ModelError:                                  # nothing was left of the map: draw again
            continue
        if kind is Kind.READOUT or RATES[0] <= rate <= RATES[1]:
            return layer, output
        if best is None or abs(rate - 0.25) < abs(best[1] - 0.25):
            best = layer, rate, output
    return best[0], best[2]                                 # a one-neuron layer may be always on or off


def _random_layer(rng, kind, name, x, joins):
    """The arguments of a `Layer`, neurons not tuned yet."""
    channels, height, width = x.shape[2:]
    out_channels = int(rng.integers(2, 7) if kind is Kind.READOUT else rng.integers(1, 9 if joins else 22))
    geometry = {}
    kernel = (height, width)
    in_channels = channels
    if kind is Kind.CONV:
        kernel = tuple(int(rng.integers(1, 1 + min(5, side))) for side in (height, width))
        geometry = {"stride": int(rng.integers(1, 4)), "pool": int(rng.choice([1, 1, 2, 3])),
                    "padding": int(rng.integers(0, min(3, *kernel)))}
        if joins:
            geometry["stride"] = int(rng.choice([1, 1, 1, 1, 2]))
            geometry["pool"] = int(rng.choice([1, 1, 1, 1, 2]))
            if rng.random() < 0.9:                          # the map keeps its size, but for the stride
                side = int(rng.choice([1, 3, 3, 5]))
                kernel, geometry["padding"] = (side, side), side // 2
            if rng.random() < 0.3:
                geometry["depthwise"], out_channels, in_channels = True, channels, 1
            elif rng.random() < 0.4:
                out_channels = channels                     # so that a depthwise skip fits
    weight_bits = int(rng.integers(2, 9))
    weight = _random_weight(rng, weight_bits, (out_channels, in_channels, *kernel))
    if kind is Kind.READOUT:
        scale = np.full(out_channels, rng.uniform(0.01, 0.2))
    else:
        scale = rng.uniform(0.02, 0.2) * rng.lognormal(0, 0.4, out_channels)
        scale *= rng.choice([-1, 1, 1, 1], out_channels)
    return {"name": name, "kind": kind, "weight": weight, "weight_bits": weight_bits, "scale": scale, **geometry}


def _random_weight(rng, bits, shape):
    top = signed_max(bits)
    return np.clip(np.rint(rng.normal(0.15 * top, 0.6 * top, shape)), -top, top).astype(np.int8)


def _random_skip(rng, arguments, x, outputs):
    """A `Skip` into the layer of these arguments from one of the three layers before it, a far one rather than a near
    one, if one fits."""
    size = _plain(arguments).conv_shape(x.shape[2:])[1:]
    out_channels, bits = len(arguments["weight"]), arguments["weight_bits"]
    fitting = [(source, stride) for span, source in enumerate(list(outputs)[:-4:-1], start=1) for stride in (1, 2)
               if tuple(-(-n // stride) for n in outputs[source].shape[3:]) == size for _ in range(span**2)]
    if not fitting or rng.random() < 0.2:
        return None
    source, stride = fitting[int(rng.integers(len(fitting)))]
    channels = outputs[source].shape[2]
    depthwise = channels == out_channels and rng.random() < 0.6
    weight = _random_weight(rng, bits, (out_channels, 1 if depthwise else channels, 1, 1))
    return Skip(source=source, weight=weight, stride=stride, depthwise=depthwise)


def _plain(arguments, **neuron):
    """The layer with no offset and a neuron that is not tuned."""
    neuron = {"alpha": (1,), "beta": (0,), "fires": arguments["kind"] is not Kind.READOUT, **neuron}
    return Layer(**arguments, offset=np.zeros(len(arguments["scale"])), neuron=Dalif(**neuron))


def _tuned(rng, arguments, x, outputs, timesteps):
    """Choose offset, membrane and threshold from the observed sums: ``(layer, rate, output)``."""
    fires = arguments["kind"] is not Kind.READOUT
    unit = 1 << int(fraction := rng.integers(4, 13))
    count = timesteps if rng.random() < 0.5 else 1
    neuron = {
        "alpha": tuple(int(a) for a in rng.integers(unit // 4 + 1, unit * 3 // 2, count)),
        "beta": tuple(int(b) for b in rng.integers(0, unit * 9 // 8, count)),
        "decay_fraction_bits": int(fraction),
        "reset": Reset(rng.choice(list(Reset))),
        "fires": fires,
    }
    plain = _plain(arguments, **neuron)
    plain.out_shape(x.shape[2:])
    integers = plain.integers(timesteps)
    sums = weighted_sum(x, integers.weight, stride=plain.stride, padding=plain.padding, depthwise=plain.depthwise)
    if skip := plain.skip:
        sums = sums + weighted_sum(outputs[skip.source], integers.skip_weight, stride=skip.stride,
                                   depthwise=skip.depthwise)
    spread = max(1.0, float(sums.std()))
    arguments["offset"] = np.abs(plain.scale) * spread * rng.normal(0.1, 0.5, plain.out_channels)
    largest = int(np.abs(sums).max() + 2 * spread)
    neuron["fraction_bits"] = min(int(rng.integers(0, 9)), 23 - signed_width(largest))
    wide = signed_width(largest << neuron["fraction_bits"])
    neuron["membrane_bits"] = int(np.clip(wide + rng.choice([-1, 0, 1, 3]), 8, 24))
    target, low, high = rng.uniform(0.15, 0.4), -14.0, 14.0
    for _ in range(20 if fires else 1):
        middle = (low + high) / 2
        layer = Layer(**arguments, neuron=Dalif(**neuron, v_threshold=2.0**middle))
        _, spikes = integrate(sums, layer.integers(timesteps).neuron)
        rate = spikes.mean()
        low, high = (middle, high) if rate > target else (low, middle)
    return layer, rate, or_pool(spikes, layer.pool)
