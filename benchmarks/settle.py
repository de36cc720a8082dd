"""How much of what graded neurons learned real timesteps keep, by the factor on alpha (`train.settle`).

Takes the ``float.pt`` of a run whose last phase in floating point was of graded neurons, and trains nothing. The
samples are those that the run held out.
"""

from pathlib import Path

from train import state
from train.architecture import from_plain
from train.data import load
from train.errors import TrainError
from train.evaluate import survey
from train.models import SpikingNetwork
from train.recipe import EVENTS, RECIPES
from train.settle import FACTORS

from .common import main, parser, table


def measure(options) -> dict:
    found = state.read_float(options.network)
    if not found.get("graded"):
        raise TrainError(f"'{options.network}' is no float.pt of a run whose last neurons were graded",
                         "give one of python -m train --epochs N,0,1")
    architecture = from_plain(found["architecture"])
    train, _ = load(options.dataset, options.data, timesteps=architecture.timesteps)
    _, held_out = train.hold_out(RECIPES.get(options.dataset, EVENTS).held_out)
    classes, accuracies = architecture.stages[-1].out_channels, {}
    for factor in (None, *sorted(FACTORS)):
        model = SpikingNetwork(architecture)
        model.load_state_dict(found["float_model"])
        model.graded = factor is None
        for layer in model.layers[:-1]:
            layer.decays.strengthen(factor or 1.0)
        accuracies["graded" if factor is None else f"{factor:g}"] = survey(model, held_out, classes).accuracy
    return {"network": architecture.name, "timesteps": architecture.timesteps, "samples": len(held_out),
            "accuracy": accuracies}


def show(result: dict) -> None:
    table([[factor, f"{100 * value:.1f} %"] for factor, value in result["accuracy"].items()],
          ["alphas times", f"right of {result['samples']:,} held out, T = {result['timesteps']}"])


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("network", type=Path, metavar="LOG/float.pt")
    arguments.add_argument("--dataset", default="cifar10")
    arguments.add_argument("--data", type=Path, required=True, metavar="DIR")
    raise SystemExit(main(arguments.parse_args(), measure, show))
