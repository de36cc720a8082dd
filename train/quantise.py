"""A layer whose forward pass is the integer rule, and whose backward pass is that of real numbers.

Every forward pass derives the layer's integers with `hwgen.spec.derive_neuron`, the same function that
serves the golden model and the hardware, and computes with them; so there is nothing to convert after
training. The gradient is that of the real-valued equations (`train.bptt`) at the integers' values::

    x         = scale * X + offset                    X: exact sum of integer weights
    v_charged = U * alpha * scale / 2**F
    v_reset   = G * alpha * scale / 2**F

and passes the rounding of weights and decays straight through.
"""

import torch
from torch import nn

from hwgen.spec import (BETAF_FRACTION_BITS, BETAF_WIDTH, LEAST_SCALE, Dalif, Kind, Layer, NeuronIntegers, Reset,
                        Skip, derive_neuron, fold_average_pool)
from hwgen.spec.fixedpoint import signed_max, signed_min

from .architecture import Architecture, Stage
from .bptt import Course, integrate
from .errors import TrainError
from .grid import best_step, on_grid, quick_step
from .layer import FloatLayer, LayerRun, convolve, convolve_join, or_pool, spread
from .order import Order
from .straight_through import straight_through

#: Sums of integers are exact in float32 below this.
EXACT = 1 << 24


class QuantLayer(nn.Module):
    """A layer with batch norm folded into ``scale = gain * unit`` and ``offset``, each [out_channels].

    ``weight`` stays real and is rounded to whole steps in the forward pass; ``step`` is fixed, and so is ``unit``, what
    a whole step of weight came to behind batch norm; ``gain`` and ``offset`` are learned. A gain starts at 1 or -1 (of
    a readout it stays 1), so that steps of an optimiser are shares of it. With ``half_backward`` the gradients of the
    sums are computed in bfloat16.
    """

    def __init__(self, stage: Stage, architecture: Architecture):
        super().__init__()
        self.stage, self.architecture = stage, architecture
        channels = stage.out_channels
        self.weight = nn.Parameter(torch.zeros(stage.weight_shape))
        if stage.join:
            self.join_weight = nn.Parameter(torch.zeros(stage.join_shape))
        self.register_buffer("step", torch.ones(channels))
        self.register_buffer("unit", torch.ones(channels))
        self.gain = nn.Parameter(torch.ones(channels), requires_grad=stage.kind is not Kind.READOUT)
        self.offset = nn.Parameter(torch.zeros(channels))
        self.decays = architecture.decays()
        self.half_backward = False

    @classmethod
    def from_float(cls, layer: FloatLayer) -> "QuantLayer":
        """The same layer with batch norm folded (running statistics) and weights ready to round.

        Raises
        ------
        TrainError
            If a channel's sums have grown so large that nothing is left of them after batch norm.
        """
        self = cls(layer.stage, layer.architecture).to(layer.weight.device)
        self.decays.load_state_dict(layer.decays.state_dict())
        with torch.no_grad():
            self.weight.copy_(layer.weight)
            if layer.stage.join:
                self.join_weight.copy_(layer.join_weight)
            limit = signed_max(layer.architecture.weight_bits)
            self.step.copy_((quick_step if layer.rounded else best_step)(layer.rows(), limit))
            if layer.stage.kind is Kind.READOUT:
                self.unit.copy_(self.step)
                self.offset.copy_(layer.bias)
            else:
                norm = layer.norm
                factor = norm.weight / (norm.running_var + norm.eps).sqrt()
                self.gain.copy_(torch.where(factor < 0, -1.0, 1.0))
                self.unit.copy_(factor.abs() * self.step)
                self.offset.copy_(norm.bias - norm.running_mean * factor)
                if not (self.unit >= LEAST_SCALE).all():
                    raise TrainError(f"layer '{layer.stage.name}' has a channel without a scale: its weights ran away",
                                     "train again with a lower --rate")
        return self

    @property
    def scale(self) -> torch.Tensor:
        """What a whole step of weight comes to, [out_channels]; may be negative."""
        return self.gain * self.unit

    def whole_steps(self, weight: torch.Tensor) -> torch.Tensor:
        """``weight`` in whole steps, float32, within ``±(2**(bits-1) - 1)``, straight-through."""
        return on_grid(weight, self.step, self.architecture.weight_bits)

    def to_spec(self) -> Layer:
        """The layer as plain data, with the very integers of the forward pass."""
        stage, join = self.stage, self.stage.join
        window = fold_average_pool(stage.average, weight=self._int8(self.weight),
                                   scale=_float64(self.scale), stride=stage.stride, padding=stage.padding)
        if stage.kind is not Kind.CONV:
            window["stride"] = 1                                        # its window is the whole map
        return Layer(
            name=stage.name, kind=stage.kind, weight_bits=self.architecture.weight_bits,
            offset=_float64(self.offset), neuron=self.dalif(), pool=stage.pool, depthwise=stage.depthwise,
            skip=Skip(source=join.source, weight=self._int8(self.join_weight), stride=join.stride,
                      depthwise=join.depthwise) if join else None,
            **window)

    def _int8(self, weight: torch.Tensor):
        return self.whole_steps(weight).detach().cpu().numpy().astype("int8")

    def dalif(self) -> Dalif:
        """The neurons' parameters as plain data, decays in fixed point."""
        alpha, beta = self.decays.fixed_point()
        return Dalif(
            alpha=alpha, beta=beta, decay_fraction_bits=self.decays.bits,
            v_threshold=self.architecture.v_threshold, reset=self.architecture.reset,
            fires=self.stage.kind is not Kind.READOUT,
            fraction_bits=self.architecture.fraction_bits(self.stage),
            membrane_bits=self.architecture.membrane_bits)

    def forward(self, x: torch.Tensor, timesteps: int, source: torch.Tensor | None = None) -> LayerRun:
        """``x`` float, whole numbers [T, N, C, H, W], or [1, N, C, H, W] where every timestep has the same;
        ``timesteps`` is T, all of them; ``source`` of a residual join, 0 or 1.

        Raises
        ------
        TrainError
            If a sum could reach 2**24, where float32 stops being exact.
        """
        scale = self.scale
        sign = torch.where(scale < 0, -1.0, 1.0)                        # `Layer.integers` moves it likewise
        weight = sign[:, None, None, None] * spread(self.whole_steps(self.weight), self.stage.average)
        sums = weight.detach().abs().sum(dim=(1, 2, 3))
        if self.stage.join:
            join_weight = sign[:, None, None, None] * self.whole_steps(self.join_weight)
            sums = sums + join_weight.detach().abs().sum(dim=(1, 2, 3))
        bound = float(sums.max() * x.detach().max().clamp(min=1))
        if bound >= EXACT:
            raise TrainError(f"layer '{self.stage.name}': a sum of weights may reach {bound:g}, and float32 is "
                             f"exact below {EXACT}", "use a smaller kernel, fewer channels or fewer bits")
        summed = convolve(x, weight, self.stage, self.half_backward)
        if self.stage.join:
            summed = summed + convolve_join(source, join_weight, self.stage.join, self.half_backward)
        if summed.is_cuda:                                              # some of its algorithms are a hair off
            summed = straight_through(summed, summed.round())
        pooled = self.stage.average**2
        integers = derive_neuron(self.dalif(), _float64(scale.abs()) / pooled, _float64(self.offset), timesteps)
        scale = scale / pooled
        x = scale.abs()[:, None, None] * summed + self.offset[:, None, None]
        run = LayerRun(x, accumulator=summed.detach().to(integer_type(bound, integers)))

        def course(x, alpha, beta) -> Course:
            order = Order(run.accumulator)
            membrane, spikes = integer_rule(order.flat(run.accumulator), integers)
            run.membrane, run.spikes = order.maps(membrane), order.maps(spikes)
            unit = (alpha[:, None] * scale.abs() / 2**integers.fraction_bits)[:, None, :, None]     # [T, 1, C, 1]
            return Course(membrane.to(x.dtype).mul_(unit), spikes.to(x.dtype))

        alpha, beta = self.decays(timesteps, on_grid=True)
        run.output = or_pool(integrate(x, alpha, beta, course, self.architecture.rule(self.stage)), self.stage.pool)
        return run


def integer_type(largest_sum: float, neuron: NeuronIntegers) -> torch.dtype:
    """The faster of int32 and int64 that holds every intermediate value of `integer_rule`."""
    pushed = (largest_sum + float(abs(neuron.bias).max())) * 2**neuron.fraction_bits
    decayed = 1 << (neuron.membrane_bits - 1 + BETAF_WIDTH)
    return torch.int32 if pushed + decayed < 1 << 31 else torch.int64


def integer_rule(accumulator: torch.Tensor, neuron: NeuronIntegers) -> tuple[torch.Tensor, torch.Tensor]:
    """The integer rule of `hwgen.spec.neuron`: ``(U, S)``, [T, A, C, B] each.

    ``accumulator`` of `integer_type` [T, A, C, B] (`train.order.Order`), or [1, A, C, B] where every timestep has the
    same; U of the same type, S bool. The twin of `sim.golden.neuron.integrate`.
    """
    bias = torch.from_numpy(neuron.bias).to(accumulator)[:, None]
    threshold = torch.from_numpy(neuron.threshold).to(accumulator)[:, :, None]          # [C, T, 1]
    low, high = signed_min(neuron.membrane_bits), signed_max(neuron.membrane_bits)
    pushed = (accumulator + bias) << neuron.fraction_bits
    membrane = accumulator.new_empty(len(neuron.betaf), *accumulator.shape[1:])
    spikes = torch.zeros_like(membrane, dtype=torch.bool)
    g = torch.zeros_like(accumulator[0])
    for t, betaf in enumerate(neuron.betaf.tolist()):
        decayed = g.mul_(betaf).add_(1 << (BETAF_FRACTION_BITS - 1)).bitwise_right_shift_(BETAF_FRACTION_BITS)
        u = torch.add(decayed, pushed[min(t, len(pushed) - 1)], out=membrane[t]).clamp_(low, high)
        if not neuron.fires:
            g.copy_(u)
            continue
        torch.ge(u, threshold[:, t], out=spikes[t])
        if neuron.reset is Reset.ZERO:
            g = u.masked_fill(spikes[t], 0)
        else:
            torch.sub(u, threshold[:, t] * spikes[t], out=g)
    return membrane, spikes


def _float64(tensor: torch.Tensor):
    return tensor.detach().double().cpu().numpy()
