"""The virtual board: answers as the board that it is, through a terminal, and is gone when nobody holds it."""

import os
import select
import signal
import subprocess
import sys
import time
import tty
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import boards
from hwgen.errors import BuildError, ToolMissing
from hwgen.link import protocol
from hwgen.link.events import Windows
from hwgen.spec.identity import network_hash
from hwgen.link.protocol import Accepted, ErrorCode, Hello, Refusal, Result, Status, decode_response
from hwgen.plan import CorePlan, make_plan
from sim.bench import runner, virtual_board
from sim.bench.compare import sample_elements
from sim.bench.runner import BenchError
from sim.bench.virtual_board import VirtualBoard
from sim.golden import forward
from sim.golden.events import bin_events
from tests.strategies import random_case

BOARD = boards.find("icebreaker")
CASE = random_case(61)
NETWORK = CASE.network
PLAN = make_plan(NETWORK, BOARD, lanes=4, time_parallel=4)
BIN_TICKS, WINDOWS = 50, 4
#: Seconds that an answer may take on a busy machine.
PATIENCE = 60


class Host:
    """Opens a terminal as it would a serial port, and talks frames."""

    def __init__(self, path: str):
        self.file = os.open(path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.file)
        self.decoder, self.frames = protocol.Decoder(), []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.file)

    def send(self, data: bytes) -> None:
        while data:
            data = data[os.write(self.file, data):]

    def receive(self) -> protocol.Frame:
        while not self.frames:
            assert select.select([self.file], [], [], PATIENCE)[0], "the board does not answer"
            self.frames += self.decoder.feed(os.read(self.file, 4096))
        return self.frames.pop(0)

    def ask(self, request: protocol.Frame):
        self.send(request.encode())
        return decode_response(self.receive())

    def is_lost(self) -> bool:
        try:
            return os.read(self.file, 1) == b""
        except OSError:
            return True

    def is_quiet(self) -> bool:
        return not self.frames and not select.select([self.file], [], [], 0.3)[0]


def infer(sample, plan=PLAN):
    core = plan.cores[0]
    return protocol.infer(sample_elements(core.network, sample), element_bits=core.element_bits,
                          stop_layer=len(core.network.layers) - 1)


def wait_for_end(condition) -> bool:
    for _ in range(100 * PATIENCE):
        if condition():
            return True
        time.sleep(0.01)
    return False


def seconds(pid: int) -> float:
    """Time of the processor that a process took."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def is_gone(pid: int) -> bool:
    """Whether a process has ended, its parent having asked for it or not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] == "Z"
    except FileNotFoundError:
        return True


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("board")


@pytest.fixture(scope="module")
def board(folder):
    with VirtualBoard(PLAN, folder) as board:
        yield board


@pytest.fixture
def host(board):
    with Host(board.path) as host:
        yield host


def test_hello_and_samples(host):
    answer = host.ask(protocol.hello(9))
    assert isinstance(answer, Hello) and answer.network == network_hash(NETWORK)
    golden = forward(NETWORK, CASE.samples)
    for sample, scores, winner in zip(CASE.samples, golden.scores.tolist(), golden.winner.tolist(), strict=True):
        answer = host.ask(infer(sample))
        assert (list(answer.scores), answer.winner) == (scores, winner)


def test_windows_of_events_are_answered_unasked(host):
    rng = np.random.default_rng(1)
    _, height, width = NETWORK.input.shape
    times = np.sort(rng.integers(0, WINDOWS * NETWORK.timesteps * BIN_TICKS, 150))
    rows = np.stack([rng.integers(0, width, 150), rng.integers(0, height, 150), rng.integers(0, 2, 150), times], axis=1)
    end = WINDOWS * NETWORK.timesteps * BIN_TICKS
    binned = bin_events(np.vstack([rows, [0, 0, -1, end]]), shape=NETWORK.input.shape, timesteps=NETWORK.timesteps,
                        bin_ticks=BIN_TICKS)
    golden = forward(NETWORK, binned.maps)
    windows = Windows(bin_ticks=BIN_TICKS)
    packer = windows.packer()
    words = [*windows.start(), *packer.pack(*rows.T).tolist(), *packer.tick(end).tolist()]
    results = []
    while words:
        host.send(protocol.events(words[:40], 100).encode())
        while not isinstance(answer := decode_response(frame := host.receive()), Accepted):
            results.append((frame.sequence, answer.scores))
        words = words[answer.words:]
    # Nothing more is sent: the design goes on until it has said all.
    while len(results) < len(binned.windows):
        frame = host.receive()
        results.append((frame.sequence, decode_response(frame).scores))
    assert results == [(number + 1, tuple(scores)) for number, scores in zip(
        binned.windows.tolist(), golden.scores.tolist(), strict=True)]
    assert host.is_quiet()
    assert host.ask(protocol.events(Windows(bin_ticks=0).start())) == Accepted(5)


def test_every_byte_passes_and_noise_does_no_harm(host):
    before = host.ask(protocol.status())
    host.send(bytes(byte for byte in range(256) if byte not in (protocol.END, protocol.ESC)))
    host.send(protocol.hello(3).encode())
    assert decode_response(host.receive()) == Refusal(ErrorCode.CRC)
    frame = host.receive()
    assert frame.sequence == 3 and isinstance(decode_response(frame), Hello)
    after = host.ask(protocol.status())
    assert isinstance(after, Status) and (after.crc - before.crc, after.line) == (1, 0)


def test_a_host_that_writes_much_and_reads_late_loses_nothing(host):
    """Requests behind each other are more than a board takes, but noise is not: it drops what is in no frame."""
    noise = bytes([protocol.END]) * 3000
    for number in range(3):
        host.send(noise + protocol.hello(number).encode())
    host.send(noise)
    assert [host.receive().sequence for _ in range(3)] == [0, 1, 2]
    assert host.ask(protocol.status()).line == 0


def test_a_host_that_comes_back_finds_the_board(board):
    with Host(board.path) as first:
        first.ask(protocol.hello())
    with Host(board.path) as second:
        assert isinstance(second.ask(protocol.hello()), Hello) and second.is_quiet()


def test_a_board_with_nothing_to_do_takes_no_time(board, host):
    host.ask(protocol.hello())
    pid = board._process.pid
    assert wait_for_end(lambda: Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] == "S")
    before = seconds(pid)
    time.sleep(0.5)
    assert seconds(pid) == before
    assert isinstance(host.ask(protocol.hello()), Hello)


def test_the_same_design_is_not_compiled_again_and_the_end_is_seen(board, folder):
    steps = []
    with VirtualBoard(PLAN, folder, progress=steps.append) as second, Host(second.path) as host:
        assert board.compiled and not second.compiled and steps == ["emit", "start"]
        assert second.path != board.path and isinstance(host.ask(protocol.hello()), Hello)
        second.close()
        assert second.ran.cycles > 1000 and second.ran.seconds > 0
        assert host.is_lost()


def test_a_board_that_dies_is_seen(board, folder):
    with VirtualBoard(PLAN, folder) as second, Host(second.path) as host:
        second._process.send_signal(signal.SIGKILL)
        second._process.wait()
        assert host.is_lost()
    assert second.ran is None


def test_a_board_dies_with_the_process_that_started_it(board, folder):
    program = folder / "virtual_board" / "Vvirtual_board"
    code = ("import subprocess, sys, time\n"
            f"p = subprocess.Popen([{str(program)!r}, '36000000', '3000000', '1000', '1000'], stdin=subprocess.PIPE, "
            "stdout=subprocess.PIPE, start_new_session=True)\n"
            "p.stdout.readline()\nprint(p.pid, flush=True)\ntime.sleep(600)")
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        pid = int(parent.stdout.readline())
        assert not is_gone(pid)
        parent.kill()
    assert wait_for_end(lambda: is_gone(pid))


def test_a_program_that_ends_early_is_told(board, folder, monkeypatch):
    monkeypatch.setattr(virtual_board, "quiet_cycles", lambda plan: "1 2")
    monkeypatch.setattr(VirtualBoard, "_program", Path("/bin/false"))
    with pytest.raises(BenchError, match="ended early: it printed nothing"):
        VirtualBoard(PLAN, folder)


def test_no_verilator(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "verilator_path", lambda: tmp_path / "verilator")
    with pytest.raises(ToolMissing, match="Verilator was not found"):
        VirtualBoard(PLAN, tmp_path)


def test_a_design_that_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(virtual_board, "_wrapper", lambda pins: "module virtual_board (input clk);\n  nonsense\n")
    with pytest.raises(BuildError, match="verilator refused the design: %Error"):
        VirtualBoard(PLAN, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name, loaded", [
    ("icebreaker", True), ("hx8k", False), ("ulx3s_25f", False), ("tang_nano_9k", False)])
def test_other_boards_and_weights_from_flash(name, loaded, tmp_path):
    case, target = random_case(190), boards.find(name)
    plan = make_plan(case.network, target, cores=1, lanes=4, time_parallel=4)
    if loaded:
        core = CorePlan(network=case.network, lanes=4, time_parallel=4, word_elements=4, weight_store="spram")
        plan = replace(plan, cores=(core,))
    with VirtualBoard(plan, tmp_path) as board, Host(board.path) as host:
        answer = host.ask(infer(case.samples[0], plan))
    assert isinstance(answer, Result)
    assert list(answer.scores) == forward(case.network, case.samples[:1]).scores[0].tolist()
