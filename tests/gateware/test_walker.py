"""WindowWalker: the words of every window, and never one outside the map."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwgen.gateware.walker import WindowWalker
from tests.gateware import reference
from tests.gateware.plans import make_plan, plans
from tests.gateware.test_sequencer import ref_sequencer
from tests.simulation import simulate, sink, source, stalls


def ref_walker(plan, index):
    """Words ``(address, first, final, weight, last)`` of all windows of a layer; ``weight`` belongs to element
    0 of the word and may be one that the window does not have."""
    p = plan.layers[index]
    found = []
    for sweep, part in ((sweep, part) for sweep in reference.sweeps(p) for part in reference.parts(p, sweep)):
        layout = part.view.layout
        start = layout.base + reference.map_slice(p, sweep) * layout.slice_words
        words = {}  # (row, word of the row) -> elements of the word that lie in the window
        for y, x in itertools.product(range(part.top, part.top + part.view.rows),
                                      range(part.left, part.left + part.view.row_elements)):
            if 0 <= y < layout.shape[1] and 0 <= x < layout.row_elements:
                word, element = divmod(x, plan.word_elements)
                words.setdefault((y, word), []).append(element)
        for y, word in words:
            weight = part.weight + (y - part.top) * part.view.row_elements + word * plan.word_elements - part.left
            found.append((start + y * layout.row_words + word, words[y, word][0], words[y, word][-1], weight,
                          int(part.last and (y, word) == list(words)[-1])))
        if not words:
            found.append((None, 1, 0, None, int(part.last)))        # a word of which no element counts
    return found


def rtl_walker(plan, index, count, i_stalls, o_stalls):
    """``(words, width of a weight row)``"""
    dut, received = WindowWalker(plan=plan), []
    address_width = len(dut.i.payload.address)
    names = ("top", "left", "address", "weight", "skip", "last")
    payloads = [{**dict(zip(names, part)), "address": part[2] % (1 << address_width)}
                for part in ref_sequencer(plan, index)]

    async def layer(ctx):
        ctx.set(dut.layer, index)

    simulate(dut, layer, source(dut.i, payloads, i_stalls), sink(dut.o, received, count, o_stalls), limit=200_000)
    return [(r.address, r.first, r.final, r.weight, r.last) for r in received], len(dut.o.payload.weight)


def check(plan, index, seed):
    p = plan.layers[index]
    expected = ref_walker(plan, index)
    got, width = rtl_walker(plan, index, len(expected), stalls(seed, 0.3), stalls(seed + 1, 0.3))
    layouts = [view.layout for view in (p.main, p.skip) if view]
    for run, (address, first, final, weight, last) in zip(got, expected, strict=True):
        if address is None:
            assert run[1:3] == (1, 0) and run[4] == last
        else:
            assert run == (address, first, final, weight % (1 << width), last)
            assert any(layout.base <= address < layout.base + layout.words for layout in layouts)


@given(plans(), st.data())
@settings(deadline=None, max_examples=15)
def test_words_of_random_layers(pair, data):
    plan, _ = pair
    check(plan, data.draw(st.integers(0, len(plan.layers) - 1)), data.draw(st.integers(0, 99)))


# Both maps end where the memory does, and its size is a power of two: an address that leaves its map on
# one side would wrap round to the other.
FULL = make_plan((1, 8, 8), {"out": 2, "kernel": (3, 3), "padding": 2, "stride": 2},
                 {"out": 3, "kernel": (3, 5), "padding": 2}, timesteps=2)


@pytest.mark.parametrize("index", [0, 1])
def test_padding_of_maps_that_fill_the_memory(index):
    layouts = [p.in_layout for p in FULL.layers]
    assert layouts[0].base == 0 and layouts[1].base + layouts[1].words == FULL.map_words
    check(FULL, index, 5)


def test_a_map_as_large_as_the_memory():
    plan = make_plan((2, 4, 8), bits=4)
    assert plan.input_layout.words == plan.map_words == 32
    check(plan, 0, 1)


def test_a_word_a_cycle():
    plan = make_plan((4, 6, 6))
    dut, cycles = WindowWalker(plan=plan), 0

    async def bench(ctx):
        nonlocal cycles
        ctx.set(dut.i.payload.last, 1)
        ctx.set(dut.i.valid, 1)
        ctx.set(dut.o.ready, 1)
        last = False
        while not last:
            *_, valid, payload = await ctx.tick().sample(dut.o.valid, dut.o.payload)
            cycles += 1
            last = valid and payload.last

    simulate(dut, bench)
    assert cycles <= plan.input_layout.words + 3
