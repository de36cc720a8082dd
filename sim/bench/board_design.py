"""A board design with what stands around it on the board, for a simulation: `board_design`."""

from dataclasses import dataclass
from pathlib import Path

from hwgen.spec.identity import network_hash
from hwgen.plan import Plan
from hwgen.plan import image as image_format
from hwgen.top.boot import boot_cycles
from sim.board.cells import cell_models, two_way_pins
from sim.board.flash import with_flash

#: The board's reset lasts some 10 microseconds after the PLL has locked.
RESET_US = 60


@dataclass(frozen=True, kw_only=True)
class BoardDesign:
    """Verilog of a board, and the files of the models that it needs.

    Parameters
    ----------
    text
        Verilog with the top module ``top``; a flash stands in it where the design loads its weights.
    models
        Files to simulate together with it.
    pins
        The ports ``oscillator``, ``rx`` and ``tx``.
    boot_cycles
        Clock cycles from the end of the reset until a core has its weights.
    """

    text: str
    models: list[Path]
    pins: dict[str, str]
    boot_cycles: int = 0


def board_design(plan: Plan, verilog: str, folder: Path, *, image: bytes | None = None,
                 driven: bool = False) -> BoardDesign:
    """An emitted design, or its netlist, made ready for a simulation.

    Parameters
    ----------
    plan
        What the design was emitted from.
    verilog
        Its text.
    folder
        Takes the models and the content of the flash.
    image
        What lies at the board's ``weights_offset`` of its flash; that of the plan's network if None.
    driven
        As `sim.board.cells.cell_models`.
    """
    board, core = plan.board, plan.cores[0]
    pins = {"oscillator": f"{board.platform().default_clk}_0__io", "rx": "uart_0__rx__io", "tx": "uart_0__tx__io"}
    text, models = two_way_pins(verilog), cell_models(board.family, folder, driven=driven)
    if core.weight_store != "spram":
        return BoardDesign(text=text, models=models, pins=pins)
    design, file = image_format.Design.of(core), folder / "flash.bin"
    file.write_bytes(image_format.build(core, network_hash(core.network)) if image is None else image)
    text, model = with_flash(text, file=file, offset=board.weights_offset, size=2 * design.image_bytes)
    return BoardDesign(text=text, models=[*models, model], pins=pins, boot_cycles=boot_cycles(design))
