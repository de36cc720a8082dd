"""A core whose values come from a weights image: it computes what was loaded, whatever was there before."""

import random
from dataclasses import replace

import numpy as np
import pytest

from hwgen.gateware.betaf import BetafTable
from hwgen.gateware.core import Core
from hwgen.gateware.spram import Spram
from hwgen.plan import image
from hwgen.plan.image import Design, ImageError
from tests.gateware.plans import make_plan, random_plan, small_seeds
from tests.gateware.test_core import Answer, flat_elements, ref_core, take, tracer
from tests.simulation import simulate, source, stalls, wait

HASH = bytes(8)


def loader(load, words, pauses):
    """A bench that drives the words of a payload."""
    async def bench(ctx):
        for address, word in enumerate(words.tolist()):
            while next(pauses):
                await ctx.tick()
            ctx.set(load.address, address)
            ctx.set(load.data, word)
            ctx.set(load.valid, 1)
            await ctx.tick()
            ctx.set(load.valid, 0)
            ctx.set(load.data, word ^ 0xFFFF)
    return bench


def rtl_loaded(plan, payloads, samples, seed, share=0.2):
    """The `Answer` of a core to each sample, each behind the load of the payload beside it."""
    dut, answers, maps = Core(plan=plan), [], {}

    async def bench(ctx):
        for words, sample in zip(payloads, samples, strict=True):
            await loader(dut.load, words, stalls(seed, share))(ctx)
            ctx.set(dut.i.valid, 0)
            await source(dut.i, flat_elements(plan, sample), stalls(seed, share))(ctx)
            scores, winner = await take(ctx, dut, stalls(seed + 1, share))
            answers.append(Answer(scores, winner, dict(maps)))
            maps.clear()
            await wait(ctx, 4)

    simulate(dut, bench, background=[tracer(dut, maps)], limit=300_000)
    return answers


def other_values(plan, seed):
    """A network of the same shapes with other weights, biases, thresholds and decays, that fits the design."""
    design = Design.of(plan)
    for attempt in range(100):
        rng = np.random.default_rng([seed, attempt])
        layers = []
        for layer in plan.network.layers:
            order = rng.permutation(layer.out_channels)
            alpha = [int(a) for a in rng.integers(200, 256, len(layer.neuron.alpha))]
            layers.append(replace(
                layer, weight=rng.permuted(layer.weight, axis=1)[order], scale=layer.scale[order],
                offset=layer.offset[order] / 2, neuron=replace(layer.neuron, beta=tuple(alpha))))
        network = replace(plan.network, layers=tuple(layers))
        try:
            return design.plan(network)
        except ImageError:
            continue
    raise AssertionError(f"no other values fit the design of random_plan({seed})")


@pytest.mark.parametrize("seed", small_seeds(8, sweeps=150))
def test_a_random_network_that_was_loaded(seed):
    plan, samples = random_plan(seed)
    plan = replace(plan, weight_store="spram")
    answers = rtl_loaded(plan, [image.payload(plan, HASH)], samples, seed)
    assert answers == ref_core(plan, samples)


SMALL = replace(make_plan((2, 4, 5), {"out": 3, "kernel": (3, 3), "padding": 1, "pool": 2},
                          {"out": 5, "kernel": (2, 2)}, timesteps=5), weight_store="spram")


def small_samples(count):
    return np.random.default_rng(1).random((count, SMALL.timesteps, *SMALL.network.input.shape)) < 0.4


def test_the_values_are_those_of_the_last_load():
    """A core that was made for one network computes another of its shapes, and then its own again."""
    other = other_values(SMALL, 1)
    samples = small_samples(3)
    plans = [other, SMALL, other]
    payloads = [image.payload(plan, HASH, Design.of(SMALL)) for plan in plans]
    expected = [ref_core(plan, samples)[number] for number, plan in enumerate(plans)]
    assert expected[0] != ref_core(SMALL, samples)[0]
    assert rtl_loaded(SMALL, payloads, samples, 3) == expected


@pytest.mark.parametrize("name", ["weights", "parameters", "betaf"])
def test_one_wrong_bit_in_each_section_changes_the_answer(name):
    """Not every bit matters; of the lowest ones of the first rows, at least one does."""
    samples, right = small_samples(1), image.payload(SMALL, HASH)
    section = Design.of(SMALL)[name]
    for word in range(section.base, section.base + section.words):
        wrong = right.copy()
        wrong[word] ^= 0xFF
        if rtl_loaded(SMALL, [wrong], samples, 1, 0) != ref_core(SMALL, samples):
            return
    raise AssertionError(f"no wrong word in the section {name} was seen")


def test_the_gateware_has_none_of_the_values():
    """The same RTLIL for two networks of the same shapes."""
    from amaranth.back import rtlil

    other = other_values(SMALL, 1)
    design = Design.of(SMALL).widths
    assert Design.of(other).widths == design, "the seed no longer makes a network with the same widths"
    texts = [rtlil.convert(Core(plan=plan), name="core", emit_src=False) for plan in (SMALL, other)]
    assert texts[0] == texts[1]


def test_an_spram_reads_what_was_written_and_drops_what_is_behind_its_rows():
    dut = Spram(rows=300)
    rng = random.Random(1)
    words, read = {address: rng.randrange(1 << 16) for address in range(300)}, {}

    async def bench(ctx):
        ctx.set(dut.write, 1)
        for address, word in [*words.items(), (300, 1), (16_383, 2), (512, 3)]:
            ctx.set(dut.address, address)
            ctx.set(dut.data_in, word)
            await ctx.tick()
        ctx.set(dut.write, 0)
        for address in words:
            ctx.set(dut.address, address)
            await ctx.tick()
            read[address] = ctx.get(dut.data_out)

    simulate(dut, bench)
    assert read == words


def test_betaf_is_there_two_cycles_behind_its_timestep():
    plan = SMALL
    dut, section = BetafTable(plan=plan), Design.of(SMALL)["betaf"]

    async def bench(ctx):
        await loader(dut.load, image.payload(plan, HASH), stalls(1, 0))(ctx)
        for layer in (0, 2, 1):
            ctx.set(dut.layer, layer)
            ctx.set(dut.start, 1)
            await ctx.tick()
            ctx.set(dut.start, 0)
            await wait(ctx, 2)
            for t, wanted in enumerate(plan.layers[layer].integers.neuron.betaf.tolist()):
                assert ctx.get(dut.values[t]) == wanted, (layer, t)
                await ctx.tick()

    assert section.rows == 3 * 8
    simulate(dut, bench)
