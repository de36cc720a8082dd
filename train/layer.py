"""A layer in floating point: weights, batch norm, DA-LIF neurons, OR-pool."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from hwgen.spec import Kind

from .architecture import Architecture, Stage
from .bptt import Course, integrate
from .neuron import Decays, step


@dataclass
class LayerRun:
    """What a layer did with a batch.

    ``output`` float [T, N, C, H, W]: spikes after pooling, 0 or 1; for a readout its membrane potential. The
    integers of a quantised layer, named as in `sim.golden.GoldenLayer`, None in floating point: ``accumulator``
    [T, N, C, H, W] (one timestep under analog input) and ``membrane`` of an integer type, ``spikes`` bool; the
    latter two a tensor [N, C, H, W] a timestep.
    """

    output: torch.Tensor
    accumulator: torch.Tensor | None = None
    membrane: list[torch.Tensor] | None = None
    spikes: list[torch.Tensor] | None = None


class FloatLayer(nn.Module):
    """``x = batch_norm(conv(input, weight))``, then the neurons of `train.neuron.step`.

    A readout has a bias in place of batch norm, since its scores are compared with each other, and
    integrates without firing.
    """

    def __init__(self, stage: Stage, architecture: Architecture):
        super().__init__()
        self.stage, self.architecture = stage, architecture
        self.weight = nn.Parameter(torch.empty(stage.weight_shape))
        nn.init.kaiming_normal_(self.weight)
        if stage.kind is Kind.READOUT:
            self.bias = nn.Parameter(torch.zeros(stage.out_channels))
        else:
            self.norm = nn.BatchNorm2d(stage.out_channels)
        self.decays = Decays(architecture.timesteps, architecture.per_timestep)

    def forward(self, x: torch.Tensor, timesteps: int) -> LayerRun:
        """``x`` float [timesteps, N, C, H, W], or [1, N, C, H, W] where every timestep has the same input."""
        summed = convolve(x, self.weight, self.stage)
        shape = summed.shape
        if self.stage.kind is Kind.READOUT:
            x = summed + self.bias[:, None, None]
        else:
            x = self.norm(summed.flatten(0, 1)).view(shape)
        alpha, beta = self.decays(timesteps)
        output = integrate(x, alpha, beta, self._course, self.architecture.rule(self.stage))
        return LayerRun(or_pool(output, self.stage.pool))

    def _course(self, x, alpha, beta) -> Course:
        architecture, course = self.architecture, Course([], [])
        v_reset = torch.zeros_like(x[0])
        for t in range(len(alpha)):
            spikes, v_charged, v_reset = step(x[min(t, len(x) - 1)], v_reset, alpha[t], beta[t],
                                              architecture.v_threshold, architecture.reset,
                                              self.stage.kind is not Kind.READOUT)
            course.spikes.append(spikes)
            course.v_charged.append(v_charged)
        return course


def convolve(x: torch.Tensor, weight: torch.Tensor, stage: Stage, half_backward: bool = False) -> torch.Tensor:
    """[T, N, C, H, W] -> [T, N, out_channels, OH, OW], each timestep and sample by itself; ``half_backward``: exact
    forwards, and backwards in bfloat16."""
    conv2d = _HalfBackward.apply if half_backward else F.conv2d
    summed = conv2d(x.flatten(0, 1), weight, None, stage.stride, stage.padding)
    return summed.view(*x.shape[:2], *summed.shape[1:])


class _HalfBackward(torch.autograd.Function):
    """`torch.nn.functional.conv2d` whose gradients are computed in bfloat16: twice as fast on many CPUs."""

    @staticmethod
    def forward(ctx, x, weight, bias, stride, padding):
        ctx.save_for_backward(x.bfloat16(), weight.bfloat16())
        ctx.window = stride, padding
        return F.conv2d(x, weight, bias, stride, padding)

    @staticmethod
    def backward(ctx, gradient):
        x, weight = ctx.saved_tensors
        stride, padding = ctx.window
        d_x, d_weight, _ = torch.ops.aten.convolution_backward(
            gradient.bfloat16(), x, weight, None, [stride] * 2, [padding] * 2, [1, 1], False, [0, 0], 1,
            [*ctx.needs_input_grad[:2], False])
        return d_x if d_x is None else d_x.float(), d_weight.float(), None, None, None


def or_pool(spikes: torch.Tensor, side: int) -> torch.Tensor:
    """OR over ``side x side`` windows of [T, N, C, H, W]; incomplete windows are dropped."""
    if side == 1:
        return spikes
    pooled = F.max_pool2d(spikes.flatten(0, 1), side)
    return pooled.view(*spikes.shape[:2], *pooled.shape[1:])
