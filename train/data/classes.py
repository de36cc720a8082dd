"""Folders whose sub-folders are the classes: which there are, and the files of each."""

import os
from collections.abc import Iterable
from pathlib import Path

from ..errors import DataError


def class_folders(directory: Path, where: str) -> tuple[str, ...]:
    """The names of the sub-folders of ``directory``, sorted, hidden ones left out: the classes.

    Raises
    ------
    DataError
        If there is no such folder, or there are fewer than two in it; it ends with ``where``, the expected layout.
    """
    if not directory.is_dir():
        raise DataError(f"there is no folder '{directory}'", where)
    with os.scandir(directory) as entries:
        names = sorted(entry.name for entry in entries if entry.is_dir() and not entry.name.startswith("."))
    if len(names) < 2:
        raise DataError(f"'{directory}' has {len(names)} folders, and there must be one for each of two or more "
                        "classes", where)
    return tuple(names)


def files_by_class(directory: Path, classes: Iterable[str], suffixes: tuple[str, ...], where: str) -> list[list[Path]]:
    """For each of ``classes`` the files in its folder with one of ``suffixes`` (in small letters), sorted by name.

    Raises
    ------
    DataError
        If a class has no folder or no such files; it ends with ``where``, the expected layout.
    """
    found = []
    for name in classes:
        folder = directory / name
        if not folder.is_dir():
            raise DataError(f"class '{name}' has no folder '{folder}'", where)
        with os.scandir(folder) as entries:
            files = sorted(entry.name for entry in entries
                           if entry.name.lower().endswith(suffixes) and not entry.name.startswith("."))
        if not files:
            raise DataError(f"class '{name}' has no samples: '{folder}' has no file that ends in "
                            f"{', '.join(suffixes)}", where)
        found.append([folder / file for file in files])
    return found
