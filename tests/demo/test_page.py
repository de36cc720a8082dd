"""The page's server: whom it answers, what it sends, and what a slow client costs."""

import http.client
import json
import re
import socket
import threading
import time
import urllib.parse
import webbrowser

import pytest

from hwgen.demo import page as module
from hwgen.demo.page import FILES, STATIC, Page
from hwgen.errors import HwgenError
from tests.demo.stream import Stream, hello


@pytest.fixture
def open_page():
    pages, others = [], set(threading.enumerate())

    def make(**options):
        pages.append(Page(**options))
        return pages[-1]

    yield make
    for page in pages:
        page.close()
    assert set(threading.enumerate()) <= others


def ask(page, path="/", method="GET", host="localhost"):
    """Status, headers and content of an answer; ``host`` None: no such header."""
    connection = http.client.HTTPConnection("127.0.0.1", page.port, timeout=5)
    connection.putrequest(method, path, skip_host=True)
    if host is not None:
        connection.putheader("Host", host)
    connection.endheaders()
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, response.headers, content


class Client:
    """Reads a stream of events."""

    def __init__(self, page, query="", buffer=None):
        self.socket = socket.socket()
        if buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.settimeout(5)
        self.socket.connect(("127.0.0.1", page.port))
        self.socket.sendall(f"GET /stream{query} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        self.file = self.socket.makefile("rb")
        self.read = 0

    def __enter__(self):
        self.status = int(self.file.readline().split()[1])
        self.headers = http.client.parse_headers(self.file)
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def next(self, wanted=("hello", "answers", "frame")):
        """The next event with one of these names; None at the end of the stream."""
        name = None
        while line := self.file.readline():
            self.read += len(line)
            key, _, value = line.decode().strip().partition(": ")
            if key == "event":
                name = value
            elif key == "data" and name in wanted:
                return name, json.loads(value)
        return None


def test_the_files_of_the_page_are_served_with_a_strict_policy(open_page):
    page = open_page()
    assert page.url == f"http://127.0.0.1:{page.port}/"
    for path, (name, kind) in FILES.items():
        status, headers, content = ask(page, path)
        assert (status, headers["Content-Type"]) == (200, kind)
        assert content == (STATIC / name).read_bytes().replace(b"$query", b"")
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "no-referrer"


def test_every_file_is_served_and_none_asks_for_anything_elsewhere():
    assert {path.name for path in STATIC.iterdir()} == {name for name, _ in FILES.values()}
    for path in STATIC.iterdir():
        text = path.read_text().replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert not re.search(r"https?:|url\(|@import|\bsrc=\"//|\bhref=\"//", text), path.name


@pytest.mark.parametrize("path", [
    "/nothing", "/index.html", "/../page.py", "/static/app.js", "/%2e%2e/page.py", "/..%2fpage.py", "/app.js/",
    "//etc/passwd",
    "/./app.js", "/app.js%00", "*", "http://localhost/app.js", "/stream/"])
def test_other_paths_are_not_served(open_page, path):
    assert ask(open_page(), path)[0] == 404


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_not_served(open_page, method):
    status, headers, content = ask(open_page(), method=method)
    assert (status, headers["Allow"]) == (405, "GET")


@pytest.mark.parametrize("host, served", [
    ("localhost", True), ("localhost:{port}", True), ("127.0.0.1:{port}", True), ("[::1]:{port}", True),
    ("LOCALHOST:8000", True), ("127.0.0.1", True), ("[::1]", True),
    ("evil.example", False), ("evil.example:{port}", False), ("localhost.evil.example:{port}", False), ("", False),
    ("127.0.0.1.evil.example", False), (None, False), (":{port}", False)])
def test_another_sites_name_for_this_machine_is_refused(open_page, host, served):
    page = open_page()
    for path in ("/", "/app.js"):
        assert ask(page, path, host=host and host.format(port=page.port))[0] == (200 if served else 403)


def test_whoever_is_reached_from_elsewhere_demands_a_token(open_page):
    page = open_page(host="0.0.0.0")
    token = urllib.parse.parse_qs(urllib.parse.urlsplit(page.url).query)["token"][0]
    assert len(token) >= 32
    for path in (*FILES, "/stream", "/nothing"):
        for query in ("", "?token=", f"?token={token[:-1]}", f"?token={token}x", f"?Token={token}", "?token=%C3%A9"):
            assert ask(page, path + query, host="board.example")[0] == 403
    for path in FILES:
        status, _, content = ask(page, f"{path}?token={token}", host="board.example")
        assert status == 200 and b"$query" not in content
    assert f'src="app.js?token={token}"'.encode() in ask(page, f"/?token={token}")[2]
    with Client(page, f"?token={token}") as client:
        assert client.status == 200


def test_each_page_has_another_token(open_page):
    assert open_page(host="0.0.0.0").url.partition("=")[2] != open_page(host="0.0.0.0").url.partition("=")[2]


def test_a_token_of_ones_own_is_demanded_on_localhost_too(open_page):
    page = open_page(token="a&b c")
    assert page.url.endswith("/?token=a%26b%20c")
    assert ask(page)[0] == 403
    assert ask(page, "/?token=a%26b%20c")[0] == 200


def test_a_stream_has_the_start_and_then_the_frames(open_page):
    page, stream = open_page(), Stream()
    with Client(page) as client:
        assert client.status == 200 and client.headers["Content-Type"] == "text/event-stream"
        page.start(hello())
        assert client.next() == ("hello", hello())
        for _ in range(3):
            frame = stream.frame()
            page.show(frame)
            name, seen = client.next()
            assert name == "frame" and seen["events_per_s"] == frame["events_per_s"]
        page.close()
        assert client.next() is None


def test_several_clients_see_the_same_also_late_ones(open_page):
    page, stream = open_page(), Stream()
    page.start(hello())
    with Client(page) as first:
        assert first.next()[0] == "hello"
        page.show(frame := stream.frame(answers=[{"number": 1, "time_s": 1, "winner": 2, "label": 3, "equal": True}]))
        seen = [first.next(), first.next()]
        assert seen[0] == ("answers", frame["answers"])
        with Client(page) as second:
            assert second.next()[0] == "hello"
            assert [second.next(), second.next()] == seen


def test_a_slow_client_costs_little_holds_nobody_up_and_sees_the_newest_frame_next(open_page):
    page, stream = open_page(), Stream()
    frame, count = stream.frame(), 1000
    page.start(hello())
    with Client(page, buffer=4096) as slow, Client(page) as fast:
        assert slow.next()[0] == fast.next()[0] == "hello"
        begin = time.monotonic()
        for number in range(1, count + 1):
            page.show({**frame, "windows": number})
        assert time.monotonic() - begin < 5
        while fast.next()[1]["windows"] != count:
            pass
        numbers = []
        while not numbers or numbers[-1] != count:
            numbers.append(slow.next()[1]["windows"])
        size = len(frame["image"]) * 4 // 3
        assert slow.read < 40 * size < count * size / 20        # what the system's buffers held, and the newest
        assert len(numbers) < 40 and numbers == sorted(numbers)


def test_closing_does_not_wait_for_a_client_that_takes_nothing(open_page):
    page, stream = open_page(), Stream()
    page.start(hello())
    with Client(page, buffer=4096), socket.create_connection(("127.0.0.1", page.port)):     # and one that asks nothing
        for _ in range(60):
            page.show(stream.frame())
            time.sleep(0.005)
        begin = time.monotonic()
        page.close()
        page.close()
        assert time.monotonic() - begin < 2


def test_too_many_pages_are_refused(open_page, monkeypatch):
    monkeypatch.setattr(module, "STREAMS", 1)
    page = open_page()
    with Client(page) as first, Client(page) as second:
        assert (first.status, second.status) == (200, 503)


def test_a_port_that_is_taken_is_an_error_with_a_remedy(open_page):
    taken = open_page().port
    with pytest.raises(HwgenError, match=rf"^port {taken} of 127.0.0.1 is taken; .*another port"):
        Page(port=taken)


@pytest.mark.parametrize("options, message", [
    ({"port": 70_000}, "port 70000 is none; 0 to 65,535 are"),
    ({"host": "192.0.2.1"}, "192.0.2.1 is not an address of this machine; try 127.0.0.1"),
])
def test_where_it_cannot_listen_is_an_error_with_a_remedy(options, message):
    with pytest.raises(HwgenError, match=f"^{message}"):
        Page(**options)


def test_the_same_port_can_be_taken_again_at_once(open_page):
    page = open_page()
    with Client(page):
        page.close()
        assert open_page(port=page.port).url == page.url


def test_a_browser_is_opened_where_there_is_one(open_page, monkeypatch):
    page, opened = open_page(), []
    monkeypatch.setenv("BROWSER", "a-browser")
    monkeypatch.setattr(webbrowser, "open", lambda url: opened.append(url) or True)
    assert page.open_browser() and opened == [page.url]

    def fail(url):
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "open", fail)
    assert not page.open_browser()


def test_no_browser_is_opened_where_nobody_would_see_it(open_page, monkeypatch):
    monkeypatch.setattr(module.sys, "platform", "linux")
    monkeypatch.setattr(webbrowser, "open", lambda url: pytest.fail("opened"))
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    assert not open_page().open_browser()
