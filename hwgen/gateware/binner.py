"""The event binner: address events with timestamps -> the T spike maps of a window."""

from functools import reduce
from operator import add

from amaranth.hdl import Cat, Module, Mux, Signal, unsigned
from amaranth.lib import data, enum, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from ..spec.events import LENGTH_BITS, PAUSE_BITS, SHIFT_BITS, TIME_BITS, X_BITS, Y_BITS


class EventKind(enum.Enum, shape=2):
    """What an entry of the event stream is."""

    EVENT = 0   #: an address event
    TICK = 1    #: only its time counts
    START = 2   #: forget the window and begin one: its time is 0


EVENT = data.StructLayout({"kind": EventKind, "x": X_BITS, "y": Y_BITS, "polarity": 1, "time": TIME_BITS})

#: How events become spikes; the map's element (0, 0) lies at (x, y) of the sensor and covers 2**shift pixels
#: in each direction. ``pause`` bins lie between the last bin of a window and the first of the next; with ``slide``
#: each window begins a bin behind the one before, and ``pause`` means nothing.
SETTINGS = data.StructLayout({
    "bin_ticks": LENGTH_BITS, "pause": PAUSE_BITS, "x": X_BITS, "y": Y_BITS, "shift": SHIFT_BITS, "slide": 1})

#: Events that gave no spike of their own, modulo 65,536.
COUNTS = data.StructLayout({"merged": 16, "outside": 16, "untimely": 16})


class EventBinner(wiring.Component):
    """Sets the bit of an event's bin in the element of its pixel; sends the elements when the window is over.

    Equals `sim.golden.bin_events`. Bin t of a window that began at ``begin`` holds the events with
    ``begin + t * bin_ticks <= time < begin + (t + 1) * bin_ticks``; windows follow each other every
    ``(T + pause) * bin_ticks``. Time goes as the stream's times go and never back: when one is at or
    behind the end of the bin, the bin is stepped, in 2 cycles. A window whose T bins have passed is
    sent if it has a spike; memory is cleared as it is read, and entries wait meanwhile.

    With ``slide`` window n has the bins n to n + T - 1 since START: memory is moved on by a bin as it is read,
    and the bin that time has reached stays the last one.

    An event that gives no spike is counted once: ``untimely`` if it lies before the bin that time has reached,
    in a pause, or no window was started; else ``outside`` the map; else ``merged`` with one before it of the
    same element and bin.

    Throughput: an event in 7 + ``shift`` cycles (the next one is read after this one is written, so there is
    no hazard), an element in 2. Memory: C * H * W words of T bits. After reset it is cleared, which
    takes as long as sending.

    Parameters
    ----------
    shape
        C, H, W of the map, which `takes_events`: C is 2 (by polarity) or 1 (both together).
    timesteps
        T.

    Members
    -------
    i : In(stream of EVENT)
        Held until done with. Times count from START and wrap; they may lie less than 2**23 ticks before or
        behind either end of the bin.
    settings : In(SETTINGS)
        Steady while an entry is offered. With ``bin_ticks`` of 0 no window runs.
    hold : In(1)
        Do not begin to send.
    o : Out(stream of T bits)
        Elements of a window in order y, x, channel; bit t for bin t.
    sending : Out(1)
        From before the first element to the last one taken.
    running : Out(1)
        Windows pass.
    windows : Out(8)
        Windows that have passed since START, modulo 256: the one that is sent is the last of them.
    counts : Out(COUNTS)
        Since reset; that of an event has changed when the event is taken.
    """

    def __init__(self, *, shape: tuple[int, int, int], timesteps: int):
        self._shape = shape
        self._timesteps = timesteps
        super().__init__({
            "i": In(stream.Signature(EVENT)),
            "settings": In(SETTINGS),
            "hold": In(1),
            "o": Out(stream.Signature(unsigned(timesteps))),
            "sending": Out(1),
            "running": Out(1),
            "windows": Out(8),
            "counts": Out(COUNTS),
        })

    @property
    def shape(self) -> tuple[int, int, int]:
        return self._shape

    @property
    def timesteps(self) -> int:
        return self._timesteps

    def elaborate(self, platform):
        m = Module()
        (channels, height, width), timesteps = self._shape, self._timesteps
        cells = channels * height * width
        event, settings, counts = self.i.payload, self.settings, self.counts
        m.submodules.elements = elements = memory.Memory(
            shape=unsigned(timesteps), depth=max(cells, 2), init=[], attrs={"no_rw_check": 1})
        write, read = elements.write_port(), elements.read_port(transparent_for=())
        address = Signal(range(max(cells, 2)))

        # One bit is set: the bin, or behind all of them the pause.
        step = Signal(timesteps + 1, init=1)
        now, pause = step[:-1], step[-1]
        begin = Signal(TIME_BITS)
        end = Signal(TIME_BITS)
        early, beyond, passing = Signal(), Signal(), Signal()  # the last: windows pass
        rest = Signal.like(settings.pause)  # of the pause, in bins
        column = Signal(X_BITS)
        row = Signal(Y_BITS)
        left, above, outside = Signal(), Signal(), Signal()  # of the map
        scale = Signal(SHIFT_BITS)
        started, any_spike = Signal(), Signal()
        kept = Signal(timesteps)  # of an element, for the next window
        m.d.comb += [
            self.running.eq(started & settings.bin_ticks.any()),
            end.eq(begin + settings.bin_ticks),
            read.addr.eq(address), write.addr.eq(address),
            write.data.eq(read.data | now), kept.eq(Mux(self.sending & settings.slide, read.data >> 1, 0)),
            self.o.payload.eq(read.data),
        ]

        with m.FSM(name="phase"):
            with m.State("FETCH"):
                m.d.comb += read.en.eq(1)
                m.next = "CLEAR"
            with m.State("CLEAR"):
                m.d.comb += [self.o.valid.eq(self.sending), write.data.eq(kept)]
                with m.If(self.o.ready | ~self.sending):
                    m.d.comb += write.en.eq(1)
                    m.d.sync += any_spike.eq(any_spike | kept.any())
                    m.d.sync += address.eq(address + 1)
                    m.next = "FETCH"
                    with m.If(address == cells - 1):
                        m.d.sync += [address.eq(0), self.sending.eq(0)]
                        m.next = "TAKE"
            with m.State("TAKE"):
                m.d.sync += [
                    scale.eq(settings.shift), Cat(column, left).eq(event.x - settings.x),
                    Cat(row, above).eq(event.y - settings.y),
                ]
                with m.If(self.i.valid):
                    m.next = "COMPARE"
                    with m.If(event.kind == EventKind.START):
                        m.d.sync += [
                            begin.eq(0), step.eq(1), started.eq(1), any_spike.eq(0), self.windows.eq(0)]
                        m.next = "DONE"
            with m.State("COMPARE"):
                # ``~time`` is ``-time - 1``, so sums with it are negative from equality on.
                m.d.sync += [
                    early.eq(~(begin + ~event.time)[TIME_BITS - 1]),
                    beyond.eq((end + ~event.time)[TIME_BITS - 1]),
                    passing.eq(self.running),
                ]
                m.next = "STEP"
            with m.State("STEP"):
                with m.If(passing & ~early & beyond):
                    m.d.sync += begin.eq(end)
                    m.next = "COMPARE"
                    with m.If(pause):
                        m.d.sync += rest.eq(rest - 1)
                    with m.Else():
                        m.d.sync += rest.eq(settings.pause)
                    with m.If(now[-1] & (settings.slide | (settings.pause == 0))):
                        m.d.sync += step.eq(Mux(settings.slide, step, 1))
                    with m.Elif(~pause | (rest == 1)):
                        m.d.sync += step.eq(step.rotate_left(1))
                    with m.If(now[-1]):
                        m.d.sync += self.windows.eq(self.windows + 1)
                        with m.If(any_spike):
                            m.next = "SEND"
                with m.Elif(event.kind == EventKind.TICK):
                    m.next = "DONE"
                with m.Elif(~passing | early | pause):
                    m.d.sync += counts.untimely.eq(counts.untimely + 1)
                    m.next = "DONE"
                with m.Else():
                    m.next = "SCALE"
            with m.State("SEND"):
                with m.If(~self.hold):
                    m.d.sync += [self.sending.eq(1), any_spike.eq(0)]
                    m.next = "FETCH"
            with m.State("SCALE"):
                with m.If(scale != 0):
                    m.d.sync += [column.eq(column >> 1), row.eq(row >> 1), scale.eq(scale - 1)]
                with m.Else():
                    cell = _times(row, width) + column
                    m.d.sync += [
                        address.eq(Cat(event.polarity, cell) if channels == 2 else cell),
                        outside.eq(left | above | (column >= width) | (row >= height)),
                    ]
                    m.next = "READ"
            with m.State("READ"):
                m.d.comb += read.en.eq(1)
                m.next = "WRITE"
                with m.If(outside):
                    m.d.sync += [counts.outside.eq(counts.outside + 1), address.eq(0)]
                    m.next = "DONE"
            with m.State("WRITE"):
                m.d.comb += write.en.eq(1)
                m.d.sync += [any_spike.eq(1), address.eq(0)]
                with m.If((read.data & now).any()):
                    m.d.sync += counts.merged.eq(counts.merged + 1)
                m.next = "DONE"
            with m.State("DONE"):
                # A state of its own, so that no comparison is on the way to whoever holds the entry.
                m.d.comb += self.i.ready.eq(1)
                m.next = "TAKE"
                with m.If(event.kind == EventKind.START):
                    m.next = "FETCH"
        return m


def _times(value, factor: int):
    """``value * factor`` by additions."""
    return reduce(add, (value << bit for bit in range(factor.bit_length()) if factor >> bit & 1))
