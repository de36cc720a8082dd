"""What one core runs and with which resources: plain data, every width derived from the network."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..spec import BETAF_WIDTH, Encoding, Network
from ..spec.fixedpoint import signed_width
from .layer_plan import LayerPlan
from .layout import MapLayout
from .placement import place


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
    first, count
        The layers of the network that it runs: ``count`` (None: all the rest) from number ``first`` on.
    buffers
        1: the core's input lies among its other maps, and the next sample comes when this one is done. 2: inputs
        alternate between two buffers in a memory of their own, each filled while the other is worked on, and a
        layer begins on the rows that have arrived: cores in a chain overlap.
    weight_store
        ``"bram"``: weights and all that training left besides are in block RAM and logic, and come with the
        bitstream. ``"spram"``: the weights are in large single-port RAMs, and everything that training left
        comes from a weights image that is loaded at boot (`hwgen.plan.image`).
    delay_store
        ``"registers"``, or ``"bram"``: what waits between the timesteps of a neuron does so in block RAM.
    """

    network: Network
    lanes: int
    time_parallel: int
    word_elements: int = 16
    first: int = 0
    count: int | None = None
    buffers: int = 1
    weight_store: str = "bram"
    delay_store: str = "registers"

    @property
    def end(self) -> int:
        """Number of the layer behind its last one."""
        return len(self.network.layers) if self.count is None else self.first + self.count

    @property
    def is_last(self) -> bool:
        """It runs the readout."""
        return self.end == len(self.network.layers)

    @cached_property
    def input_layout(self) -> MapLayout:
        return self._layouts[0]

    @cached_property
    def layers(self) -> tuple[LayerPlan, ...]:
        plans, weight_base, parameter_base = [], 0, 0
        for index, number in enumerate(range(self.first, self.end)):
            source = self.network.skip_source(number)
            source = None if source is None else source + 1 - self.first           # its place in _layouts
            plan = LayerPlan(
                index=index, number=number, layer=self.network.layers[number],
                integers=self.network.integers[number], lanes=self.lanes, time_slices=self.time_slices,
                parameter_slices=self.parameter_slices,
                in_layout=self._layouts[index], out_layout=self._layouts[index + 1],
                skip_layout=None if source is None else self._layouts[source], skip_from_input=source == 0,
                weight_base=weight_base, parameter_base=parameter_base)
            plans.append(plan)
            weight_base += plan.weight_row_count
            parameter_base += plan.passes * self.parameter_slices
        return tuple(plans)

    @cached_property
    def _layouts(self) -> tuple[MapLayout | None, ...]:
        """The core's input and the output of each of its layers; None for what leaves the core."""
        network = self.network
        layouts, lives = [], []
        for number in range(self.first, self.end):                  # the map that enters layer `number`
            analog = number == 0 and network.input.encoding is Encoding.ANALOG
            layouts.append(MapLayout(
                shape=network.shapes[number], analog=analog, time_parallel=self.time_parallel,
                bits=network.input.bits if analog else network.timesteps, word_elements=self.word_elements))
            readers = [reader for reader in range(self.first, self.end)
                       if reader == number or network.skip_source(reader) == number - 1]
            lives.append((number - 1, max(readers)))
        apart = self.buffers - 1                                    # maps that lie in a memory of their own
        bases = [0] * apart + place([layout.words for layout in layouts[apart:]], lives[apart:])
        return (*(replace(layout, base=base) for layout, base in zip(layouts, bases)), None)

    @property
    def input_reader(self) -> int:
        """Index of the last layer that reads the core's input."""
        return max(plan.index for plan in self.layers if plan.index == 0 or plan.skip_from_input)

    @property
    def map_words(self) -> int:
        """Words of the map memory: the most that live at the same time; 0 where there is none."""
        return max((layout.base + layout.words for layout in self._layouts[self.buffers - 1:-1]), default=0)

    @property
    def input_words(self) -> int:
        """Words of the memory of the inputs, 0 where they lie among the other maps."""
        return self.input_layout.words * self.buffers if self.buffers > 1 else 0

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
        """Elements of an input."""
        channels, height, width = self.input_layout.shape
        return channels * height * width

    @property
    def weight_width(self) -> int:
        return max(plan.layer.weight_bits for plan in self.layers)

    @cached_property
    def accumulator_width(self) -> int:
        return max(plan.integers.accumulator_width for plan in self.layers)

    @cached_property
    def sum_width(self) -> int:
        return max(plan.sum_width for plan in self.layers)

    @cached_property
    def membrane_width(self) -> int:
        return max(plan.integers.neuron.membrane_bits for plan in self.layers)

    @property
    def score_width(self) -> int:
        return self.layers[-1].integers.neuron.membrane_bits

    @cached_property
    def bias_width(self) -> int:
        return max(signed_width(int(np.abs(plan.integers.neuron.bias).max(initial=0)))
                   for plan in self.layers)

    @property
    def threshold_width(self) -> int:
        """Bits of a threshold, unsigned (thresholds are at least 1)."""
        return max((int(plan.integers.neuron.threshold.max()).bit_length()
                    for plan in self.layers if not plan.is_readout), default=1)

    @cached_property
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
        thresholds = [integers.neuron.threshold for integers in self.network.integers[self.first:self.end]]
        return all((threshold == threshold[:, :1]).all() for threshold in thresholds)

    @property
    def weight_row_count(self) -> int:
        """Rows of the weight memory."""
        return sum(plan.weight_row_count for plan in self.layers)

    @property
    def parameter_slices(self) -> int:
        """How many slices of timesteps have parameters of their own: all, or one for all of them."""
        return 1 if self.shared_threshold else self.time_slices

    @property
    def parameter_row_count(self) -> int:
        """Rows of the parameter memory."""
        return sum(plan.passes for plan in self.layers) * self.parameter_slices * self.lanes

    @cached_property
    def weight_rows(self) -> np.ndarray:
        """Content of the weight memory, int8 [rows, lanes]."""
        return np.concatenate([plan.weight_rows for plan in self.layers])

    @cached_property
    def parameter_rows(self) -> list[tuple[int, tuple[int, ...]]]:
        """Content of the parameter memory: ``(bias, thresholds)`` a row; rows in the order layer, pass,
        time slice (of `parameter_slices`), lane. A lane without a channel, and a timestep behind the last, has
        threshold 1."""
        rows = []
        columns = 1 if self.shared_threshold else self.time_parallel
        for plan in self.layers:
            neuron = plan.integers.neuron
            for first in range(0, plan.passes * self.lanes, self.lanes):
                for time_slice in range(self.parameter_slices):
                    for channel in range(first, first + self.lanes):
                        exists = channel < plan.layer.out_channels
                        start = 0 if self.shared_threshold else time_slice * self.time_parallel
                        thresholds = tuple(
                            int(neuron.threshold[channel, t])
                            if exists and neuron.fires and t < self.timesteps else 1
                            for t in range(start, start + columns))
                        rows.append((int(neuron.bias[channel]) if exists else 0, thresholds))
        return rows
