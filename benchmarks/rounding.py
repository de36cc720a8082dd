"""What rounding weights costs before anything is trained on integers, and what `train.rounding` saves of it.

Takes the ``float.pt`` of a run whose last phase in floating point had real timesteps. The samples are those that the
run held out; the weights are rounded by the first of the others, as they are.
"""

from pathlib import Path

import torch

from train import state
from train.architecture import from_plain
from train.data import load
from train.errors import TrainError
from train.evaluate import survey
from train.models import SpikingNetwork
from train.recipe import EVENTS, RECIPES
from train.rounding import adapt, enough

from .common import main, parser, table


def measure(options) -> dict:
    found = state.read_float(options.network)
    if found.get("graded"):
        raise TrainError(f"'{options.network}' is of graded neurons, which no integers follow",
                         "give one of python -m train --epochs N,M,1")
    architecture = from_plain(found["architecture"])
    train, _ = load(options.dataset, options.data, timesteps=architecture.timesteps)
    train, held_out = train.hold_out(RECIPES.get(options.dataset, EVENTS).held_out)
    model = SpikingNetwork(architecture)
    model.load_state_dict(found["float_model"])
    nearest, adapted = model.eval().quantised(), model.quantised()
    samples = torch.from_numpy(train[:enough(adapted, torch.from_numpy(train[:1].samples))].samples)
    adapt(adapted, model, samples)
    classes = architecture.stages[-1].out_channels
    return {"network": architecture.name, "samples": len(held_out), "accuracy": {
        name: survey(network, held_out, classes).accuracy
        for name, network in (("none", model), ("nearest", nearest), ("train.rounding", adapted))}}


def show(result: dict) -> None:
    table([[name, f"{100 * value:.1f} %"] for name, value in result["accuracy"].items()],
          ["rounding", f"right of {result['samples']:,} held out"])


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("network", type=Path, metavar="LOG/float.pt")
    arguments.add_argument("--dataset", default="cifar10")
    arguments.add_argument("--data", type=Path, required=True, metavar="DIR")
    raise SystemExit(main(arguments.parse_args(), measure, show))
