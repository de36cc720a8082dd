"""``python -m train.data.fetch DATASET --data DIR``: data sets that anybody may download, checked by checksum."""

import hashlib
import os
import sys
import tarfile
import tempfile
import zlib
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPException
from pathlib import Path
from typing import Annotated
from urllib.error import HTTPError
from urllib.request import urlopen

import typer

from ..errors import DataError
from . import DATASETS, find


@dataclass(frozen=True)
class Download:
    """A file at ``url`` with the published checksum ``md5``; ``folder`` is what to unpack of an archive."""

    url: str
    md5: str
    folder: str | None = None

    @property
    def name(self) -> str:
        """Of the file or folder that is wanted."""
        return self.folder or self.url.rpartition("/")[2]


MNIST = "https://ossci-datasets.s3.amazonaws.com/mnist/"                # a copy: the authors' own page refuses programs
CIFAR = "https://www.cs.toronto.edu/~kriz/"
#: By data set.
DOWNLOADS = {
    "mnist": (
        Download(MNIST + "train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
        Download(MNIST + "train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432"),
        Download(MNIST + "t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3"),
        Download(MNIST + "t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c")),
    "cifar10": (
        Download(CIFAR + "cifar-10-python.tar.gz", "c58f30108f718f92721af3b95e74349a", "cifar-10-batches-py"),),
    "cifar100": (
        Download(CIFAR + "cifar-100-python.tar.gz", "eb9058c3a382ffc7106e4002c42a8d85", "cifar-100-python"),),
}
Name = StrEnum("Name", list(DATASETS))
SECONDS = 30                                                            # without a byte: the host is gone


def fetch(name: str, directory: Path) -> list[str]:
    """Get what is missing of the data set ``name`` in ``directory``; a line for each file or folder.

    What is there already is left as it is: the readers check it. Nothing half-written is left behind.

    Raises
    ------
    DataError
        If it has to be got by hand, the host cannot be reached, the checksum is wrong, or the disk is full.
    DataOptionError
        If the data set has no files.
    """
    if not DATASETS[name].files:
        find(name, directory)                                           # says so
    if name not in DOWNLOADS:
        raise DataError(f"{DATASETS[name].title} cannot be downloaded by a program", DATASETS[name].where)
    lines = []
    for download in DOWNLOADS[name]:
        target = directory / download.name
        if target.exists():
            lines.append(f"{target} is there already")
            continue
        try:
            directory.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".fetch-", dir=directory) as aside:
                file = Path(aside) / "file"
                _download(download, file)
                if download.folder:
                    file = _unpack(file, download)
                os.replace(file, target)
        except OSError as error:
            raise DataError(f"'{target}' cannot be written ({error.strerror or error})",
                            "make room, or choose another --data") from error
        lines.append(f"wrote {target}")
    return lines


def _download(download: Download, path: Path) -> None:
    """Write what is at the address to ``path``, if its checksum is right."""
    by_hand = f"try again later, or put '{download.name}' there by hand"
    checksum = hashlib.md5(usedforsecurity=False)
    with open(path, "wb") as file:
        try:
            response = urlopen(download.url, timeout=SECONDS)
        except (OSError, HTTPException) as error:                       # `URLError` is an OSError
            if isinstance(error, HTTPError):
                error.close()                                           # it holds the connection
            reason = " ".join(str(getattr(error, "reason", error)).split())
            raise DataError(f"'{download.url}' cannot be read ({reason})", by_hand) from error
        with response:
            while True:
                try:
                    block = response.read(1 << 20)
                except (OSError, HTTPException) as error:
                    raise DataError(f"'{download.url}' broke off ({error})", by_hand) from error
                if not block:
                    break
                checksum.update(block)
                file.write(block)
    if checksum.hexdigest() != download.md5:
        raise DataError(f"'{download.url}' has the MD5 checksum {checksum.hexdigest()}, not {download.md5}: it broke "
                        "off, or is another file", by_hand)


def _unpack(archive: Path, download: Download) -> Path:
    """The folder that the archive is about, unpacked beside it."""
    try:
        with tarfile.open(archive, "r:gz") as files:
            files.extractall(archive.parent, filter="data")             # refuses paths that lead elsewhere
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise DataError(f"'{download.url}' cannot be unpacked ({error})", "report it: its checksum is right") from error
    folder = archive.parent / download.folder
    if not folder.is_dir():
        raise DataError(f"'{download.url}' cannot be what it should: it has no folder '{download.folder}'",
                        "report it: its checksum is right")
    return folder


def main(name: Annotated[Name, typer.Argument(metavar="DATASET", help="The data set.")],
         data: Annotated[Path, typer.Option(help="Folder to put its files in.")]) -> None:
    """Download a data set's official files and check them."""
    for line in fetch(str(name), data):
        print(line)


if __name__ == "__main__":
    try:
        typer.run(main)
    except DataError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
