"""Images varied by randomly chosen operations of random strength, after the idea of RandAugment (Cubuk et al., 2020).

Each image gets one operation on its geometry and one on its values, either of which may be none. So that a batch costs
milliseconds, every choice of geometry is one affine matrix, and every choice of values is one table of 256 entries a
channel: a batch takes one resampling and one look-up, whatever was chosen.
"""

import math

import torch

#: The largest strengths: degrees, and shares of the side, of the size, of the brightness.
TURN, SHEAR, SHIFT, ZOOM, LIGHT = 20, 0.25, 0.15, 0.25, 0.5
GEOMETRIES = ("none", "turn", "shear x", "shear y", "shift", "zoom")
VALUES = ("none", "brightness", "contrast", "tint", "gamma", "posterise", "solarise", "stretch")


def vary(images: torch.Tensor, generator: torch.Generator, geometry: str | None = None,
         values: str | None = None) -> torch.Tensor:
    """uint8 [N, C, H, W] -> the same: each image moved by one of `GEOMETRIES` and recoloured by one of `VALUES`.

    Names given pin the operation of all images; their strengths stay random.
    """
    return recoloured(moved(images, generator, geometry), generator, values)


def moved(images: torch.Tensor, generator: torch.Generator, geometry: str | None = None) -> torch.Tensor:
    """Each image turned, sheared, shifted or zoomed, about its middle; what comes in over the edge is 0. Nearest
    neighbour, so there are no new values."""
    count, _, height, width = images.shape
    kind = _choice(GEOMETRIES, geometry, count, generator)
    first, second = torch.rand(2, count, generator=generator) * 2 - 1

    def only(name, strength, otherwise=0.0):
        return torch.where(kind == GEOMETRIES.index(name), strength, otherwise)

    angle = only("turn", first * math.radians(TURN))
    zoom = only("zoom", 1 + first * ZOOM, 1.0)
    rows = [angle.cos() * zoom, only("shear x", first * SHEAR) - angle.sin(), only("shift", first * 2 * SHIFT),
            only("shear y", first * SHEAR) + angle.sin(), angle.cos() * zoom, only("shift", second * 2 * SHIFT)]
    matrix = torch.stack(rows, dim=1).view(-1, 2, 3)
    # where each pixel comes from, in pixels; by hand, because this is an index and not an interpolation
    y, x = torch.meshgrid(_middles(height), _middles(width), indexing="ij")
    points = torch.stack([x.flatten(), y.flatten(), torch.ones(height * width)])
    source = matrix @ points                                            # [N, 2, H*W], -1 to 1 over the image
    column = ((source[:, 0] + 1) * (width / 2)).floor().long()
    row = ((source[:, 1] + 1) * (height / 2)).floor().long()
    outside = (column < 0) | (column >= width) | (row < 0) | (row >= height)
    place = (row * width + column).masked_fill_(outside, 0).to(images.device)
    index = place[:, None].expand(-1, images.shape[1], -1)
    taken = images.flatten(2).gather(2, index).masked_fill_(outside[:, None].to(images.device), 0)
    return taken.view(images.shape)


def recoloured(images: torch.Tensor, generator: torch.Generator, values: str | None = None) -> torch.Tensor:
    """Each image's values mapped by a table: brighter or darker, more or less contrast about its mean, a tint (its
    channels brighter or darker on their own), a power of the value, fewer levels, values above a limit inverted, or
    stretched to the whole range."""
    count, channels = images.shape[:2]
    kind = _choice(VALUES, values, count, generator)
    strength = (torch.rand(count, 1, 1, generator=generator) * 2 - 1) * LIGHT
    tint = (torch.rand(count, channels, 1, generator=generator) * 2 - 1) * LIGHT
    flat = images.flatten(1)
    lowest, highest = (limit.cpu().float().view(-1, 1, 1) for limit in flat.aminmax(dim=1))
    mean = flat.sum(dim=1).cpu().float().view(-1, 1, 1) / flat.shape[1]
    level = torch.arange(256.0).expand(count, channels, 256)
    step = 2 ** (5 + 2 * strength).round()                              # 16, 32 or 64
    limit = 192 + 128 * strength                                        # 128 to 256: invert half of the values or none
    tables = torch.stack([
        level,
        level * (1 + strength),
        mean + (level - mean) * (1 + strength),
        level * (1 + tint),
        255 * (level / 255) ** (1 + strength),
        (level / step).floor() * step,
        torch.where(level < limit, level, 255 - level),
        (level - lowest) * (255 / (highest - lowest).clamp(min=1)),
    ])
    table = tables[kind, torch.arange(count)].round().clamp(0, 255).to(torch.uint8).to(images.device)
    return table.gather(2, images.flatten(2).long()).view(images.shape)


def _choice(names: tuple[str, ...], pinned: str | None, count: int, generator: torch.Generator) -> torch.Tensor:
    """The numbers of ``count`` random names, int64 [N], or all of the one that is pinned."""
    chosen = torch.randint(0, len(names), (count,), generator=generator)
    return chosen if pinned is None else torch.full_like(chosen, names.index(pinned))


def _middles(length: int) -> torch.Tensor:
    """The middles of pixels along a side that reaches from -1 to 1."""
    return (2 * torch.arange(length) + 1) / length - 1
