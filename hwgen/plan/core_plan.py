"""What one core runs and with which resources: plain data, every width derived from the network."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..spec import BETAF_WIDTH, Encoding, Kind, Layer, LayerIntegers, Network
from ..spec.fixedpoint import signed_width
from .layout import MapLayout, weight_rows


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerPlan:
    """A layer on a core: its geometry as loop bounds, and where its data lies.

    ``in_layout`` and ``out_layout`` (None for the readout) place its maps in the map memory;
    ``weight_base`` is its first row of the weight memory, ``parameter_base`` its first group of rows of
    the parameter memory (a group has one row a lane).
    """

    index: int
    layer: Layer
    integers: LayerIntegers
    lanes: int
    time_slices: int
    in_layout: MapLayout
    out_layout: MapLayout | None
    weight_base: int
    parameter_base: int

    @property
    def name(self) -> str:
        return self.layer.name

    @property
    def is_readout(self) -> bool:
        return self.layer.kind is Kind.READOUT

    @property
    def analog(self) -> bool:
        return self.in_layout.analog

    @property
    def passes(self) -> int:
        """Groups of ``lanes`` output channels."""
        return -(-self.layer.out_channels // self.lanes)

    @property
    def last_pass_lanes(self) -> int:
        """Lanes with a channel in the last pass."""
        return self.layer.out_channels - (self.passes - 1) * self.lanes

    @property
    def pooled_size(self) -> tuple[int, int]:
        """``(height, width)`` of the output map."""
        return self.layer.out_shape(self.in_layout.shape)[1:]

    @property
    def plane_slices(self) -> int:
        """Sweeps that one sum needs: slices of a pixel, or 1 for spikes."""
        return self.in_layout.slices if self.analog else 1

    @property
    def sweeps(self) -> int:
        """Sweeps of the whole layer."""
        height, width = self.pooled_size
        return (height * width * self.layer.pool**2 * self.passes * self.time_slices * self.plane_slices)

    @property
    def pass_rows(self) -> int:
        """Rows of the weight memory a pass."""
        return int(np.prod(self.layer.weight.shape[1:]))

    @property
    def sum_width(self) -> int:
        """Bits of X, the sum of weights that enters the neurons."""
        return self.integers.sum_width((1 << self.in_layout.bits) - 1 if self.analog else 1)


@dataclass(frozen=True, kw_only=True, eq=False)
class CorePlan:
    """A core: ``lanes`` x ``time_parallel`` accumulators and the layers that it runs one after another.

    Parameters
    ----------
    network
        The network.
    lanes
        L: output channels at a time, a power of two.
    time_parallel
        Tp: timesteps (or bit-planes of a pixel) at a time, a power of two.
    word_elements
        Elements in a word of the map memory, a multiple of 4.
    weight_store
        ``"bram"``: weights and all that training left besides are in block RAM and logic, and come with the
        bitstream. ``"spram"``: the weights are in large single-port RAMs, and everything that training left
        comes from a weights image that is loaded at boot (`hwgen.plan.image`).
    """

    network: Network
    lanes: int
    time_parallel: int
    word_elements: int = 16
    weight_store: str = "bram"

    @cached_property
    def input_layout(self) -> MapLayout:
        return self._layouts[0]

    @cached_property
    def layers(self) -> tuple[LayerPlan, ...]:
        plans, weight_base, parameter_base = [], 0, 0
        for index, (layer, integers) in enumerate(zip(self.network.layers, self.network.integers)):
            plan = LayerPlan(
                index=index, layer=layer, integers=integers, lanes=self.lanes,
                time_slices=self.time_slices, in_layout=self._layouts[index],
                out_layout=self._layouts[index + 1], weight_base=weight_base,
                parameter_base=parameter_base)
            plans.append(plan)
            weight_base += plan.passes * plan.pass_rows
            parameter_base += plan.passes * self.time_slices
        return tuple(plans)

    @cached_property
    def _layouts(self) -> tuple[MapLayout | None, ...]:
        """Input and output maps take turns at the low and the high end of the map memory."""
        network = self.network
        analog = network.input.encoding is Encoding.ANALOG
        layouts = []
        for index, shape in enumerate(network.shapes[:-1]):
            layouts.append(MapLayout(
                shape=shape, analog=analog and index == 0, time_parallel=self.time_parallel,
                bits=network.input.bits if analog and index == 0 else network.timesteps,
                word_elements=self.word_elements))
        words = [layout.words for layout in layouts]
        depth = max(a + b for a, b in zip(words, [*words[1:], 0]))
        placed = [MapLayout(**{**vars(layout), "base": depth - layout.words if index % 2 else 0})
                  for index, layout in enumerate(layouts)]
        return (*placed, None)

    @property
    def map_words(self) -> int:
        """Words of the map memory: the largest pair of maps that live at the same time."""
        return max(layout.base + layout.words for layout in self._layouts[:-1])

    @property
    def word_bits(self) -> int:
        return self.word_elements * self.time_parallel

    @property
    def timesteps(self) -> int:
        return self.network.timesteps

    @property
    def time_slices(self) -> int:
        """Groups of ``time_parallel`` timesteps."""
        return -(-self.network.timesteps // self.time_parallel)

    @property
    def element_bits(self) -> int:
        """Bits of an element of the input stream."""
        return self.input_layout.bits

    @property
    def elements(self) -> int:
        """Elements of a sample."""
        channels, height, width = self.network.input.shape
        return channels * height * width

    @property
    def weight_width(self) -> int:
        return max(layer.weight_bits for layer in self.network.layers)

    @property
    def accumulator_width(self) -> int:
        return max(plan.integers.accumulator_width for plan in self.layers)

    @property
    def sum_width(self) -> int:
        return max(plan.sum_width for plan in self.layers)

    @property
    def membrane_width(self) -> int:
        return max(plan.integers.neuron.membrane_bits for plan in self.layers)

    @property
    def score_width(self) -> int:
        return self.layers[-1].integers.neuron.membrane_bits

    @property
    def bias_width(self) -> int:
        return max(signed_width(int(np.abs(plan.integers.neuron.bias).max(initial=0)))
                   for plan in self.layers)

    @property
    def threshold_width(self) -> int:
        """Bits of a threshold, unsigned (thresholds are at least 1)."""
        return max((int(plan.integers.neuron.threshold.max()).bit_length()
                    for plan in self.layers if not plan.is_readout), default=1)

    @property
    def x_width(self) -> int:
        """Bits of ``(X + bias) << F``, which enters the neurons."""
        return max(max(plan.sum_width, self.bias_width) + 1 + plan.integers.neuron.fraction_bits
                   for plan in self.layers)

    @property
    def betaf_width(self) -> int:
        return max(1, min(BETAF_WIDTH, max(int(plan.integers.neuron.betaf.max()).bit_length()
                                           for plan in self.layers)))

    @cached_property
    def shared_threshold(self) -> bool:
        """True where no layer's thresholds change between timesteps: one is stored a neuron."""
        return all((plan.integers.neuron.threshold == plan.integers.neuron.threshold[:, :1]).all()
                   for plan in self.layers)

    @cached_property
    def weight_rows(self) -> np.ndarray:
        """Content of the weight memory, int8 [rows, lanes]."""
        return np.concatenate([weight_rows(plan.integers.weight, self.lanes) for plan in self.layers])

    @cached_property
    def parameter_rows(self) -> list[tuple[int, tuple[int, ...]]]:
        """Content of the parameter memory: ``(bias, thresholds)`` a row; rows in the order layer, pass,
        time slice, lane. A lane without a channel, and a timestep behind the last, has threshold 1."""
        rows = []
        columns = 1 if self.shared_threshold else self.time_parallel
        for plan in self.layers:
            neuron = plan.integers.neuron
            for first in range(0, plan.passes * self.lanes, self.lanes):
                for time_slice in range(self.time_slices):
                    for channel in range(first, first + self.lanes):
                        exists = channel < plan.layer.out_channels
                        start = 0 if self.shared_threshold else time_slice * self.time_parallel
                        thresholds = tuple(
                            int(neuron.threshold[channel, t])
                            if exists and neuron.fires and t < self.timesteps else 1
                            for t in range(start, start + columns))
                        rows.append((int(neuron.bias[channel]) if exists else 0, thresholds))
        return rows
