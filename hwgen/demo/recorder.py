"""Keeps what was seen and what was answered."""

import os
from pathlib import Path

import numpy as np

from .session import Answer
from .source import Chunk


class Recorder:
    """Collects chunks and answers, and writes them as one recording of ``train.data.recordings`` kind ``.npz``, with
    the arrays ``answer_us`` (when each window ended), ``answer`` (its winner) and ``scores`` [N, classes] beside
    the events."""

    def __init__(self):
        self._chunks: list = []
        self._answers: list[Answer] = []

    def __call__(self, what: Chunk | Answer) -> None:
        """Keep it."""
        if isinstance(what, Answer):
            self._answers.append(what)
        elif len(what.events):
            self._chunks.append(what.events)

    def __len__(self) -> int:
        """Events kept."""
        return sum(map(len, self._chunks))

    def write(self, path: Path) -> None:
        """Write them to ``path``, which appears when it is complete."""
        first = self._chunks[0]
        joined = {name: np.concatenate([getattr(chunk, name) for chunk in self._chunks]) for name in "txyp"}
        part = path.with_name(f".{path.name}.part")
        try:
            with open(part, "wb") as file:
                np.savez_compressed(
                    file, t=joined["t"], x=joined["x"].astype(np.uint16), y=joined["y"].astype(np.uint16),
                    p=joined["p"].astype(np.uint8), width=first.width, height=first.height,
                    answer_us=np.array([round(1e6 * answer.time_s) for answer in self._answers], np.int64),
                    answer=np.array([answer.winner for answer in self._answers], np.int64),
                    scores=np.array([answer.scores for answer in self._answers], np.int64))
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
