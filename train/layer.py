"""A layer in floating point: weights, batch norm, DA-LIF neurons, OR-pool."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from hwgen.spec import Kind
from hwgen.spec.fixedpoint import signed_max

from .architecture import Architecture, Join, Stage
from .bptt import Course, integrate
from .graded import staircase
from .grid import on_grid, quick_step
from .neuron import course
from .order import Order


@dataclass
class LayerRun:
    """What a layer did with a batch.

    ``output`` float [T, N, C, H, W]: spikes after pooling, 0 or 1; for a readout its membrane potential. The
    integers of a quantised layer, named as in `sim.golden.GoldenLayer`, None in floating point: ``accumulator``
    [T, N, C, H, W] (one timestep under analog input) and ``membrane`` likewise of an integer type, ``spikes`` bool.
    """

    output: torch.Tensor
    accumulator: torch.Tensor | None = None
    membrane: torch.Tensor | None = None
    spikes: torch.Tensor | None = None


class FloatLayer(nn.Module):
    """``x = batch_norm(conv(input, weight) + conv(source, join_weight))``, then the neurons of `train.neuron.step`.

    A readout has a bias in place of batch norm, since its scores are compared with each other, and
    integrates without firing. Where ``rounded`` is set, weights are multiplied as the integers they are to become
    (`train.grid`), and learn straight-through.
    """

    def __init__(self, stage: Stage, architecture: Architecture):
        super().__init__()
        self.stage, self.architecture = stage, architecture
        self.weight = nn.Parameter(torch.empty(stage.weight_shape))
        nn.init.kaiming_normal_(self.weight)
        if stage.join:                                                  # of the size of the others: they share a step
            self.join_weight = nn.Parameter(torch.empty(stage.join_shape))
            nn.init.normal_(self.join_weight, std=float(self.weight.detach().std()))
        if stage.kind is Kind.READOUT:
            self.bias = nn.Parameter(torch.zeros(stage.out_channels))
        else:
            self.norm = nn.BatchNorm2d(stage.out_channels)
        self.decays = architecture.decays()
        self.rounded = False

    def forward(self, x: torch.Tensor, timesteps: int, source: torch.Tensor | None = None,
                levels: int | None = None) -> LayerRun:
        """``x`` float [timesteps, N, C, H, W], or [1, N, C, H, W] where every timestep has the same input;
        ``source`` of a residual join likewise. With ``levels`` the neurons are graded (`train.graded`): both are means
        over so many timesteps, [1, N, C, H, W], and so is the output; a readout has its last potential."""
        summed = self.sums(x, source)
        shape = summed.shape
        if self.stage.kind is Kind.READOUT:
            x = summed + self.bias[:, None, None]
        else:
            x = self.norm(summed.flatten(0, 1)).view(shape)
        alpha, beta = self.decays(timesteps)
        if levels:
            alpha = alpha.mean()                                        # the same input so often
            if self.stage.kind is Kind.READOUT:
                return LayerRun(x * alpha * levels)
            return LayerRun(or_pool(staircase(x, alpha / self.architecture.v_threshold, levels), self.stage.pool))
        output = integrate(x, alpha, beta, self._course, self.architecture.rule(self.stage))
        return LayerRun(or_pool(output, self.stage.pool))

    def sums(self, x: torch.Tensor, source: torch.Tensor | None = None) -> torch.Tensor:
        """The weighted sums before batch norm, [T, N, out_channels, OH, OW], of what `forward` takes."""
        weight, *join = self._weights()
        summed = convolve(x, spread(weight, self.stage.average) / self.stage.average**2, self.stage)
        return summed + convolve_join(source, *join, self.stage.join) if self.stage.join else summed

    def get_extra_state(self) -> torch.Tensor:
        """`rounded`, as a state dict holds it."""
        return torch.tensor(self.rounded)

    def set_extra_state(self, state: torch.Tensor) -> None:
        self.rounded = bool(state)

    def _load_from_state_dict(self, state, prefix, *args):
        state.setdefault(f"{prefix}_extra_state", torch.tensor(False))  # older files have none
        super()._load_from_state_dict(state, prefix, *args)

    def rows(self) -> torch.Tensor:
        """The weights that share a step on the grid of integers, those of a residual join with them: [R, K]."""
        rows = torch.cat([weight.flatten(1) for weight in self._latent()], dim=1)
        return rows.reshape(1, -1) if self.stage.kind is Kind.READOUT else rows

    def _latent(self) -> list[torch.Tensor]:
        return [self.weight, self.join_weight] if self.stage.join else [self.weight]

    def _weights(self) -> list[torch.Tensor]:
        """What is multiplied with: of `rounded` layers whole steps."""
        if not self.rounded:
            return self._latent()
        bits = self.architecture.weight_bits
        step = quick_step(self.rows().detach(), signed_max(bits)).expand(self.stage.out_channels)
        return [on_grid(weight, step, bits) * step[:, None, None, None] for weight in self._latent()]

    def _course(self, x, alpha, beta) -> Course:
        architecture = self.architecture
        return Course(*course(x, alpha, beta, architecture.v_threshold, architecture.reset,
                              self.stage.kind is not Kind.READOUT))


def spread(weight: torch.Tensor, side: int) -> torch.Tensor:
    """Each weight repeated over ``side x side`` taps, as in `hwgen.spec.fold_average_pool`."""
    return weight if side == 1 else weight.repeat_interleave(side, dim=2).repeat_interleave(side, dim=3)


def convolve(x: torch.Tensor, weight: torch.Tensor, stage: Stage, half_backward: bool = False) -> torch.Tensor:
    """[T, N, C, H, W] -> [T, N, out_channels, OH, OW], each timestep and sample by itself; ``weight`` as `spread`."""
    stride, padding = stage.stride * stage.average, stage.padding * stage.average
    return _convolve(x, weight, stride, padding, stage.in_channels if stage.depthwise else 1, half_backward)


def convolve_join(source: torch.Tensor, weight: torch.Tensor, join: Join, half_backward: bool = False) -> torch.Tensor:
    """The same for the 1 x 1 weights of a residual join."""
    return _convolve(source, weight, join.stride, 0, join.in_channels if join.depthwise else 1, half_backward)


def _convolve(x, weight, stride, padding, groups, half_backward):
    conv2d = _HalfBackward.apply if half_backward else F.conv2d
    summed = conv2d(x.flatten(0, 1), weight, None, stride, padding, 1, groups)
    return summed.view(*x.shape[:2], *summed.shape[1:])


class _HalfBackward(torch.autograd.Function):
    """`torch.nn.functional.conv2d`, exact forwards, with gradients in bfloat16: twice as fast on many CPUs."""

    @staticmethod
    def forward(ctx, x, weight, bias, stride, padding, dilation, groups):
        ctx.save_for_backward(x.bfloat16(), weight.bfloat16())
        ctx.window = stride, padding, groups
        return F.conv2d(x, weight, bias, stride, padding, dilation, groups)

    @staticmethod
    def backward(ctx, gradient):
        x, weight = ctx.saved_tensors
        stride, padding, groups = ctx.window
        d_x, d_weight, _ = torch.ops.aten.convolution_backward(
            gradient.bfloat16(), x, weight, None, [stride] * 2, [padding] * 2, [1, 1], False, [0, 0], groups,
            [*ctx.needs_input_grad[:2], False])
        return d_x if d_x is None else d_x.float(), d_weight.float(), None, None, None, None, None


def or_pool(spikes: torch.Tensor, side: int) -> torch.Tensor:
    """OR over ``side x side`` windows of [T, N, C, H, W]; incomplete windows are dropped."""
    if side == 1:
        return spikes
    pooled = F.max_pool2d(spikes.flatten(0, 1), side)
    if pooled.requires_grad:                                            # a gradient across the grain costs ten times
        order = Order(pooled[None])
        pooled.register_hook(lambda gradient: order.maps(order.flat(gradient[None]))[0])
    return pooled.view(*spikes.shape[:2], *pooled.shape[1:])
