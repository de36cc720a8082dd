"""Amaranth -> RTLIL for synthesis, and readable Verilog for people and benches.

Both hold the same modules. Synthesis reads the RTLIL: from Verilog with initialised memories Yosys takes
minutes for what takes it seconds from RTLIL.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from amaranth.back import rtlil

from ..errors import BuildError
from . import yosys

#: Suffixes of the constraint files that Amaranth's platforms write.
CONSTRAINTS = (".pcf", ".lpf", ".cst")


@dataclass(frozen=True)
class Generated:
    """What `generate` wrote: names in the build folder, and wall-clock seconds in Yosys."""

    rtlil: str
    verilog: str
    constraints: str | None
    seconds: float


def generate(design, platform, folder: Path, name: str = "top") -> Generated:
    """Write ``NAME.il``, ``NAME.v`` and the constraints of a board design into ``folder``.

    Parameters
    ----------
    design
        The elaboratable to be the top module.
    platform
        The Amaranth platform of the board, not used before; modules that were kept apart
        (`hwgen.top.boundary`) are its extra files.

    Raises
    ------
    BuildError
        If two modules would have one name, or Yosys refuses the RTLIL.
    """
    plan = platform.prepare(design, name, emit_src=False, debug_verilog=False)
    parts = [plan.files[file] for file in platform.iter_files(".il")]
    text = rename_modules("\n".join([*parts, plan.files[f"{name}.il"]]), drop=f"{name}.")
    (folder / f"{name}.il").write_text(text)
    constraints = next((file for file in plan.files if file.endswith(CONSTRAINTS)), None)
    if constraints:
        (folder / constraints).write_text(plan.files[constraints])
    return Generated(f"{name}.il", f"{name}.v", constraints, yosys.write_verilog(folder, name))


def generate_component(component, name: str, folder: Path) -> Generated:
    """Write ``NAME.il`` and ``NAME.v`` of one component, for a bench that needs no board.

    Its ports are those of its signature, as those of a `hwgen.top.boundary`; raises as `generate`.
    """
    (folder / f"{name}.il").write_text(rename_modules(rtlil.convert(component, name=name, emit_src=False)))
    return Generated(f"{name}.il", f"{name}.v", None, yosys.write_verilog(folder, name))


def rename_modules(text: str, drop: str = "") -> str:
    """RTLIL with plain module names: ``top.core.scanner`` -> ``core_scanner``, where ``drop`` is ``top.``.

    Amaranth names a module by its place in the hierarchy. Raises `BuildError` if two get one name.
    """
    plain: dict[str, str] = {}
    for name in re.findall(r"^module \\(\S+)$", text, re.MULTILINE):
        new = re.sub(r"\W", "_", name.removeprefix(drop))
        if new in plain.values():
            other = next(key for key, value in plain.items() if value == new)
            raise BuildError(f"modules '{other}' and '{name}' would both be named '{new}'",
                             "rename one of the submodules")
        plain[name] = new

    def replace(match: re.Match) -> str:
        return match[1] + plain.get(match[2], match[2]) + match[3]

    text = re.sub(r"^(module \\)(\S+)()$", replace, text, flags=re.MULTILINE)
    return re.sub(r"^(  cell \\)(\S+)( \S+)$", replace, text, flags=re.MULTILINE)
