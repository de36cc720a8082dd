"""Whether a network will fit a board, before it is trained, and how fast it will be there, after.

The one file of `train` that knows boards and the planner: what they say needs a network with weights, so one is drawn
where there is none yet.
"""

from dataclasses import replace

import boards
import numpy as np
import torch
from hwgen.plan import Plan, check
from hwgen.planning import SAMPLES, measure_activity
from hwgen.spec import Encoding, HwgenError, Network

from .architecture import Architecture
from .export import to_network
from .models import SpikingNetwork


def require_fit(architecture: Architecture, board_name: str) -> Plan:
    """The plan of such a network on a board.

    It holds for drawn weights; those that training finds have the same shapes, and sums that are a bit wider or
    narrower, so near the limit `hwgen check` may say otherwise at the end.

    Raises
    ------
    HwgenError
        If there is no such board.
    PlanError
        If the network does not fit it: the planner's words, which name what is short and what would help.
    ModelError
        If the specification does not allow such a network.
    """
    board = boards.find(board_name)
    network = drawn(architecture)
    return check(network, board).require(network, board)


def up5k(network: Network, samples: np.ndarray) -> dict:
    """What the planner estimates for the UP5K of an iCEBreaker, as `hwgen check` does, with the activity of the first
    of some samples: ``up5k_cycles`` and ``up5k_ms`` from a sample to its scores, both None if the network does not
    fit, and ``up5k_basis``, where they come from, or why not."""
    board, few = boards.find("icebreaker"), samples[:SAMPLES]
    try:
        check(network, board).require(network, board)                   # before a large one is run to measure it
    except HwgenError as error:
        return {"up5k_cycles": None, "up5k_ms": None, "up5k_basis": str(error)}
    activity = replace(measure_activity(network, few), basis=f"activity of {len(few)} test samples")
    plan = check(network, board, activity=activity).require(network, board)
    cycles, hz = plan.estimate.cycles, plan.target_hz
    return {"up5k_cycles": cycles, "up5k_ms": 1000 * cycles / hz,
            "up5k_basis": f"{plan.estimate.basis}, at {hz / 1e6:g} MHz"}


def drawn(architecture: Architecture, seed: int = 1) -> Network:
    """A network of that architecture with the numbers' sizes that trained ones have: first weights as training's, the
    statistics of two random samples, drawn offsets, and learned decays that differ between timesteps.

    The state of PyTorch's random numbers is left as it was.
    """
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        model = SpikingNetwork(architecture)
        for layer in model.layers[:-1]:
            layer.norm.momentum = None                                  # the mean of all batches: of this one
            layer.norm.bias.normal_(0, 0.5)
        shape = architecture.input.shape
        if architecture.input.encoding is Encoding.ANALOG:
            samples = torch.randint(256, (2, *shape), dtype=torch.uint8)
        else:
            samples = (torch.rand(2, architecture.timesteps, *shape) < 0.3).to(torch.uint8)
        model(samples)
        for layer in model.layers:
            for parameter in layer.decays.parameters():
                if parameter.requires_grad:
                    parameter.add_(torch.randn_like(parameter))
        return to_network(model.quantised())
