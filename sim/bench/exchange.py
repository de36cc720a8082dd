"""What the caller and the simulator process tell each other: two JSON files in the run's folder."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Run:
    """One sample through the core.

    Parameters
    ----------
    elements
        The sample, in the order y, x, channel.
    stop_layer
        Index of the last layer to compute; if it is not the readout, its map is read by the probe port.
    stall
        Chance of a pause in each cycle of the input and the output stream; 0 for full speed.
    discard
        Elements sent and then withdrawn by ``restart`` before the sample.
    alone
        Of an array, whose samples overlap: begin when no other sample is on its way.
    """

    elements: list[int]
    stop_layer: int
    stall: float = 0.0
    discard: int = 0
    alone: bool = False


@dataclass(frozen=True, kw_only=True)
class Job:
    """All that a bench process needs: the runs, and how the core is laid out.

    ``maps`` has ``(base, words)`` a layer except the readout; ``scratch`` has ``(path, depth, width)`` of each
    memory that is filled with random content from ``seed`` before the first run; ``image`` the words that the core
    is loaded with then, none where everything is built in; ``cores`` how many there are (of an array, which has no
    ``maps`` here).
    """

    runs: list[Run]
    seed: int
    limit_cycles: int
    element_width: int
    score_width: int
    scratch: list[tuple[list[str], int, int]]
    maps: list[tuple[int, int]] = field(default_factory=list)
    cores: int = 1
    image: list[int] = field(default_factory=list)

    def save(self, folder: Path) -> None:
        (folder / "job.json").write_text(json.dumps(asdict(self)))

    @staticmethod
    def load(folder: Path) -> "Job":
        values = json.loads((folder / "job.json").read_text())
        return Job(**{**values, "runs": [Run(**run) for run in values["runs"]]})


@dataclass(kw_only=True)
class Capture:
    """What came back from one `Run`.

    ``words[layer][i]`` is the last word written at ``base + i`` by that layer, None if none was; ``probed`` the
    map of ``stop_layer`` as the probe port shows it (empty for the readout); ``stray`` the first write outside
    a layer's map, ``(layer, address)``; ``counted`` is the bench's own count of what ``cycles`` says.
    """

    words: list[list[int | None]]
    scores: list[int] = field(default_factory=list)
    winner: int | None = None
    cycles: int = 0
    counted: int = 0
    probed: list[int] = field(default_factory=list)
    stray: tuple[int, int] | None = None


def save_captures(folder: Path, captures: list[Capture]) -> None:
    (folder / "captures.json").write_text(json.dumps([vars(capture) for capture in captures]))


def load_captures(folder: Path) -> list[Capture]:
    return [Capture(**values) for values in json.loads((folder / "captures.json").read_text())]
