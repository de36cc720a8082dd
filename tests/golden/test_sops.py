"""Useful SOPs against a count by convolution with weights of one."""

import numpy as np
import pytest

from hwgen.spec import Encoding
from sim.golden import forward
from sim.golden.model import weighted_sum
from sim.golden.sops import useful_sops
from tests.strategies import random_case


def by_convolution(network, samples):
    """int64 [N, layers]: with every weight 1 and every input 0 or 1, the sums are the weights added."""
    if network.input.encoding is Encoding.ANALOG:
        x = network.input.quantise(samples)[None] > 0
    else:
        x = np.moveaxis(np.asarray(samples, bool), 1, 0)
    run = forward(network, samples, keep_layers=True)
    counts, outputs = [], {}
    for layer, result in zip(network.layers, run.layers):
        sums = weighted_sum(x, np.ones_like(layer.weight), stride=layer.stride, padding=layer.padding,
                            depthwise=layer.depthwise)
        if layer.skip:
            sums = sums + weighted_sum(outputs[layer.skip.source], np.ones_like(layer.skip.weight),
                                       stride=layer.skip.stride, depthwise=layer.skip.depthwise)
        counts.append(sums.sum(axis=(0, 2, 3, 4)))
        outputs[layer.name] = result.output
        x = result.output
    return np.stack(counts, axis=1)


@pytest.mark.parametrize("joins", [False, True], ids=["plain", "joins"])
@pytest.mark.parametrize("seed", range(30))
def test_useful_sops_equal_a_convolution_with_ones(seed, joins):
    case = random_case(seed, samples=5, joins=joins)
    expected = by_convolution(case.network, case.samples)
    assert np.array_equal(useful_sops(case.network, case.samples, batch=2), expected)
    assert expected.any()
