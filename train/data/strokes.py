"""Handwriting-like digits drawn from strokes: small inputs of the project's own making.

Nothing of a data set is in them, so they can be shipped with a network and serve its checks; they are no measure of
its accuracy on real digits.
"""

import numpy as np

#: Each digit's pens-down: lists of points (x, y) in a unit square, y downwards, smoothed to curves.
STROKES = {
    0: [[(.5, .08), (.25, .2), (.2, .5), (.28, .82), (.5, .92), (.73, .8), (.8, .5), (.72, .18), (.5, .08)]],
    1: [[(.38, .24), (.54, .08), (.53, .35), (.52, .65), (.5, .93)]],
    2: [[(.24, .28), (.36, .1), (.62, .1), (.72, .3), (.56, .56), (.24, .88), (.24, .9), (.5, .88), (.8, .88)]],
    3: [[(.25, .16), (.5, .07), (.72, .2), (.66, .4), (.44, .48), (.7, .56), (.77, .76), (.55, .93), (.22, .84)]],
    4: [[(.34, .08), (.28, .3), (.22, .55), (.24, .57), (.5, .56), (.82, .53)],
        [(.66, .12), (.63, .4), (.6, .7), (.58, .94)]],
    5: [[(.74, .09), (.5, .1), (.34, .11), (.33, .12), (.3, .44), (.31, .45), (.55, .4), (.75, .58), (.68, .83),
         (.45, .93), (.22, .84)]],
    6: [[(.66, .07), (.42, .26), (.27, .56), (.29, .83), (.5, .93), (.72, .8), (.68, .58), (.48, .53), (.3, .68)]],
    7: [[(.22, .13), (.48, .12), (.76, .11), (.76, .13), (.62, .42), (.5, .7), (.43, .94)]],
    8: [[(.7, .2), (.5, .08), (.3, .2), (.36, .4), (.62, .57), (.72, .78), (.5, .93), (.28, .78), (.38, .57),
         (.63, .4), (.7, .2)]],
    9: [[(.7, .26), (.54, .09), (.31, .2), (.31, .42), (.5, .5), (.69, .36), (.7, .24), (.69, .5), (.63, .93)]],
}
SIDE = 28


def draw(digit: int, rng: np.random.Generator) -> np.ndarray:
    """One drawing of ``digit``, uint8 [28, 28], ink bright: points shaken, figure slanted, turned, scaled and
    shifted, pen of a random width, soft edge; within a box of about 20 pixels as MNIST's digits are."""
    angle, slant = rng.normal(0, 0.08), rng.normal(0.08, 0.1)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[rng.uniform(0.8, 1.0), -slant], [0, rng.uniform(0.9, 1.05)]])
    centre = SIDE / 2 - 0.5 + rng.normal(0, 0.6, 2)
    radius = rng.uniform(1.0, 1.5)
    y, x = np.mgrid[:SIDE, :SIDE]
    distance = np.full((SIDE, SIDE), np.inf)
    for points in STROKES[digit]:
        shaken = np.array(points) + rng.normal(0, 0.018, (len(points), 2))
        for px, py in (smooth(shaken) - 0.5) @ matrix.T * 20 + centre:
            distance = np.minimum(distance, np.hypot(x - px, y - py))
    return (np.clip(radius + 0.5 - distance, 0, 1) * 255).round().astype(np.uint8)


def smooth(points: np.ndarray, per_segment: int = 12) -> np.ndarray:
    """A Catmull-Rom curve through ``points`` [P, 2] as [(P - 1) * per_segment, 2]."""
    padded = np.concatenate([points[:1], points, points[-1:]])
    t = np.linspace(0, 1, per_segment, endpoint=False)[:, None]
    curves = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:]):
        curves.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2
                             + (3 * b - a - 3 * c + d) * t**3))
    return np.concatenate(curves)


def drawings(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """``(samples, labels)``: uint8 [count, 1, 28, 28] and int64 [count]; the digits go round."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 10
    return np.stack([draw(int(label), rng) for label in labels])[:, None], labels.astype(np.int64)
