"""From the sums of a lane to its spikes: bit-planes, bias, and one DA-LIF step a timestep."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import data, memory, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import bits_for

from ..plan.core_plan import CorePlan
from ..plan.image import WORD_BITS, Design
from ..spec import Reset
from .betaf import BetafTable
from .dalif import DalifStep
from .delays import Delays
from .load import is_loaded, load_port, row_of, writes
from .shapes import CoreShapes, choose, per_layer
from .tracker import TrackerShapes

def carries_planes(plan: CorePlan) -> bool:
    """Whether the bits of a pixel take more than one sweep."""
    return max(layer.plane_slices for layer in plan.layers) > 1


def front_latency(plan: CorePlan) -> int:
    """Cycles from the sums of a lane to the first DA-LIF step's ``x``."""
    return 3 if carries_planes(plan) else 2


def neuron_latency(plan: CorePlan) -> int:
    """Cycles from the sums of a lane to its spikes."""
    units = min(plan.time_parallel, plan.timesteps)
    return front_latency(plan) + DalifStep.x_latency + (units - 1) * DalifStep.latency


def sweep_interval(plan: CorePlan) -> int:
    """Least number of cycles between the ends of two sweeps: all lanes must have left, and what a lane
    carries over (bit-planes, membranes between slices of timesteps) must have been written back."""
    carried = neuron_latency(plan) if plan.time_slices > 1 else 3
    return max(plan.lanes, carried + 1)


class Neurons(wiring.Component):
    """Turns the sums of one lane a cycle into the spikes of its neuron, all timesteps of a slice at once.

    The steps of consecutive timesteps stand behind each other, each fed by the membrane that the one
    before leaves, so there is no membrane memory and no hazard. Bit-planes of pixels are weighted and
    added first; the sum serves every timestep. What spans several sweeps (slices of a pixel, slices of
    timesteps) is carried in small memories with one row a lane. Equals `sim.golden.neuron.integrate`.
    Throughput: one neuron a cycle, never stalls. Latency: `neuron_latency` cycles.

    Members
    -------
    layer : In
        Number of the running layer.
    valid, sums, tags, parameter_row : In
        The sums of one lane (`CoreShapes.sums`) and what they belong to (`Tracker`).
    spikes : Out(stream without ready: ``o_valid``, ``o_spikes``, ``o_tags``)
        Spikes of one neuron, one bit a timestep of the slice; not valid for the sweeps of a pixel's
        slices but the last.
    score : Out(signed)
        The membrane at the last timestep, with ``o_valid`` of the last time slice.
    load : In(LoadBus), start : In(1)
        Words of the weights image; the layer ``layer`` begins. Only where the plan's ``weight_store`` is
        "spram".
    """

    def __init__(self, *, plan: CorePlan):
        self._plan = plan
        shapes, tracker = CoreShapes(plan), TrackerShapes(plan)
        super().__init__({
            "layer": In(shapes.layer),
            "valid": In(1),
            "sums": In(shapes.sums),
            "tags": In(tracker.tags),
            "parameter_row": In(tracker.parameter_row),
            "o_valid": Out(1),
            "o_spikes": Out(shapes.mask),
            "o_tags": Out(tracker.tags),
            "score": Out(signed(plan.score_width)),
            **({**load_port(plan), "start": In(1)} if is_loaded(plan) else {}),
        })

    @property
    def plan(self) -> CorePlan:
        return self._plan

    def elaborate(self, platform):
        m = Module()
        plan = self._plan
        delays = Delays(m, in_memory=plan.delay_store == "bram")
        units = min(plan.time_parallel, plan.timesteps)

        def constant(function):
            return per_layer(self.layer, [function(p, p.integers.neuron) for p in plan.layers])

        # What is delayed on its own needs a signal of its own.
        lane, valid = Signal(self.sums.lane.shape(), name="lane"), Signal(name="valid")
        m.d.comb += [lane.eq(self.sums.lane), valid.eq(self.valid)]
        all_tags = Signal(self.tags.shape().size, name="tags")
        m.d.comb += all_tags.eq(self.tags)
        tags = {name: Signal.like(Value.cast(self.tags[name]), name=name)
                for name in self.tags.shape().members}
        m.d.comb += [signal.eq(self.tags[name]) for name, signal in tags.items()]

        # Cycle 1: parameters read; bit-planes weighted and added. Cycle 2, if a pixel takes several
        # sweeps: their sum.
        front = front_latency(plan)
        bias, thresholds = self._parameters(m, lane)
        planes = Signal(signed(plan.accumulator_width + plan.time_parallel))
        m.d.comb += planes.eq(sum(value << t for t, value in enumerate(self.sums.values)))
        values = [Signal(signed(plan.accumulator_width), name=f"sum_{t}") for t in range(units)]
        m.d.comb += [value.eq(self.sums.values[t]) for t, value in enumerate(values)]
        if carries_planes(plan):
            values = [delays(value, 1) for value in values]
            planes = self._carry_planes(m, delays, delays(planes, 1), lane, valid, tags)
        analog = constant(lambda p, n: int(p.analog))
        x = [Signal(signed(plan.sum_width), name=f"x_{t}", reset_less=True) for t in range(units)]
        m.d.sync += [x[t].eq(Mux(analog, planes, values[t])) for t in range(units)]

        # The last cycle of the front: (X + bias) << F.
        fractions = sorted({p.integers.neuron.fraction_bits for p in plan.layers})
        fraction = constant(lambda p, n: fractions.index(n.fraction_bits))
        biased = [Signal(signed(plan.x_width), name=f"biased_{t}", reset_less=True) for t in range(units)]
        at_x = delays(bias, front - 2)
        for t in range(units):
            m.d.sync += biased[t].eq(choose(fraction, [(x[t] + at_x) << bits for bits in fractions]))

        widths = tuple(sorted({p.integers.neuron.membrane_bits for p in plan.layers}))
        g, write_back = self._carry_membrane(m, delays, lane, tags, max(widths), front - 1)
        decays = self._decays(m)
        spikes, membranes = [], []
        for unit in range(units):
            step = DalifStep(widths=widths, x_width=plan.x_width, threshold_width=plan.threshold_width,
                             betaf_width=plan.betaf_width)
            m.submodules[f"step{unit}"] = step
            skew = unit * DalifStep.latency
            slice_at_g = delays(tags["time_slice"], front - 1 + skew)
            m.d.comb += [
                step.g.eq(g),
                step.betaf.eq(self._betaf(decays, unit, slice_at_g)),
                step.x.eq(delays(biased[unit], skew)),
                step.threshold.eq(delays(thresholds[min(unit, len(thresholds) - 1)], front - 1 + skew)),
                step.width.eq(constant(lambda p, n: widths.index(n.membrane_bits))),
                step.fires.eq(constant(lambda p, n: int(n.fires))),
                step.subtract.eq(constant(lambda p, n: int(n.reset is Reset.SUBTRACT))),
            ]
            g = step.g_next
            to_end = (units - 1 - unit) * DalifStep.latency
            spikes.append(delays(step.spike, to_end))
            membranes.append((step.g_next, to_end))

        latency = neuron_latency(plan)
        m.d.comb += self.o_tags.eq(delays(all_tags, latency))
        # The sweeps of a pixel's earlier slices leave the membrane alone.
        write_back(g, delays(lane, latency), self.o_valid)
        final_unit = (plan.timesteps - 1) % plan.time_parallel
        membrane, to_end = membranes[final_unit]
        in_last_slice = self.o_tags.time_slice == plan.time_slices - 1
        m.d.comb += [
            self.o_valid.eq(delays(valid, latency) & self.o_tags.plane_last),
            self.score.eq(delays(membrane, to_end)),
        ]
        for unit, spike in enumerate(spikes):
            behind_last = unit > final_unit
            m.d.comb += self.o_spikes[unit].eq(spike & ~in_last_slice if behind_last else spike)
        return m

    def _parameters(self, m: Module, lane: Value) -> tuple[Signal, list[Signal]]:
        """The parameter memory: bias and thresholds of the lane's neuron, one cycle later."""
        plan = self._plan
        columns = 1 if plan.shared_threshold else plan.time_parallel
        layout = data.StructLayout({
            "bias": signed(plan.bias_width),
            "thresholds": data.ArrayLayout(unsigned(plan.threshold_width), columns)})
        lane_bits = bits_for(plan.lanes - 1) if plan.lanes > 1 else 0
        address = Cat(lane[:lane_bits], self.parameter_row)
        row = data.View(layout, self._parameter_row(m, address, layout))
        bias = Signal(signed(plan.bias_width))
        thresholds = [Signal(plan.threshold_width, name=f"threshold_{t}") for t in range(columns)]
        m.d.comb += [bias.eq(row.bias), *(
            signal.eq(row.thresholds[t]) for t, signal in enumerate(thresholds))]
        return bias, thresholds

    def _parameter_row(self, m: Module, address: Value, layout: data.StructLayout) -> Value:
        """Row ``address`` of the parameter memory, one cycle later: of the bitstream's, or of an image's words."""
        plan = self._plan
        depth = max(len(plan.parameter_rows), 2)
        if not is_loaded(plan):
            m.submodules.parameters = rows = memory.Memory(shape=layout, depth=depth, init=[
                {"bias": bias, "thresholds": list(thresholds)} for bias, thresholds in plan.parameter_rows],
                attrs={"ram_style": "block"})
            port = rows.read_port()
            m.d.comb += port.addr.eq(address)
            return port.data.as_value()
        section, words = Design.of(plan)["parameters"], []
        for index, start in enumerate(range(0, layout.size, WORD_BITS)):
            m.submodules[f"parameters{index}"] = column = memory.Memory(
                shape=min(WORD_BITS, layout.size - start), depth=depth, init=[],
                attrs={"ram_style": "block", "no_rw_check": 1})  # no neuron comes while words are loaded
            read, write = column.read_port(transparent_for=()), column.write_port()
            m.d.comb += [
                read.addr.eq(address), write.addr.eq(row_of(self.load, section)),
                write.data.eq(self.load.data), write.en.eq(writes(self.load, section, index)),
            ]
            words.append(read.data)
        return Cat(*words)

    def _decays(self, m: Module) -> list[Value]:
        """``betaf`` of each timestep for the running layer."""
        plan = self._plan
        if not is_loaded(plan):
            return [per_layer(self.layer, [int(p.integers.neuron.betaf[t]) for p in plan.layers])
                    for t in range(plan.timesteps)]
        m.submodules.decays = table = BetafTable(plan=plan)
        wiring.connect(m, wiring.flipped(self.load), table.load)
        m.d.comb += [table.start.eq(self.start), table.layer.eq(self.layer)]
        return [table.values[t] for t in range(plan.timesteps)]

    def _betaf(self, decays: list[Value], unit: int, time_slice: Value) -> Value:
        """The decay of the timestep that ``unit`` computes in slice ``time_slice``."""
        plan = self._plan
        return choose(time_slice, [decays[min(index * plan.time_parallel + unit, plan.timesteps - 1)]
                                   for index in range(plan.time_slices)])

    def _carry_planes(self, m, delays, planes, lane, valid, tags) -> Value:
        """Adds up the slices of a pixel, most significant first; one row a lane."""
        plan = self._plan
        m.submodules.partial_sums = partial = memory.Memory(
            shape=signed(plan.sum_width), depth=max(plan.lanes, 2), init=[],
            attrs={"no_rw_check": 1})  # a lane is read one cycle before it is written
        read, write = partial.read_port(transparent_for=()), partial.write_port()
        total = Signal(signed(plan.sum_width))
        first = delays(tags["plane_first"], 1)
        m.d.comb += [
            read.addr.eq(lane),
            total.eq(planes + Mux(first, 0, read.data << plan.time_parallel)),
            write.addr.eq(delays(lane, 1)),
            write.data.eq(total),
            write.en.eq(delays(valid, 1)),
        ]
        return total

    def _carry_membrane(self, m, delays, lane, tags, width, cycle):
        """G from the slice of timesteps before, ``cycle`` cycles after the sums (0 in the first slice), and
        the function that connects what is to be carried to the next."""
        plan = self._plan
        if plan.time_slices == 1:
            return Const(0, signed(width)), lambda g, at_lane, enable: None
        m.submodules.membranes = membranes = memory.Memory(
            shape=signed(width), depth=max(plan.lanes, 2), init=[],
            attrs={"no_rw_check": 1})  # `sweep_interval` keeps the two apart
        read, write = membranes.read_port(transparent_for=()), membranes.write_port()
        m.d.comb += read.addr.eq(delays(lane, cycle - 1))

        def write_back(g, at_lane, enable):
            m.d.comb += [write.addr.eq(at_lane), write.data.eq(g), write.en.eq(enable)]

        return Mux(delays(tags["time_slice"], cycle) == 0, 0, read.data), write_back
