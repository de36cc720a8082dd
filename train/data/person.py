"""A person in front of a camera who makes the gestures of DVS128 Gesture, drawn frame by frame.

The body is flat: torso, head and two arms of two parts each, in units of an arm's length, x to the right of the picture and
y down. The person faces the camera, so the right hand is on the left.
"""

from dataclasses import dataclass, field

import numpy as np

#: As DVS128 Gesture numbers them, from 1 (Amir et al., 2017, CVPR).
GESTURES = ("hand clap", "right hand wave", "left hand wave", "right arm clockwise", "right arm counter clockwise",
            "left arm clockwise", "left arm counter clockwise", "arm roll", "air drums", "air guitar", "other")
#: Cycles a second of each gesture, slowest and fastest.
PACE = {"hand clap": (1.5, 3.0), "right hand wave": (1.2, 2.5), "left hand wave": (1.2, 2.5),
        "right arm clockwise": (0.7, 1.6), "right arm counter clockwise": (0.7, 1.6),
        "left arm clockwise": (0.7, 1.6), "left arm counter clockwise": (0.7, 1.6),
        "arm roll": (1.2, 2.5), "air drums": (1.5, 3.0), "air guitar": (1.8, 3.5), "other": (0.6, 2.0)}
RIGHT, LEFT = -1, 1                                                     # where the hand is in the picture
REST = (0.12, 0.92)                                                     # of a hand that hangs, from its shoulder


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
        """Somebody, somewhere: body, distance, place and light drawn; one of clothes and ground is half as light again as
        the other, or more."""
        clothes = rng.uniform(0.05, 0.95)
        ground = rng.uniform(0.1, 0.9, 2)
        while abs(np.log(clothes / ground.mean())) < np.log(1.5):
            ground = rng.uniform(0.1, 0.9, 2)
        return cls(size=rng.uniform(0.3, 0.42), place=(0.5 + rng.uniform(-0.07, 0.07), rng.uniform(0.36, 0.5)),
                   lean=rng.normal(0, 0.05), shoulders=rng.uniform(0.24, 0.34), torso=rng.uniform(0.85, 1.1),
                   head=rng.uniform(0.15, 0.2), limb=rng.uniform(0.055, 0.095), clothes=clothes,
                   skin=rng.uniform(0.25, 0.8), ground=tuple(ground),
                   texture=(rng.uniform(0, 0.08), *rng.uniform(1, 8, 2), *rng.uniform(0, 2 * np.pi, 2)))


@dataclass(frozen=True, kw_only=True)
class Motion:
    """How somebody makes a gesture.

    ``pace`` in cycles a second, ``phase`` in radians at time 0, ``amplitude`` a factor on the usual one, ``drift`` the
    sway of the whole body in arms; ``wander`` of "other", and what is unsteady in every gesture: for each hand, x and
    y, of two waves the amplitude (arms), pace and phase.
    """

    name: str
    pace: float
    phase: float
    amplitude: float
    drift: float
    wander: np.ndarray = field(repr=False)

    @classmethod
    def random(cls, name: str, rng: np.random.Generator) -> "Motion":
        """Somebody's way to make the gesture ``name``."""
        wander = np.stack([rng.uniform(0.1, 0.4, (2, 2, 2)), rng.uniform(*PACE["other"], (2, 2, 2)),
                           rng.uniform(0, 2 * np.pi, (2, 2, 2))], axis=-1)
        return cls(name=name, pace=rng.uniform(*PACE[name]), phase=rng.uniform(0, 2 * np.pi),
                   amplitude=rng.uniform(0.75, 1.25), drift=rng.uniform(0, 0.03), wander=wander)

    def hands(self, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """``(right, left)``: places [F, 2] of the hands at times ``t`` [F] in seconds, from their own shoulders, with x
        outwards for both."""
        turn, a = 2 * np.pi * self.pace * t + self.phase, self.amplitude
        loose = self._wander(t)
        rest = np.tile(REST, (len(t), 1)) + 0.1 * loose[:, 1] * [1, 0.3]
        unsteady = 0.08 * loose[:, 0]

        def at(x, y):
            return np.stack(np.broadcast_arrays(x, y, t)[:2], axis=1).astype(float) + unsteady

        match self.name:
            case "hand clap":
                apart = 0.06 + 0.22 * a * (1 + np.cos(turn))
                both = at(apart - 0.28, 0.4 + 0.03 * np.sin(turn))
                return both, both
            case "right hand wave" | "left hand wave":
                wave = at(0.25 + 0.25 * a * np.sin(turn), -0.62 + 0.08 * np.cos(2 * turn))
                return (wave, rest) if self.name.startswith("right") else (rest, wave)
            case "air drums":
                beat = 0.24 * a * np.sin(turn)
                return at(0.05, 0.45 + beat), at(0.05, 0.45 - beat)
            case "arm roll":
                roll = 0.17 * a
                return (at(-0.22 + 0.05 * np.cos(turn), 0.42 + roll * np.sin(turn)),
                        at(-0.22 - 0.05 * np.cos(turn), 0.42 - roll * np.sin(turn)))
            case "air guitar":
                return at(-0.1 + 0.06 * np.sin(turn), 0.6 + 0.2 * a * np.sin(turn)), at(0.55, 0.25)
            case "other":
                middle = np.array([0.25, 0.1])
                return middle + loose[:, 0], middle + loose[:, 1]
        side, sense = self.name.split(" arm ")                          # a circle, as the camera sees it
        outwards = -1 if side == "right" else 1                         # picture's x of the hand's own x
        way = turn if sense == "clockwise" else -turn
        circle = at(0.3 + outwards * 0.42 * a * np.cos(way), 0.05 + 0.42 * a * np.sin(way))
        return (circle, rest) if side == "right" else (rest, circle)

    def _wander(self, t: np.ndarray) -> np.ndarray:
        """[F, 2 hands, 2]: sums of the waves of ``wander``."""
        amplitude, pace, phase = np.moveaxis(self.wander, -1, 0)[..., None]
        return np.moveaxis((amplitude * np.sin(2 * np.pi * pace * t + phase)).sum(axis=2), -1, 0)


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
