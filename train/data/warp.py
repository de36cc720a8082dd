"""Images or maps turned, scaled, sheared, shifted and bent, each by its own random amounts."""

import math

import torch
import torch.nn.functional as F

#: Knots a side of the net that bends a map.
KNOTS = 5


def warp(maps: torch.Tensor, generator: torch.Generator, *, degrees: float, scale: float, shear: float, shift: float,
         bend: float = 0, mode: str = "bilinear") -> torch.Tensor:
    """Each of ``maps``, [N, C, H, W] of any type, moved by its own amounts up to the given ones, uniformly drawn.

    ``degrees`` about the middle, ``scale`` a share of height and width each, ``shear`` that of the rows, ``shift`` a
    share of the side. ``bend``, in shares of the side, is how far (one standard deviation) each of `KNOTS` x `KNOTS`
    knots is drawn aside, and what lies between them smoothly with them (Simard et al., 2003). What comes in over the
    edge is 0. ``mode`` is `torch.nn.functional.grid_sample`'s; with "nearest" values stay those that there were. The
    result is float.
    """
    def uniform(limit):
        return (torch.rand(len(maps), generator=generator) * 2 - 1) * limit

    height, width = maps.shape[-2:]
    angle, slant = uniform(math.radians(degrees)), uniform(shear)
    zoom_x, zoom_y = 1 + uniform(scale), 1 + uniform(scale)
    cos, sin = angle.cos(), angle.sin()
    # where an element comes from, in units of half a side
    rows = [cos * zoom_x, (slant * cos - sin) * zoom_y * (height / width), uniform(2 * shift),
            sin * zoom_x * (width / height), (slant * sin + cos) * zoom_y, uniform(2 * shift)]
    matrix = torch.stack(rows, dim=1).view(-1, 2, 3).to(maps.device)
    grid = F.affine_grid(matrix, list(maps.shape), align_corners=False)
    if bend:
        knots = 2 * bend * torch.randn(len(maps), 2, KNOTS, KNOTS, generator=generator).to(maps.device)
        grid = grid + F.interpolate(knots, size=(height, width), mode="bicubic", align_corners=True).movedim(1, -1)
    return F.grid_sample(maps.float(), grid, mode=mode, align_corners=False)
