"""Networks in floating point that runs of ``python -m train`` kept, where benchmarks of a change of phase start."""

from pathlib import Path

from train import state
from train.architecture import from_plain
from train.data import Split, load
from train.errors import TrainError
from train.models import SpikingNetwork
from train.recipe import EVENTS, RECIPES

from .common import parser


def options_of(doc: str):
    """A parser with the network, its data set and where that lies."""
    arguments = parser(doc)
    arguments.add_argument("network", type=Path, metavar="LOG/float.pt")
    arguments.add_argument("--dataset", default="cifar10")
    arguments.add_argument("--data", type=Path, required=True, metavar="DIR")
    return arguments


def read(options, *, graded: bool) -> tuple[SpikingNetwork, Split, Split]:
    """The network, evaluating, and the training samples that its run learned from and held out.

    Raises
    ------
    TrainError
        If the neurons of its last phase were not ``graded``, or were.
    """
    found = state.read_float(options.network)
    if bool(found.get("graded")) != graded:
        raise TrainError(f"the neurons of '{options.network}' were {'not ' if graded else ''}graded at the end",
                         f"give one of python -m train --epochs {'N,0,1' if graded else 'N,M,1'}")
    model = SpikingNetwork(from_plain(found["architecture"]))
    model.load_state_dict(found["float_model"])
    train, _ = load(options.dataset, options.data, timesteps=model.architecture.timesteps)
    return model.eval(), *train.hold_out(RECIPES.get(options.dataset, EVENTS).held_out)
