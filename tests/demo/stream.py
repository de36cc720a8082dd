"""A made-up stream of frames for the views: somebody moves two arms, a board mostly answers right."""

import math
import random

CLASSES = ["hand clapping", "right hand wave", "left hand wave", "right arm clockwise", "right arm counter clockwise",
           "left arm clockwise", "left arm counter clockwise", "arm roll", "air drums", "air guitar", "other gestures"]
HOP_S, WINDOW_S, GESTURE_S = 0.1, 0.8, 4.0


def hello(backend: str = "serial", synthetic: bool = True) -> dict:
    """Of a network of gestures on an iCEBreaker."""
    return {
        "model": {"name": "dvsgesture", "dataset": "gestures", "classes": CLASSES, "synthetic": synthetic,
                  "layers": ["conv1", "conv2", "conv3", "dense"], "window_us": 800_000, "hop_us": 100_000},
        "board": {"backend": backend, "title": "iCEBreaker", "clock_hz": 36e6, "network": "5eed0123456789ab",
                  "port": "/dev/ttyUSB1" if backend == "serial" else None},
        "source": {"name": "simulated camera", "synthetic": synthetic, "width": 128, "height": 128},
    }


class Stream:
    """Frames, each a thirtieth of a second later; ``wrong`` are the windows that differ from the golden model."""

    def __init__(self, side: int = 128, wrong: tuple[int, ...] = (), seed: int = 1):
        self.side = side
        self.wrong = wrong
        self.random = random.Random(seed)
        self.image = bytearray([128]) * (side * side)
        self.time = 0.0
        self.windows = self.different = self.correct = 0
        self.totals = {"refused": 0, "merged": 0, "outside": 0, "untimely": 0}
        self.scores = self.shares = self.winner = self.label = None

    def frame(self, **changes) -> dict:
        self.time += 1 / 30
        self._move()
        answers = []
        while self.time >= WINDOW_S + HOP_S * self.windows:
            answers.append(self._answer())
        self.totals["merged"] += self.random.randrange(40)
        self.totals["outside"] += self.random.randrange(2)
        return {
            "image": bytes(self.image), "width": self.side, "height": self.side, "scores": self.scores,
            "shares": self.shares, "winner": self.winner, "label": self.label, "answers": answers,
            "events_per_s": 48_000 + 9_000 * math.sin(self.time), **self.totals,
            "spikes": {name: share * (1 + 0.1 * math.sin(self.time + share * 9))
                       for name, share in [("conv1", 0.062), ("conv2", 0.114), ("conv3", 0.087), ("dense", 0.203)]},
            "latency_us": 1834.2 + 60 * math.sin(self.time), "round_trip_us": 4120.0, "windows": self.windows,
            "compared": self.windows, "equal": self.windows - self.different, "labelled": self.windows,
            "correct": self.correct, "status": "running", **changes}

    def _answer(self) -> dict:
        self.windows += 1
        end = WINDOW_S + HOP_S * (self.windows - 1)
        self.label = int(end / GESTURE_S) * 4 % len(CLASSES)
        fresh = end % GESTURE_S < 0.3 or self.random.random() < 0.04
        self.winner = (self.label + 1) % len(CLASSES) if fresh else self.label
        self.scores = [self.random.randrange(-220, 180) for _ in CLASSES]
        self.scores[self.label] = self.random.randrange(300, 460)
        self.scores[self.winner] = self.random.randrange(460, 900)
        least = min(self.scores)
        weights = [math.exp((score - least) / 300) for score in self.scores]
        self.shares = [weight / sum(weights) for weight in weights]
        self.correct += self.winner == self.label
        self.different += self.windows in self.wrong
        return {"number": self.windows, "time_s": round(end, 3), "winner": self.winner, "label": self.label,
                "equal": self.windows not in self.wrong}

    def _move(self):
        side, image = self.side, self.image
        for at, value in enumerate(image):
            if value != 128:
                image[at] = 128 + int((value - 128) * 0.78)
        swing = 1.1 * math.sin(5 * self.time)
        for shoulder, direction, angle in [(0.40, -1, 0.5 + swing), (0.60, 1, 0.3 - 0.2 * swing)]:
            speed = direction * math.cos(5 * self.time)
            for step in range(60):
                reach = side * 0.34 * step / 60
                x = side * shoulder + direction * reach * math.cos(angle)
                y = side * 0.45 + reach * math.sin(angle)
                for edge, value in [(2, 255), (-2, 0)]:
                    if self.random.random() < abs(speed) * step / 60:
                        self._event(x + edge * math.sin(angle), y + edge * speed, value)
        for step in range(90):
            turn = 2 * math.pi * step / 90
            if self.random.random() < 0.25:
                self._event(side * (0.5 + 0.09 * math.cos(turn)) + math.sin(2 * self.time),
                            side * (0.26 + 0.11 * math.sin(turn)), 255 if math.cos(turn) * swing > 0 else 0)
        for _ in range(12):
            self._event(self.random.randrange(side), self.random.randrange(side), self.random.choice([0, 255]))

    def _event(self, x: float, y: float, value: int):
        if 0 <= x < self.side and 0 <= y < self.side:
            self.image[int(y) * self.side + int(x)] = value
