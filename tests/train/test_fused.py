"""Compiled training computes what training does without a compiler."""

import pytest
import torch
from torch._dynamo.utils import counters

from train import fused
from train.models import SpikingNetwork
from train.work import work


def step(network, samples):
    """The runs of the layers, and the gradients by parameter."""
    network.zero_grad()
    runs = network(samples)
    (runs[-1].output[-1, :, :, 0, 0].square().mean() + work(runs[:-1], network)).backward()
    return runs, {name: parameter.grad.clone() for name, parameter in network.named_parameters()
                  if parameter.grad is not None}


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")   # PyTorch's own compiler
@pytest.mark.parametrize("quantised", [False, True])
def test_a_step_is_the_same(tiny, digits, quantised):
    torch.manual_seed(4)
    network, samples = SpikingNetwork(tiny()), torch.from_numpy(digits.samples[:8])
    network(samples)                                                    # batch norm's statistics
    network = network.quantised() if quantised else network
    runs, gradients = step(network, samples)
    fused.enable()
    try:
        compiled_runs, compiled_gradients = step(network, samples)
    finally:
        fused.enable(False)
    assert counters["stats"]["calls_captured"]                          # they were compiled, now or for an earlier case
    for run, compiled in zip(runs, compiled_runs, strict=True):
        assert torch.allclose(run.output, compiled.output, atol=1e-4)
        if quantised:
            assert torch.equal(run.membrane, compiled.membrane) and torch.equal(run.spikes, compiled.spikes)
    assert gradients.keys() == compiled_gradients.keys() and any("beta" in name for name in gradients)
    for name, gradient in gradients.items():
        assert torch.allclose(gradient, compiled_gradients[name], rtol=1e-3, atol=1e-5), name
