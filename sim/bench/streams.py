"""Drivers and monitors of Amaranth stream ports in cocotb: ``NAME__payload``, ``NAME__valid``, ``NAME__ready``.

A transfer happens at a rising clock edge at which valid and ready are high; what is read after the edge are
the values before it. A driver that has nothing to do waits for the signal that lets it go on, not for every
clock edge: this is what makes a simulation of millions of cycles bearable.
"""

import random

from cocotb.triggers import RisingEdge


class Port:
    """The three signals of a stream port of ``dut`` and its clock."""

    def __init__(self, dut, name: str, clock):
        self.clock = clock
        self.payload = getattr(dut, f"{name}__payload")
        self.valid = getattr(dut, f"{name}__valid")
        self.ready = getattr(dut, f"{name}__ready")


class Source(Port):
    """Drives a stream into the design; ``stall`` is the chance of a pause before each transfer and cycle."""

    def __init__(self, dut, name: str, clock, rng: random.Random):
        super().__init__(dut, name, clock)
        self.rng = rng
        self.valid.value = 0

    async def send(self, values, stall: float = 0.0) -> None:
        """Transfer all values; returns right after the edge of the last one, with valid still set for it
        replaced by 0."""
        edge, ready_edge = RisingEdge(self.clock), RisingEdge(self.ready)
        for value in values:
            if stall and self.rng.random() < stall:
                self.valid.value = 0
                await edge
                while self.rng.random() < stall:
                    await edge
            self.payload.value = value
            self.valid.value = 1
            await edge
            while not int(self.ready.value):
                await ready_edge
                await edge
        self.valid.value = 0


class Sink(Port):
    """Takes a stream from the design; ``stall`` is the chance of not being ready in a cycle."""

    def __init__(self, dut, name: str, clock, rng: random.Random):
        super().__init__(dut, name, clock)
        self.rng = rng
        self.ready.value = 0

    async def take(self, stall: float = 0.0) -> int:
        """The payload of the next transfer; checks that valid and payload are held until it is taken.

        Raises
        ------
        AssertionError
            If the design withdraws valid or changes the payload of an offer.
        """
        edge, offered = RisingEdge(self.clock), None
        while True:
            ready = not stall or self.rng.random() >= stall
            self.ready.value = int(ready)
            await edge
            if not int(self.valid.value):
                assert offered is None, f"{self.valid._path}: an offer was withdrawn before it was taken"
                await RisingEdge(self.valid)
                continue
            payload = int(self.payload.value)
            assert offered in (None, payload), f"{self.payload._path}: changed while it was offered"
            offered = payload
            if ready:
                self.ready.value = 0
                return payload


class Monitor:
    """Calls ``seen`` at each rising clock edge at which ``valid`` is high."""

    def __init__(self, valid, clock, seen):
        self.valid, self.clock, self.seen = valid, clock, seen

    async def run(self) -> None:
        edge, valid_edge = RisingEdge(self.clock), RisingEdge(self.valid)
        while True:
            await valid_edge
            await edge
            while int(self.valid.value):
                self.seen()
                await edge


def signed(value: int, width: int) -> int:
    """Two's complement bits as an integer."""
    return value - (1 << width) if value >> (width - 1) & 1 else value


