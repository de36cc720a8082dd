"""Light augmentation of images by name, each uint8 [N, C, H, W] and a generator -> the same, as many and as large."""

import torch
import torch.nn.functional as F

from .augment_events import augment_and_flip, augment_events
from .auto import vary
from .warp import warp


def jitter(images: torch.Tensor, generator: torch.Generator, *, degrees: float = 6, scale: float = 0.06,
           shear: float = 0.06, shift: float = 0.04) -> torch.Tensor:
    """Each image turned, scaled, sheared and shifted by its own random amounts, up to the given ones
    (`train.data.warp.warp`)."""
    moved = warp(images, generator, degrees=degrees, scale=scale, shear=shear, shift=shift)
    return moved.round().to(torch.uint8)


def flip_and_shift(images: torch.Tensor, generator: torch.Generator, *, shift: int = 4) -> torch.Tensor:
    """Half of the images mirrored left to right, each shifted by up to ``shift`` pixels either way; what comes in over
    the edge is 0. The result lies in memory channels last."""
    count, _, height, width = images.shape
    padded = F.pad(images, (shift,) * 4)
    top, left = torch.randint(0, 2 * shift + 1, (2, count, 1), generator=generator)
    mirrored = torch.rand(count, 1, generator=generator) < 0.5
    rows, columns = top + torch.arange(height), torch.arange(width).expand(count, -1)
    columns = left + torch.where(mirrored, width - 1 - columns, columns)
    index = (torch.arange(count)[:, None, None], slice(None), rows[:, :, None], columns[:, None, :])
    return padded[index].movedim(-1, 1)


def cutout(images: torch.Tensor, generator: torch.Generator, *, share: float = 0.25) -> torch.Tensor:
    """A square of each image set to 0 (DeVries and Taylor, 2017): its centre anywhere, so it may lap over the edge;
    its side is ``share`` of the image's shorter one, rounded, and at least a pixel."""
    count, _, height, width = images.shape
    side = max(1, round(share * min(height, width)))

    def band(length):
        """Which of ``length`` rows or columns the square covers, [N, length]."""
        first = torch.randint(0, length, (count, 1), generator=generator) - side // 2
        place = torch.arange(length)
        return (first <= place) & (place < first + side)

    rows, columns = band(height), band(width)
    hole = (rows[:, None, :, None] & columns[:, None, None, :]).to(images.device)
    return images.masked_fill(hole, 0)


def flip_shift_and_cutout(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """`flip_and_shift`, then `cutout`."""
    return cutout(flip_and_shift(images, generator), generator)


def auto(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """`flip_and_shift`, then `train.data.auto.vary`, then `cutout`: the strongest, for long training."""
    return cutout(vary(flip_and_shift(images, generator), generator), generator)


#: The augmentations by name.
AUGMENTATIONS = {"jitter": jitter, "flip and shift": flip_and_shift, "cutout": flip_shift_and_cutout, "auto": auto,
                 "events": augment_events, "events and flip": augment_and_flip}
