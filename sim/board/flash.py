"""The flash of a board, beside a design in a simulation."""

import re
from pathlib import Path


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
    return text, Path(__file__).with_name("spi_flash.v")
