"""A layer on a core: its geometry as loop bounds, and where its data lies."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..spec import Kind, Layer, LayerIntegers
from .layout import MapLayout, weight_rows


@dataclass(frozen=True, kw_only=True)
class View:
    """How a layer looks at one map: its own input, or the map of its skip.

    A window is read in ``columns`` parts, each of ``rows`` rows of ``row_elements`` neighbouring elements. A
    dense window is one part, since the pixels of a row lie side by side; a depthwise window has a part for
    each of its columns, with the channels of the pass.

    Parameters
    ----------
    layout
        The map.
    from_input
        It is the input of the core.
    rows, columns, row_elements
        As above.
    stride, padding
        In pixels.
    pass_elements
        By how many elements the window moves from one group of output channels to the next.
    weight_base, pass_rows, column_rows
        First row of its weights, rows a pass and a column.
    """

    layout: MapLayout
    from_input: bool
    rows: int
    columns: int
    row_elements: int
    stride: int
    padding: int
    pass_elements: int
    weight_base: int

    @property
    def column_rows(self) -> int:
        return self.rows * self.row_elements

    @property
    def pass_rows(self) -> int:
        return self.columns * self.column_rows


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerPlan:
    """A layer on a core.

    ``in_layout`` and ``skip_layout`` (None without a skip) place the maps that it reads, ``out_layout`` the one
    that it writes (None where that leaves the core); ``weight_base`` is its first row of the weight memory,
    ``parameter_base`` its first group of rows of the parameter memory (a group has one row a lane), one
    group or ``parameter_slices`` a pass. ``index``
    counts within the core, ``number`` within the network; ``skip_from_input``: the skip's map is the core's input.
    """

    index: int
    number: int
    layer: Layer
    integers: LayerIntegers
    lanes: int
    time_slices: int
    parameter_slices: int
    in_layout: MapLayout
    out_layout: MapLayout | None
    skip_layout: MapLayout | None
    skip_from_input: bool
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

    @cached_property
    def main(self) -> View:
        """The layer's own window."""
        layer = self.layer
        return self._view(self.in_layout, self.index == 0, layer.kernel, layer.stride, layer.padding,
                          layer.depthwise, self.weight_base)

    @cached_property
    def skip(self) -> View | None:
        """The single pixel that the skip looks at."""
        skip = self.layer.skip
        return skip and self._view(self.skip_layout, self.skip_from_input, (1, 1), skip.stride, 0, skip.depthwise,
                                   self.weight_base + self.passes * self.main.pass_rows)

    @property
    def parts(self) -> int:
        """Parts that a sweep is read in: the columns of the layer's own window, and the skip."""
        return self.main.columns + (self.skip is not None)

    @property
    def weight_row_count(self) -> int:
        """Rows of the weight memory."""
        return self.passes * (self.main.pass_rows + (self.skip.pass_rows if self.skip else 0))

    @property
    def weight_rows(self) -> np.ndarray:
        """Its rows of the weight memory, int8 [weight_row_count, lanes]."""
        layer, integers = self.layer, self.integers
        parts = [weight_rows(integers.weight, self.lanes, layer.depthwise)]
        if self.skip:
            parts.append(weight_rows(integers.skip_weight, self.lanes, layer.skip.depthwise))
        return np.concatenate(parts)

    @property
    def sum_width(self) -> int:
        """Bits of X, the sum of weights that enters the neurons."""
        return self.integers.sum_width((1 << self.in_layout.bits) - 1 if self.analog else 1)

    def _view(self, layout, from_input, kernel, stride, padding, depthwise, weight_base) -> View:
        channels = layout.shape[0]
        group = min(self.lanes, channels)
        return View(
            layout=layout, from_input=from_input, rows=kernel[0], columns=kernel[1] if depthwise else 1,
            row_elements=group if depthwise else kernel[1] * channels, stride=stride, padding=padding,
            pass_elements=group if depthwise else 0, weight_base=weight_base)
