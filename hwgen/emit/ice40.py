"""The tools for the iCE40: nextpnr-ice40 and Project IceStorm's packer."""

from .toolchain import Toolchain

#: A logic cell is a LUT with its carry and flip-flop. Eight share clock enable and reset: many small groups of
#: flip-flops with an enable of their own keep a device that is nearly full from being placed at all, so those
#: below eight get their enable from a LUT (docs/decisions/0307).
TOOLCHAIN = Toolchain(
    family="ice40",
    synthesis="synth_ice40 -dffe_min_ce_use 8",
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
