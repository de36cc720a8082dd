"""Loads a core from the weights image in SPI flash."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.crc import Algorithm
from amaranth.lib.wiring import In, Out

from ..gateware.load import LoadBus
from ..plan.core_plan import CorePlan
from ..plan.image import CRC_POLYNOMIAL, HEADER, WORD_BITS, Design, crc32

#: Flash commands (JEDEC): leave deep power-down; read, followed by three bytes of address.
WAKE, READ = 0xAB, 0x03
#: Bits on the line from the reset to the first bit of the payload: see `BootLoader`.
LEAD_BITS = 512
#: Command and header end a word before address 0, since a word is complete that much later.
assert 32 + 8 * HEADER.size == LEAD_BITS // 2 - WORD_BITS


def boot_cycles(design: Design) -> int:
    """Clock cycles from the reset to ``ready`` or ``bad`` of a `BootLoader`."""
    return 2 * (LEAD_BITS + WORD_BITS * (design.words + 1) + 2)


class BootLoader(wiring.Component):
    """Reads the image once after reset, bit by bit, and hands its words to the core as they come.

    A counter does everything: its lowest bit is the clock of the flash, the next ones number the bits on the
    line, those above are the address of a word. It begins 512 bits before address 0: eight of them wake the
    flash from its deep power-down, in which the configuration of an iCE40 leaves it, the flash is left alone
    up to bit 256, and then follow the command to read, its address and the header.

    The CRC starts behind the header that the design expects (`hwgen.plan.image`), so the one header that is
    read needs no compare: an image of another design, version or length does not pass. The words are
    written before the CRC has been seen; so ``ready`` stays low for good if it is wrong.

    Time: `boot_cycles`. The clock of the flash is half the design's; data are taken a whole period of it behind
    the edge at which the flash sends them.

    Parameters
    ----------
    plan
        The core, with ``weight_store`` "spram".
    offset
        Where in the flash the image begins, in bytes.

    Members
    -------
    cs, clk, copi : Out(1), cipo : In(1)
        The flash; ``cs`` is high while it is selected. All outputs are registers.
    load : Out(LoadBus)
        To the core.
    ready : Out(1)
        The image was good, and all of it is in the core.
    bad : Out(1)
        The image was bad: erased, damaged, cut, or made for another design.
    """

    def __init__(self, *, plan: CorePlan, offset: int):
        if not 0 <= offset < 1 << 24:
            raise ValueError(f"Offset must be an address of 24 bits, not {offset:#x}")
        self._plan = plan
        self._offset = offset
        super().__init__({
            "cs": Out(1), "clk": Out(1), "copi": Out(1), "cipo": In(1),
            "load": Out(LoadBus(Design.of(plan))),
            "ready": Out(1),
            "bad": Out(1),
        })

    @property
    def plan(self) -> CorePlan:
        return self._plan

    @property
    def offset(self) -> int:
        return self._offset

    def elaborate(self, platform):
        m = Module()
        design = Design.of(self._plan)
        clock, bit = Signal(name="clock"), Signal(4)
        address_bits = max((design.words + 1).bit_length(), 6)
        address = Signal(address_bits, init=(1 << address_bits) - LEAD_BITS // WORD_BITS)
        before = Signal(init=1)                                 # the payload has not begun
        count = Cat(clock, bit, address, before)
        done = Signal()
        with m.If(~done):
            m.d.sync += count.eq(count + 1)

        # What goes to the flash: from the counter through registers.
        position = Cat(bit, address)
        reading, in_byte = position[8], position[3:8] == 0
        selected = ~before | reading | in_byte
        command = [int(digit) for digit in f"{READ << 24 | self._offset:032b}"]
        wake = [int(digit) for digit in f"{WAKE:08b}"]
        m.d.sync += [
            self.clk.eq(clock),
            self.cs.eq(selected & ~done),
            self.copi.eq(Mux(reading, Array(map(Const, command))[position[:5]], Array(map(Const, wake))[position[:3]])),
        ]

        # What comes back: a bit is in ``data`` one bit later, in the second half of it.
        data, header, word = Signal(), Signal(), Signal(WORD_BITS)
        m.d.sync += data.eq(self.cipo)
        m.submodules.crc = crc = Algorithm(
            crc_width=32, polynomial=CRC_POLYNOMIAL, initial_crc=crc32(design.header), reflect_input=False,
            reflect_output=False, xor_output=0)(data_width=1).create()
        m.d.comb += [crc.data.eq(data), crc.valid.eq(clock & header)]
        with m.If(clock):
            m.d.sync += [
                header.eq(~before | (reading & (position[5:8] != 0))),
                word.eq(Cat(data, word)),
            ]

        # A word is complete in the first half of the second bit behind it; the header is shorter than the time
        # up to address 0 by one word.
        complete, behind = Signal(), Signal()
        m.d.comb += [
            complete.eq(~before & (bit == 1) & ~clock),
            self.load.valid.eq(complete & ~behind), self.load.address.eq(address), self.load.data.eq(word),
        ]
        wrong = Signal()
        with m.If(self.load.valid & (address == design.words - 1)):
            m.d.sync += behind.eq(1)
        with m.If(clock & behind & (crc.crc[-1] != data)):      # the bits of a right CRC shift it out
            m.d.sync += wrong.eq(1)
        with m.If(complete & behind & (address[0] == (design.words + 1) % 2)):
            m.d.sync += [done.eq(1), clock.eq(0)]               # nothing moves from now on
        m.d.comb += [self.ready.eq(done & ~wrong), self.bad.eq(done & wrong)]
        return m
