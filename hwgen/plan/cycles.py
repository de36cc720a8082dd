"""How long a core works on a layer, and an array on a sample, before any simulation."""

from .activity import Activity
from .core_plan import CorePlan
from .layer_plan import LayerPlan, View

#: Cycles of a layer that no sweep accounts for: filling and emptying the pipeline.
LAYER_CYCLES = 40


def layer_cycles(plan: CorePlan, layer: LayerPlan, activity: Activity) -> int:
    """Cycles of a layer on its core: of each sweep the most of what its taps, its words and its lanes take."""
    taps = words = 0.0
    source = plan.network.skip_source(layer.number)
    for view, number in ((layer.main, layer.number), (layer.skip, None if source is None else source + 1)):
        if view:
            share = activity.share(number, plan.time_parallel)
            of_view = view.columns * view.rows * (view.row_elements / plan.word_elements + 0.5)
            taps += view.pass_rows * _inside(layer, view) * share
            # A word without a spike costs a cycle unless the queue behind the scanner still holds taps: half.
            words += of_view
            taps += of_view * (1 - share) ** plan.word_elements / 2
    return round(layer.sweeps * max(_interval(plan), taps, words)) + LAYER_CYCLES


def latency(plans: tuple[CorePlan, ...], layer_cycles: dict[str, int]) -> float:
    """Cycles until the last core of an array is done with a sample that meets no other: row by row."""
    rows_at = [0.0] * plans[0].input_layout.shape[1]           # when each row of the core's input is there
    for plan in plans:
        time, first, times = 0.0, plan.layers[0], []
        for layer in plan.layers:
            height = layer.pooled_size[0]
            each = layer_cycles[layer.name] / height
            if layer is not first:
                time = max(time, rows_at[-1])                   # an input is whole before the second layer
                times = [time + each * (row + 1) for row in range(height)]
            else:
                view, final = layer.main, len(rows_at)
                below = (layer.layer.pool - 1) * view.stride - view.padding + view.rows
                step = layer.layer.pool * view.stride
                for row in range(height):
                    time = max(time, rows_at[min(row * step + below, final) - 1]) + each
                    times.append(time)
            time = times[-1]
        rows_at = times
    return rows_at[-1]


def _inside(layer: LayerPlan, view: View) -> float:
    """The share of the taps of a layer's windows that lie inside the map."""
    _, height, width = layer.layer.conv_shape(layer.in_layout.shape)
    kernel = layer.layer.kernel if view is layer.main else (1, 1)
    share = 1.0
    for out, size, side in zip((height, width), view.layout.shape[1:], kernel):
        first = range(-view.padding, -view.padding + out * view.stride, view.stride)
        share *= sum(min(place + side, size) - max(place, 0) for place in first if place < size and place + side > 0) \
            / (out * side)
    return share


def _interval(plan: CorePlan) -> int:
    """Least cycles of a sweep, see `hwgen.gateware.neurons.sweep_interval`."""
    units = min(plan.time_parallel, plan.timesteps)
    return max(plan.lanes, 6 + 3 * (units - 1) if plan.time_slices > 1 else 4)
