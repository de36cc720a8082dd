"""Small colour pictures of the ten classes of CIFAR-10, painted from ellipses and boxes: inputs of the project's own.

Nothing of a data set is in them, so they can be shipped with a network and serve its checks; they are no measure of
its accuracy on photographs. Only exactly rounded arithmetic is used, so a seed gives the same bytes on every machine.
"""

import numpy as np

from .cifar10 import CLASSES
from .shapes import cover

SIDE = 32

#: By class: the colours (red, green, blue) of the ground's upper and lower edge, and shapes (kind, centre x, centre y,
#: half width, half height, colour) in a unit square with y downwards, painted in order.
SCENES = {
    "airplane": ((120, 170, 225), (190, 215, 240), [
        ("box", .38, .36, .05, .16, (150, 155, 165)), ("box", .42, .62, .05, .14, (130, 135, 145)),
        ("ellipse", .5, .48, .42, .07, (205, 208, 214)), ("box", .13, .38, .03, .1, (170, 60, 60))]),
    "automobile": ((175, 185, 190), (95, 95, 98), [
        ("box", .5, .58, .4, .11, (190, 30, 35)), ("ellipse", .5, .46, .25, .15, (190, 30, 35)),
        ("box", .5, .45, .17, .06, (60, 75, 90)), ("ellipse", .26, .69, .09, .09, (25, 25, 28)),
        ("ellipse", .74, .69, .09, .09, (25, 25, 28))]),
    "bird": ((150, 180, 130), (125, 150, 95), [
        ("ellipse", .48, .52, .22, .15, (120, 85, 60)), ("ellipse", .67, .36, .1, .1, (135, 95, 65)),
        ("box", .79, .37, .05, .02, (220, 160, 50)), ("box", .23, .6, .1, .03, (80, 55, 40)),
        ("box", .46, .75, .015, .1, (90, 70, 50)), ("box", .54, .75, .015, .1, (90, 70, 50))]),
    "cat": ((165, 140, 120), (110, 90, 80), [
        ("ellipse", .5, .8, .27, .25, (85, 80, 78)), ("ellipse", .5, .42, .24, .21, (95, 90, 87)),
        ("box", .33, .22, .06, .08, (95, 90, 87)), ("box", .67, .22, .06, .08, (95, 90, 87)),
        ("ellipse", .41, .4, .04, .04, (200, 200, 90)), ("ellipse", .59, .4, .04, .04, (200, 200, 90)),
        ("ellipse", .5, .51, .03, .02, (220, 150, 150))]),
    "deer": ((105, 130, 75), (140, 135, 85), [
        ("ellipse", .5, .5, .25, .12, (150, 105, 65)), ("box", .31, .75, .025, .18, (135, 95, 60)),
        ("box", .42, .75, .025, .18, (135, 95, 60)), ("box", .62, .75, .025, .18, (135, 95, 60)),
        ("box", .7, .75, .025, .18, (135, 95, 60)), ("box", .73, .36, .05, .12, (150, 105, 65)),
        ("ellipse", .79, .25, .09, .06, (150, 105, 65)), ("box", .71, .12, .015, .1, (90, 65, 40)),
        ("box", .8, .12, .015, .1, (90, 65, 40))]),
    "dog": ((200, 195, 185), (170, 150, 130), [
        ("ellipse", .5, .82, .24, .24, (215, 190, 150)), ("ellipse", .5, .4, .2, .23, (222, 200, 165)),
        ("ellipse", .28, .43, .07, .18, (165, 125, 85)), ("ellipse", .72, .43, .07, .18, (165, 125, 85)),
        ("ellipse", .5, .51, .1, .09, (240, 225, 200)), ("ellipse", .5, .48, .045, .035, (30, 25, 25)),
        ("ellipse", .42, .36, .03, .03, (35, 25, 20)), ("ellipse", .58, .36, .03, .03, (35, 25, 20))]),
    "frog": ((95, 85, 60), (120, 105, 75), [
        ("ellipse", .5, .6, .3, .2, (85, 115, 45)), ("ellipse", .25, .72, .13, .1, (75, 100, 40)),
        ("ellipse", .75, .72, .13, .1, (75, 100, 40)), ("ellipse", .38, .4, .08, .08, (105, 140, 60)),
        ("ellipse", .62, .4, .08, .08, (105, 140, 60)), ("ellipse", .38, .39, .035, .035, (20, 20, 10)),
        ("ellipse", .62, .39, .035, .035, (20, 20, 10))]),
    "horse": ((175, 200, 225), (95, 135, 65), [
        ("ellipse", .47, .48, .28, .14, (95, 55, 30)), ("box", .27, .76, .035, .2, (80, 45, 25)),
        ("box", .37, .76, .035, .2, (80, 45, 25)), ("box", .6, .76, .035, .2, (80, 45, 25)),
        ("box", .69, .76, .035, .2, (80, 45, 25)), ("box", .72, .32, .07, .16, (95, 55, 30)),
        ("ellipse", .83, .22, .13, .07, (95, 55, 30)), ("box", .16, .58, .03, .16, (35, 22, 15))]),
    "ship": ((185, 205, 225), (45, 85, 130), [
        ("box", .5, .62, .4, .09, (45, 50, 70)), ("box", .5, .73, .33, .03, (140, 45, 40)),
        ("box", .58, .45, .2, .09, (225, 225, 225)), ("box", .66, .29, .06, .08, (200, 120, 50)),
        ("box", .28, .38, .012, .16, (110, 100, 90))]),
    "truck": ((185, 195, 200), (105, 103, 100), [
        ("box", .4, .45, .32, .22, (232, 232, 226)), ("box", .82, .54, .12, .14, (40, 75, 150)),
        ("box", .85, .47, .06, .05, (150, 180, 200)), ("ellipse", .22, .73, .09, .09, (25, 25, 25)),
        ("ellipse", .5, .73, .09, .09, (25, 25, 25)), ("ellipse", .82, .73, .09, .09, (25, 25, 25))]),
}


def drawings(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """``(samples, labels)``: uint8 [count, 3, 32, 32] and int64 [count]; the classes go round."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % len(CLASSES)
    return np.stack([draw(int(label), rng) for label in labels]), labels.astype(np.int64)


def draw(label: int, rng: np.random.Generator) -> np.ndarray:
    """One picture of class ``label``, uint8 [3, 32, 32]: the scene mirrored or not, scaled, shifted and tinted at
    random, with soft edges and noise."""
    upper, lower, shapes = SCENES[CLASSES[label]]
    y, x = (np.mgrid[:SIDE, :SIDE] + 0.5) / SIDE
    x = 1 - x if rng.integers(2) else x
    scale, shift = rng.uniform(0.85, 1.15), rng.uniform(-0.06, 0.06, 2)
    x, y = (x - 0.5) / scale + 0.5 - shift[0], (y - 0.5) / scale + 0.5 - shift[1]
    down = np.clip(y, 0, 1)
    picture = np.array(upper)[:, None, None] * (1 - down) + np.array(lower)[:, None, None] * down
    for kind, centre_x, centre_y, half_width, half_height, colour in shapes:
        covered = cover(kind, x - centre_x, y - centre_y, half_width, half_height, SIDE * scale)
        shade = np.array(colour)[:, None, None] * (1.1 - 0.2 * down)
        picture = picture * (1 - covered) + shade * covered
    picture = picture * rng.uniform(0.9, 1.1, (3, 1, 1)) + rng.integers(-12, 13, picture.shape)
    return np.clip(picture, 0, 255).round().astype(np.uint8)
