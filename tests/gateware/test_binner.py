"""The event binner against its golden function, entry by entry, with pauses on both streams."""

import random

import numpy as np
import pytest
from amaranth.hdl import Assert, Assume, Const, Module, Signal
from amaranth.lib import wiring
from hypothesis import given, settings
from hypothesis import strategies as st

from hwgen.gateware.binner import COUNTS, SETTINGS, EventBinner, EventKind
from hwgen.spec.events import takes_events
from sim.golden.events import EventCounts, bin_events
from tests.formal import StreamRules, explore, prove
from tests.simulation import simulate, source, stalls


def entry(kind, time, x=0, y=0, polarity=0):
    return {"kind": kind, "x": x, "y": y, "polarity": polarity, "time": time % (1 << 24)}


def entries(events):
    """A START, then each row of ``x, y, polarity, time``."""
    return [entry(EventKind.START, 0), *(
        entry(EventKind.EVENT, time, x, y, polarity) if polarity >= 0 else entry(EventKind.TICK, time)
        for x, y, polarity, time in events)]


NONE = EventCounts(merged=0, outside=0, untimely=0)


def event_counts(counts, since=NONE):
    """The counters of the binner, less those before."""
    return EventCounts(**{name: (counts[name] - before) % (1 << 16) for name, before in vars(since).items()})


def rtl_bin_events(runs, *, shape, timesteps, seed=0, share=0.3, limit=100_000):
    """For each run ``(events, window)``: maps bool [N, T, C, H, W], how many windows had passed when
    each was sent, and in the end, and the counts."""
    dut, results, elements, numbers = EventBinner(shape=shape, timesteps=timesteps), [], [], []
    rng = random.Random(seed)

    async def bench(ctx):
        for events, window in runs:
            ctx.set(dut.settings, {"pause": 0, "x": 0, "y": 0, "shift": 0, "slide": 0, **window})
            await source(dut.i, entries(events), stalls(rng.random(), share))(ctx)
            maps = np.array(elements, np.int64).reshape(-1, shape[1], shape[2], shape[0])
            maps = maps[:, None] >> np.arange(timesteps)[:, None, None, None] & 1
            results.append((maps.transpose(0, 1, 4, 2, 3).astype(bool), numbers[::np.prod(shape)],
                            ctx.get(dut.windows), event_counts(ctx.get(dut.counts))))
            elements.clear()
            numbers.clear()

    async def take(ctx):
        pauses, holds = stalls(seed, share), stalls(seed + 1, 0.7)
        offered = None
        while True:
            ready = not next(pauses)
            ctx.set(dut.o.ready, ready)
            ctx.set(dut.hold, next(holds))
            _, _, valid, element, number, sending = await ctx.tick().sample(
                dut.o.valid, dut.o.payload, dut.windows, dut.sending)
            assert offered is None or (valid and element == offered), "the stream did not hold"
            assert sending or not valid
            offered = element if valid and not ready else None
            if valid and ready:
                elements.append(element)
                numbers.append(number)

    simulate(dut, bench, background=[take], limit=limit)
    return results


def check(runs, *, shape, timesteps, **options):
    before = NONE
    for (events, window), (maps, passed, over, counts) in zip(
            runs, rtl_bin_events(runs, shape=shape, timesteps=timesteps, **options), strict=True):
        golden = bin_events(np.array(events), shape=shape, timesteps=timesteps, **window)
        assert event_counts(vars(counts), before) == golden.counts
        assert (passed, over) == (((golden.windows + 1) % 256).tolist(), golden.over % 256)
        before = counts
        assert np.array_equal(maps, golden.maps)


@st.composite
def scenes(draw):
    """``(runs, shape, timesteps)``: sensors larger than the map, times that mostly rise, some ticks."""
    shape = draw(st.tuples(st.integers(1, 2), st.integers(1, 4), st.integers(1, 5)))
    timesteps = draw(st.integers(1, 5))
    runs = []
    for _ in range(draw(st.integers(1, 2))):
        window = {"bin_ticks": draw(st.integers(1, 9)), "pause": draw(st.integers(0, 3)),
                  "x": draw(st.integers(0, 5)), "y": draw(st.integers(0, 5)), "shift": draw(st.integers(0, 2)),
                  "slide": draw(st.booleans())}
        time, events = draw(st.integers(-20, 20)), []
        for _ in range(draw(st.integers(0, 40))):
            time += draw(st.integers(0, 3) | st.integers(-20, 60))
            events.append((draw(st.integers(0, 5 + (shape[2] << window["shift"]))),
                           draw(st.integers(0, 5 + (shape[1] << window["shift"]))),
                           draw(st.sampled_from([0, 1, 0, 1, 0, 1, -1])), time))
        runs.append((events, window))
    return runs, shape, timesteps


@given(scenes(), st.integers(0, 999), st.sampled_from([0, 0.4]))
@settings(deadline=None, max_examples=60)
def test_the_maps_and_counts_are_those_of_the_golden_function(scene, seed, share):
    runs, shape, timesteps = scene
    check(runs, shape=shape, timesteps=timesteps, seed=seed, share=share)


WINDOW = {"bin_ticks": 10}


@pytest.mark.parametrize("events, counts", [
    ([(1, 1, 0, 5)], {}),
    ([(1, 1, 0, 5)] * 3, {"merged": 2}),
    ([(1, 1, 0, 5), (1, 1, 1, 5), (2, 1, 1, 5), (1, 1, 0, 9)], {"merged": 1}),
    ([(1, 1, 0, 9), (1, 1, 0, 10), (1, 1, 0, 19), (1, 1, 0, 20)], {"merged": 1}),
    ([(4, 0, 0, 5), (0, 3, 0, 5), (2047, 1023, 1, 5), (3, 2, 1, 5)], {"outside": 3}),
    ([(1, 1, 0, 12), (1, 1, 0, 9), (1, 1, 0, -1)], {"untimely": 2}),
    ([(4, 0, 0, 12), (4, 0, 0, 9)], {"outside": 1, "untimely": 1}),
    ([(1, 1, 0, 39), (1, 1, 0, 40)], {}),
    ([(0, 0, -1, 39), (0, 0, -1, 40), (0, 0, -1, 79), (0, 0, -1, 80)], {}),
    ([(1, 1, 0, 5), (1, 1, 0, 5 + 40 * 900)], {}),
], ids=["a spike", "the same pixel at once", "two polarities and a neighbour", "the edges of a bin",
        "outside of the map", "out of order", "outside and out of order", "the edges of a window", "ticks",
        "a long silence"])
def test_every_event_is_counted(events, counts):
    golden = bin_events(np.array(events), shape=(2, 3, 4), timesteps=4, **WINDOW)
    assert vars(golden.counts) == {"merged": 0, "outside": 0, "untimely": 0, **counts}
    check([(events, WINDOW)], shape=(2, 3, 4), timesteps=4, share=0)


def test_the_longest_bins_and_silences():
    longest = (1 << 23) - 1
    check([([(1, 1, 0, longest - 1), (1, 1, 1, longest), (2, 1, 0, 2 * longest - 1), (1, 1, 0, 2 * longest)]
            + [(1, 1, 0, time * longest) for time in range(3, 9)], {"bin_ticks": longest, "pause": 1}),
           ([(1, 1, 0, longest), (0, 0, 1, -80_000)], {"bin_ticks": 100_000})], shape=(1, 3, 4), timesteps=2)


def test_events_in_a_pause_are_untimely():
    check([([(1, 1, 0, 39), (1, 1, 0, 40), (1, 1, 0, 59), (1, 1, 0, 60)], {"bin_ticks": 10, "pause": 2}),
           ([(1, 1, 0, 0), (1, 1, 0, 1059 * 3), (1, 1, 0, 1)], {"bin_ticks": 1, "pause": 255})],
          shape=(1, 3, 4), timesteps=4)


def test_windows_follow_each_other_at_full_rate():
    rng = np.random.default_rng(5)
    time = np.cumsum(rng.integers(0, 2, 600))
    events = np.stack([rng.integers(0, 34, 600), rng.integers(0, 34, 600), rng.integers(0, 2, 600), time], axis=1)
    check([(events.tolist(), {"bin_ticks": 5})], shape=(2, 34, 34), timesteps=16, share=0)


SLIDE = {"bin_ticks": 10, "slide": True}


@pytest.mark.parametrize("events, windows", [
    ([(0, 0, -1, 1000)], []),
    ([(1, 1, 0, 5), (0, 0, -1, 39)], []),
    ([(1, 1, 0, 5), (0, 0, -1, 1000)], [0]),
    ([(1, 1, 0, 45), (0, 0, -1, 1000)], [1, 2, 3, 4]),
    ([(1, 1, 0, 35), (0, 0, 1, 75), (0, 0, -1, 90)], [0, 1, 2, 3, 4, 5]),
    ([(1, 1, 0, 35), (0, 0, 1, 95), (0, 0, -1, 100)], [0, 1, 2, 3, 6]),
    ([(1, 1, 0, 45), (1, 1, 0, 46), (1, 1, 0, 55), (1, 1, 0, 39), (9, 9, 0, 56), (0, 0, -1, 1000)], [1, 2, 3, 4, 5]),
], ids=["nothing", "before the first window is over", "in the first bin", "seen by four windows", "side by side",
        "a silence between", "counted once"])
def test_windows_that_slide(events, windows):
    golden = bin_events(np.array(events), shape=(2, 3, 4), timesteps=4, **SLIDE)
    assert golden.windows.tolist() == windows
    check([(events, SLIDE)], shape=(2, 3, 4), timesteps=4)
    check([(events, {**SLIDE, "pause": 3})], shape=(2, 3, 4), timesteps=4)


def test_windows_of_one_bin_slide_as_others_follow():
    events = [(1, 1, 0, 5), (1, 1, 0, 15), (1, 2, 0, 45), (0, 0, -1, 70)]
    golden, other = (bin_events(np.array(events), shape=(1, 3, 4), timesteps=1, bin_ticks=10, slide=slide)
                     for slide in (True, False))
    assert golden.windows.tolist() == other.windows.tolist() == [0, 1, 4]
    assert np.array_equal(golden.maps, other.maps) and (golden.over, other.over) == (7, 7)
    check([(events, SLIDE)], shape=(1, 3, 4), timesteps=1)


def test_a_start_forgets_the_bins_of_windows_that_slide():
    events = [(1, 1, 0, 5), (2, 1, 0, 38), (0, 0, -1, 42)]
    check([(events, SLIDE), ([(0, 0, -1, 400)], SLIDE), (events, SLIDE), ([(2, 2, 0, 1), (0, 0, -1, 400)], WINDOW),
           (events, WINDOW), (events, SLIDE)], shape=(1, 3, 4), timesteps=4)


def test_a_start_forgets_the_window():
    events = [(1, 1, 0, 5), (1, 1, 0, 5), (9, 9, 0, 5)]
    check([(events, WINDOW), ([(0, 0, -1, 400)], WINDOW), ([(2, 2, 0, 1), (0, 0, -1, 40)], WINDOW)],
          shape=(1, 3, 4), timesteps=4)


def test_no_window_runs_before_a_start_or_with_bins_of_no_length():
    dut, counts = EventBinner(shape=(1, 3, 4), timesteps=4), []

    async def bench(ctx):
        for rows in ([entry(EventKind.EVENT, 0)] * 3, [entry(EventKind.START, 0), entry(EventKind.EVENT, 99, 1)]):
            await source(dut.i, rows, stalls(1))(ctx)
            counts.append((ctx.get(dut.counts.untimely), ctx.get(dut.running), ctx.get(dut.sending)))

    simulate(dut, bench)
    assert counts == [(3, 0, 0), (4, 0, 0)]


@pytest.mark.parametrize("shape, fits", [
    ((1, 4, 4), True), ((2, 1024, 2048), True), ((3, 4, 4), False), ((2, 1025, 4), False), ((1, 4, 2049), False)])
def test_which_maps_events_fill(shape, fits):
    assert takes_events(shape) == fits


def test_golden_windows_by_hand():
    """A pencil-and-paper example: bins of 10, pauses of one, elements of 2 x 2 pixels from (4, 6)."""
    events = [(4, 6, 1, 0), (5, 7, 1, 9), (7, 6, 0, 19), (3, 6, 0, 19), (8, 6, 0, 19), (4, 6, 0, 5),
              (4, 6, 0, 20), (6, 8, 0, 30), (4, 6, 1, 60)]
    binned = bin_events(np.array(events), shape=(2, 2, 2), timesteps=2, bin_ticks=10, pause=1, x=4, y=6,
                        shift=1)
    assert binned.counts == EventCounts(merged=1, outside=2, untimely=2) and binned.over == 2
    assert binned.windows.tolist() == [0, 1]
    assert np.argwhere(binned.maps).tolist() == [[0, 0, 1, 0, 0], [0, 1, 0, 0, 1], [1, 0, 0, 1, 1]]


def test_golden_windows_that_slide_by_hand():
    """Bins of 10, two a window: bins 0 and 1, 1 and 2, 2 and 3; the last one is not over."""
    events = [(0, 0, 0, 3), (1, 0, 0, 12), (1, 0, 0, 19), (2, 0, 0, 25), (0, 0, 0, 19), (1, 0, 0, 31), (0, 0, 0, -1)]
    binned = bin_events(np.array(events), shape=(1, 1, 3), timesteps=2, bin_ticks=10, slide=True)
    assert binned.counts == EventCounts(merged=1, outside=0, untimely=2) and binned.over == 2
    assert binned.windows.tolist() == [0, 1]
    assert np.argwhere(binned.maps)[:, [0, 1, 4]].tolist() == [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 2]]


class Watched(wiring.Component):
    """A binner of two elements. A counter changes only in the cycle in which an event is taken, and only one changes; with
    ``broken``, with a tick."""

    def __init__(self, broken=False):
        self._kind = EventKind.TICK if broken else EventKind.EVENT
        self._binner = EventBinner(shape=(1, 1, 2), timesteps=2)
        super().__init__(self._binner.signature)

    def elaborate(self, platform):
        m = Module()
        m.submodules.binner = binner = self._binner
        wiring.connect(m, wiring.flipped(self), binner)
        allowed, before = Signal(), Signal(COUNTS)
        m.d.comb += allowed.eq(binner.i.valid & binner.i.ready & (binner.i.p.kind == self._kind))
        m.d.sync += before.eq(binner.counts)
        changed = sum((binner.counts[name] != before[name] for name in COUNTS.members), Const(0))
        m.d.comb += Assert(changed <= allowed)
        return m


def settings_wait(m, ports):
    """Assume that settings are steady while an entry is offered, and that entries are of the three kinds."""
    waiting, before = Signal(), Signal(SETTINGS)
    m.d.sync += [waiting.eq(ports.i.valid & ~ports.i.ready), before.eq(ports.settings)]
    m.d.comb += Assume(~waiting | (ports.settings.as_value() == before.as_value()))
    m.d.comb += Assume(ports.i.p.kind.as_value() < len(EventKind))


def test_the_stream_of_elements_holds(tmp_path):
    binner = EventBinner(shape=(2, 2, 3), timesteps=2)
    assert prove(StreamRules(binner, settings_wait), tmp_path) == "PASS"


@pytest.mark.parametrize("broken, verdict", [(False, "PASS"), (True, "FAIL")])
def test_only_an_event_is_counted_and_only_once(broken, verdict, tmp_path):
    assert explore(StreamRules(Watched(broken), settings_wait), tmp_path, depth=22) == verdict
