"""Collects the scores and names the winner."""

from amaranth.hdl import Module, Signal, signed, unsigned
from amaranth.lib import data, fifo, stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import bits_for

from ..plan.core_plan import CorePlan


def score_layout(plan: CorePlan) -> data.StructLayout:
    """Payload of the score stream: ``score`` and ``last``."""
    return data.StructLayout({"score": signed(plan.score_width), "last": 1})


class Readout(wiring.Component):
    """Queues the scores, since the neurons do not wait, and keeps the best: the lowest class of the
    highest score, as `sim.golden.forward`.

    Throughput: one score a cycle. Latency: 2 cycles.

    Members
    -------
    start : In(1)
        A sample begins: forget the winner.
    valid, score, last : In
        A score; the last one.
    o : Out(stream)
        Scores in class order.
    winner : Out
        Final once the last score is offered.
    """

    def __init__(self, *, plan: CorePlan):
        self._plan = plan
        super().__init__({
            "start": In(1),
            "valid": In(1),
            "score": In(signed(plan.score_width)),
            "last": In(1),
            "o": Out(stream.Signature(score_layout(plan))),
            "winner": Out(unsigned(bits_for(max(plan.network.classes - 1, 1)))),
        })

    @property
    def plan(self) -> CorePlan:
        return self._plan

    def elaborate(self, platform):
        m = Module()
        m.submodules.queue = queue = fifo.SyncFIFOBuffered(
            width=self._plan.score_width + 1, depth=max(self._plan.network.classes, 2))
        entry = Signal(score_layout(self._plan))
        m.d.comb += [
            entry.score.eq(self.score), entry.last.eq(self.last),
            queue.w_data.eq(entry), queue.w_en.eq(self.valid),
            self.o.payload.as_value().eq(queue.r_data), self.o.valid.eq(queue.r_rdy),
            queue.r_en.eq(self.o.ready),
        ]
        number, best, any_score = Signal.like(self.winner), Signal.like(self.score), Signal()
        with m.If(self.start):
            m.d.sync += [number.eq(0), any_score.eq(0), self.winner.eq(0)]
        with m.Elif(self.valid):
            m.d.sync += [number.eq(number + 1), any_score.eq(1)]
            with m.If(~any_score | (self.score > best)):
                m.d.sync += [best.eq(self.score), self.winner.eq(number)]
        return m
