"""What a network looks like before it is trained: plain data whose shapes chain.

Ranges of single numbers are those of the specification, and are checked where it becomes a `hwgen.spec.Network`.
"""

import difflib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from hwgen.spec import Encoding, Input, Kind, Reset

from .activation import ACTIVATIONS
from .bptt import Rule
from .errors import TrainError
from .neuron import NEURONS, Decays
from .surrogate import SURROGATES


@dataclass(frozen=True, kw_only=True)
class Join:
    """A residual join, with the fields of `hwgen.spec.Skip`; ``in_channels`` are the source's."""

    source: str
    in_channels: int
    stride: int = 1
    depthwise: bool = False


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One layer: ``kernel`` is ``(height, width)``, ``average`` the side of an average pool in front of it (1: none),
    which is part of the layer's window (`hwgen.spec.fold_average_pool`); the other fields are those of
    `hwgen.spec.Layer`."""

    name: str
    kind: Kind
    in_channels: int
    out_channels: int
    kernel: tuple[int, int]
    stride: int = 1
    padding: int = 0
    pool: int = 1
    average: int = 1
    depthwise: bool = False
    join: Join | None = None

    @property
    def weight_shape(self) -> tuple[int, int, int, int]:
        """Of the weights that are learned: those that an average pool repeats are one."""
        return self.out_channels, 1 if self.depthwise else self.in_channels, *self.kernel

    @property
    def join_shape(self) -> tuple[int, int, int, int]:
        return self.out_channels, 1 if self.join.depthwise else self.join.in_channels, 1, 1

    @property
    def fan_out(self) -> float:
        """Weights that a spike of the input map meets, borders aside."""
        return (1 if self.depthwise else self.out_channels) * self.kernel[0] * self.kernel[1] / self.stride**2

    @property
    def join_fan_out(self) -> float:
        """Weights that a spike of the join's source meets."""
        return (1 if self.join.depthwise else self.out_channels) / self.join.stride**2

    def out_shape(self, in_shape: tuple[int, int, int]) -> tuple[int, int, int]:
        """``(C, H, W)`` after pooling, for an input map of shape ``(C, H, W)``."""
        size = [((n // self.average + 2 * self.padding - k) // self.stride + 1) // self.pool
                for n, k in zip(in_shape[1:], self.kernel)]
        return self.out_channels, *size


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """A network: ``stages`` in order, the last one a readout; one rule for all its neurons.

    ``neuron`` is a name in `train.neuron.NEURONS`, ``surrogate`` one in `train.surrogate.SURROGATES`,
    ``decay_activation`` one in `train.activation.ACTIVATIONS`; ``decay_bits`` are the fraction bits of alpha and beta.
    ``fraction_bits`` of the integer membrane is 4 behind spikes and weights of up to 4 bits. A bit more of the weights
    is a bit less of the fraction, since a step of the weights is half as large, and so are two bits of a pixel, whose
    sums are larger: 16 bits have to hold the membrane.

    Raises
    ------
    TrainError
        If a stage does not fit the map that it gets, a name is unknown, or ``decay_bits`` is out of range.
    """

    name: str
    input: Input
    stages: tuple[Stage, ...]
    timesteps: int = 4
    weight_bits: int = 4
    reset: Reset = Reset.SUBTRACT
    neuron: str = "dalif"
    per_timestep: bool = False
    decay_activation: str = "sigmoid"
    decay_bits: int = 8
    surrogate: str = "triangle"
    v_threshold: float = 1.0
    membrane_bits: int = 16

    def __post_init__(self):
        require_known("neuron", self.neuron, NEURONS)
        require_known("surrogate", self.surrogate, SURROGATES)
        require_known("activation of the decays", self.decay_activation, ACTIVATIONS)
        if not 4 <= self.decay_bits <= 8:
            raise TrainError(f"decay_bits = {self.decay_bits} is out of range", "give 4 to 8")
        maps, before = {}, "the input"
        shape = self.input.shape
        for stage in self.stages:
            shape = maps[stage.name] = _next_shape(stage, before, shape, maps)
            before = f"layer '{stage.name}'"

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """Of a sample: C, H, W of pixels; T, C, H, W of spikes."""
        analog = self.input.encoding is Encoding.ANALOG
        return self.input.shape if analog else (self.timesteps, *self.input.shape)

    def decays(self) -> Decays:
        """The decays of a layer before training."""
        return Decays(self.timesteps, self.per_timestep, self.neuron, activation=self.decay_activation,
                      bits=self.decay_bits)

    def fraction_bits(self, stage: Stage) -> int:
        """F of the integer rule for a stage."""
        analog = stage is self.stages[0] and self.input.encoding is Encoding.ANALOG
        return max(0, 4 - max(0, self.weight_bits - 4) - (self.input.bits // 2 if analog else 0))

    def rule(self, stage: Stage) -> Rule:
        """What backpropagation through time must know of a stage's neurons."""
        return Rule(stage.kind is not Kind.READOUT, self.reset, self.v_threshold, SURROGATES[self.surrogate])


def to_plain(architecture: Architecture) -> dict:
    """Its fields as numbers, texts, lists and dicts."""
    return json.loads(json.dumps(asdict(architecture)))


def from_plain(plain: dict) -> Architecture:
    """The inverse of `to_plain`; what is not of its making raises KeyError, TypeError, ValueError or HwgenError."""
    stages = [Stage(**{**stage, "kind": Kind(stage["kind"]), "kernel": tuple(stage["kernel"]),
                       "join": stage["join"] and Join(**stage["join"])}) for stage in plain["stages"]]
    return Architecture(**{**plain, "input": Input(**plain["input"]), "stages": tuple(stages),
                           "reset": Reset(plain["reset"])})


def _next_shape(stage: Stage, before: str, shape: tuple[int, int, int], maps: dict) -> tuple[int, int, int]:
    """``(C, H, W)`` of the output of ``stage``, whose input of ``shape`` comes from ``before``; ``maps``: the shapes of
    earlier outputs by name."""
    layer, got = f"layer '{stage.name}'", " x ".join(map(str, shape))
    if stage.in_channels != shape[0]:
        raise TrainError(f"{layer} takes {stage.in_channels} channels but {before} gives {got}",
                         f"give it in_channels = {shape[0]}, or leave that out")
    if stage.depthwise and stage.out_channels != stage.in_channels:
        raise TrainError(f"{layer} is depthwise with {stage.out_channels} channels but {before} gives {got}",
                         f"give it out_channels = {shape[0]}, or leave depthwise out")
    if min(*stage.kernel, stage.stride, stage.pool, stage.average, stage.out_channels) < 1 or stage.padding < 0:
        raise TrainError(f"{layer} has a kernel, stride, pool, average or out_channels below 1, or padding below 0",
                         "give whole numbers of at least 1")
    averaged = tuple(n // stage.average for n in shape[1:])
    if stage.kind is not Kind.CONV and (averaged != stage.kernel or any(n % stage.average for n in shape[1:])):
        raise TrainError(f"{layer} is dense over {' x '.join(map(str, stage.kernel))} averages of {stage.average} x "
                         f"{stage.average} but {before} gives {got}", "its window must be the whole map")
    reach = [n + 2 * stage.padding for n in averaged]
    if any(k > n for k, n in zip(stage.kernel, reach)):
        raise TrainError(f"{layer} has a kernel of {' x '.join(map(str, stage.kernel))} but {before} gives {got}"
                         + (f", averaged to {averaged[0]} x {averaged[1]}" if stage.average > 1 else ""),
                         "use a smaller kernel, more padding, or less stride and pooling before it")
    conv = [(n - k) // stage.stride + 1 for n, k in zip(reach, stage.kernel)]
    if stage.join:
        _check_join(stage, conv, maps)
    if min(conv) < stage.pool:
        raise TrainError(f"{layer} pools {stage.pool} x {stage.pool} of a map of {conv[0]} x {conv[1]}, since {before} "
                         f"gives {got}", "use a smaller pool, or less stride and pooling before it")
    return stage.out_shape(shape)


def _check_join(stage: Stage, conv: list[int], maps: dict) -> None:
    """Raise where the join's map, strided, has not the ``conv`` size of the layer's own before pooling."""
    join = stage.join
    require_known(f"earlier layer for the join of layer '{stage.name}':", join.source, maps)
    channels, *size = maps[join.source]
    strided = [-(-n // join.stride) for n in size]
    if strided != conv or channels != join.in_channels or join.depthwise and channels != stage.out_channels:
        raise TrainError(
            f"layer '{stage.name}' has {stage.out_channels} x {conv[0]} x {conv[1]} before pooling, but its "
            f"{'depthwise ' if join.depthwise else ''}join with stride {join.stride} gets {channels} x {strided[0]} x "
            f"{strided[1]} from layer '{join.source}'", "choose another stride of the join, or move the pooling")


def require_known(what: str, name: str, known: Iterable[str]) -> None:
    """Raise `TrainError` if ``name`` is not among the ``known``; it names those most alike, or else all."""
    known = sorted(known)
    if name not in known:
        near = difflib.get_close_matches(str(name), known, n=2, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(known) or 'none'}"
        raise TrainError(f"there is no {what} '{name}'", hint)


def chain(input: Input, classes: int, layers: list[dict], *, average: int = 1, **options) -> Architecture:
    """An `Architecture` of ``layers`` and a readout over the last map, behind an average pool of side ``average``.

    Each layer is a dict of `Stage` fields; ``join`` likewise one of `Join` fields. Left out, ``kind`` is a
    convolution, ``name`` conv1, conv2, ... by its number, a dense layer's ``kernel`` the whole map, and
    ``in_channels`` what comes in.

    Raises
    ------
    TrainError
        As `Architecture`; or if a ``join`` has an unknown source.
    """
    if (least := min([average, *(fields.get("average", 1) for fields in layers)])) < 1:
        raise TrainError(f"average = {least} is no side of a pool", "give 1 or more, or leave it out")
    shape, stages, maps = input.shape, [], {}
    for index, fields in enumerate(layers, 1):
        fields = {"name": f"conv{index}", "kind": Kind.CONV, "in_channels": shape[0], **fields}
        if fields["kind"] is not Kind.CONV:
            fields.setdefault("kernel", tuple(n // fields.get("average", 1) for n in shape[1:]))
        if "join" in fields:
            source = fields["join"]["source"]
            require_known(f"earlier layer for the join of layer '{fields['name']}':", source, maps)
            fields["join"] = Join(**{"in_channels": maps[source][0], **fields["join"]})
        stage = Stage(**fields)
        shape = maps[stage.name] = _next_shape(stage, f"layer '{stages[-1].name}'" if stages else "the input",
                                               shape, maps)
        stages.append(stage)
    stages.append(Stage(name="readout", kind=Kind.READOUT, in_channels=shape[0], out_channels=classes,
                        kernel=tuple(n // average for n in shape[1:]), average=average))
    return Architecture(input=input, stages=tuple(stages), **options)
