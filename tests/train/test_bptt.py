"""The backward pass through time against automatic differentiation of the same equations."""

import pytest
import torch

from hwgen.spec import Reset
from train.bptt import Course, Rule, integrate
from train.layer import or_pool
from train.neuron import course
from train.surrogate import SURROGATES

T, THRESHOLD = 4, 0.8


class Step(torch.autograd.Function):
    """The firing step with a surrogate derivative, one timestep at a time."""

    @staticmethod
    def forward(ctx, distance, derivative):
        ctx.save_for_backward(derivative(distance))
        return (distance >= 0).to(distance.dtype)

    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.saved_tensors[0], None


def reference(x, alpha, beta, reset, fires, derivative):
    v, outputs = torch.zeros_like(x[0]), []
    for t in range(T):
        v = beta[t] * v + alpha[t] * x[min(t, len(x) - 1)]
        if not fires:
            outputs.append(v)
            continue
        spikes = Step.apply(v - THRESHOLD, derivative)
        outputs.append(spikes)
        v = v * (1 - spikes.detach()) if reset is Reset.ZERO else v - THRESHOLD * spikes.detach()
    return torch.stack(outputs)


@pytest.mark.parametrize("surrogate", SURROGATES)
@pytest.mark.parametrize("reset", Reset)
@pytest.mark.parametrize("fires", [True, False])
@pytest.mark.parametrize("entries", [1, T])
def test_gradients_equal_those_of_automatic_differentiation(surrogate, reset, fires, entries):
    generator = torch.Generator().manual_seed(entries)
    values = [torch.randn(entries, 5, 3, 4, 2, generator=generator), torch.rand(T, generator=generator) + 0.5,
              torch.rand(T, generator=generator)]
    weights = torch.randn(T, 5, 3, 4, 2, generator=generator).double()
    rule = Rule(fires, reset, THRESHOLD, SURROGATES[surrogate])

    def compute(x, alpha, beta):
        return Course(*course(x, alpha, beta, THRESHOLD, reset, fires))

    results = []
    for run in (lambda *a: integrate(*a, compute, rule),
                lambda *a: reference(*a, reset, fires, SURROGATES[surrogate])):
        leaves = [value.double().requires_grad_() for value in values]
        output = run(*leaves)
        (output * weights).sum().backward()
        results.append((output.detach(), *(leaf.grad for leaf in leaves)))
    for got, expected in zip(*results):
        torch.testing.assert_close(got, expected)
    assert all(gradient.abs().sum() > 0 for gradient in results[0][1:])


def test_gradients_do_not_depend_on_the_order_in_memory():
    """Channels last or not, for maps and for gradients: the same numbers, and of maps that are channels last in that order."""
    torch.manual_seed(2)
    maps = (torch.rand(2, 3, 4, 6, 6) < 0.3).float()
    weight = torch.rand(2, 3, 4, 3, 3)
    found = []
    for order in (torch.contiguous_format, torch.channels_last):
        for of_gradient in (torch.contiguous_format, torch.channels_last):
            x = maps.flatten(0, 1).contiguous(memory_format=order).requires_grad_()
            pooled = or_pool(x.view(2, 3, 4, 6, 6), 2)
            pooled.backward(weight.flatten(0, 1).contiguous(memory_format=of_gradient).view_as(pooled))
            found.append(x.grad)
            assert x.grad.is_contiguous(memory_format=order)
    assert all(torch.equal(found[0], other) for other in found[1:])
    expected = torch.nn.functional.max_pool2d(plain := maps.flatten(0, 1).requires_grad_(), 2)
    expected.backward(weight.flatten(0, 1))
    assert torch.equal(found[0], plain.grad)
