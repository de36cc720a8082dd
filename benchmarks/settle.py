"""How much of what graded neurons learned real timesteps keep, by the factor on alpha (`train.settle`).

Takes the ``float.pt`` of a run whose last phase in floating point was of graded neurons, and trains nothing. The
samples are those that the run held out.
"""

import copy

from train.evaluate import survey
from train.settle import FACTORS

from .common import main, table
from .floats import options_of, read


def measure(options) -> dict:
    trained, _, held_out = read(options, graded=True)
    architecture = trained.architecture
    classes, accuracies = architecture.stages[-1].out_channels, {}
    for factor in (None, *sorted(FACTORS)):
        model = copy.deepcopy(trained)
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
    raise SystemExit(main(options_of(__doc__).parse_args(), measure, show))
