"""How much an epoch teaches, by optimiser: graded neurons, one phase of a cosine down to nothing, seed 1, one thread.

Right on the training samples of each epoch, as augmented, and on held-out ones (a twelfth); seconds by the clock.
"""

from pathlib import Path

import torch

from hwgen.spec import Encoding, Input
from train import networks
from train.data import find, load
from train.loop import Moment, Training
from train.optimise import OPTIMIZERS
from train.recipe import RECIPES, Phase, Recipe

from .common import main, parser, table


def measure(options) -> dict:
    torch.set_num_threads(1)
    dataset = find(options.dataset, options.data)
    input = Input(shape=dataset.shape, encoding=Encoding.SPIKES, bits=1) if dataset.events \
        else Input(shape=dataset.shape, bits=4)
    architecture = networks.find(options.network, input, len(dataset.classes), name="benchmark",
                                 timesteps=options.timesteps, width=options.width)
    train, held_out = load(options.dataset, options.data, timesteps=architecture.timesteps)[0].hold_out(1 / 12)
    usual = RECIPES.get(options.dataset, Recipe())
    rows = []
    for name in options.optimizers:
        phase = Phase(name="graded", epochs=options.epochs, rate=4e-3, graded=True, work_penalty=0.1)
        recipe = Recipe(phases=(phase,), optimizer=name, batch=usual.batch, augment=options.augment or usual.augment)

        def keep(event, name=name):
            if not isinstance(event, Moment):
                rows.append({"optimizer": name, "epoch": event.moment.epoch, "training": event.moment.correct,
                             "held_out": event.validation, "seconds": event.seconds})

        Training(architecture, recipe, train, held_out).run(keep)
    return {"dataset": options.dataset, "network": options.network, "width": options.width, "torch": torch.__version__,
            "train": len(train), "held_out": len(held_out), "rows": rows}


def show(result: dict) -> None:
    print(f"{result['dataset']}, {result['network']}, {result['train']:,} samples to train on, {result['held_out']:,} "
          f"held out\n")
    table([[row["optimizer"], row["epoch"], f"{row['training']:.1%}", f"{row['held_out']:.1%}", f"{row['seconds']:.0f}"]
           for row in result["rows"]], ["optimiser", "epoch", "training samples", "held out", "seconds"])


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("dataset")
    arguments.add_argument("--data", type=Path)
    arguments.add_argument("--optimizers", nargs="+", choices=list(OPTIMIZERS), default=["adam", "muon"])
    arguments.add_argument("--network", default="tiny-up5k", help="a preset or NAME.toml")
    arguments.add_argument("--width", type=float)
    arguments.add_argument("--timesteps", type=int)
    arguments.add_argument("--augment", help="default: the data set's")
    arguments.add_argument("--epochs", type=int, default=6)
    raise SystemExit(main(arguments.parse_args(), measure, show))
