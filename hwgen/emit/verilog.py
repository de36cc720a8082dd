"""Amaranth -> RTLIL for synthesis, and readable Verilog for people and benches.

Both hold the same modules. Synthesis reads the RTLIL, since Yosys takes minutes for initialised memories
in Verilog that it takes seconds for in RTLIL. Verilog is written by Yosys after ``proc``, because blocks
that are sensitive to ``@*`` and read only constants never wake in Icarus.
"""

import re
from pathlib import Path

from ..errors import BuildError
from . import tools

#: Suffixes of constraint files that platforms write.
CONSTRAINTS = (".pcf", ".lpf", ".cst")


def generate(design, platform, folder: Path, name: str = "top") -> list[Path]:
    """Write ``NAME.il``, ``NAME.v`` and the constraints of a board design.

    Parameters
    ----------
    design
        The elaboratable to be the top module.
    platform
        The platform of the board; modules that were kept apart (`hwgen.top.boundary`) are its extra files.
    folder
        Exists; relative file names are the tools' view of it.

    Returns
    -------
    list
        The constraint files.

    Raises
    ------
    BuildError
        If two modules end up with one name, or Yosys refuses the RTLIL.
    """
    plan = platform.prepare(design, name, emit_src=False, debug_verilog=False)
    parts = [plan.files[file] for file in platform.iter_files(".il")]
    (folder / f"{name}.il").write_text(rename_modules("\n".join([*parts, plan.files[f"{name}.il"]]), name))
    constraints = []
    for file, content in plan.files.items():
        if file.endswith(CONSTRAINTS):
            constraints.append(folder / file)
            constraints[-1].write_text(content)
    write_verilog(folder, name)
    return constraints


def write_verilog(folder: Path, name: str = "top") -> None:
    """Write ``NAME.v`` beside ``NAME.il``."""
    script = f"read_rtlil {name}.il; proc; memory_collect; opt_clean; write_verilog -noattr {name}.v"
    tools.run(tools.find("yosys"), ["-q", "-p", script], folder=folder, log="verilog.log")


def rename_modules(rtlil: str, top: str) -> str:
    """RTLIL text with plain module names: ``top.core.scanner`` -> ``core_scanner``.

    Modules are named by their place in the hierarchy; the top's own name is left out of it.
    """
    names = re.findall(r"^module \\(\S+)$", rtlil, re.MULTILINE)
    plain = {name: re.sub(r"\W", "_", name.removeprefix(f"{top}.")) for name in names}
    for name, new in plain.items():
        if list(plain.values()).count(new) > 1:
            others = [other for other, same in plain.items() if same == new and other != name]
            raise BuildError(f"modules '{name}' and '{others[0]}' would both be named '{new}'",
                             "rename a submodule")

    def replace(match: re.Match) -> str:
        return match[1] + plain.get(match[2], match[2]) + match[3]

    rtlil = re.sub(r"^(module \\)(\S+)()$", replace, rtlil, flags=re.MULTILINE)
    return re.sub(r"^(  cell \\)(\S+)( \S+)$", replace, rtlil, flags=re.MULTILINE)
