"""The weight memory: a tap in, the weights of all lanes out."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import exact_log2

from ..plan.core_plan import CorePlan
from ..plan.estimate import bank_depths
from ..plan.image import WORD_BITS, Design
from .load import is_loaded, load_port, row_of, writes
from .shapes import CoreShapes, choose
from .skid import SkidBuffer
from .spram import Spram


def pack_row(row: list[int], width: int) -> int:
    """Signed weights of ``width`` bits as one word, lane 0 lowest."""
    return sum((weight & (1 << width) - 1) << lane * width for lane, weight in enumerate(row))


class WeightMemory(wiring.Component):
    """Looks up the weights of each tap, in block RAM or in the large single-port RAMs.

    A queue of two taps decouples the scanner. The ends of two sweeps are kept at least ``interval``
    cycles apart, which is all the time that the stages behind the lanes ask for; so nothing behind this
    component ever has to stall. Throughput: one tap a cycle. Latency: 3 cycles, 2 from the large RAMs.

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
    load : In(LoadBus)
        Words of the weights image, while no tap comes; only where the plan's ``weight_store`` is "spram".
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
            **load_port(plan),
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

        read_valid, read_mask, read_last = Signal(), Signal(shapes.mask), Signal()
        m.d.sync += [read_valid.eq(issue), read_mask.eq(tap.mask), read_last.eq(tap.last)]
        if is_loaded(plan):
            # There is no bank to choose: the lanes have a register that takes the outputs.
            row, out = self._large_row(m, tap.weight), m.d.comb
        else:
            row, out = self._block_row(m, tap.weight), m.d.sync
        out += [
            self.o.valid.eq(read_valid),
            self.o.payload.weights.as_value().eq(row),
            self.o.payload.mask.eq(read_mask),
            self.o.payload.last.eq(read_last),
        ]
        return m

    def _block_row(self, m: Module, number: Value) -> Value:
        """The row ``number``, one cycle later, from banks of block RAM that start at multiples of their depth."""
        plan = self._plan
        words = [pack_row(row, plan.weight_width) for row in plan.weight_rows.tolist()]
        outputs, bank_number, start = [], Signal(4), 0
        for index, depth in enumerate(bank_depths(len(words))):
            bank = memory.Memory(shape=plan.weight_width * plan.lanes, depth=depth,
                                 init=words[start:start + depth])
            m.submodules[f"bank{index}"] = bank
            port = bank.read_port()
            m.d.comb += port.addr.eq(number[:exact_log2(depth)])
            outputs.append(port.data)
            with m.If(number >= start):
                m.d.sync += bank_number.eq(index)
            start += depth
        return choose(bank_number, outputs)

    def _large_row(self, m: Module, number: Value) -> Value:
        """The row ``number``, one cycle later, from large RAMs side by side.

        The words of the sections behind the weights may fall into rows that no tap has.
        """
        section, load = Design.of(self._plan)["weights"], self.load
        outputs = []
        for index in range(-(-self._plan.lanes * self._plan.weight_width // WORD_BITS)):
            m.submodules[f"column{index}"] = column = Spram(rows=section.rows)
            m.d.comb += [
                column.address.eq(Mux(load.valid, row_of(load, section), number)),
                column.data_in.eq(load.data), column.write.eq(writes(load, section, index)),
            ]
            outputs.append(column.data_out)
        return Cat(*outputs)
