"""What rounding weights costs before anything is trained on integers, and what `train.rounding` saves of it.

Takes the ``float.pt`` of a run whose last phase in floating point had real timesteps. The samples are those that the
run held out; the weights are rounded by the first of the others, as they are.
"""

import torch

from train.evaluate import survey
from train.rounding import adapt, enough

from .common import main, table
from .floats import options_of, read


def measure(options) -> dict:
    model, train, held_out = read(options, graded=False)
    nearest, adapted = model.quantised(), model.quantised()
    count = options.samples or enough(adapted, torch.from_numpy(train[:1].samples))
    adapt(adapted, model, torch.from_numpy(train[:count].samples))
    architecture = model.architecture
    classes = architecture.stages[-1].out_channels
    return {"network": architecture.name, "samples": len(held_out), "rounded_by": count, "accuracy": {
        name: survey(network, held_out, classes).accuracy
        for name, network in (("none", model), ("nearest", nearest), ("train.rounding", adapted))}}


def show(result: dict) -> None:
    table([[name, f"{100 * value:.1f} %"] for name, value in result["accuracy"].items()],
          [f"rounding, by {result['rounded_by']:,} samples", f"right of {result['samples']:,} held out"])


if __name__ == "__main__":
    arguments = options_of(__doc__)
    arguments.add_argument("--samples", type=int, help="to round by; default: as python -m train")
    raise SystemExit(main(arguments.parse_args(), measure, show))
