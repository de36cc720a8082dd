"""Payloads of the streams inside a core, and two small helpers that every stage uses."""

from amaranth.hdl import Array, Cat, Const, Mux, Shape, Signal, Value, signed, unsigned
from amaranth.lib import data
from amaranth.utils import bits_for

from ..plan.core_plan import CorePlan


class CoreShapes:
    """The payload layouts of one core, derived from its plan.

    Members
    -------
    sweep
        One part of a sweep of a window (`LayerPlan.parts`): ``top`` row and ``left`` element of the window
        (signed: padding), ``address`` of its first row in the map memory and ``weight`` row of its first tap,
        both modulo the width of their counters; ``skip``: it is the part of the skip; ``last`` of the sweep.
    run
        A word of a window row: its ``address``, the elements ``first`` to ``final`` that lie in the
        window (none where ``final`` is below ``first``), ``weight`` row of its element 0, ``last`` word of the
        sweep; ``from_input``: it lies in the memory of the inputs.
    word
        The word itself, elements outside the window cleared: ``elements``, ``groups`` (a bit for each
        four elements: any is set; ``single``: not more than one is), ``weight``, ``last``.
    tap
        A spike under the window: ``weight`` row, ``mask`` of timesteps, ``last`` of the sweep.
    row
        The weights of a tap: ``weights`` of all lanes, ``mask``, ``last``.
    sums
        What leaves the lanes, one lane a cycle: ``lane``, ``values`` (Tp sums).
    """

    def __init__(self, plan: CorePlan):
        layers = plan.layers
        elements = [plan_.in_layout.row_elements + plan_.layer.kernel[1] * plan_.in_layout.shape[0]
                    + plan_.layer.padding * plan_.in_layout.shape[0] for plan_ in layers]
        rows = [plan_.in_layout.shape[1] + plan_.layer.kernel[0] + plan_.layer.padding for plan_ in layers]
        self.layer = unsigned(bits_for(len(layers) - 1))
        self.element = signed(bits_for(max(max(elements), plan.word_elements)) + 1)
        self.row_number = signed(bits_for(max(rows)) + 1)
        self.address = unsigned(bits_for(max(plan.map_words - 1, plan.input_words - 1, 1)))
        self.weight = unsigned(bits_for(max(len(plan.weight_rows) - 1, plan.word_elements)))
        self.position = unsigned(bits_for(plan.word_elements - 1))
        self.lane = unsigned(bits_for(max(plan.lanes - 1, 1)))
        self.mask = unsigned(plan.time_parallel)
        self.accumulator = signed(plan.accumulator_width)
        self.sweep = data.StructLayout({
            "top": self.row_number, "left": self.element, "address": self.address, "weight": self.weight,
            "skip": 1, "last": 1})
        self.run = data.StructLayout({
            "address": self.address, "first": self.position, "final": self.position,
            "weight": self.weight, "last": 1, "from_input": 1})
        self.word = data.StructLayout({
            "elements": data.ArrayLayout(self.mask, plan.word_elements),
            "groups": plan.word_elements // 4, "single": 1, "weight": self.weight, "last": 1})
        self.tap = data.StructLayout({"weight": self.weight, "mask": self.mask, "last": 1})
        self.row = data.StructLayout({
            "weights": data.ArrayLayout(signed(plan.weight_width), plan.lanes),
            "mask": self.mask, "last": 1})
        self.sums = data.StructLayout({
            "lane": self.lane, "values": data.ArrayLayout(self.accumulator, plan.time_parallel)})


def per_layer(layer: Value, values: list[int], shape=None) -> Value:
    """The value of the running layer: a constant where all layers agree, else a choice by ``layer``.

    ``shape`` reduces the values modulo its width (for counters that wrap).
    """
    if shape is not None:
        shape = Shape.cast(shape)
        if not shape.signed:
            values = [value % (1 << shape.width) for value in values]
    else:
        shape = Shape.cast(range(min(values + [0]), max(values + [1]) + 1))
    if all(value == values[0] for value in values):
        return Const(values[0], shape)
    return Array(Const(value, shape) for value in values)[layer]


def per_view(plan: CorePlan, layer: Value, skip: Value, function, shape=None) -> Value:
    """``function(view)`` of the running layer's own view, or of its skip's where ``skip`` is set."""
    own = per_layer(layer, [function(p.main) for p in plan.layers], shape)
    if all(p.skip is None for p in plan.layers):
        return own
    return Mux(skip, per_layer(layer, [function(p.skip or p.main) for p in plan.layers], shape), own)


def all_but_lowest(bits: Value) -> Value:
    """``bits`` without the lowest that is set; each bit a function of those below it, without a carry."""
    return Cat(bits[index] & bits[:index].any() for index in range(len(bits)))


def choose(index: Value, values: list[Value]) -> Value:
    """``values[index]`` as a chain of multiplexers (signs kept)."""
    result = values[-1]
    for position, value in reversed(list(enumerate(values[:-1]))):
        result = Mux(index == position, value, result)
    return result
