"""Light geometric augmentation of images, uint8 [N, C, H, W] -> the same."""

import math

import torch
import torch.nn.functional as F

from .augment_events import augment_and_flip, augment_events


def jitter(images: torch.Tensor, generator: torch.Generator, *, degrees: float = 6, scale: float = 0.06,
           shear: float = 0.06, shift: float = 0.04) -> torch.Tensor:
    """Each image turned, scaled, sheared and shifted by its own random amounts, up to the given ones.

    ``shift`` is a share of the side. What comes in over the edge is 0. Bilinear.
    """
    def uniform(limit):
        return (torch.rand(len(images), generator=generator) * 2 - 1) * limit

    angle, slant = uniform(math.radians(degrees)), uniform(shear)
    zoom_x, zoom_y = 1 + uniform(scale), 1 + uniform(scale)
    cos, sin = angle.cos(), angle.sin()
    rows = [cos * zoom_x, (slant * cos - sin) * zoom_y, uniform(2 * shift),
            sin * zoom_x, (slant * sin + cos) * zoom_y, uniform(2 * shift)]
    matrix = torch.stack(rows, dim=1).view(-1, 2, 3).to(images.device)
    grid = F.affine_grid(matrix, list(images.shape), align_corners=False)
    moved = F.grid_sample(images.float(), grid, align_corners=False)
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


#: The augmentations by name.
AUGMENTATIONS = {"jitter": jitter, "flip and shift": flip_and_shift, "events": augment_events,
                 "events and flip": augment_and_flip}
