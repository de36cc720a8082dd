"""The DA-LIF neuron in floating point: its equations as pure functions, and its decays, learned or fixed.

For a layer and a timestep ``t`` (Zhang et al., arXiv 2502.10422; names as in `hwgen.spec.neuron`)::

    v_charged[t] = beta[t] * v_reset[t-1] + alpha[t] * x[t]
    spike[t]     = v_charged[t] >= v_threshold
    v_reset[t]   = 0 if spike[t] else v_charged[t]              reset to zero
                 = v_charged[t] - v_threshold * spike[t]        reset by subtraction
"""

from dataclasses import dataclass

import torch
from torch import nn

from hwgen.spec import Reset

from .activation import ACTIVATIONS
from .fused import fused
from .straight_through import straight_through


def step(x, v_reset, alpha, beta, v_threshold: float, reset: Reset, fires: bool = True):
    """One timestep of the equations above: ``(spikes, v_charged, v_reset)``.

    ``x`` and ``v_reset`` float [N, C, H, W] (or anything that broadcasts), ``alpha`` and ``beta``
    scalars; spikes are 0 or 1 in the dtype of ``x``, and always 0 of neurons that never fire.
    """
    v_charged = beta * v_reset + alpha * x
    if not fires:
        return torch.zeros_like(v_charged), v_charged, v_charged
    spikes = (v_charged >= v_threshold).to(v_charged.dtype)
    if reset is Reset.ZERO:
        return spikes, v_charged, v_charged * (1 - spikes)
    return spikes, v_charged, v_charged.sub(spikes, alpha=v_threshold)


@fused
def course(x, alpha, beta, v_threshold: float, reset: Reset, fires: bool = True):
    """All timesteps, ``(v_charged, spikes)``, [T, ...] each: of ``x`` float [T, ...], or [1, ...] where every timestep
    has the same, ``alpha`` and ``beta`` [T]."""
    v_reset, charged, fired = torch.zeros_like(x[0]), [], []
    for t in range(len(alpha)):
        spikes, v_charged, v_reset = step(x[min(t, len(x) - 1)], v_reset, alpha[t], beta[t], v_threshold, reset, fires)
        charged.append(v_charged)
        fired.append(spikes)
    return torch.stack(charged), torch.stack(fired)


@dataclass(frozen=True, kw_only=True)
class Neuron:
    """A kind of neuron: the equations above, and what of alpha and beta is learned.

    ``alpha`` and ``beta`` are where training starts, or stays if the name is not among the ``learned``; if ``tied``,
    ``beta = 1 - alpha`` throughout.
    """

    learned: tuple[str, ...]
    alpha: float = 1.0
    beta: float = 0.75
    tied: bool = False


#: The neurons by name. Hardware knows DA-LIF only, of which the others are special cases: ``lif`` is
#: ``v += (x - v) / tau`` with ``tau = 2``, ``plif`` the same with a learned ``tau`` (Fang et al., 2021,
#: arXiv 2007.05785), and the last two leave one decay of DA-LIF where it starts.
NEURONS = {
    "dalif": Neuron(learned=("alpha", "beta")),
    "lif": Neuron(learned=(), alpha=0.5, beta=0.5, tied=True),
    "plif": Neuron(learned=("alpha",), alpha=0.5, beta=0.5, tied=True),
    "alpha-only": Neuron(learned=("alpha",)),
    "beta-only": Neuron(learned=("beta",)),
}


#: Beta where a neuron keeps nearly all: far enough from 1 for a sigmoid to have a gradient.
KEPT = 15 / 16


class Decays(nn.Module):
    """Alpha and beta of a layer, shared by its neurons.

    Each stays within its range however far its parameter runs, so alpha stays positive. What is not learned is a
    parameter without gradient; a tied beta is none.

    Parameters
    ----------
    timesteps
        T.
    per_timestep
        Learn a value for each timestep, instead of one.
    neuron
        A name in `NEURONS`.
    activation
        A name in `train.activation.ACTIVATIONS`.
    bits
        Fraction bits of both in fixed point.
    alpha_range, beta_range
        ``(low, high)``; alpha's low is at least one step of its fixed point. A tied alpha is below 1.
    """

    def __init__(self, timesteps: int, per_timestep: bool = False, neuron: str = "dalif", *,
                 activation: str = "sigmoid", bits: int = 8,
                 alpha_range: tuple[float, float] = (1 / 16, 2.0),
                 beta_range: tuple[float, float] = (0.0, 1.0)):
        super().__init__()
        if alpha_range[0] < 2.0**-bits:
            raise ValueError(f"alpha's range starts at {alpha_range[0]}, below 2**-{bits}")
        self.timesteps, self.neuron, self.bits = timesteps, NEURONS[neuron], bits
        self.activation = activation
        self.ranges = {"alpha": (alpha_range[0], 1.0)} if self.neuron.tied \
            else {"alpha": alpha_range, "beta": beta_range}
        for name, limits in self.ranges.items():
            learned = name in self.neuron.learned
            parameter = ACTIVATIONS[activation].parameter(torch.tensor(getattr(self.neuron, name)), *limits)
            self.register_parameter(self._key(name), nn.Parameter(
                parameter.repeat(timesteps if per_timestep and learned else 1), requires_grad=learned))

    def parameter(self, name: str) -> nn.Parameter:
        """Of ``"alpha"`` or ``"beta"``, before its activation."""
        return getattr(self, self._key(name))

    def _key(self, name: str) -> str:
        """Parameters mean something else under another activation: named after it, they are not taken for its own."""
        return name if self.activation == "sigmoid" else f"{self.activation}_{name}"

    def keep(self, kept: bool) -> None:
        """Whether neurons keep their potential, as graded ones do (`train.graded`): a learned beta is then held near 1,
        and learns on from there."""
        if "beta" in self.neuron.learned:
            if kept:
                self.set_fixed_point((), (round(KEPT * 2**self.bits),))
            self.parameter("beta").requires_grad_(not kept)

    def forget(self) -> None:
        """Put a learned beta back to where it starts."""
        if "beta" in self.neuron.learned:
            self.set_fixed_point((), (round(self.neuron.beta * 2**self.bits),))

    @torch.no_grad()
    def strengthen(self, factor: float) -> None:
        """Multiply a learned alpha by ``factor``, within its range."""
        kind, limits, parameter = ACTIVATIONS[self.activation], self.ranges["alpha"], self.parameter("alpha")
        parameter.copy_(kind.parameter((factor * kind.value(parameter, *limits)).clamp(*limits), *limits))

    def values(self) -> tuple[torch.Tensor, torch.Tensor]:
        """``(alpha, beta)``, float32 [1] or [T] each."""
        value = ACTIVATIONS[self.activation].value
        alpha, *beta = (value(self.parameter(name), *limits) for name, limits in self.ranges.items())
        return alpha, beta[0] if beta else 1 - alpha

    def fixed_point(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """``(alpha, beta)`` as integers, in units of ``2**-bits``, rounded to nearest."""
        return tuple(tuple(int(n) for n in (value.detach() * 2**self.bits).round()) for value in self.values())

    @torch.no_grad()
    def set_fixed_point(self, alpha: tuple[int, ...], beta: tuple[int, ...]) -> None:
        """Take the values that `fixed_point` gives; one for each timestep only if this layer has that, none leaves what
        is there.

        Raises
        ------
        ValueError
            If there are more values than this layer has.
        """
        for name, whole in (("alpha", alpha), ("beta", beta)):
            if whole and name in self.ranges:
                parameter = self.parameter(name)
                if len(whole) not in (1, len(parameter)):
                    raise ValueError(f"{len(whole)} values of {name} for {len(parameter)}")
                value = torch.tensor(whole) / 2**self.bits
                parameter.copy_(ACTIVATIONS[self.activation].parameter(value, *self.ranges[name]))

    def forward(self, timesteps: int, on_grid: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
        """``(alpha, beta)`` of the first ``timesteps``, float32 [timesteps] each; ``on_grid``: rounded to their fixed
        point, straight-through."""
        values = self.values()
        if on_grid:
            unit = 2.0**self.bits
            values = [straight_through(value, (value * unit).round() / unit) for value in values]
        return tuple(value.expand(self.timesteps)[:timesteps] for value in values)
