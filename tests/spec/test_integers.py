"""The rule that turns learned parameters into integers, against exact fractions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwgen.spec import Dalif, ModelError, Reset, derive_neuron
from hwgen.spec.fixedpoint import (round_half_up, round_shift, saturate, signed_max, signed_min, signed_width)
from tests.golden import reference
from tests.strategies import cases


@settings(max_examples=100, deadline=None)
@given(cases(samples=1) | cases(samples=1, joins=True))
def test_integers_equal_exact_fractions(case):
    for layer, integers in zip(case.network.layers, case.network.integers):
        weight, skip_weight, bias, threshold, betaf = reference.integers(layer, case.network.timesteps)
        assert integers.weight.tolist() == weight
        assert (None if integers.skip_weight is None else integers.skip_weight.tolist()) == skip_weight
        assert integers.neuron.bias.tolist() == bias
        assert integers.neuron.threshold.tolist() == threshold
        assert integers.neuron.betaf.tolist() == betaf


@settings(max_examples=50, deadline=None)
@given(cases(samples=1) | cases(samples=1, joins=True))
def test_the_accumulator_holds_every_subset_of_taps(case):
    for layer, integers in zip(case.network.layers, case.network.integers):
        weight = integers.weight.astype(np.int64).reshape(layer.out_channels, -1)
        if layer.skip:
            weight = np.hstack([weight, integers.skip_weight.astype(np.int64).reshape(layer.out_channels, -1)])
        width = integers.accumulator_width
        assert np.maximum(weight, 0).sum(axis=1).max() <= signed_max(width)
        assert np.minimum(weight, 0).sum(axis=1).min() >= signed_min(width)
        assert integers.max_weight_sum > signed_max(width - 1) or integers.max_weight_sum <= 1


def derive(*, scale=(1.0,), offset=0.0, timesteps=4, **neuron):
    scale = np.array(scale)
    return derive_neuron(Dalif(**{"alpha": (256,), "beta": (256,), **neuron}), scale,
                         np.full(len(scale), offset), timesteps)


def test_a_decay_of_0_9_is_not_forced_to_a_power_of_two():
    assert derive(beta=(230,)).betaf.tolist() == [0, 230, 230, 230]


def test_the_learned_alpha_counts():
    full, half = derive(alpha=(256,)), derive(alpha=(128,))
    assert (half.threshold == 2 * full.threshold).all() and (half.betaf == full.betaf).all()


def test_alpha_per_timestep_moves_into_threshold_and_decay():
    integers = derive(alpha=(256, 128, 256, 64), beta=(9, 256, 256, 256), fraction_bits=0, v_threshold=3.0)
    assert integers.threshold.tolist() == [[3, 6, 3, 12]]
    assert integers.betaf.tolist() == [0, 512, 128, 1023]           # 1024 does not fit UQ(2, 8)


def test_every_channel_has_its_threshold():
    assert derive(scale=(1.0, 0.5, 0.3), fraction_bits=0, v_threshold=3.0).threshold[:, 0].tolist() == [3, 6, 10]


def test_thresholds_and_biases_saturate():
    integers = derive(scale=(1e-20,), offset=-5.0, fraction_bits=4, membrane_bits=12)
    assert integers.threshold[0, 0] == 2047 and integers.bias[0] == -127


def test_a_membrane_cannot_be_narrower_than_its_fraction():
    with pytest.raises(ModelError, match="fraction_bits"):
        Dalif(alpha=(1,), beta=(1,), membrane_bits=8, fraction_bits=8)


@given(st.integers(-2**40, 2**40), st.integers(0, 16), st.integers(1, 30))
def test_fixed_point(value, fraction_bits, width):
    shifted = int(round_shift(np.int64(value), fraction_bits))
    assert 2 * value + 2**fraction_bits - 2 * 2**fraction_bits < shifted * 2 * 2**fraction_bits \
        <= 2 * value + 2**fraction_bits
    low, high = -2 ** (width - 1), 2 ** (width - 1) - 1
    assert int(saturate(np.int64(value), width)) == min(max(value, low), high)
    assert (signed_min(width), signed_max(width)) == (low, high)
    needed = signed_width(abs(value))
    assert signed_max(needed) >= abs(value) and (needed == 1 or signed_max(needed - 1) < abs(value) or needed == 2)


def test_round_half_up():
    assert round_half_up(np.array([-1.5, -0.5, 0.5, 1.49])).tolist() == [-1, 0, 1, 1]


def test_resets_have_names():
    assert [str(reset) for reset in Reset] == ["zero", "subtract"]
