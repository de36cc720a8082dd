"""The tools for the ECP5: nextpnr-ecp5 and Project Trellis' packer."""

from .toolchain import Toolchain

TOOLCHAIN = Toolchain(
    family="ecp5",
    synthesis="synth_ecp5",
    luts="LUT4",
    flip_flops="TRELLIS_FF",
    models=("ecp5/cells_sim.v",),
    nextpnr="nextpnr-ecp5",
    nextpnr_arguments=("--placer", "static", "--lpf", "{constraints}", "--textcfg", "{routed}"),
    routed=".config",
    utilisation={"lut": ("TRELLIS_COMB",), "ff": ("TRELLIS_FF",), "bram": ("DP16KD",),
                 "dsp": ("MULT18X18D",)},
    packer="ecppack",
    pack_arguments=("--compress", "--svf", "{top}.svf", "{top}.config", "{top}.bit"),
    bitstream=".bit",
    also={"svf": ".svf"},
)
