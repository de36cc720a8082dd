"""What can be verified, and with which simulator; loads nothing else, so that the command line starts fast."""

import enum


class Stage(enum.StrEnum):
    """What is simulated: the emitted Verilog, or the netlist of the device's cells after synthesis."""

    RTL = "rtl"
    NETLIST = "netlist"


class Simulator(enum.StrEnum):
    """Verilator compiles for long and runs fast, Icarus the other way round."""

    VERILATOR = "verilator"
    ICARUS = "icarus"


#: Samples of a stage unless the user asks for others (None: all that there are).
SAMPLES = {Stage.RTL: None, Stage.NETLIST: 5}
