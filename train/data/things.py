"""The six things of DVS128 objects, drawn from ellipses and boxes, moved about and seen by a simulated sensor.

Nothing of a data set is in them, so they can be shipped with a network and serve its checks; they are no measure of its
accuracy on real recordings.
"""

import numpy as np

from .binning import bin_by_time
from .dvsobjects import CLASSES, LENGTH_US, centred
from .sensor import Sensor
from .shapes import cover

SIDE, FRAMES, TIMESTEPS = 128, 41, 4
#: By class: shapes (kind, centre x, centre y, half width, half height, light) in a unit square with y downwards,
#: painted in order.
SHAPES = {
    "box": [("box", .5, .5, .42, .34, .25), ("box", .5, .5, .42, .04, .4)],
    "knife": [("box", .68, .5, .26, .05, .12), ("ellipse", .28, .5, .28, .07, .45)],
    "mouse": [("ellipse", .5, .52, .2, .32, .15), ("box", .5, .3, .015, .1, .5), ("box", .5, .08, .015, .14, .2)],
    "mug": [("ellipse", .76, .5, .16, .2, .3), ("ellipse", .76, .5, .09, .12, .8), ("box", .46, .5, .25, .34, .3)],
    "pencil": [("box", .45, .5, .4, .025, .3), ("ellipse", .88, .5, .06, .02, .1)],
    "scissors": [("box", .3, .42, .28, .03, .4), ("box", .3, .56, .28, .03, .4), ("ellipse", .72, .34, .14, .11, .15),
                 ("ellipse", .72, .34, .08, .06, .8), ("ellipse", .72, .66, .14, .11, .15),
                 ("ellipse", .72, .66, .08, .06, .8)],
}
GROUND = 0.8


def drawings(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """``(samples, labels)``: spikes, bool [count, 4, 2, 32, 32], and int64 [count]; the classes go round."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % len(CLASSES)
    return np.stack([record(CLASSES[label], rng) for label in labels]), labels.astype(np.int64)


def record(name: str, rng: np.random.Generator) -> np.ndarray:
    """Spikes, bool [4, 2, 32, 32], of 200 ms of one thing on its way: straight on, and turning a little."""
    times = np.linspace(0, LENGTH_US, FRAMES).astype(np.int64)
    heading, speed = rng.uniform(0, 2 * np.pi), rng.uniform(60, 200)    # pixels a second
    velocity, middle = speed * np.array([np.cos(heading), np.sin(heading)]), SIDE / 2 + rng.normal(0, 6, 2)
    way = middle + np.outer(times / 1e6 - 0.1, velocity)
    angle = rng.uniform(-0.5, 0.5) + (times / 1e6 - 0.1) * rng.normal(0, 1)
    size = rng.uniform(50, 75)
    pictures = np.stack([paint(name, x, y, size, turn) for (x, y), turn in zip(way, angle)])
    events = Sensor(threshold=0.3).record(pictures, times, rng)
    return bin_by_time(events, centred(events), TIMESTEPS, 0, LENGTH_US).astype(bool)


def paint(name: str, x: float, y: float, size: float, angle: float) -> np.ndarray:
    """Light, float [128, 128], of a thing of ``size`` pixels with its middle at (x, y), turned by ``angle``."""
    rows, columns = np.mgrid[:SIDE, :SIDE] + 0.5
    across, down = (columns - x) / size, (rows - y) / size
    u = across * np.cos(angle) + down * np.sin(angle) + 0.5
    v = down * np.cos(angle) - across * np.sin(angle) + 0.5
    picture = np.full((SIDE, SIDE), GROUND)
    for kind, centre_x, centre_y, half_width, half_height, light in SHAPES[name]:
        picture += (light - picture) * cover(kind, u - centre_x, v - centre_y, half_width, half_height, size)
    return picture
