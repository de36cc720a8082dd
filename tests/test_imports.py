"""Imports run one way: what each package may import of ours, and where the large libraries may be."""

import ast
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("boards", "hwgen", "sim", "train")

SPEC = {"hwgen.spec", "hwgen.errors"}
GATEWARE = SPEC | {"hwgen.plan", "hwgen.gateware", "hwgen.link", "boards"}
EMIT = GATEWARE | {"hwgen.top", "hwgen.emit"}
BENCH = EMIT | {"sim.golden", "sim.bench", "sim.board"}
ALL = BENCH | {"hwgen", "train.data"}

#: Package or module -> what it may import of ours besides itself; the longest name that fits counts.
MAY_IMPORT = {
    "hwgen": ALL,
    "hwgen.spec": set(),
    "hwgen.errors": {"hwgen.spec"},
    "hwgen.frontend": SPEC,
    "hwgen.plan": SPEC,
    "hwgen.link": SPEC,
    "hwgen.gateware": SPEC | {"hwgen.plan"},
    "hwgen.top": GATEWARE,
    "hwgen.emit": EMIT,
    # Shows what a board answers beside what the golden model does; the events may be those of a data set.
    "hwgen.demo": SPEC | {"hwgen.link", "hwgen.models", "sim.golden", "train.data"},
    # Makes boards, simulated ones too.
    "hwgen.demo.board": SPEC | {"hwgen.link", "hwgen.models", "hwgen.planning", "sim.board", "sim.bench",
                                 "sim.golden"},
    "boards": SPEC,
    "sim": set(),
    "sim.golden": {"hwgen.spec"},
    "sim.bench": BENCH,
    # A board made of software speaks the link's protocol.
    "sim.board.soft": {"hwgen.spec", "hwgen.link", "sim.golden"},
    "train": {"hwgen.spec", "sim.golden"},
    # Takes up a checkpoint where training left it.
    "train.restore": {"train", "hwgen.spec", "hwgen.frontend"},
    # Refuses, before the first epoch, what no board will hold, and estimates in the end; the planner needs no Amaranth.
    "train.board_check": {"train", "hwgen.spec", "hwgen.plan", "hwgen.planning", "boards"},
}
#: Library -> who may import it, and who may only inside a function. Nobody else may.
LIBRARIES = {
    "torch": ({"train"}, {"hwgen.frontend.pt"}),
    "amaranth": ({"hwgen.gateware", "hwgen.top", "hwgen.emit", "sim.bench"}, {"boards", "hwgen"}),
    "amaranth_boards": (set(), {"boards"}),
    "cocotb": ({"sim.bench"}, set()),
    "aedat": (set(), {"train.data.recordings"}),
}


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def name_of(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path, root: Path) -> Iterator[tuple[str, int, bool]]:
    """``(module, line, inside a function)`` of every import in a file; relative ones resolved."""
    tree = ast.parse(path.read_text(), str(path))
    inside = {id(node) for function in ast.walk(tree) if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
              for node in ast.walk(function)}
    package = name_of(path, root).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[:len(package) - node.level + 1] if node.level else []
            base = ".".join([*base, *([node.module] if node.module else [])])
            names = [f"{base}.{alias.name}" if is_module(f"{base}.{alias.name}", root) else base
                     for alias in node.names]
        else:
            continue
        for name in names:
            yield name, node.lineno, id(node) in inside


def is_module(name: str, root: Path) -> bool:
    path = root.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def violations(root: Path) -> list[str]:
    """Every import under ``root`` that breaks a rule, as one line."""
    found = []
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            module = name_of(path, root)
            owner = max((name for name in MAY_IMPORT if within(module, name)), key=len)
            for imported, line, lazy in imports_of(path, root):
                where = f"{path.relative_to(root)}:{line}: {module} imports {imported}"
                if imported.split(".")[0] in PACKAGES:
                    if imported in ("hwgen", "sim", "train") and owner not in ("hwgen",):
                        found.append(f"{where}: name the package that is meant")
                    elif not any(within(imported, name) for name in {owner, *MAY_IMPORT[owner]}):
                        found.append(f"{where}: not allowed for {owner}")
                    continue
                eager, lazily = LIBRARIES.get(imported.split(".")[0], ({module}, set()))
                if not any(within(module, name) for name in (eager | lazily if lazy else eager)):
                    found.append(f"{where}: not allowed here")
    return found


def test_imports_run_one_way():
    assert violations(ROOT) == []


@pytest.mark.parametrize("path, source", [
    ("hwgen/spec/bad.py", "from ..plan import make_plan"),
    ("hwgen/spec/bad.py", "import hwgen.gateware.core"),
    ("hwgen/spec/bad.py", "from sim import golden"),
    ("hwgen/plan/bad.py", "from amaranth import Module"),
    ("hwgen/plan/bad.py", "from .. import flow"),
    ("hwgen/gateware/bad.py", "from sim.golden import forward"),
    ("hwgen/emit/bad.py", "from ..flow import build"),
    ("hwgen/demo/bad.py", "from ..flow import build"),
    ("hwgen/demo/bad.py", "from hwgen.top import link"),
    ("hwgen/demo/bad.py", "from train.loop import Training"),
    ("hwgen/bad.py", "import torch"),
    ("hwgen/bad.py", "import train.loop"),
    ("hwgen/frontend/pt.py", "import torch"),
    ("boards/bad.py", "import amaranth_boards.icebreaker"),
    ("boards/bad.py", "def f():\n    from hwgen.top import board_top"),
    ("sim/golden/bad.py", "from hwgen.plan import core_plan"),
    ("train/bad.py", "from hwgen.frontend import pt"),
    ("train/bad.py", "from hwgen.plan import check"),
    ("train/bad.py", "import boards"),
    ("train/board_check.py", "from hwgen.gateware import core"),
])
def test_a_wrong_import_is_caught(tmp_path, path, source):
    for folder in ("hwgen/plan", "hwgen/top", "sim/golden", "hwgen/gateware", "hwgen/frontend"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "hwgen/flow.py").touch()
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(textwrap.dedent(source))
    assert len(violations(tmp_path)) == 1


@pytest.mark.parametrize("path, source", [
    ("hwgen/frontend/pt.py", "def load():\n    import torch"),
    ("boards/good.py", "def platform():\n    from amaranth_boards.icebreaker import ICEBreakerPlatform"),
    ("train/good.py", "import torch\nfrom hwgen.spec import Network\nfrom sim.golden import forward"),
    ("train/board_check.py", "import boards\nfrom hwgen.plan import check\nfrom .export import to_network"),
    ("hwgen/demo/good.py", "from ..link import line\nimport sim.golden\ndef f():\n    from train import data"),
    ("hwgen/commands/good.py", "from ..errors import nearest\ndef f():\n    from train import data"),
])
def test_a_right_import_passes(tmp_path, path, source):
    (tmp_path / "train/data").mkdir(parents=True)
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(source)
    assert violations(tmp_path) == []


@pytest.mark.parametrize("module", ["hwgen.cli", "hwgen.demo.page", "hwgen.spec", "sim.golden", "train.data", "boards"])
def test_what_the_command_line_always_needs_loads_no_large_library(module):
    code = f"import sys, {module}; print(*{{'torch', 'amaranth', 'cocotb'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
