"""The tools for the iCE40: nextpnr-ice40 and Project IceStorm's packer."""

from .toolchain import Toolchain

#: A logic cell is a LUT with its carry and flip-flop.
TOOLCHAIN = Toolchain(
    family="ice40",
    synthesis="synth_ice40",
    luts="SB_LUT4",
    flip_flops="SB_DFF.*",
    models=("ice40/cells_sim.v",),
    nextpnr="nextpnr-ice40",
    nextpnr_arguments=("--pcf", "{constraints}", "--asc", "{routed}"),
    routed=".asc",
    utilisation={"lut": ("ICESTORM_LC",), "bram": ("ICESTORM_RAM",), "spram": ("ICESTORM_SPRAM",),
                 "dsp": ("ICESTORM_DSP",)},
    packer="icepack",
    pack_arguments=("{top}.asc", "{top}.bin"),
    bitstream=".bin",
)
