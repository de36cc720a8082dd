"""The DA-LIF neuron: what is learned (`Dalif`) and the integers it becomes (`NeuronIntegers`).

The neuron of Zhang et al., "DA-LIF: Dual Adaptive Leaky Integrate-and-Fire Model for Deep Spiking
Neural Networks" (arXiv 2502.10422), for a layer and a timestep ``t``::

    v_charged[t] = beta[t] * v_reset[t-1] + alpha[t] * x[t]      x[t]: weighted input after batch norm
    spike[t]     = v_charged[t] >= v_threshold
    v_reset[t]   = 0 if spike[t] else v_charged[t]               reset to zero
                 = v_charged[t] - v_threshold * spike[t]         reset by subtraction

Dividing by ``alpha`` moves it into the threshold (``U = v_charged / alpha``), and batch norm moves into
integer weights, a bias and a threshold for each channel. What is left is the integer rule, the only one
that the golden model, the quantised forward pass and the gateware know::

    P = betaf[t] * G                       betaf: UQ(2, FB), unsigned
    D = (P + 2**(FB-1)) >> FB              round half up
    U = saturate(D + ((X + bias[c]) << F)) to a signed integer of MB bits
    S = U >= threshold[c, t]
    G = 0 if S else U                      or      U - threshold[c, t] * S
"""

import enum
import math
import operator
from dataclasses import dataclass

import numpy as np

from .errors import ModelError
from .fixedpoint import round_half_up, signed_max

#: Fraction bits (FB) of the memory decay ``betaf`` in the integer rule.
BETAF_FRACTION_BITS = 8
#: All bits of ``betaf``: UQ(2, 8), so a decay below 4; it exceeds 1 where alpha falls between timesteps.
BETAF_WIDTH = 10


class Reset(enum.StrEnum):
    """What happens to the membrane potential of a neuron that fires."""

    ZERO = "zero"
    SUBTRACT = "subtract"


@dataclass(frozen=True, kw_only=True)
class Dalif:
    """The learned parameters of a layer's neurons, decays in fixed point.

    Parameters
    ----------
    alpha, beta
        Spatial and temporal decay as integers, ``value * 2**decay_fraction_bits``: one entry for the
        whole layer, or one a timestep. ``alpha > 0``, ``beta >= 0``.
    decay_fraction_bits
        Fraction bits of ``alpha`` and ``beta``, 1 to 16.
    v_threshold
        Firing threshold, in units of the membrane potential; positive.
    reset
        To zero or by subtraction.
    fires
        False for a readout: it integrates and never fires, its score is the last ``v_charged``.
    fraction_bits
        F of the integer rule: fraction bits of the integer membrane, 0 to 8.
    membrane_bits
        MB of the integer rule: bits of the integer membrane, 8 to 24.
    """

    alpha: tuple[int, ...]
    beta: tuple[int, ...]
    decay_fraction_bits: int = 8
    v_threshold: float = 1.0
    reset: Reset = Reset.ZERO
    fires: bool = True
    fraction_bits: int = 4
    membrane_bits: int = 16

    def __post_init__(self):
        object.__setattr__(self, "reset", Reset(self.reset))
        object.__setattr__(self, "alpha", tuple(operator.index(a) for a in self.alpha))
        object.__setattr__(self, "beta", tuple(operator.index(b) for b in self.beta))
        _check_range("decay_fraction_bits", self.decay_fraction_bits, 1, 16)
        _check_range("fraction_bits", self.fraction_bits, 0, 8)
        _check_range("membrane_bits", self.membrane_bits, 8, 24)
        if self.membrane_bits < self.fraction_bits + 2:
            raise ModelError(f"fraction_bits = {self.fraction_bits} leaves no integer bits in a membrane of "
                             f"{self.membrane_bits} bits", "use at least two membrane bits more than fraction bits")
        limit = 16 << self.decay_fraction_bits
        for name, values, low in (("alpha", self.alpha, 1), ("beta", self.beta, 0)):
            if not values:
                raise ModelError(f"{name} has no value", "give one for the layer or one a timestep")
            for value in values:
                if not low <= value < limit:
                    raise ModelError(
                        f"{name} = {value / (1 << self.decay_fraction_bits):g} is out of range",
                        f"{name} must be {'above' if low else 'at least'} 0 and below 16",
                    )
        if not (math.isfinite(self.v_threshold) and self.v_threshold > 0):
            raise ModelError(f"v_threshold = {self.v_threshold} is not a positive number")

    def decays(self, timesteps: int) -> tuple[np.ndarray, np.ndarray]:
        """``(alpha, beta)`` as float64 arrays of length ``timesteps``."""
        unit = 1 << self.decay_fraction_bits
        arrays = []
        for name, values in (("alpha", self.alpha), ("beta", self.beta)):
            if len(values) not in (1, timesteps):
                raise ModelError(f"{name} has {len(values)} values for {timesteps} timesteps",
                                 "give one for the layer or one a timestep")
            arrays.append(np.broadcast_to(np.array(values, np.float64) / unit, (timesteps,)))
        return arrays[0], arrays[1]


@dataclass(frozen=True, kw_only=True, eq=False)
class NeuronIntegers:
    """The integers of a layer's neurons, as the integer rule uses them.

    ``bias`` int64 [C], in units of one weight step; ``threshold`` int64 [C, T], in units of
    ``2**-fraction_bits`` weight steps; ``betaf`` int64 [T], in units of ``2**-8``, 0 at t = 0 (the
    membrane starts at 0).
    """

    bias: np.ndarray
    threshold: np.ndarray
    betaf: np.ndarray
    reset: Reset
    fires: bool
    fraction_bits: int
    membrane_bits: int


def derive_neuron(neuron: Dalif, scale: np.ndarray, offset: np.ndarray, timesteps: int) -> NeuronIntegers:
    """The one rule that turns learned parameters into the integers of a layer's neurons.

    Parameters
    ----------
    neuron
        The layer's learned parameters.
    scale
        float64 [C]: the value of one weight step in units of ``x``, batch-norm gain included; positive
        (`Layer` moves the sign of a negative gain into the weights).
    offset
        float64 [C]: what batch norm adds to ``x``.
    timesteps
        T.

    Returns
    -------
    NeuronIntegers
        ``bias = round(offset / scale)``, halves up, saturated to ``membrane_bits - fraction_bits`` bits;
        ``threshold = ceil(v_threshold / (alpha[t] * scale) * 2**F)``, saturated to the largest membrane;
        ``betaf = round(beta[t] * alpha[t-1] / alpha[t] * 2**FB)``, halves up, saturated to UQ(2, 8).
    """
    alpha, beta = neuron.decays(timesteps)
    scale = np.asarray(scale, np.float64)
    top = signed_max(neuron.membrane_bits)
    with np.errstate(over="ignore"):
        theta = neuron.v_threshold / (alpha[None, :] * scale[:, None]) * 2.0**neuron.fraction_bits
        bias = np.asarray(offset, np.float64) / scale
    bias_top = signed_max(neuron.membrane_bits - neuron.fraction_bits)
    ratio = np.zeros(timesteps)
    ratio[1:] = beta[1:] * alpha[:-1] / alpha[1:]
    betaf = np.minimum(round_half_up(ratio * 2**BETAF_FRACTION_BITS), (1 << BETAF_WIDTH) - 1)
    return NeuronIntegers(
        bias=round_half_up(np.clip(bias, -bias_top, bias_top)),
        threshold=np.ceil(np.minimum(theta, top)).astype(np.int64),
        betaf=betaf,
        reset=neuron.reset,
        fires=neuron.fires,
        fraction_bits=neuron.fraction_bits,
        membrane_bits=neuron.membrane_bits,
    )


def _check_range(name: str, value: int, low: int, high: int) -> None:
    if not (isinstance(value, int) and low <= value <= high):
        raise ModelError(f"{name} = {value!r} is out of range", f"it must be an integer from {low} to {high}")
