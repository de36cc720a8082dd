"""What a core does, written as plain loops over the network: no words, no clamping, no pipelines."""

import itertools
from dataclasses import dataclass, replace

import numpy as np

from hwgen.plan import CorePlan, LayerPlan, View, spikes_to_elements
from hwgen.spec import Encoding
from sim.golden import GoldenRun


@dataclass(frozen=True)
class Sweep:
    """One sweep of a window: the place of its loops, and the row and column of the window's first pixel."""

    y: int
    x: int
    channels: int
    pool_y: int
    pool_x: int
    time: int
    plane: int
    top: int
    left: int


def sweeps(p: LayerPlan):
    """The sweeps of a layer in order, outermost loop first."""
    height, width = p.pooled_size
    side, stride, padding = p.layer.pool, p.layer.stride, p.layer.padding
    for y, x, channels, pool_y, pool_x, time, plane in itertools.product(
            range(height), range(width), range(p.passes), range(side), range(side), range(p.time_slices),
            range(p.plane_slices)):
        yield Sweep(y, x, channels, pool_y, pool_x, time, plane,
                    (y * side + pool_y) * stride - padding, (x * side + pool_x) * stride - padding)


def map_slice(p: LayerPlan, sweep: Sweep) -> int:
    """The slice of the input map that a sweep reads."""
    return sweep.plane if p.analog else sweep.time


@dataclass(frozen=True)
class Part:
    """One part of a sweep: the rows and elements that it covers, padding included, and its first weight row."""

    view: View
    skip: bool
    last: bool
    top: int
    left: int
    weight: int


def parts(p: LayerPlan, sweep: Sweep) -> list[Part]:
    """The columns of the layer's own window, then the pixel of its skip."""
    found = []
    for view in filter(None, (p.main, p.skip)):
        channels, stride = view.layout.shape[0], view.stride
        top, left = ((place * p.layer.pool + inside) * stride - view.padding for place, inside in (
            (sweep.y, sweep.pool_y), (sweep.x, sweep.pool_x)))
        for column in range(view.columns):
            found.append(Part(
                view, view is p.skip, False, top, (left + column) * channels + sweep.channels * view.pass_elements,
                view.weight_base + sweep.channels * view.pass_rows + column * view.rows * view.row_elements))
    return [*found[:-1], replace(found[-1], last=True)]


def taps(p: LayerPlan, sweep: Sweep, elements: np.ndarray, skip: np.ndarray | None = None) -> list[tuple[int, int]]:
    """``(weight row, mask)`` of every element under the window that has a spike; maps [H, W, C]."""
    mask, found = (1 << p.in_layout.time_parallel) - 1, []
    for part in parts(p, sweep):
        shift = part.view.layout.slice_shift(map_slice(p, sweep))
        rows = (skip if part.skip else elements).reshape(part.view.layout.shape[1], -1)
        row = part.weight
        for y, x in itertools.product(range(part.top, part.top + part.view.rows),
                                      range(part.left, part.left + part.view.row_elements)):
            if 0 <= y < len(rows) and 0 <= x < rows.shape[1]:
                bits = int(rows[y, x]) >> shift & mask
                if bits:
                    found.append((row, bits))
            row += 1
    return found


def lane_sums(plan: CorePlan, taps: list[tuple[int, int]]) -> np.ndarray:
    """Sums of a sweep, int64 [lanes, time_parallel]."""
    total = np.zeros((plan.lanes, plan.time_parallel), np.int64)
    for row, mask in taps:
        bits = mask >> np.arange(plan.time_parallel) & 1
        total += np.outer(plan.weight_rows[row].astype(np.int64), bits)
    return total


def sample_elements(plan: CorePlan, sample: np.ndarray) -> np.ndarray:
    """A sample as elements of the input map, int64 [H, W, C]."""
    entry = plan.network.input
    if entry.encoding is Encoding.ANALOG:
        return entry.quantise(sample).transpose(1, 2, 0).astype(np.int64)
    return spikes_to_elements(sample)


def layer_elements(plan: CorePlan, samples: np.ndarray, run: GoldenRun, number: int) -> list[np.ndarray]:
    """The input map of each layer as elements, for sample ``number`` of a golden run that kept its layers."""
    return [sample_elements(plan, samples[number]),
            *(spikes_to_elements(layer.output[:, number]) for layer in run.layers[:-1])]


def tags(p: LayerPlan, sweep: Sweep, lane: int, lanes: int) -> dict[str, int]:
    """What the neurons need to know of the sums of a lane; ``row_last`` only where an element is complete."""
    height, width = p.pooled_size
    last_lane = p.last_pass_lanes - 1
    final_pass = sweep.channels == p.passes - 1
    pool_last = sweep.pool_y == sweep.pool_x == p.layer.pool - 1
    final_neuron = sweep.x == width - 1 and final_pass and pool_last
    last_sweep = (final_neuron and sweep.y == height - 1 and sweep.time == p.time_slices - 1
                  and sweep.plane == p.plane_slices - 1)
    exists = not final_pass or lane <= last_lane
    return {
        "plane_first": int(sweep.plane == 0),
        "plane_last": int(sweep.plane == p.plane_slices - 1),
        "time_slice": sweep.time,
        "pool_first": int(sweep.pool_y == sweep.pool_x == 0),
        "pool_last": int(pool_last),
        "exists": int(exists),
        "row_last": int(final_neuron and lane == last_lane) if exists and pool_last else None,
        "layer_last": int(last_sweep and lane == lanes - 1),
    }


def parameter_row(p: LayerPlan, sweep: Sweep) -> int:
    return p.parameter_base + sweep.channels * p.parameter_slices + (sweep.time if p.parameter_slices > 1 else 0)
