"""The demo as a web page: its server, which sends frames as server-sent events. Nothing is loaded from elsewhere."""

import errno
import http.server
import ipaddress
import os
import secrets
import socket
import socketserver
import sys
import threading
import urllib.parse
import webbrowser
from http import HTTPStatus
from pathlib import Path

from ..errors import HwgenError
from .feed import Feed, Position
from .view import Frame, Hello

STATIC = Path(__file__).with_name("static")
#: Path in the URL -> file and type; there are no others.
FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/app.js": ("app.js", "text/javascript; charset=utf-8"),
    "/charts.js": ("charts.js", "text/javascript; charset=utf-8"),
    "/style.css": ("style.css", "text/css; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
STREAM = "/stream"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
                               "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
#: A client that takes nothing for so long is let go; it comes back by itself.
TIMEOUT_S = 10
#: How long a stream may be silent: the page takes a longer silence for a lost connection.
SILENCE_S = 2
#: Pages at a time.
STREAMS = 32
#: What the system keeps for a client that does not read: some frames, not seconds of them.
SEND_BUFFER = 1 << 17


class Page:
    """A `hwgen.demo.view.View` on a web page; any number of browsers may show it.

    Parameters
    ----------
    host
        Name or address to listen on. If others reach it too, the URL has a token, without which nothing is answered.
    port
        0: any that is free.
    token
        Demanded in the URL; None: a random one where the host makes it necessary.

    Members
    -------
    url
        What to open in a browser.
    port
        On which it listens.

    Raises
    ------
    HwgenError
        If it cannot listen there.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0, token: str | None = None):
        self._feed = Feed()
        self._token = token or (None if _is_loopback(host) else secrets.token_urlsafe())
        try:
            self._server = _Server(host, port, self._token, self._feed)
        except (OSError, OverflowError) as error:
            raise _cannot_listen(host, port, error) from error
        self.port = self._server.server_address[1]
        name = _reachable(host)
        self.url = f"http://{f'[{name}]' if ':' in name else name}:{self.port}/{_query(self._token)}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True, name="page")
        self._thread.start()

    def start(self, hello: Hello) -> None:
        self._feed.start(hello)

    def show(self, frame: Frame) -> None:
        self._feed.show(frame)

    def close(self) -> None:
        self._feed.close()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    def open_browser(self) -> bool:
        """Show the page in this machine's browser; False if there is none to be seen."""
        if sys.platform not in ("darwin", "win32") and not {"DISPLAY", "WAYLAND_DISPLAY", "BROWSER"} & set(os.environ):
            return False                    # what would be found is one for the terminal
        try:
            return webbrowser.open(self.url)
        except (webbrowser.Error, OSError):
            return False


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """A thread a request; all of them end with the server."""

    allow_reuse_address = os.name != "nt"   # there it would share a port that is taken
    request_queue_size = 32

    def __init__(self, host: str, port: int, token: str | None, feed: Feed):
        self.token = token
        self.feed = feed
        self.local = _is_loopback(host)
        self.names = {"localhost", "127.0.0.1", "[::1]", f"[{host}]" if ":" in host else host.lower()}
        self.streams = threading.Semaphore(STREAMS)
        self._running: dict[threading.Thread, socket.socket] = {}
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, port), _Handler)

    def process_request(self, request, client_address):
        request.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        self._running[thread] = request
        thread.start()

    def process_request_thread(self, request, client_address):
        try:
            super().process_request_thread(request, client_address)
        finally:
            del self._running[threading.current_thread()]

    def handle_error(self, request, client_address):
        if not isinstance(sys.exception(), OSError):    # those are clients that have gone
            super().handle_error(request, client_address)

    def server_close(self):
        super().server_close()
        for thread, connection in tuple(self._running.items()):
            try:
                connection.shutdown(socket.SHUT_RDWR)   # wakes what waits for a slow client
            except OSError:
                pass                                    # it has ended by itself
            thread.join()


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Server
    server_version, sys_version = "hwgen", ""
    timeout = TIMEOUT_S
    disable_nagle_algorithm = True

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if self.server.local and not self._names_us():
            self._refuse(HTTPStatus.FORBIDDEN, "the demo answers to localhost only")
        elif self.server.token is not None and not self._has_token(query):
            self._refuse(HTTPStatus.FORBIDDEN, "open the address that the demo printed: its token is missing or old")
        elif path == STREAM:
            self._stream()
        elif path in FILES:
            name, kind = FILES[path]
            content = (STATIC / name).read_bytes().replace(b"$query", _query(self.server.token).encode())
            self._answer(HTTPStatus.OK, kind, content)
        else:
            self._refuse(HTTPStatus.NOT_FOUND, "there is no such page")

    def _only_get(self):
        self._refuse(HTTPStatus.METHOD_NOT_ALLOWED, "only GET is served")

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _only_get

    def _names_us(self) -> bool:
        """Whether the browser meant this machine: not so if another site's name leads here (DNS rebinding)."""
        host = self.headers.get("Host", "").lower()
        return host in self.server.names or host.rpartition(":")[0] in self.server.names

    def _has_token(self, query: str) -> bool:
        given = urllib.parse.parse_qs(query).get("token", [""])[0]
        return secrets.compare_digest(given.encode(), self.server.token.encode())

    def _stream(self):
        if not self.server.streams.acquire(blocking=False):
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, f"{STREAMS} pages are open; close one")
            return
        try:
            self._head(HTTPStatus.OK, "text/event-stream")
            self.wfile.write(b"retry: 500\n\n")
            position = Position()
            while (new := self.server.feed.read(position, SILENCE_S)) is not None:
                events, position = new
                self.wfile.write(events)
        finally:
            self.server.streams.release()

    def _head(self, status: HTTPStatus, kind: str):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "GET")
        self.end_headers()

    def _answer(self, status: HTTPStatus, kind: str, content: bytes):
        self._head(status, kind)
        if self.command != "HEAD":
            self.wfile.write(content)

    def _refuse(self, status: HTTPStatus, reason: str):
        self._answer(status, "text/plain; charset=utf-8", f"{status.value} {reason}\n".encode())

    def log_message(self, format, *args):
        pass


def _query(token: str | None) -> str:
    return "" if token is None else f"?token={urllib.parse.quote(token, safe='')}"


def _is_loopback(host: str) -> bool:
    try:
        return host.lower() == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _reachable(host: str) -> str:
    """A name under which others reach this machine, if it listens on all its addresses; else ``host``."""
    if host not in ("", "0.0.0.0", "::"):
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))     # sends nothing: only asks which of our addresses would be used
            return probe.getsockname()[0]
        except OSError:
            return socket.gethostname()


def _cannot_listen(host: str, port: int, error: Exception) -> HwgenError:
    if isinstance(error, OverflowError):
        return HwgenError(f"port {port} is none", "0 to 65,535 are")
    if isinstance(error, socket.gaierror):
        return HwgenError(f"host '{host}' is not known", "try 127.0.0.1, or 0.0.0.0 to be reached from elsewhere")
    if error.errno == errno.EADDRINUSE:
        return HwgenError(f"port {port} of {host} is taken",
                          "end what uses it, or take another port; 0 is any free one")
    if error.errno == errno.EADDRNOTAVAIL:
        return HwgenError(f"{host} is not an address of this machine",
                          "try 127.0.0.1, or 0.0.0.0 to be reached from elsewhere")
    if error.errno == errno.EACCES:
        return HwgenError(f"port {port} is not allowed", "take one from 1,024 on; 0 is any free one")
    return HwgenError(f"cannot listen on port {port} of {host}: {error.strerror or error}", "take another host or port")
