"""What the hardware did against the golden model: differences, and the first one by name."""

from dataclasses import asdict, dataclass
from itertools import islice

import numpy as np

from hwgen.plan.core_plan import CorePlan
from hwgen.plan.layout import MapLayout, elements_to_spikes
from hwgen.spec import Encoding, Network
from sim.golden import GoldenRun


@dataclass(frozen=True)
class Difference:
    """One integer that differs: a spike (0 or 1; None where the hardware wrote none) or a score.

    ``layer`` is the layer's name; ``neuron`` is ``[channel, y, x]`` in the layer's output, after pooling, or
    ``[class]`` of a score, or ``["winner"]``.
    """

    sample: int
    timestep: int
    layer: str
    neuron: list
    expected: int
    got: int | None

    def __str__(self) -> str:
        return (f"sample {self.sample}, timestep {self.timestep}, layer '{self.layer}', neuron {self.neuron}: "
                f"expected {self.expected}, got {'nothing' if self.got is None else self.got}")

    def to_json(self) -> dict:
        return asdict(self)


@dataclass
class Tally:
    """Differences counted so far, and the first of them: earliest sample, then layer, then timestep."""

    differences: int = 0
    first: Difference | None = None

    def add(self, count: int, first: Difference | None) -> None:
        self.differences += count
        if first and (self.first is None or first.sample < self.first.sample):
            self.first = first


def sample_elements(network: Network, sample: np.ndarray) -> list[int]:
    """A sample as the core takes it: pixels of ``input.bits`` bits, or T spike bits, in order y, x, channel."""
    if network.input.encoding is Encoding.ANALOG:
        elements = network.input.quantise(sample)
    else:
        bits = np.asarray(sample, np.int64) << np.arange(len(sample))[:, None, None, None]
        elements = bits.sum(axis=0)
    return elements.transpose(1, 2, 0).ravel().tolist()


def compare_map(tally: Tally, core: CorePlan, golden: GoldenRun, *, layer: int, sample: int, index: int,
                words: list[int | None]) -> bool:
    """Compare the words of one layer's map; ``sample`` is its number to a person, ``index`` its place in
    ``golden``. True if they are equal."""
    return compare_words(tally, core.layers[layer].out_layout, golden, number=core.layers[layer].number,
                         sample=sample, index=index, words=words)


def compare_words(tally: Tally, layout: MapLayout, golden: GoldenRun, *, number: int, sample: int, index: int,
                  words: list[int | None]) -> bool:
    """As `compare_map`, of the output of layer ``number`` of the network, which lies as ``layout`` says."""
    expected = golden.layers[number].output[:, index]                       # [T, C, H, W]
    if None not in words:
        got = elements_to_spikes(layout.unpack(words), layout.bits)
        different, missing = got != expected, None
    else:
        got = elements_to_spikes(layout.unpack([word or 0 for word in words]), layout.bits)
        holes = layout.unpack([-(word is None) & (1 << layout.word_bits) - 1 for word in words])
        missing = elements_to_spikes(holes, layout.bits)
        different = (got != expected) | missing
    if not different.any():
        return True
    t, *neuron = map(int, next(islice(zip(*np.nonzero(different)), 1)))
    value = None if missing is not None and missing[(t, *neuron)] else int(got[(t, *neuron)])
    tally.add(int(different.sum()), Difference(sample, t, golden.layers[number].name, neuron,
                                               int(expected[(t, *neuron)]), value))
    return False


def compare_scores(tally: Tally, network: Network, golden: GoldenRun, *, sample: int, index: int,
                   scores: list[int], winner: int) -> None:
    """Compare scores and winner of one sample."""
    expected = golden.scores[index].tolist()
    last, name = network.timesteps - 1, network.layers[-1].name
    got = [*scores, *[None] * (len(expected) - len(scores))]
    wrong = [c for c, value in enumerate(got) if c >= len(expected) or value != expected[c]]
    if wrong:
        c = wrong[0]
        tally.add(len(wrong), Difference(sample, last, name, [c], expected[c] if c < len(expected) else None, got[c]))
    if winner != golden.winner[index]:
        tally.add(1, Difference(sample, last, name, ["winner"], int(golden.winner[index]), winner))
