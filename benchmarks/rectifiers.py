"""What the layers of a preset learn of CIFAR-10 with rectifiers, or graded neurons, in place of spikes.

Floating point throughout, with batches, optimiser and schedule of the graded phase of ``python -m train cifar10``:
what is lost against rectifiers is the neurons' (`docs/decisions/0113-what-cifar10-is-short-of.md`). The last 4,000 of
the training pictures are held out.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from hwgen.spec import Input, Kind
from train import fused, networks
from train.batches import Batches
from train.data import load
from train.data.augment import AUGMENTATIONS
from train.evaluate import survey
from train.layer import FloatLayer, LayerRun, or_pool
from train.models import SpikingNetwork
from train.optimise import SCHEDULES, Optimizers
from train.recipe import RECIPES
from train.session import fast_half
from train.step import Step
from train.team import Team

from .common import main, parser, table

HELD_OUT, CLASSES = 4000, 10


class RectifierLayer(FloatLayer):
    """A layer whose neurons give ``max(0, alpha * x)``, and its pools the largest; the readout as it is."""

    def forward(self, x, timesteps, source=None, levels=None) -> LayerRun:
        if self.stage.kind is Kind.READOUT:
            return super().forward(x, timesteps, source, levels)
        summed = self.sums(x, source)
        normed = self.norm(summed.flatten(0, 1)).view(summed.shape)
        alpha, _ = self.decays(timesteps)
        return LayerRun(or_pool(torch.relu(normed * alpha.mean()), self.stage.pool))


def measure(options) -> dict:
    fused.enable(options.compile)
    train, test = load("cifar10", options.data)
    train, held_out = (train.take(part) for part in np.split(np.arange(len(train)), [len(train) - HELD_OUT]))
    architecture = networks.find(options.network, Input(shape=(3, 32, 32), bits=4), CLASSES)
    price = 0.025 if options.neurons == "graded" else 0.0
    usual = RECIPES["cifar10"]
    # the last rate and the weight decay that the published figures were made with
    phase = replace(usual.phases[0], epochs=options.epochs, last_rate=2e-4, work_penalty=price, augment=None)
    recipe = replace(usual, phases=(phase,), augment=options.augment, weight_decay=options.weight_decay,
                     half=fast_half())
    torch.manual_seed(recipe.seed)
    model = SpikingNetwork(architecture, FloatLayer if options.neurons == "graded" else RectifierLayer)
    model.graded = True
    for layer in model.layers:
        layer.decays.keep(True)
    optimizer = Optimizers(recipe.optimizer, model, recipe.decay_rate, recipe.weight_decay)
    batches, step = Batches(train, recipe, CLASSES), Step(model, optimizer, recipe, phase, Team())
    steps, rows = batches.steps(phase), []
    for epoch in range(phase.epochs):
        model.train()
        hits = 0.0
        for number, batch in enumerate(batches.following(phase, epoch, 0)):
            done = (epoch + number / steps) / phase.epochs
            optimizer.set_rate(phase.last_rate + (phase.rate - phase.last_rate) * SCHEDULES[recipe.schedule](done))
            hits += float(step(*batch)[3])
        rows.append({"epoch": epoch + 1, "train": hits / len(train),
                     "held_out": survey(model, held_out, CLASSES).accuracy})
        print(f"epoch {epoch + 1}/{phase.epochs}: {100 * rows[-1]['train']:.1f} %, held out "
              f"{100 * rows[-1]['held_out']:.1f} %", file=sys.stderr, flush=True)
    return {"rows": rows, "test": survey(model, test, CLASSES).accuracy if options.test else None}


def show(result: dict) -> None:
    table([[row["epoch"], *(f"{100 * row[what]:.1f} %" for what in ("train", "held_out"))] for row in result["rows"]],
          ["epoch", "training pictures", "held out"])
    if result["test"] is not None:
        print(f"test: {100 * result['test']:.2f} %")


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("--data", type=Path, required=True, metavar="DIR")
    arguments.add_argument("--neurons", choices=("rectifiers", "graded"), default="rectifiers")
    arguments.add_argument("--epochs", type=int, default=23)
    arguments.add_argument("--augment", choices=AUGMENTATIONS, default="cutout")
    arguments.add_argument("--network", default="tiny-up5k")
    arguments.add_argument("--weight-decay", type=float, default=0.0, help="as in python -m train")
    arguments.add_argument("--compile", action="store_true", help="as in python -m train")
    arguments.add_argument("--test", action="store_true", help="ask the test pictures, once, at the end")
    raise SystemExit(main(arguments.parse_args(), measure, show))
