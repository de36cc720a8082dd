"""The boot loader: a good image arrives word by word, anything else is refused."""

from dataclasses import replace

import pytest

from hwgen.plan import image
from hwgen.plan.image import Design
from hwgen.top.boot import BootLoader, boot_cycles
from tests.gateware.plans import make_plan
from tests.simulation import simulate
from tests.top.flash import Flash

HASH = b"\x80\x01abcdef"
OFFSET = 0x123456
PLAN = replace(make_plan((2, 4, 4), {"out": 3, "kernel": (2, 2)}), weight_store="spram")
OTHER = replace(make_plan((2, 4, 4), {"out": 3, "kernel": (2, 2), "pool": 2}), weight_store="spram")


def rtl_boot(flash, plan=PLAN, offset=OFFSET):
    """``(words that were loaded, in order, ready, bad)`` and the cycles that it took."""
    dut, words, cycles = BootLoader(plan=plan, offset=offset), [], 0

    async def listen(ctx):
        nonlocal cycles
        ready = bad = 0
        while not (ready or bad):
            *_, valid, address, data, ready, bad = await ctx.tick().sample(
                dut.load.valid, dut.load.address, dut.load.data, dut.ready, dut.bad)
            cycles += 1
            if valid:
                words.append((address, data))
        for _ in range(300):                                    # it stays so, and leaves the flash alone
            *_, valid, cs, clock, now = await ctx.tick().sample(
                dut.load.valid, dut.cs, dut.clk, (dut.ready << 1) | dut.bad)
            assert not valid and now == (ready << 1 | bad)
        assert not cs
        words.append((ready, bad))

    simulate(dut, listen, background=[flash.bench(dut)], limit=100_000)
    assert cycles == boot_cycles(Design.of(plan))
    *loaded, state = words
    return loaded, state


def boot(content, **options):
    return rtl_boot(Flash(content, OFFSET, **options))


def test_every_word_arrives_once_and_in_order():
    flash = Flash(image.build(PLAN, HASH), OFFSET)
    loaded, state = rtl_boot(flash)
    assert loaded == list(enumerate(image.payload(PLAN, HASH).tolist()))
    assert state == (1, 0)
    assert flash.commands == [0xAB, 0x03]


def test_a_flash_that_is_awake_is_read_as_well():
    assert boot(image.build(PLAN, HASH), asleep=False)[1] == (1, 0)


@pytest.mark.parametrize("offset", [0, 0xFF0000, 0x020000])
def test_any_offset(offset):
    assert rtl_boot(Flash(image.build(PLAN, HASH), offset), offset=offset)[1] == (1, 0)


GOOD = image.build(PLAN, HASH)


def forged(plan, **changes):
    """An image whose header says something else, with the CRC of a writer who believes in it."""
    values = dict(zip(("magic", "version", "design", "words"), image.HEADER.unpack_from(Design.of(plan).header)))
    header = image.HEADER.pack(*{**values, **changes}.values())
    content = image.build(plan, HASH)[image.HEADER.size:-4]
    return header + content + image.crc32(2 * header + content).to_bytes(4, "big")


@pytest.mark.parametrize("content", [
    pytest.param(b"", id="erased"),
    pytest.param(bytes(len(GOOD)), id="zeros"),
    pytest.param(GOOD[:-4], id="cut before the CRC"),
    pytest.param(GOOD[:len(GOOD) // 2], id="cut in half"),
    pytest.param(b"\0" + GOOD, id="a byte late"),
    pytest.param(forged(PLAN, magic=b"HWGX"), id="magic"),
    pytest.param(forged(PLAN, version=2), id="version"),
    pytest.param(forged(PLAN, words=Design.of(PLAN).words + 1), id="length"),
    pytest.param(forged(PLAN, design=Design.of(OTHER).id), id="design"),
    pytest.param(image.build(OTHER, HASH), id="another network"),
])
def test_a_bad_image_is_refused(content):
    assert forged(PLAN) == GOOD
    assert boot(content)[1] == (0, 1)


@pytest.mark.parametrize("part", ["header", "weights", "betaf", "network", "crc"])
@pytest.mark.parametrize("bit", [0, 7])
def test_one_flipped_bit_is_refused(part, bit):
    size = image.HEADER.size
    byte = {"header": 9, "crc": len(GOOD) - 4}.get(part)
    if byte is None:
        byte = size + 2 * Design.of(PLAN)[part].base
    wrong = bytearray(GOOD)
    wrong[byte] ^= 1 << bit
    assert boot(wrong)[1] == (0, 1)


def test_a_flash_that_was_not_woken_is_bad():
    flash = Flash(GOOD, OFFSET)
    flash.WAKE_CYCLES = 10_000                                  # it is still asleep when it is asked
    assert rtl_boot(flash)[1] == (0, 1)
