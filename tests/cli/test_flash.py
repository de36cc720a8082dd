"""`flash` asks the board what it runs; the board is software behind a pseudo-terminal."""

import json
import os
import pty
import threading
import tty
from dataclasses import replace

import pytest

from hwgen.emit import report
from hwgen.errors import HwgenError
from hwgen.link import serial_line
from hwgen.spec.identity import network_hash
from sim.board.soft import SoftBoard
from tests.cli.test_results import REPORT
from tests.gateware.plans import make_plan

NETWORK = make_plan((2, 6, 5), {"out": 5, "kernel": (3, 3), "padding": 1}, timesteps=3).network


@pytest.fixture
def built(tmp_path):
    content = json.loads(json.dumps(REPORT))
    content["model"] = report.model_section(NETWORK, "0" * 64)
    content["plan"]["network"] = network_hash(NETWORK).hex()
    (tmp_path / report.NAME).write_text(json.dumps(content))
    (tmp_path / "top.bin").write_bytes(b"bits")
    return tmp_path


@pytest.fixture
def port():
    """``serve(network)`` -> the path of a port that a board with this network answers on."""
    ends = []

    def serve(network):
        master, slave = pty.openpty()
        tty.setraw(slave)
        ends.extend((master, slave))
        board = SoftBoard(network)

        def run():
            try:
                while data := os.read(master, 4096):
                    board.write(data)
                    os.write(master, board.read(0))
            except OSError:
                pass

        threading.Thread(target=run, daemon=True).start()
        return os.ttyname(slave)

    yield serve
    for end in ends:
        os.close(end)


@pytest.fixture
def programmed(monkeypatch):
    """The commands that would write to the board."""
    ran = []
    monkeypatch.setattr("hwgen.emit.tools.find", lambda name: type("Tool", (), {"command": [name]}))
    monkeypatch.setattr("hwgen.commands.flash.subprocess.run",
                        lambda command: ran.append(command) or type("Done", (), {"returncode": 0}))
    return ran


def test_the_board_is_asked_and_named(hwgen, built, port, programmed):
    path = port(NETWORK)
    result = hwgen("flash", built, "--port", path)
    assert result.code == 0, result.err
    assert [command[0] for command in programmed] == ["openFPGALoader"] and "--verify" in programmed[0]
    assert f"{path}: iCEBreaker" in result.out
    assert f"runs '{NETWORK.name}', network {network_hash(NETWORK).hex()}, at 0 MHz" in result.out


def test_a_board_that_runs_another_network_is_told(fails, built, port, programmed):
    other = replace(NETWORK, timesteps=2)
    assert f"the board runs network {network_hash(other).hex()}, not {network_hash(NETWORK).hex()}" in \
        fails(1, "flash", built, "--port", port(other))


def test_without_a_port_it_is_written_all_the_same(hwgen, built, programmed, monkeypatch):
    def none(board):
        raise HwgenError("no USB serial port was found", "plug it in")

    monkeypatch.setattr(serial_line, "find_port", none)
    result = hwgen("flash", built)
    assert result.code == 0 and len(programmed) == 1
    assert "written, and not asked what it runs: no USB serial port was found" in result.err


def test_a_board_that_says_nothing_is_waited_for_and_given_up(fails, built, programmed, monkeypatch):
    monkeypatch.setattr("hwgen.commands.flash.START_SECONDS", 0.1)
    master, slave = pty.openpty()
    tty.setraw(slave)
    assert "the board does not answer to HELLO" in fails(1, "flash", built, "--port", os.ttyname(slave))
    os.close(master)
    os.close(slave)
