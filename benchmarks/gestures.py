"""What noise, speed and rotation do to a network of gestures: accuracy of the golden model on synthetic people.

People that no network was trained on or tested with make all gestures; each row changes one thing of all of them.
Synthetic: real people and cameras will differ.
"""

import math
from dataclasses import replace
from functools import partial
from multiprocessing import get_context

import numpy as np

from hwgen import models
from hwgen.demo.noise import BackgroundActivityFilter
from sim.golden import forward
from train.data import gestures
from train.data.binning import Area, bin_by_time

from .common import main, parser, table

#: Of the seeds of these people.
STUDIED = 4
#: By name: ``(what it does, value -> change of person, motion and sensor, values)``.
STUDIES = {
    "noise": ("events a second of each pixel without a cause (training: 0.02 to 0.4)",
              lambda value: lambda person, motion, sensor: (person, motion, replace(sensor, noise_hz=value)),
              (0.0, 0.4, 1.0, 2.0, 5.0, 10.0)),
    "hot pixels": ("share of pixels that send 100 events a second (training: up to 0.003)",
                   lambda value: lambda person, motion, sensor: (person, motion, replace(sensor, hot=value)),
                   (0.0, 0.003, 0.01, 0.03)),
    "speed": ("times the pace of training",
              lambda value: lambda person, motion, sensor: (person, replace(motion, pace=motion.pace * value), sensor),
              (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)),
    "rotation": ("degrees that all people are turned by (training: 3, one standard deviation)",
                 lambda value: lambda person, motion, sensor: (
                     replace(person, lean=person.lean + math.radians(value)), motion, sensor),
                 (0, 5, 10, 15, 20, 30)),
}


def sample(index: int, study: str, value: float, timesteps: int) -> np.ndarray:
    """Spikes [2, T, 2, 32, 32] of person ``index``: as they are, and without the events that stand alone."""
    length = gestures.window_us(timesteps)
    rng = np.random.default_rng((STUDIED, index))
    events = gestures.record(gestures.CLASSES[index % len(gestures.CLASSES)], rng, length, STUDIES[study][1](value))
    area = Area(shape=gestures.SHAPE, shift=gestures.SHIFT)
    return np.stack([bin_by_time(some, area, timesteps, 0, length)
                     for some in (events, BackgroundActivityFilter(events.width, events.height).take(events))])


def measure(options) -> dict:
    network = models.find(options.model).network
    labels, rows = np.arange(options.samples) % len(gestures.CLASSES), []
    with get_context("spawn").Pool() as pool:
        for study, (what, _, values) in STUDIES.items():
            for value in values:
                make = partial(sample, study=study, value=value, timesteps=network.timesteps)
                maps = np.stack(pool.map(make, range(options.samples), chunksize=8))
                plain, filtered = (float((forward(network, maps[:, way]).winner == labels).mean()) for way in (0, 1))
                rows.append({"study": study, "value": value, "accuracy": plain, "filtered": filtered})
    return {"model": options.model, "samples": options.samples, "rows": rows,
            "what": {study: what for study, (what, _, _) in STUDIES.items()},
            "basis": "golden model on synthetic people, each value the same ones"}


def show(result: dict) -> None:
    print(f"{result['model']}, {result['samples']} samples a row; {result['basis']}\n")
    for study, what in result["what"].items():
        print(f"{study}: {what}\n")
        table([[row["value"], 100 * row["accuracy"], 100 * row["filtered"]] for row in result["rows"]
               if row["study"] == study], [study, "accuracy, %", "with --filter, %"])
        print()


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("--model", default="gesture")
    arguments.add_argument("--samples", type=int, default=440)
    raise SystemExit(main(arguments.parse_args(), measure, show))
