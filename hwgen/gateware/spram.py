"""The large single-port RAM of the iCE40 UltraPlus."""

from amaranth.hdl import ClockSignal, Const, Instance, Module
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

DEPTH = 16_384
WIDTH = 16


class Spram(wiring.Component):
    """16,384 words of 16 bits behind one port (``SB_SPRAM256KA``); holds anything at power-up.

    Throughput: a read or a write a cycle. Latency: 1 cycle; the outputs are slow (1.8 ns and the way from the
    corner of the device), so a register should take them. Source: Lattice FPGA-TN-02022, "iCE40 SPRAM Usage
    Guide".

    Parameters
    ----------
    rows
        How many words are used. Without a platform (in a simulation by Amaranth, or to emit a component alone)
        a memory of so many words stands for the cell; what is written behind them is lost.

    Members
    -------
    address : In(14), data_in : In(16), write : In(1)
        What to do in this cycle.
    data_out : Out(16)
        The word that was read a cycle ago; anything after a write.
    """

    address: In(14)
    data_in: In(16)
    write: In(1)
    data_out: Out(16)

    def __init__(self, *, rows: int = DEPTH):
        if not 1 <= rows <= DEPTH:
            raise ValueError(f"Rows must be from 1 to {DEPTH}, not {rows}")
        self._rows = rows
        super().__init__()

    @property
    def rows(self) -> int:
        return self._rows

    def elaborate(self, platform):
        m = Module()
        if platform is None:
            m.submodules.words = words = memory.Memory(shape=WIDTH, depth=max(self._rows, 2), init=[])
            read, write = words.read_port(transparent_for=()), words.write_port()
            m.d.comb += [
                read.addr.eq(self.address), read.en.eq(~self.write), self.data_out.eq(read.data),
                write.addr.eq(self.address), write.data.eq(self.data_in),
                write.en.eq(self.write & (self.address < self._rows)),
            ]
            return m
        m.submodules.cell = Instance(
            "SB_SPRAM256KA",
            i_CLOCK=ClockSignal(), i_ADDRESS=self.address, i_DATAIN=self.data_in, i_WREN=self.write,
            i_MASKWREN=Const(0b1111, 4), i_CHIPSELECT=Const(1), i_STANDBY=Const(0), i_SLEEP=Const(0),
            i_POWEROFF=Const(1), o_DATAOUT=self.data_out)
        return m
