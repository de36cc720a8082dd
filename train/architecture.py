"""What a network looks like before it is trained: plain data, validated where it becomes a network."""

from dataclasses import dataclass

from hwgen.spec import Encoding, Input, Kind, Reset

from .bptt import Rule
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

    ``fraction_bits`` of the integer membrane is 4 behind spikes; behind pixels, whose sums are larger,
    it loses one bit for two bits of a pixel, so that 16 bits hold the membrane.
    """

    name: str
    input: Input
    stages: tuple[Stage, ...]
    timesteps: int = 4
    weight_bits: int = 4
    reset: Reset = Reset.SUBTRACT
    per_timestep: bool = False
    surrogate: str = "triangle"
    v_threshold: float = 1.0
    membrane_bits: int = 16

    def fraction_bits(self, stage: Stage) -> int:
        """F of the integer rule for a stage."""
        analog = stage is self.stages[0] and self.input.encoding is Encoding.ANALOG
        return 4 - self.input.bits // 2 if analog else 4

    def rule(self, stage: Stage) -> Rule:
        """What backpropagation through time must know of a stage's neurons."""
        return Rule(stage.kind is not Kind.READOUT, self.reset, self.v_threshold, SURROGATES[self.surrogate])


def chain(input: Input, classes: int, convolutions: list[dict], **options) -> Architecture:
    """An `Architecture` of convolutions (each a dict of `Stage` fields without ``name``, ``kind`` and
    ``in_channels``; ``join`` likewise one of `Join` fields) and a readout over the last map. The channels chain by
    themselves; the convolutions are named conv1, conv2, ..."""
    shape, stages, channels = input.shape, [], {}
    for index, fields in enumerate(convolutions, 1):
        if "join" in fields:
            source = fields["join"]["source"]
            fields = {**fields, "join": Join(in_channels=channels[source], **fields["join"])}
        stages.append(Stage(name=f"conv{index}", kind=Kind.CONV, in_channels=shape[0], **fields))
        shape = stages[-1].out_shape(shape)
        channels[stages[-1].name] = shape[0]
    stages.append(Stage(name="readout", kind=Kind.READOUT, in_channels=shape[0], out_channels=classes,
                        kernel=shape[1:]))
    return Architecture(input=input, stages=tuple(stages), **options)
