"""Collects the scores and names the winner."""

from amaranth.hdl import Module, Signal, signed, unsigned
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import bits_for

from ..plan.core_plan import CorePlan


def score_layout(plan: CorePlan) -> data.StructLayout:
    """Payload of the score stream: ``score`` and ``last``."""
    return data.StructLayout({"score": signed(plan.score_width), "last": 1})


class Readout(wiring.Component):
    """Collects the scores, since the neurons do not wait, and keeps the best: the lowest class of the
    highest score, as `sim.golden.forward`. The scores are offered when all are there.

    Throughput: takes one score a cycle, offers one every second cycle. Latency: 2 cycles from the last.

    Members
    -------
    start : In(1)
        A sample begins: forget the winner.
    valid, score, last : In
        A score; the last one.
    stopped : In(1)
        There are no scores: offer a single 0.
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
            "stopped": In(1),
            "o": Out(stream.Signature(score_layout(plan))),
            "winner": Out(unsigned(bits_for(max(plan.network.classes - 1, 1)))),
        })

    @property
    def plan(self) -> CorePlan:
        return self._plan

    def elaborate(self, platform):
        m = Module()
        classes = self._plan.network.classes
        m.submodules.scores = scores = memory.Memory(
            shape=signed(self._plan.score_width), depth=max(classes, 2), init=[],
            attrs={"no_rw_check": 1})
        write, read = scores.write_port(), scores.read_port(transparent_for=())
        number, best, any_score = Signal.like(self.winner), Signal.like(self.score), Signal()
        offered = Signal.like(self.winner)
        m.d.comb += [
            write.en.eq(self.valid), write.addr.eq(number), write.data.eq(self.score),
            read.en.eq(1), read.addr.eq(offered),
        ]
        with m.If(self.start):
            m.d.sync += [number.eq(0), any_score.eq(0), self.winner.eq(0)]
        with m.Elif(self.valid):
            m.d.sync += [number.eq(number + 1), any_score.eq(1)]
            with m.If(~any_score | (self.score > best)):
                m.d.sync += [best.eq(self.score), self.winner.eq(number)]

        with m.FSM(name="offer"):
            with m.State("COLLECT"):
                m.d.sync += offered.eq(0)
                with m.If(self.stopped):
                    m.next = "STOPPED"
                with m.Elif(self.valid & self.last):
                    m.next = "FETCH"
            with m.State("FETCH"):
                m.next = "OFFER"
            with m.State("OFFER"):
                m.d.comb += [
                    self.o.valid.eq(1),
                    self.o.payload.score.eq(read.data),
                    self.o.payload.last.eq(offered == classes - 1),
                ]
                with m.If(self.o.ready):
                    m.d.sync += offered.eq(offered + 1)
                    m.next = "FETCH"
                    with m.If(self.o.payload.last):
                        m.next = "COLLECT"
            with m.State("STOPPED"):
                m.d.comb += [self.o.valid.eq(1), self.o.payload.last.eq(1)]
                with m.If(self.o.ready):
                    m.next = "COLLECT"
        return m
