"""Augmentation of spike maps: 0/1 uint8 [N, T, C, H, W] -> the same, on the device of the maps."""

import torch

#: Most of the spikes that a sample may lose, and the share that comes a timestep early, and as many late.
DROP, JITTER = 0.3, 0.05
#: Shift: this share of the side at most, either way.
SHIFT = 1 / 12


def augment_events(maps: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Each sample loses a random share of its spikes, some come a timestep earlier or later, and all are shifted by
    up to a twelfth of the side. A sensor does this to itself: noise, threshold, the moment when a window begins, the
    place of the object."""
    return shift(disturb(maps, generator), generator)


def augment_and_flip(maps: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """`augment_events`, and half of the samples mirrored left to right: for objects, which have no side, not for digits
    or gestures of one hand."""
    return flip(augment_events(maps, generator), generator)


def disturb(maps: torch.Tensor, generator: torch.Generator, drop: float = DROP,
            jitter: float = JITTER) -> torch.Tensor:
    """Drop spikes, up to a share ``drop`` that each sample draws for itself; of those left a share ``jitter`` comes one
    timestep earlier, and as many one later (at the first and last timestep they stay)."""
    count = len(maps)
    gone = torch.rand(count, 1, 1, 1, 1, generator=generator) * drop
    # one draw decides on each element: below `gone` it is dropped, the next part is early, the next late
    draw = torch.rand(maps.shape, generator=generator)
    early = (gone <= draw) & (draw < gone + (1 - gone) * jitter)
    late = ~early & (gone <= draw) & (draw < gone + (1 - gone) * 2 * jitter)
    early[:, 0], late[:, -1] = False, False
    kept = maps * ((gone <= draw) & ~early & ~late).to(maps.device)
    early, late = maps * early.to(maps.device), maps * late.to(maps.device)
    kept[:, :-1] |= early[:, 1:]
    kept[:, 1:] |= late[:, :-1]
    return kept


def shift(maps: torch.Tensor, generator: torch.Generator, share: float = SHIFT) -> torch.Tensor:
    """Each sample shifted by its own whole numbers of elements, up to ``share`` of height and width; what comes in over
    the edge is 0."""
    count, _, _, height, width = maps.shape
    rows = torch.arange(height) + _whole(count, int(height * share), generator)
    columns = torch.arange(width) + _whole(count, int(width * share), generator)
    inside = ((rows >= 0) & (rows < height))[:, :, None] & ((columns >= 0) & (columns < width))[:, None]
    rows, columns = rows.clamp(0, height - 1).to(maps.device), columns.clamp(0, width - 1).to(maps.device)
    sample = torch.arange(count, device=maps.device)[:, None, None]
    moved = maps.permute(0, 3, 4, 1, 2)[sample, rows[:, :, None], columns[:, None]]
    moved = moved * inside.to(maps.device)[..., None, None]
    return moved.permute(0, 3, 4, 1, 2).contiguous()


def flip(maps: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Half of the samples, at random, mirrored left to right."""
    mirrored = (torch.rand(len(maps), 1, 1, 1, 1, generator=generator) < 0.5).to(maps.device)
    return torch.where(mirrored, maps.flip(-1), maps)


def _whole(count: int, most: int, generator: torch.Generator) -> torch.Tensor:
    """[count, 1] whole numbers from -most to most."""
    return torch.randint(-most, most + 1, (count, 1), generator=generator)
