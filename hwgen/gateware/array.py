"""The core array: cores in a chain, at work at the same time on different rows, layers and inputs."""

from amaranth.hdl import Array as Choice
from amaranth.hdl import Cat, Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import bits_for

from ..plan.core_plan import CorePlan
from .readout import score_layout
from .stage import Stage, StageTrace


class CoreArray(wiring.Component):
    """Runs a network on several cores; equals `sim.golden.forward`.

    A sample is taken as soon as the first core has a free buffer, whatever the others do. Scores come in the
    order of the samples. There is no deadlock: each core waits for room in the next one only, and the last for
    the scores to be taken. Throughput: a sample in the time of the slowest core. Latency: each core
    begins on the first rows of the one before.

    Parameters
    ----------
    plans
        The cores in order, each with two buffers.

    Members
    -------
    i, restart, o, winner
        As in `hwgen.gateware.core.Core`.
    cycles : Out(32)
        Cycles from the one after the last element of a sample was taken to that in which its last score was
        computed; valid while its scores are offered.
    busy : Out(1)
        A sample is on its way, or a core still works on rows of one that no later layer asks for.
    trace0, trace1, ... : Out(StageTrace)
        Of each core, for test benches.
    """

    def __init__(self, *, plans: tuple[CorePlan, ...]):
        self._plans = tuple(plans)
        if len(self._plans) < 2 or any(plan.buffers != 2 for plan in self._plans):
            raise ValueError("an array has two cores or more, each with two buffers")
        first, last = self._plans[0], self._plans[-1]
        super().__init__({
            "i": In(stream.Signature(unsigned(first.element_bits))),
            "restart": In(1),
            "o": Out(stream.Signature(score_layout(last))),
            "winner": Out(unsigned(bits_for(max(last.network.classes - 1, 1)))),
            "cycles": Out(32),
            "busy": Out(1),
            **{f"trace{index}": Out(StageTrace(plan)) for index, plan in enumerate(self._plans)},
        })

    @property
    def plans(self) -> tuple[CorePlan, ...]:
        return self._plans

    def elaborate(self, platform):
        m = Module()
        followers = [*self._plans[1:], None]
        stages = [Stage(plan=plan, following=following) for plan, following in zip(self._plans, followers)]
        for index, stage in enumerate(stages):
            m.submodules[f"core{index}"] = stage
            wiring.connect(m, stage.trace, wiring.flipped(getattr(self, f"trace{index}")))
        for before, behind in zip(stages, stages[1:]):
            link, taken = before.leaving, behind.arriving
            # Spikes of a whole element fit both sides, or both cut it alike.
            m.d.comb += [
                taken.valid.eq(link.valid), taken.bits.eq(link.bits), taken.slice.eq(link.slice),
                taken.row_last.eq(link.row_last), link.free.eq(taken.free),
            ]
        first, last = stages[0], stages[-1]
        wiring.connect(m, wiring.flipped(self.i), first.i)
        wiring.connect(m, last.o, wiring.flipped(self.o))
        m.d.comb += [first.restart.eq(self.restart), self.winner.eq(last.winner)]

        # When each sample on its way was complete: a core holds two at most, and one is being answered. What the
        # first core says is looked at a cycle later, as the way from the stream to its end is long.
        depth = 1 << (2 * len(stages)).bit_length()
        now, begun = Signal(32), [Signal(32, name=f"begun_{index}") for index in range(depth)]
        sample, sample_time = Signal(), Signal(32)
        newest, oldest = Signal(range(depth)), Signal(range(depth))
        on_way = Signal(range(depth + 1))
        m.d.sync += [now.eq(now + 1), on_way.eq(on_way + sample - last.scored),
                     sample.eq(first.sample), sample_time.eq(now)]
        with m.If(sample):
            m.d.sync += [Choice(begun)[newest].eq(sample_time), newest.eq(newest + 1)]
        with m.If(last.scored):
            m.d.sync += [self.cycles.eq(now - Choice(begun)[oldest]), oldest.eq(oldest + 1)]
        m.d.comb += self.busy.eq(sample | (on_way != 0) | self.o.valid | Cat(stage.busy for stage in stages).any())
        return m
