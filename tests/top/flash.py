"""A serial flash for Amaranth's simulator, as it is behind the configuration of an iCE40: powered down."""


class Flash:
    """Answers READ (0x03) once it has been woken (0xAB), an output behind each falling edge of the clock.

    ``content`` begins at byte ``offset`` of an otherwise erased flash; ``commands`` tells what was sent.
    """

    #: Cycles that it takes to wake up, deselected (3 us at 48 MHz).
    WAKE_CYCLES = 144

    def __init__(self, content, offset, *, asleep=True):
        self.content, self.offset, self.asleep = bytes(content), offset, asleep
        self.commands, self.bits, self.idle, self.before = [], [], 0, 0

    def bit(self, number):
        """A bit of the flash, the first of byte 0 is number 0."""
        byte = number // 8 - self.offset
        value = self.content[byte] if 0 <= byte < len(self.content) else 0xFF
        return value >> 7 - number % 8 & 1

    def step(self, selected, clock, bit):
        """The output after a cycle in which the pins were so; None where it does not change."""
        rising, falling = clock and not self.before, self.before and not clock
        self.before, out = clock, None
        if not selected:
            if self.bits:
                self.commands.append(int("".join(map(str, self.bits[:8])), 2))
                if self.bits == [1, 0, 1, 0, 1, 0, 1, 1]:
                    self.asleep, self.idle = False, 0
            self.bits = []
            self.idle += 1
        elif rising:
            self.bits.append(bit)
        elif falling and len(self.bits) >= 32 and not self.asleep and self.idle >= self.WAKE_CYCLES:
            command = int("".join(map(str, self.bits[:32])), 2)
            if command >> 24 == 0x03:
                out = self.bit(8 * (command & 0xFFFFFF) + len(self.bits) - 32)
        return out

    def bench(self, dut):
        """A background bench that stands for the flash at the pins of a `BootLoader`."""
        async def run(ctx):
            while True:
                *_, selected, clock, bit = await ctx.tick().sample(dut.cs, dut.clk, dut.copi)
                if (out := self.step(selected, clock, bit)) is not None:
                    ctx.set(dut.cipo, out)
        return run
