"""Image files as samples: decoded by Pillow (the extra ``images``), one at a time, when they are asked for."""

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import DataError, DataOptionError

#: Suffixes, in small letters, of what is read.
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm")


@dataclass(frozen=True, eq=False)
class Images:
    """Images in files, like an array uint8 [N, C, H, W] with ``shape`` [C, H, W] that is decoded as it is indexed.

    One index gives an image; a slice or an array of them gives a batch, decoded on all cores.

    Parameters
    ----------
    paths
        Strings, [N].
    image_shape
        C, H, W as `read_image` takes them.
    """

    paths: np.ndarray
    image_shape: tuple[int, int, int]
    dtype = np.dtype(np.uint8)
    ndim = 4

    def __post_init__(self):
        require_pillow()

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """[N, C, H, W]."""
        return len(self), *self.image_shape

    @property
    def nbytes(self) -> int:
        """Of all, decoded."""
        return math.prod(self.shape)

    def __getitem__(self, index) -> np.ndarray:
        """The images of these numbers, decoded.

        Raises
        ------
        DataError
            If a file is missing, truncated or no image.
        """
        paths = self.paths[index]
        if np.ndim(paths) == 0:
            return read_image(paths, self.image_shape)
        batch = np.empty((len(paths), *self.image_shape), np.uint8)
        if len(paths):
            with ThreadPoolExecutor(min(len(os.sched_getaffinity(0)), len(paths))) as pool:
                for place, image in enumerate(pool.map(lambda path: read_image(path, self.image_shape), paths)):
                    batch[place] = image
        return batch


def read_image(path: Path | str, shape: tuple[int, int, int]) -> np.ndarray:
    """The image in a file, uint8 of ``shape`` [C, H, W]: grey (C = 1) or red, green and blue (C = 3).

    It is turned upright as its camera noted, scaled to cover H x W, and what laps over is cut off on both sides alike;
    what is transparent shows black.

    Raises
    ------
    DataError
        If the file is missing, truncated or no image.
    """
    require_pillow()
    from PIL import Image, ImageOps

    channels, height, width = shape
    try:
        with Image.open(path) as image:
            # a JPEG is decoded at the smallest of its own scales that is no smaller: several times as fast
            image.draft(None, (2 * width, 2 * height))
            upright = ImageOps.exif_transpose(image)
            if upright.mode in ("I", "F"):
                raise ValueError(f"pixels of mode {upright.mode}, not of 8 or 16 bits")
            if upright.mode.startswith("I;16"):
                upright = Image.fromarray((np.asarray(upright) >> 8).astype(np.uint8))
            if upright.has_transparency_data:
                coloured = upright.convert("RGBA")
                upright = Image.new("RGB", coloured.size)
                upright.paste(coloured, mask=coloured.getchannel("A"))
            fitted = ImageOps.fit(upright.convert("L" if channels == 1 else "RGB"), (width, height))
    except FileNotFoundError as error:
        raise DataError(f"there is no '{path}'", "restore it, or start again without it") from error
    except Exception as error:                                          # Pillow's readers raise many kinds
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"'{path}' cannot be read as an image ({reason})", "replace or remove it") from error
    return np.asarray(fitted).reshape(height, width, channels).transpose(2, 0, 1)


def check_shape(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """``shape``, if images can have it.

    Raises
    ------
    DataOptionError
        If it is not 1 or 3 channels, height and width.
    """
    if len(shape) != 3 or shape[0] not in (1, 3) or min(shape) < 1:
        raise DataOptionError(f"images cannot be made {' x '.join(map(str, shape))}",
                              "give 1 (grey) or 3 (colour) channels, height and width, for example 3 x 32 x 32")
    return tuple(shape)


def require_pillow() -> None:
    """Raises `DataError` if Pillow is not installed."""
    try:
        import PIL.Image  # noqa: F401
    except ImportError as error:
        raise DataError("image files are read by Pillow, which is not installed",
                        "`pip install 'hwgen[images]'`") from error
