"""The weight memory: a tap in, the weights of all lanes out."""

from amaranth.hdl import Module, Signal
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import exact_log2

from ..plan.core_plan import CorePlan
from ..plan.estimate import bank_depths
from .shapes import CoreShapes, choose
from .skid import SkidBuffer


def pack_row(row: list[int], width: int) -> int:
    """Signed weights of ``width`` bits as one word, lane 0 lowest."""
    return sum((weight & (1 << width) - 1) << lane * width for lane, weight in enumerate(row))


class WeightMemory(wiring.Component):
    """Looks up the weights of each tap in block RAM.

    A queue of two taps decouples the scanner. The ends of two sweeps are kept at least ``interval``
    cycles apart, which is all the time that the stages behind the lanes ask for; so nothing behind this
    component ever has to stall. Throughput: one tap a cycle. Latency: 3 cycles.

    Parameters
    ----------
    plan
        The core's plan.
    interval
        Least number of cycles between the ends of two sweeps.

    Members
    -------
    i : In(stream)
        Taps (`CoreShapes.tap`).
    o : Out(stream, always ready)
        Weights of a tap (`CoreShapes.row`).
    """

    def __init__(self, *, plan: CorePlan, interval: int):
        if interval < 1:
            raise ValueError(f"Interval must be a positive number of cycles, not {interval}")
        self._plan = plan
        self._interval = interval
        self._shapes = CoreShapes(plan)
        super().__init__({
            "i": In(stream.Signature(self._shapes.tap)),
            "o": Out(stream.Signature(self._shapes.row, always_ready=True)),
        })

    @property
    def plan(self) -> CorePlan:
        return self._plan

    @property
    def interval(self) -> int:
        return self._interval

    def elaborate(self, platform):
        m = Module()
        plan, shapes = self._plan, self._shapes

        m.submodules.queue = queue = SkidBuffer(shape=shapes.tap)
        wiring.connect(m, queue.i, wiring.flipped(self.i))
        tap = queue.o.payload

        wait = Signal(range(self._interval))
        issue = Signal()
        m.d.comb += [
            issue.eq(queue.o.valid & ~(tap.last & (wait != 0))),
            queue.o.ready.eq(issue),
        ]
        with m.If(issue & tap.last):
            m.d.sync += wait.eq(self._interval - 1)
        with m.Elif(wait != 0):
            m.d.sync += wait.eq(wait - 1)

        # Cycle 1: the banks read. Cycle 2: the bank is chosen. Each bank starts at a multiple of its depth.
        words = [pack_row(row, plan.weight_width) for row in plan.weight_rows.tolist()]
        outputs, bank_number, start = [], Signal(4), 0
        for index, depth in enumerate(bank_depths(len(words))):
            bank = memory.Memory(shape=plan.weight_width * plan.lanes, depth=depth,
                                 init=words[start:start + depth])
            m.submodules[f"bank{index}"] = bank
            port = bank.read_port()
            m.d.comb += port.addr.eq(tap.weight[:exact_log2(depth)])
            outputs.append(port.data)
            with m.If(tap.weight >= start):
                m.d.sync += bank_number.eq(index)
            start += depth
        read_valid, read_mask, read_last = Signal(), Signal(shapes.mask), Signal()
        m.d.sync += [
            read_valid.eq(issue), read_mask.eq(tap.mask), read_last.eq(tap.last),
            self.o.valid.eq(read_valid),
            self.o.payload.weights.as_value().eq(choose(bank_number, outputs)),
            self.o.payload.mask.eq(read_mask),
            self.o.payload.last.eq(read_last),
        ]
        return m
