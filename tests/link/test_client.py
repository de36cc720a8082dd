"""The host's side of the link against a board whose answers are written down."""

import os
import pty
import threading
import tty

import numpy as np
import pytest

from hwgen.link import protocol
from hwgen.link.client import Client, LinkError
from hwgen.link.line import LineLost
from hwgen.link.protocol import ErrorCode, Frame, Request, Response
from hwgen.link.serial_line import SerialLine, find_port
from hwgen.spec import HwgenError

HELLO = protocol.Hello(network=bytes(8), clock_hz=36_000_000, elements=8, element_bits=4, timesteps=4, layers=2,
                       classes=3, map_words=10, word_bits=16)


class Scripted:
    """A line to a board that answers each request with what ``answer(frame)`` gives, bytes or None."""

    def __init__(self, answer):
        self.answer, self.requests, self._out, self._decoder = answer, [], b"", protocol.Decoder()

    def write(self, data):
        for frame in self._decoder.feed(data):
            self.requests.append(frame)
            self._out += self.answer(frame) or b""

    def read(self, timeout):
        data, self._out = self._out[:7], self._out[7:]
        return data

    def close(self):
        pass


def hello(frame, **change):
    return Frame(Response.HELLO, frame.sequence, HELLO.pack(), **change).encode()


def error(frame, code):
    return Frame(Response.ERROR, frame.sequence, bytes([code])).encode()


def test_hello_is_asked_again_until_it_is_answered():
    answers = [lambda frame: None, lambda frame: error(frame, ErrorCode.BUSY), hello]
    line = Scripted(lambda frame: answers.pop(0)(frame))
    assert Client(line, timeout=0.01).hello() == HELLO
    assert len({frame.sequence for frame in line.requests}) == 3


def test_stale_and_damaged_answers_are_left_out():
    def answer(frame):
        stale = Frame(Response.HELLO, frame.sequence - 1, bytes(21)).encode()
        return b"\x17\xc0" + stale + hello(frame)[:9] + b"\xc0" + hello(frame)

    assert Client(Scripted(answer), timeout=0.1).hello() == HELLO


@pytest.mark.parametrize("answer, message", [
    (lambda frame: None, "the board does not answer to HELLO; is it powered"),
    (lambda frame: hello(frame, version=9), f"another version of the protocol than this program .{protocol.VERSION}."),
    (lambda frame: error(frame, ErrorCode.TYPE), "wrong TYPE; flash the board again"),
    (lambda frame: error(frame, ErrorCode.IMAGE), "no weights image .* `python -m hwgen flash DIR`; flash the board"),
])
def test_a_board_that_cannot_be_talked_to_is_one_line(answer, message):
    with pytest.raises(LinkError, match=message):
        Client(Scripted(answer), timeout=0.01).hello()


def test_words_that_were_refused_are_sent_again_and_none_twice():
    taken, room = [], iter([50, 0, 20, *[64] * 20])

    def answer(frame):
        words = np.frombuffer(frame.payload, "<u4")
        count = min(next(room), len(words))
        taken.extend(words[:count].tolist())
        return Frame(Response.EVENTS, frame.sequence, bytes([count])).encode()

    words = np.arange(300, dtype=np.uint32)
    Client(Scripted(answer), timeout=0.1).send(words)
    assert taken == words.tolist()


def test_words_are_not_sent_again_when_nobody_knows_what_became_of_them():
    line = Scripted(lambda frame: None)
    with pytest.raises(LinkError, match="does not answer to EVENTS"):
        Client(line, timeout=0.01).send(np.arange(3, dtype=np.uint32))
    assert len(line.requests) == 1
    damaged = [lambda frame: error(frame, ErrorCode.CRC),
               lambda frame: Frame(Response.EVENTS, frame.sequence, bytes([3])).encode()]
    line = Scripted(lambda frame: damaged.pop(0)(frame))
    Client(line, timeout=0.1).send(np.arange(3, dtype=np.uint32))
    assert [frame.payload for frame in line.requests] == [np.arange(3, dtype="<u4").tobytes()] * 2


def test_a_board_that_takes_nothing_is_given_up():
    line = Scripted(lambda frame: Frame(Response.EVENTS, frame.sequence, bytes([0])).encode())
    with pytest.raises(LinkError, match="has taken no event for 0.05 s; reset it"):
        Client(line, timeout=0.05).send(np.arange(3, dtype=np.uint32))


def test_results_of_windows_come_in_between():
    result = Frame(Response.RESULT, 3, np.array([5, -2], "<i4").tobytes() + protocol.Result.TAIL.pack(0, 1234))
    line = Scripted(lambda frame: result.encode() + Frame(
        Response.COUNTS, frame.sequence, protocol.Counts(1, 2, 3, 4).LAYOUT.pack(1, 2, 3, 4)).encode())
    client = Client(line)
    assert client.counts() == protocol.Counts(1, 2, 3, 4) and client.round_trip > 0
    window = client.windows.popleft()
    assert (window.number, window.result) == (3, protocol.Result((5, -2), 0, 1234))
    assert line.requests[0].type == Request.COUNTS and not client.windows


@pytest.fixture
def terminal():
    """``(master, path)`` of a pseudo-terminal."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    path = os.ttyname(slave)
    os.close(slave)
    yield master, path
    try:
        os.close(master)
    except OSError:
        pass


def test_a_serial_line_carries_all_bytes_both_ways(terminal):
    master, path = terminal
    line, data = SerialLine(path, 115_200), bytes(range(256))
    line.write(data)
    assert os.read(master, 1000) == data
    threading.Timer(0.05, os.write, (master, data)).start()
    got = b""
    while len(got) < 256:
        got += line.read(1.0)
    assert got == data and line.read(0.01) == b""
    line.close()
    line.close()


def test_an_unplugged_board_is_told_from_silence(terminal):
    master, path = terminal
    line = SerialLine(path, 115_200)
    os.close(master)
    with pytest.raises(LineLost, match=f"the port '{path}' is gone"):
        for _ in range(3):
            line.read(0.05)
            line.write(b"x")


def test_a_port_that_is_absent_or_in_use_says_so(terminal):
    with pytest.raises(HwgenError, match="'/dev/ttyNONE' cannot be opened: .*; plug the board in, or give its port"):
        SerialLine("/dev/ttyNONE", 115_200)
    line = SerialLine(terminal[1], 115_200)
    with pytest.raises(HwgenError, match="cannot be opened: .*; close the program that uses it"):
        SerialLine(terminal[1], 115_200)
    line.close()


@pytest.mark.parametrize("ports, expected", [
    ([("/dev/ttyUSB1", 1, 2, "a"), ("/dev/ttyUSB0", 1, 2, "a"), ("/dev/ttyS0", None, None, None)], "/dev/ttyUSB1"),
    ([("/dev/ttyACM0", 1, 2, "a")], "/dev/ttyACM0"),
    ([("/dev/ttyS0", None, None, None)], "no USB serial port was found"),
    ([("/dev/ttyUSB1", 1, 2, "a"), ("/dev/ttyUSB0", 1, 2, "b")], "several USB serial ports: /dev/ttyUSB0, /dev/ttyUSB1"),
])
def test_the_port_of_the_board_is_found(monkeypatch, ports, expected):
    from serial.tools import list_ports

    from boards import BOARDS

    fields = ("device", "vid", "pid", "serial_number")
    found = [type("Port", (), dict(zip(fields, port))) for port in ports]
    monkeypatch.setattr(list_ports, "comports", lambda: found)
    if expected.startswith("/dev"):
        assert find_port(BOARDS["icebreaker"]) == expected
    else:
        with pytest.raises(HwgenError, match=expected):
            find_port(BOARDS["icebreaker"])
