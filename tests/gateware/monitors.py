"""Naive models that watch a block from outside: what the proofs assert."""

from amaranth.hdl import Array, Assert, Assume, Cat, Const, Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hwgen.gateware.dalif import DalifStep
from hwgen.gateware.lanes import Lanes
from hwgen.gateware.map_reader import MapReader
from hwgen.gateware.scanner import Scanner
from hwgen.gateware.delays import Delays
from hwgen.gateware.shapes import CoreShapes
from hwgen.gateware.skid import SkidBuffer
from hwgen.gateware.walker import WindowWalker
from hwgen.spec.fixedpoint import signed_max, signed_min
from tests.formal import steady


class Queue:
    """What a block has been given and has not given back, in order; ``size`` entries at most, which is asserted
    (a power of two)."""

    def __init__(self, m: Module, shape, push, value, pop, size=4):
        self.entries = [Signal(shape, name=f"expected_{index}") for index in range(size)]
        first, behind, self.count = Signal(range(size)), Signal(range(size)), Signal(range(size + 1))
        self.head = Array(self.entries)[first]
        self.empty = self.count == 0
        with m.If(push):
            for index, entry in enumerate(self.entries):
                with m.If(behind == index):
                    m.d.sync += entry.eq(value)
            m.d.sync += behind.eq(behind + 1)
        with m.If(pop):
            m.d.sync += first.eq(first + 1)
        m.d.sync += self.count.eq(self.count + push - pop)
        m.d.comb += [Assert(~push | (self.count < size)), Assert(~pop | ~self.empty)]


def watch_buffer(m: Module, ports):
    """A block that passes a stream on gives back what it took, in order, and soon."""
    taken, given = ports.i.valid & ports.i.ready, ports.o.valid & ports.o.ready
    queue = Queue(m, len(ports.i.payload), taken, ports.i.payload, given)
    m.d.comb += [
        Assert(~ports.o.valid | (~queue.empty & (ports.o.payload == queue.head))),
        Assert(queue.empty | ports.o.valid),
    ]


def watch_scanner(m: Module, ports):
    """Every element with a spike of every word becomes one tap, lowest first; a sweep's last word without one
    becomes one empty tap. Words are as the map reader makes them."""
    word, tap = ports.i.payload, ports.o.payload
    elements = [word.elements[index] for index in range(len(word.elements))]
    spikes = Cat(element.any() for element in elements)
    groups = Cat(spikes[start:start + 4].any() for start in range(0, len(spikes), 4))
    m.d.comb += [
        Assume(word.groups == groups),
        Assume(word.single == (groups & (groups - 1) == 0)),
        Assume(word.last | spikes.any()),
    ]
    pushed = Signal()
    push, pop = ports.i.valid & ~pushed, Signal()
    m.d.sync += pushed.eq(ports.i.valid & ~ports.i.ready)
    queue = Queue(m, word.shape(), push, word, pop, size=2)

    done = Signal(len(spikes))
    head = data.View(word.shape(), queue.head)
    left = Cat(head.elements[index].any() for index in range(len(spikes))) & ~done
    lowest = left & ~(left - 1)[:len(left)]
    with m.If(ports.o.valid):
        m.d.comb += Assert(~queue.empty)
        for index in range(len(spikes)):
            with m.If(lowest[index]):
                m.d.comb += [Assert(tap.mask == head.elements[index]),
                             Assert(tap.weight == (head.weight + index)[:len(tap.weight)])]
        with m.If(left == 0):
            m.d.comb += [Assert(tap.mask == 0), Assert(tap.last)]
        with m.Else():
            m.d.comb += Assert(tap.last == (head.last & (left == lowest)))
        with m.If(ports.o.ready):
            m.d.comb += pop.eq(left == lowest)
            m.d.sync += done.eq(Mux(pop, 0, done | lowest))
    # Nothing is kept back: what was offered in the cycle before is on its way.
    m.d.comb += Assert(queue.empty | ports.o.valid)


class LanesOnTable(wiring.Component):
    """Lanes whose weights come from the rows of the plan's weight memory: ``row`` instead of the weights."""

    def __init__(self, plan, dut=None):
        self.plan, self.dut = plan, dut or Lanes(plan=plan)
        shapes = CoreShapes(plan)
        super().__init__({
            "valid": In(1), "row": In(range(len(plan.weight_rows))), "mask": In(shapes.mask), "last": In(1),
            "o_valid": Out(1), "o": Out(shapes.sums)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.lanes = lanes = self.dut
        for lane in range(self.plan.lanes):
            column = Array(Const(int(row[lane]), signed(8)) for row in self.plan.weight_rows)
            m.d.comb += lanes.i.payload.weights[lane].eq(column[self.row])
        m.d.comb += [
            lanes.i.valid.eq(self.valid), lanes.i.payload.mask.eq(self.mask), lanes.i.payload.last.eq(self.last),
            self.o_valid.eq(lanes.o.valid), self.o.eq(lanes.o.payload),
        ]
        return m


def watch_lanes(plan):
    """The sums of each sweep equal sums of 16 bits, if no tap comes twice in a sweep."""
    def watch(m: Module, ports):
        rows, lanes, columns = len(plan.weight_rows), plan.lanes, plan.time_parallel
        seen, since_end = Signal(rows), Signal(range(lanes + 1), init=lanes)
        ended = ports.valid & ports.last
        m.d.comb += [
            Assume(ports.row < rows),
            Assume(~ports.valid | ~seen.bit_select(ports.row, 1)),
            Assume(~ended | (since_end == lanes)),
        ]
        with m.If(ports.valid):
            m.d.sync += seen.eq(Mux(ports.last, 0, seen | (1 << ports.row)))
        m.d.sync += since_end.eq(Mux(ended, 1, Mux(since_end == lanes, lanes, since_end + 1)))

        layout = data.ArrayLayout(data.ArrayLayout(signed(16), columns), lanes)
        totals, sums = Signal(layout), Signal(layout)
        for lane in range(lanes):
            weight = Array(Const(int(row[lane]), signed(8)) for row in plan.weight_rows)[ports.row]
            for t in range(columns):
                m.d.comb += sums[lane][t].eq(totals[lane][t] + Mux(ports.mask[t], weight, 0))
        with m.If(ports.valid):
            m.d.sync += totals.eq(Mux(ports.last, 0, sums))
        last_lane = ports.o.lane == lanes - 1
        queue = Queue(m, layout, ended, sums, ports.o_valid & last_lane)
        expected = data.View(layout, queue.head)
        with m.If(ports.o_valid):
            for lane in range(lanes):
                with m.If(ports.o.lane == lane):
                    m.d.comb += [Assert(ports.o.values[t] == expected[lane][t]) for t in range(columns)]
    return watch


def watch_dalif(widths):
    """The outputs equal the integer rule in wide arithmetic, three cycles behind ``g``."""
    def watch(m: Module, ports):
        delays = Delays(m)

        def late(value, cycles):
            copy = Signal(Value.cast(value).shape())
            m.d.comb += copy.eq(value)
            return delays(copy, cycles)

        product = late(ports.g * ports.betaf, DalifStep.latency)
        x, threshold, width, fires, subtract = (late(port, DalifStep.x_latency) for port in (
            ports.x, ports.threshold, ports.width, ports.fires, ports.subtract))
        m.d.comb += Assume(ports.width < len(widths))
        u, total, g_next, spike = Signal(signed(32)), Signal(signed(32)), Signal(signed(32)), Signal()
        m.d.comb += total.eq(((product + 128) >> 8) + x)
        for index, bits in enumerate(widths):
            low, high = signed_min(bits), signed_max(bits)
            with m.If(width == index):
                m.d.comb += u.eq(Mux(total < low, low, Mux(total > high, high, total)))
        m.d.comb += [
            spike.eq(fires & (u >= threshold)),
            g_next.eq(Mux(spike, Mux(subtract, u - threshold, 0), u)),
            Assert(ports.spike == spike),
            Assert(ports.g_next == g_next),
        ]
    return watch


def window_limits(plan):
    """For each layer, how many windows there are down and across, and slices of its input map."""
    return [(*layer.layer.conv_shape(layer.in_layout.shape)[1:], layer.in_layout.slices) for layer in plan.layers]


class WindowOfLayer(wiring.Component):
    """WindowWalker that is told the place of a window and a slice of the map instead of addresses.

    ``shift`` plants a fault: windows begin so many rows lower than their address says.
    """

    def __init__(self, plan, *, shift=0):
        self.plan, self.shift = plan, shift
        shapes = CoreShapes(plan)
        place = data.StructLayout({name: range(max(max(limits), 2)) for name, limits in zip(
            ("y", "x", "slice"), zip(*window_limits(plan)))})
        super().__init__({
            "layer": In(shapes.layer), "i": In(stream.Signature(place)), "o": Out(stream.Signature(shapes.run))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.walker = walker = WindowWalker(plan=self.plan)
        wiring.connect(m, walker.o, wiring.flipped(self.o))
        sweep, place = walker.i.payload, self.i.payload
        m.d.comb += [walker.layer.eq(self.layer), walker.i.valid.eq(self.i.valid), self.i.ready.eq(walker.i.ready)]
        for p in self.plan.layers:
            layout, stride, padding = p.in_layout, p.layer.stride, p.layer.padding
            top, left = Signal(signed(12)), Signal(signed(12))
            m.d.comb += [top.eq(place.y * stride - padding), left.eq(place.x * stride - padding)]
            with m.If(self.layer == p.index):
                m.d.comb += [
                    sweep.top.eq(top + self.shift), sweep.left.eq(left * layout.shape[0]),
                    sweep.address.eq(layout.base + place.slice * layout.slice_words + top * layout.row_words),
                    sweep.weight.eq(p.weight_base), sweep.last.eq(1),
                ]
        return m


def assume_a_window(m: Module, ports, plan):
    """The layer stays the same, and the window is one that it has."""
    steady(m, ports.layer)
    m.d.comb += Assume(ports.layer < len(plan.layers))
    place = ports.i.payload
    for index, (down, across, slices) in enumerate(window_limits(plan)):
        with m.If(ports.layer == index):
            m.d.comb += Assume((place.y < down) & (place.x < across) & (place.slice < slices))


def watch_addresses(plan):
    """Every word that is read lies in the input map of the layer, elements in order."""
    def watch(m: Module, ports):
        assume_a_window(m, ports, plan)
        run = ports.o.payload
        for p in plan.layers:
            with m.If(ports.o.valid & (ports.layer == p.index)):
                m.d.comb += Assert((run.address >= p.in_layout.base)
                                   & (run.address < p.in_layout.base + p.in_layout.words)
                                   & (run.first <= run.final))
    return watch


class Gather(wiring.Component):
    """Walker, map reader and scanner in a row, as in the core; what the map memory answers is an input."""

    def __init__(self, plan):
        self.plan = plan
        self.walker = WindowOfLayer(plan)
        members = self.walker.signature.members
        super().__init__({
            "layer": members["layer"], "i": members["i"], "read_data": In(unsigned(plan.word_bits)),
            "o": Out(stream.Signature(CoreShapes(plan).tap))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.walker = walker = self.walker
        m.submodules.runs = runs = SkidBuffer(shape=CoreShapes(self.plan).run)
        m.submodules.reader = reader = MapReader(plan=self.plan)
        m.submodules.scanner = scanner = Scanner(plan=self.plan)
        wiring.connect(m, wiring.flipped(self.i), walker.i)
        wiring.connect(m, walker.o, runs.i)
        wiring.connect(m, runs.o, reader.i)
        wiring.connect(m, reader.o, scanner.i)
        wiring.connect(m, scanner.o, wiring.flipped(self.o))
        m.d.comb += [walker.layer.eq(self.layer), reader.read_data.eq(self.read_data)]
        return m


def watch_response(plan, cycles):
    """With work to do and nobody in the way, a sweep ends every ``cycles`` cycles at the latest."""
    def watch(m: Module, ports):
        assume_a_window(m, ports, plan)
        since = Signal(range(cycles + 2))
        with m.If(ports.o.valid & ports.o.payload.last):
            m.d.sync += since.eq(0)
        with m.Else():
            m.d.sync += since.eq(since + 1)
        m.d.comb += [Assume(ports.i.valid & ports.o.ready), Assert(since < cycles)]
    return watch
