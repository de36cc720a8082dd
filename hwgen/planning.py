"""Plans for a model on a board: the planner, told how active the model's layers are."""

from dataclasses import asdict, dataclass, replace

import numpy as np

from boards import BOARDS
from sim.golden import forward

from .models import Model
from .plan import Activity, Check, Plan, check, spikes_to_elements
from .plan.planner import ClockProblem
from .plan.search import TIME_PARALLEL
from .spec import Encoding, HwgenError, Network

#: How many of the shipped samples are looked at.
SAMPLES = 16


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the user may ask of a plan: the clock in Hz (None: the board's); how many cores, and lanes and
    timesteps at a time of each (None: the planner chooses); what to favour."""

    target_hz: float | None = None
    cores: int | None = None
    lanes: int | None = None
    time_parallel: int | None = None
    optimize: str = "latency"


def plan_model(model: Model, board, wishes: Wishes) -> Plan:
    """`check_model`'s plan; raises `hwgen.plan.PlanError` if there is none."""
    return check_model(model, board, wishes).require(model.network, board)


def check_model(model: Model, board, wishes: Wishes) -> Check:
    """`hwgen.plan.check` with the activity of the model; where nothing fits, the first problem's remedy names the
    boards that the network fits without pins."""
    activity = model_activity(model)
    result = check(model.network, board, activity=activity, **asdict(wishes))
    if result.fits or isinstance(result.problems[0], ClockProblem):
        return result
    others = [other.name for other in BOARDS.values() if other.name != board.name
              and check(model.network, other, activity=activity).fits]
    if not others:
        return result
    first, *rest = result.problems
    first = replace(first, remedy=f"{first.remedy}; it fits {', '.join(others)}")
    return replace(result, problems=(first, *rest))


def model_activity(model: Model) -> Activity:
    """The shares of active elements, measured on the first of the inputs that are shipped with the model, if any."""
    try:
        samples, _ = model.samples()
    except HwgenError:
        return Activity()
    return measure_activity(model.network, samples[:SAMPLES])


def measure_activity(network: Network, samples: np.ndarray) -> Activity:
    """The shares of active elements in the maps of some samples, as `sim.golden.forward` takes them."""
    run = forward(network, samples, keep_layers=True)
    analog = network.input.encoding is Encoding.ANALOG
    entry = network.input.quantise(samples).astype(np.int64) if analog else _elements(np.moveaxis(samples, 1, 0))
    shares = {}
    for layer, elements in enumerate([entry, *(_elements(layer.output) for layer in run.layers[:-1])]):
        bits = network.input.bits if analog and layer == 0 else network.timesteps
        for width in TIME_PARALLEL:
            slices = [elements >> shift & (1 << width) - 1 for shift in range(0, bits, width)]
            shares[layer, width] = float(np.mean([part != 0 for part in slices]))
    return Activity(shares=shares, basis=f"activity of {len(samples)} shipped inputs")


def _elements(spikes: np.ndarray) -> np.ndarray:
    """Spikes [T, N, ...] as elements of a batch, bit t for timestep t."""
    return np.stack([spikes_to_elements(spikes[:, index]) for index in range(spikes.shape[1])])
