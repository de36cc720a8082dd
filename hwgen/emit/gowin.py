"""The tools for Gowin's GW1N and GW2A: nextpnr-himbaechel and Project Apicula's packer."""

from .toolchain import Toolchain

#: nextpnr's delays for Gowin are too short; by how much nobody has measured, so half of its clock is relied
#: on until a design has run on a board.
TOOLCHAIN = Toolchain(
    family="gowin",
    synthesis="synth_gowin",
    luts=r"LUT\d",
    flip_flops="DFF.*",
    models=("gowin/cells_sim.v",),
    nextpnr="nextpnr-himbaechel-gowin",
    nextpnr_arguments=("--vopt", "cst={constraints}", "--write", "{routed}"),
    routed=".routed.json",
    utilisation={"lut": ("LUT4", "ALU"), "ff": ("DFF",), "bram": ("BSRAM",), "dsp": ("MULT18X18",)},
    packer="gowin_pack",
    pack_arguments=("-o", "{top}.fs", "{top}.routed.json"),
    bitstream=".fs",
    derating=0.5,
)
