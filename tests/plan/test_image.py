"""The weights image: what is in it, what is refused, and which networks fit a design."""

import json
from dataclasses import replace

import numpy as np
import pytest
from amaranth.lib.crc.catalog import CRC32_BZIP2
from hypothesis import given, settings
from hypothesis import strategies as st

from hwgen.plan import image
from hwgen.plan.image import Design, ImageError
from tests.gateware.plans import make_plan, random_plan

HASH = bytes(range(240, 248))
PLAN = replace(make_plan((2, 6, 5), {"out": 5, "kernel": (3, 3), "padding": 1}, timesteps=3), weight_store="spram")


def loaded(plan):
    return replace(plan, weight_store="spram")


@given(st.binary(max_size=99))
def test_the_crc_is_one_that_is_in_the_catalogues(data):
    assert image.crc32(data) == CRC32_BZIP2(data_width=8).compute(data) ^ 0xFFFFFFFF


def unpacked(words, widths):
    """The integers in a row of words."""
    row, values = sum(int(word) << 16 * index for index, word in enumerate(words)), []
    for width in widths:
        values.append(row & (1 << width) - 1)
        row >>= width
    assert row == 0
    return values


@given(st.integers(0, 10_000))
@settings(deadline=None, max_examples=30)
def test_every_value_is_found_in_its_row(seed):
    plan = loaded(random_plan(seed)[0])
    design, words = Design.of(plan), image.payload(loaded(plan), HASH)
    assert len(words) == design.words

    def rows(name):
        section = design[name]
        assert section.base % (1 << section.address_bits) == 0
        return words[section.base:section.base + section.words].reshape(section.rows, section.row_words).tolist()

    for row, weights in zip(rows("weights"), plan.weight_rows.tolist(), strict=True):
        mask = (1 << plan.weight_width) - 1
        assert unpacked(row, [plan.weight_width] * plan.lanes) == [weight & mask for weight in weights]
    columns = 1 if plan.shared_threshold else plan.time_parallel
    for row, (bias, thresholds) in zip(rows("parameters"), plan.parameter_rows, strict=True):
        got = unpacked(row, [plan.bias_width] + [plan.threshold_width] * columns)
        assert got == [bias & (1 << plan.bias_width) - 1, *thresholds]
    betaf = np.array(rows("betaf")).reshape(len(plan.layers), -1)
    for layer in plan.layers:
        assert betaf[layer.index, :plan.timesteps].tolist() == layer.integers.neuron.betaf.tolist()
    assert bytes(byte for byte, in rows("network")) == HASH


def test_sections_do_not_overlap():
    for seed in range(60):
        sections = Design.of(loaded(random_plan(seed)[0])).sections
        for one, next_one in zip(sections, sections[1:]):
            assert one.base + one.words <= next_one.base


def test_an_image_is_read_back():
    data, design = image.build(PLAN, HASH), Design.of(PLAN)
    assert len(data) == design.image_bytes
    assert (image.parse(data, design.id) == image.payload(PLAN, HASH)).all()


def test_one_flipped_bit_anywhere_is_refused():
    data, design = image.build(PLAN, HASH), Design.of(PLAN).id
    for bit in range(8 * len(data)):
        wrong = bytearray(data)
        wrong[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ImageError):
            image.parse(bytes(wrong), design)


@pytest.mark.parametrize("change, message", [
    (lambda data: b"\xff" * len(data), "not a weights image: they do not begin with HWGW"),
    (lambda data: b"", "0 bytes are not a weights image"),
    (lambda data: data[:5] + b"\x07" + data[6:], "has version 7, this is version 1"),
    (lambda data: data[:-1], "bytes of"),
    (lambda data: data + b"\0", "bytes of"),
    (lambda data: data[:60] + bytes([data[60] ^ 4]) + data[61:], "the CRC of the weights image is wrong"),
])
def test_a_bad_image_is_named(change, message):
    with pytest.raises(ImageError, match=message):
        image.parse(change(image.build(PLAN, HASH)), Design.of(PLAN).id)


def test_an_image_of_another_design_is_refused_also_by_its_crc():
    """The CRC that a design's hardware computes starts with its own header."""
    other = loaded(make_plan((2, 5, 5), {"out": 5, "kernel": (3, 3), "padding": 1}, timesteps=3))
    data = image.build(other, HASH)
    with pytest.raises(ImageError, match="is for design"):
        image.parse(data, Design.of(PLAN).id)
    crc = int.from_bytes(data[-4:], "big")
    assert image.crc32(2 * Design.of(other).header + data[26:-4]) == crc
    assert image.crc32(Design.of(PLAN).header + data[:-4]) != crc


def layer_with(plan, index, **changes):
    layers = list(plan.network.layers)
    layers[index] = replace(layers[index], **changes)
    return replace(plan.network, layers=tuple(layers))


def test_a_design_is_read_back_from_json():
    design = Design.of(PLAN)
    again = Design.from_json(json.loads(json.dumps(design.to_json())))
    assert (again.id, again.header, again.sections) == (design.id, design.header, design.sections)


def test_other_values_of_the_same_shapes_fit():
    design = Design.from_json(json.loads(json.dumps(Design.of(PLAN).to_json())))
    network = layer_with(PLAN, 0, weight=PLAN.network.layers[0].weight // 2)
    plan = design.plan(network)
    assert replace(plan, network=PLAN.network) is not PLAN and plan.lanes == PLAN.lanes
    assert design.words == len(image.payload(plan, HASH, design))
    assert (image.parse(image.build(plan, HASH, design), design.id) == image.payload(plan, HASH, design)).all()


@pytest.mark.parametrize("network, message", [
    (lambda: layer_with(PLAN, 1, weight=np.full_like(PLAN.network.layers[1].weight, 7)),
     r"accumulators need \d+ bits, the design has \d+"),
    (lambda: layer_with(PLAN, 0, scale=PLAN.network.layers[0].scale / 99), r"thresholds need \d+ bits, the design has"),
    (lambda: layer_with(PLAN, 0, neuron=replace(PLAN.network.layers[0].neuron, membrane_bits=15)),
     r"other shapes than the design: layers\[0\]\.membrane_bits is 15, the design has 16"),
    (lambda: make_plan((2, 6, 5), {"out": 4, "kernel": (3, 3), "padding": 1}, timesteps=3).network,
     r"layers\[0\]\.weight is \[4, 2, 3, 3\], the design has \[5, 2, 3, 3\]"),
    (lambda: make_plan((2, 6, 5), timesteps=3).network, "the number of layers is 1, the design has 2"),
    (lambda: replace(PLAN.network, timesteps=4), "timesteps is 4, the design has 3"),
])
def test_a_network_that_does_not_fit_the_design_is_told_why(network, message):
    with pytest.raises(ImageError, match=message):
        Design.of(PLAN).plan(network())


def test_wider_fields_of_the_design_are_kept():
    """A network with small values in a design that was made for larger ones."""
    design = Design.of(PLAN)
    small = layer_with(PLAN, 0, offset=np.zeros(5), scale=PLAN.network.layers[0].scale * 50)
    plan = design.plan(small)
    assert Design.of(plan).widths["thresholds"] < design.widths["thresholds"]
    section = design["parameters"]
    row = image.payload(plan, HASH, design)[section.base:section.base + section.row_words]
    bias, thresholds = plan.parameter_rows[0]
    widths = [design.widths["biases"]] + [design.widths["thresholds"]] * design.widths["thresholds a neuron"]
    assert unpacked(row, widths) == [bias & (1 << widths[0]) - 1, *thresholds]
