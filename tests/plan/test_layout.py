"""Where maps and weights lie: round trips, order, and nothing on top of anything else."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwgen.plan import CorePlan, MapLayout, elements_to_spikes, spikes_to_elements
from hwgen.plan.layout import weight_rows
from tests.strategies import cases

SIDES = st.integers(1, 7)
LAYOUTS = st.builds(
    MapLayout, shape=st.tuples(SIDES, SIDES, SIDES), bits=st.integers(1, 16), analog=st.booleans(),
    word_elements=st.sampled_from([4, 8, 16]), time_parallel=st.sampled_from([1, 2, 4, 8]), base=st.integers(0, 50))
CORES = st.builds(
    lambda case, lanes, time_parallel, word_elements: CorePlan(
        network=case.network, lanes=lanes, time_parallel=time_parallel, word_elements=word_elements),
    cases(samples=1), st.sampled_from([4, 8, 16, 32]), st.sampled_from([1, 2, 4, 8]), st.sampled_from([4, 8, 16]))


def random_elements(layout, seed):
    channels, height, width = layout.shape
    return np.random.default_rng(seed).integers(0, 1 << layout.bits, (height, width, channels))


def bit_of_map(layout, y, x, channel, bit):
    """``(word, bit of the word)`` of one bit of one element, by the text of `hwgen.plan.layout`."""
    word, element = divmod(x * layout.shape[0] + channel, layout.word_elements)
    lowest_first = bit // layout.time_parallel
    number = layout.slices - 1 - lowest_first if layout.analog else lowest_first
    return number * layout.slice_words + y * layout.row_words + word, \
        element * layout.time_parallel + bit % layout.time_parallel


@given(LAYOUTS, st.integers(0, 99))
@settings(deadline=None)
def test_unpack_reverses_pack(layout, seed):
    elements = random_elements(layout, seed)
    words = layout.pack(elements)
    assert len(words) == layout.words and all(0 <= word < 1 << layout.word_bits for word in words)
    np.testing.assert_array_equal(layout.unpack(words), elements)


@given(LAYOUTS, st.integers(0, 99))
@settings(deadline=None, max_examples=40)
def test_every_bit_lies_where_it_should(layout, seed):
    elements = random_elements(layout, seed)
    expected = [0] * layout.words
    for (y, x, channel), element in np.ndenumerate(elements):
        for bit in range(layout.bits):
            word, place = bit_of_map(layout, y, x, channel, bit)
            expected[word] |= (int(element) >> bit & 1) << place
    assert layout.pack(elements) == expected


def test_a_map_of_the_wrong_size_is_not_unpacked():
    layout = MapLayout(shape=(1, 2, 3), bits=1, analog=False, word_elements=4, time_parallel=1)
    with pytest.raises(ValueError, match="a map of 2 words cannot be unpacked from 3"):
        layout.unpack([0, 0, 0])


@given(st.integers(1, 16), SIDES, SIDES, SIDES, st.integers(0, 99))
@settings(deadline=None, max_examples=30)
def test_spikes_and_elements(timesteps, channels, height, width, seed):
    spikes = np.random.default_rng(seed).random((timesteps, channels, height, width)) < 0.5
    elements = spikes_to_elements(spikes)
    assert elements.shape == (height, width, channels)
    np.testing.assert_array_equal(elements_to_spikes(elements, timesteps), spikes)
    t, c, y, x = (size - 1 for size in spikes.shape)
    assert elements[y, x, c] >> t & 1 == spikes[t, c, y, x]


@given(st.integers(1, 20), SIDES, SIDES, SIDES, st.sampled_from([4, 8, 16]), st.integers(0, 99))
@settings(deadline=None, max_examples=40)
def test_weight_rows_are_in_the_order_of_the_elements(out, channels, height, width, lanes, seed):
    weight = np.random.default_rng(seed).integers(-7, 8, (out, channels, height, width)).astype(np.int8)
    rows = iter(weight_rows(weight, lanes).tolist())
    for first, y, x, channel in itertools.product(range(0, out, lanes), range(height), range(width), range(channels)):
        expected = weight[first:first + lanes, channel, y, x].tolist()
        assert next(rows) == expected + [0] * (lanes - len(expected))
    assert next(rows, None) is None


@given(CORES)
@settings(deadline=None, max_examples=40)
def test_maps_that_live_at_the_same_time_do_not_overlap(core):
    assert core.layers[0].in_layout is core.input_layout
    for layer, following in zip(core.layers, core.layers[1:]):
        source, target = layer.in_layout, layer.out_layout
        assert target is following.in_layout
        assert source.base >= 0 and target.base >= 0
        assert source.base + source.words <= target.base or target.base + target.words <= source.base
    assert core.layers[-1].out_layout is None
    assert core.map_words == max(layer.in_layout.base + layer.in_layout.words for layer in core.layers)


@given(CORES)
@settings(deadline=None, max_examples=40)
def test_every_layer_has_weights_and_parameters_of_its_own(core):
    weight_row = parameter_row = 0
    for layer, integers in zip(core.layers, core.network.integers):
        assert (layer.weight_base, layer.parameter_base) == (weight_row, parameter_row)
        count = layer.weight_row_count
        np.testing.assert_array_equal(core.weight_rows[weight_row:weight_row + count],
                                      weight_rows(integers.weight, core.lanes))
        weight_row += count
        parameter_row += layer.passes * core.parameter_slices
    assert weight_row == len(core.weight_rows) and parameter_row * core.lanes == len(core.parameter_rows)


@given(CORES)
@settings(deadline=None, max_examples=40)
def test_parameters_are_those_of_the_neurons(core):
    for layer, integers in zip(core.layers, core.network.integers):
        neuron = integers.neuron
        for channel in range(layer.layer.out_channels):
            for t in range(core.timesteps):
                time_slice, column = divmod(t, core.time_parallel)
                group = layer.parameter_base + channel // core.lanes * core.parameter_slices + min(
                    time_slice, core.parameter_slices - 1)
                bias, thresholds = core.parameter_rows[group * core.lanes + channel % core.lanes]
                assert bias == neuron.bias[channel]
                if neuron.fires:
                    assert thresholds[min(column, len(thresholds) - 1)] == neuron.threshold[channel, t]


@given(CORES)
@settings(deadline=None, max_examples=40)
def test_every_value_fits_its_width(core):
    def fits(value, width):
        return -(1 << width - 1) <= value < 1 << width - 1

    for bias, thresholds in core.parameter_rows:
        assert fits(bias, core.bias_width)
        assert all(0 < threshold < 1 << core.threshold_width for threshold in thresholds)
    limit = 1 << core.weight_width - 1
    assert -limit < core.weight_rows.min() and core.weight_rows.max() < limit
    for layer in core.layers:
        assert layer.integers.neuron.betaf.max() < 1 << core.betaf_width
        weight = layer.integers.weight.astype(np.int64).reshape(layer.layer.out_channels, -1)
        largest = (1 << layer.in_layout.bits) - 1 if layer.analog else 1
        for part in (np.maximum(weight, 0), np.minimum(weight, 0)):
            for total in part.sum(axis=1):
                assert fits(total, core.accumulator_width) and fits(total * largest, layer.sum_width)
