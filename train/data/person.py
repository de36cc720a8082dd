"""A person in front of a camera who makes a gesture, drawn picture by picture.

The body is flat: torso, head and two arms of two parts each, in units of an arm's length, x to the right of the picture
and y down. The person faces the camera, so the right hand is on the left.
"""

from dataclasses import dataclass

import numpy as np

from .motion import Motion

#: Where the hand is in the picture.
RIGHT, LEFT = -1, 1


@dataclass(frozen=True, kw_only=True)
class Person:
    """A body, its clothes, and where it stands.

    Parameters
    ----------
    size
        An arm's length as a share of the picture's side.
    place
        The middle between the shoulders, as shares of the sides.
    lean
        Angle of the body against the vertical, radians.
    shoulders, torso, head, limb
        Half the distance of the shoulders, length of the torso, radius of the head, half the thickness of an arm, in
        arms.
    clothes, skin, ground
        Light from 0 to 1; ``ground`` at the upper and lower edge.
    texture
        Of the ground: amplitude, and waves across and down, each with its phase.
    """

    size: float
    place: tuple[float, float]
    lean: float
    shoulders: float
    torso: float
    head: float
    limb: float
    clothes: float
    skin: float
    ground: tuple[float, float]
    texture: tuple[float, float, float, float, float]

    @classmethod
    def random(cls, rng: np.random.Generator) -> "Person":
        """Somebody, somewhere: body, distance, place and light drawn; one of clothes and ground is half as light
        again as the other, or more."""
        clothes = rng.uniform(0.05, 0.95)
        ground = rng.uniform(0.1, 0.9, 2)
        while abs(np.log(clothes / ground.mean())) < np.log(1.5):
            ground = rng.uniform(0.1, 0.9, 2)
        return cls(size=rng.uniform(0.3, 0.42), place=(0.5 + rng.uniform(-0.07, 0.07), rng.uniform(0.36, 0.5)),
                   lean=rng.normal(0, 0.05), shoulders=rng.uniform(0.24, 0.34), torso=rng.uniform(0.85, 1.1),
                   head=rng.uniform(0.15, 0.2), limb=rng.uniform(0.055, 0.095), clothes=clothes,
                   skin=rng.uniform(0.25, 0.8), ground=tuple(ground),
                   texture=(rng.uniform(0, 0.08), *rng.uniform(1, 8, 2), *rng.uniform(0, 2 * np.pi, 2)))


def film(person: Person, motion: Motion, times: np.ndarray, side: int) -> np.ndarray:
    """Light, float32 [F, side, side], from 0 to 1: ``person`` making ``motion`` at ``times`` [F], in seconds."""
    rows, columns = (np.mgrid[:side, :side].astype(np.float32) + 0.5) / side
    amplitude, across, down, one, two = person.texture
    upper, lower = person.ground
    ground = upper + (lower - upper) * rows + amplitude * np.sin(2 * np.pi * (across * columns) + one) \
        * np.sin(2 * np.pi * (down * rows) + two)
    cos, sin = np.cos(person.lean), np.sin(person.lean)
    sway = motion.drift * np.sin(2 * np.pi * 0.4 * times + motion.phase)
    pictures = np.empty((len(times), side, side), np.float32)
    for index, (right, left) in enumerate(zip(*motion.hands(times))):
        u = (columns - person.place[0]) / person.size - sway[index]
        v = (rows - person.place[1]) / person.size
        u, v = u * cos + v * sin, v * cos - u * sin
        picture = ground.copy()

        def paint(distance, thickness, light):
            cover = np.clip((thickness - distance) * (person.size * side) + 0.5, 0, 1)
            picture[...] += (light - picture) * cover

        paint(_to_segment(u, v, (0, 0.15), (0, person.torso)), person.shoulders * 0.85, person.clothes)
        paint(np.hypot(u, v + person.head * 1.9), person.head, person.skin)
        for hand, way in ((right, RIGHT), (left, LEFT)):
            shoulder = np.array([way * person.shoulders, 0.05])
            there = shoulder + hand * [way, 1]
            there, elbow = _arm(shoulder, there, way)
            paint(_to_segment(u, v, shoulder, elbow), person.limb * 1.15, person.clothes)
            paint(_to_segment(u, v, elbow, there), person.limb, person.clothes * 0.5 + person.skin * 0.5)
            paint(np.hypot(u - there[0], v - there[1]), person.limb * 1.4, person.skin)
        pictures[index] = picture
    return np.clip(pictures, 0, 1)


def _arm(shoulder: np.ndarray, hand: np.ndarray, way: int) -> tuple[np.ndarray, np.ndarray]:
    """``(hand, elbow)``: of two halves of an arm, the elbow outwards and down; a hand out of reach is brought back."""
    reach = hand - shoulder
    length = np.hypot(*reach)
    if length > 0.98:
        reach, length = reach * (0.98 / length), 0.98
    across = np.array([reach[1], -reach[0]]) / max(length, 1e-6)
    bend = np.sqrt(0.25 - length**2 / 4)
    outwards = across if across @ [way, 0.6] > 0 else -across
    return shoulder + reach, shoulder + reach / 2 + outwards * bend


def _to_segment(u, v, start, end) -> np.ndarray:
    """Distance of each point from the line from ``start`` to ``end``."""
    (x, y), (dx, dy) = start, (end[0] - start[0], end[1] - start[1])
    share = np.clip(((u - x) * dx + (v - y) * dy) / (dx * dx + dy * dy + 1e-9), 0, 1)
    return np.hypot(u - x - share * dx, v - y - share * dy)
