"""Downloads, from a server of the test's own: whole and right, or one line and nothing left behind."""

import hashlib
import io
import resource
import subprocess
import sys
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from train.data import fetch as module
from train.data.fetch import DOWNLOADS, Download, fetch
from train.errors import DataError, DataOptionError

CONTENT = bytes(range(256)) * 1000


def md5(content):
    return hashlib.md5(content).hexdigest()


def archive(**files):
    """A gzipped tar of ``cifar-10-batches-py`` with these files."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name if "/" in name else f"cifar-10-batches-py/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


@pytest.fixture
def host(monkeypatch):
    """A function: serve these files by name and take them for the data set's; ``said`` are lengths that are claimed."""
    served = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            name = self.path[1:]
            if name not in served:
                return self.send_error(404)
            content, length = served[name]
            self.send_response(200)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def serve(dataset, files, folder=None, checksums={}, said={}):
        served.update({name: (content, said.get(name, len(content))) for name, content in files.items()})
        monkeypatch.setitem(DOWNLOADS, dataset, tuple(
            Download(f"http://127.0.0.1:{server.server_port}/{name}", checksums.get(name, md5(content)), folder)
            for name, content in files.items()))
        return served
    yield serve
    server.shutdown()
    server.server_close()


def test_files_are_fetched_and_those_that_are_there_are_left(host, tmp_path):
    served = host("mnist", {"a.gz": CONTENT, "b.gz": b"b"})
    target = tmp_path / "new" / "mnist"
    assert fetch("mnist", target) == [f"wrote {target}/a.gz", f"wrote {target}/b.gz"]
    assert (target / "a.gz").read_bytes() == CONTENT and (target / "b.gz").read_bytes() == b"b"
    served.clear()
    (target / "b.gz").write_bytes(b"my own")
    assert fetch("mnist", target) == [f"{target}/a.gz is there already", f"{target}/b.gz is there already"]
    assert (target / "b.gz").read_bytes() == b"my own"


def test_an_archive_is_unpacked_and_not_kept(host, tmp_path):
    host("cifar10", {"c.tar.gz": archive(data_batch_1=CONTENT, test_batch=b"t")}, "cifar-10-batches-py")
    fetch("cifar10", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["cifar-10-batches-py"]
    assert (tmp_path / "cifar-10-batches-py" / "data_batch_1").read_bytes() == CONTENT
    assert fetch("cifar10", tmp_path) == [f"{tmp_path}/cifar-10-batches-py is there already"]


def refused(words, name, directory):
    with pytest.raises(DataError, match=words) as raised:
        fetch(name, directory)
    assert "\n" not in str(raised.value)
    assert list(directory.iterdir()) == []                              # nothing half-written, hidden or not


def test_a_wrong_checksum(host, tmp_path):
    host("mnist", {"a.gz": CONTENT}, checksums={"a.gz": "0" * 32})
    refused(f"has the MD5 checksum {md5(CONTENT)}, not {'0' * 32}", "mnist", tmp_path)


def test_a_connection_that_breaks_off(host, tmp_path):
    host("mnist", {"a.gz": CONTENT}, said={"a.gz": len(CONTENT) + 1}, checksums={"a.gz": "1" * 32})
    refused("broke off", "mnist", tmp_path)


def test_a_file_that_is_not_there(host, tmp_path):
    host("mnist", {"a.gz": CONTENT}).clear()
    refused("a.gz' cannot be read .Not Found.; try again later, or put 'a.gz' there by hand", "mnist", tmp_path)


def test_no_network(tmp_path, monkeypatch):
    monkeypatch.setitem(DOWNLOADS, "mnist", (Download("http://127.0.0.1:9/a.gz", "0" * 32),))
    refused("cannot be read .*refused", "mnist", tmp_path)


def test_a_full_disk(host, tmp_path):
    """Files may not be larger than a limit: writing fails as on a full disk."""
    host("mnist", {"a.gz": CONTENT})
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(CONTENT) // 2, limits[1]))
    try:
        refused("a.gz' cannot be written .*; make room, or choose another --data", "mnist", tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("content", [b"no archive", archive(data_batch_1=CONTENT)[:500], archive(**{"../evil": b"e"}),
                                     archive(**{"other/file": b"o"})])
def test_an_archive_that_is_none_or_leads_elsewhere(host, tmp_path, content):
    host("cifar10", {"c.tar.gz": content}, "cifar-10-batches-py")
    refused("cannot be", "cifar10", tmp_path)
    assert not (tmp_path.parent / "evil").exists()


def test_what_cannot_be_downloaded_says_how_to_get_it(tmp_path):
    refused("ImageNet cannot be downloaded by a program; get ILSVRC2012_img_train.tar.*DIR/train/<wnid>", "imagenet",
            tmp_path)
    with pytest.raises(DataOptionError, match="has no files"):
        fetch("bars", tmp_path)


def test_the_published_checksums_are_whole():
    for name, downloads in DOWNLOADS.items():
        for download in downloads:
            assert len(bytes.fromhex(download.md5)) == 16 and download.url.startswith("https://")


def test_the_command_is_one_line(tmp_path):
    done = subprocess.run([sys.executable, "-m", "train.data.fetch", "imagenet", "--data", tmp_path], text=True,
                          capture_output=True, cwd=Path(module.__file__).parents[2])
    assert done.returncode == 1 and done.stdout == "" and len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("error: ImageNet cannot be downloaded by a program; get ILSVRC2012")
