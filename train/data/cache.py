"""Preprocessed data sets, kept so that the next run need not do it again.

What is kept lies in ``.hwgen-cache`` beside the data, or in the user's cache folder if that cannot be written. Its name
holds a hash of the files (paths, sizes, times of change), the settings and `VERSION`: when any of them changes, nothing
is found and it is made anew. It is written aside and renamed; a damaged one is made anew.
"""

import hashlib
import os
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import platformdirs

#: Part of each name: to be raised when a reader or the binning comes to another result.
VERSION = 1
FOLDER = ".hwgen-cache"


def cached(name: str, directory: Path | None, files: Sequence[Path], settings: tuple,
           make: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """What ``make()`` returns, or returned on an earlier call with the same arguments.

    Parameters
    ----------
    name
        Begins the file's name, so that people know whose it is.
    directory
        Where the data lie; None if they come from no files.
    files
        All files that ``make`` reads, within ``directory``.
    settings
        Whatever else the result depends on, as ``repr`` shows it.
    """
    key = _key(directory, files, settings)
    places = [directory / FOLDER, user_folder()] if directory else [user_folder()]
    for place in places:
        kept = _read(place / f"{name}-{key}.npz")
        if kept is not None:
            return kept
    made = make()
    for place in places:
        if _write(place / f"{name}-{key}.npz", made):
            break                                           # with no place to write to, it is made each time
    return made


def user_folder() -> Path:
    """Where it goes that cannot lie beside its data."""
    return platformdirs.user_cache_path("hwgen") / "data"


def _key(directory: Path | None, files: Sequence[Path], settings: tuple) -> str:
    stamps = []
    for path in files:
        stat = path.stat()
        stamps.append((str(path.relative_to(directory)), stat.st_size, stat.st_mtime_ns))
    return hashlib.sha256(repr((VERSION, settings, stamps)).encode()).hexdigest()[:20]


def _read(path: Path) -> dict[str, np.ndarray] | None:
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, AttributeError, EOFError, KeyError, zipfile.BadZipFile, zlib.error):
        return None


def _write(path: Path, arrays: dict[str, np.ndarray]) -> bool:
    """Whether ``path`` could be written, whole."""
    aside = path.with_name(f"{path.name}.{os.getpid()}.part")       # two runs may make the same one
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(aside, "wb") as file:
            np.savez(file, **arrays)
        os.replace(aside, path)
        return True
    except OSError:
        return False
    finally:
        try:
            aside.unlink(missing_ok=True)
        except OSError:
            pass                                                    # the folder itself is not to be had
