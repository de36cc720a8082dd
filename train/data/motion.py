"""How people make the gestures of DVS128 Gesture: where their hands are, at any time."""

from dataclasses import dataclass, field

import numpy as np

#: Cycles a second of each gesture of `train.data.dvsgesture`, slowest and fastest.
PACE = {"hand clapping": (1.5, 3.0), "right hand wave": (1.2, 2.5), "left hand wave": (1.2, 2.5),
        "right arm clockwise": (0.7, 1.6), "right arm counter clockwise": (0.7, 1.6),
        "left arm clockwise": (0.7, 1.6), "left arm counter clockwise": (0.7, 1.6),
        "arm roll": (1.2, 2.5), "air drums": (1.5, 3.0), "air guitar": (1.8, 3.5), "other gestures": (0.6, 2.0)}
#: Of a hand that hangs, from its shoulder.
REST = (0.12, 0.92)


@dataclass(frozen=True, kw_only=True)
class Motion:
    """How somebody makes a gesture.

    ``pace`` in cycles a second, ``phase`` in radians at time 0, ``amplitude`` a factor on the usual one, ``drift`` the
    sway of the whole body in arms; ``wander`` of "other gestures", and what is unsteady in every gesture: for each
    hand, x and y, of two waves the amplitude (arms), pace and phase.
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
        wander = np.stack([rng.uniform(0.1, 0.4, (2, 2, 2)), rng.uniform(*PACE["other gestures"], (2, 2, 2)),
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
            case "hand clapping":
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
            case "other gestures":
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
