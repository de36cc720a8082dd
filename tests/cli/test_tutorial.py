"""The commands of the tutorial in docs/demo.md, on synthetic gestures in place of a camera, and shorter."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Synthetic gestures in place of the reader's own.
LABELS = {"clap": "hand clapping", "wave": "right hand wave", "roll": "arm roll", "circle": "left arm clockwise",
          "other": "other gestures"}


def commands() -> list[list[str]]:
    """Those of the blocks behind the remark, without ``python -m``."""
    text = (ROOT / "docs" / "demo.md").read_text().partition("<!-- the tests run these commands")[2]
    lines = [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    return [shlex.split(line)[2:] for line in lines]


def run(folder: Path, *arguments) -> str:
    done = subprocess.run([sys.executable, "-m", *map(str, arguments)], cwd=folder, capture_output=True, text=True,
                          env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(folder),
                               "OMP_NUM_THREADS": "1"})
    assert done.returncode == 0, (arguments, done.stderr)
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tutorial")


def test_recording_training_and_the_demo(folder):
    done = []
    for program, verb, *rest in commands():
        match program, verb:
            case "hwgen", "record":
                label = LABELS[rest[rest.index("--label") + 1]]
                for seed in (1, 2):
                    out = run(folder, program, verb, rest[0], "--label", label, "--seconds", 1.2, "--source",
                              "synthetic", "--seed", seed)
                    assert f"own/{label}/{seed:03}.npz" in out
            case "train", "folder":
                out = run(folder, program, verb, *rest, "--epochs", "2,1,1", "--width", 0.25)
                assert "wrote own.pt" in out
            case "hwgen", "demo" if "serial" not in rest:
                where = rest.index("--source")
                out = run(folder, program, verb, *rest[:where], "--source", "own/arm roll/001.npz", "--windows", 5)
                assert "5 of 5 windows compared are equal to the golden model" in out
            case "hwgen", "check":
                assert "fits" in run(folder, program, verb, *rest)
        done.append((program, verb))
    assert done == [*[("hwgen", "record")] * 5, ("train", "folder"), ("hwgen", "demo"), ("hwgen", "check"),
                    ("hwgen", "build"), ("hwgen", "flash"), ("hwgen", "demo")]


@pytest.mark.slow
def test_the_board(folder):
    """Build and flash (only shown), behind the other test."""
    for program, verb, *rest in commands():
        if verb == "build":
            assert "bitstream: rtl_out/own-icebreaker/top.bin" in run(folder, program, verb, *rest, "--out",
                                                                      "rtl_out/own-icebreaker")
        elif verb == "flash":
            assert "openFPGALoader" in run(folder, program, verb, *rest, "--dry-run")
