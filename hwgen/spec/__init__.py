"""The contract: the network as plain data, and the rule that turns it into integers (numpy only)."""

from .checkpoint import from_state, to_state
from .errors import HwgenError, ModelError
from .layers import LEAST_SCALE, Kind, Layer, LayerIntegers, Skip, fold_average_pool
from .network import Encoding, Input, Network
from .neuron import BETAF_FRACTION_BITS, BETAF_WIDTH, Dalif, NeuronIntegers, Reset, derive_neuron

__all__ = [
    "BETAF_FRACTION_BITS", "BETAF_WIDTH", "Dalif", "Encoding", "HwgenError", "Input", "Kind", "Layer",
    "LayerIntegers", "ModelError", "Network", "NeuronIntegers", "Reset", "Skip", "derive_neuron",
    "fold_average_pool", "from_state", "to_state",
]
