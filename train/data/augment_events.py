"""Augmentation of spike maps: 0/1 uint8 [N, T, C, H, W] -> the same, on the device of the maps."""

import torch

from .warp import warp

#: Most of the spikes that a sample may lose, and the share that comes a timestep early, and as many late.
DROP, JITTER = 0.3, 0.05
#: Turned by so many degrees at most, either way, scaled, shifted and bent by these shares of the side.
DEGREES, SCALE, SHIFT, BEND = 12, 0.12, 1 / 12, 1 / 40


def augment_events(maps: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Each sample loses a random share of its spikes, some come a timestep earlier or later, and all are turned,
    scaled, shifted and bent a little. A sensor does this to itself: noise, threshold, the moment when a window begins,
    the place and distance of the object."""
    return move(disturb(maps, generator), generator)


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


def move(maps: torch.Tensor, generator: torch.Generator, degrees: float = DEGREES, scale: float = SCALE,
         shift: float = SHIFT, bend: float = BEND) -> torch.Tensor:
    """Each sample turned, scaled, shifted and bent by its own amounts (`train.data.warp.warp`), the same in all its
    timesteps: every element takes the spikes of the one that its centre comes from."""
    moved = warp(maps.flatten(1, 2), generator, degrees=degrees, scale=scale, shear=0, shift=shift, bend=bend,
                 mode="nearest")
    return moved.view(maps.shape).to(torch.uint8)


def flip(maps: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Half of the samples, at random, mirrored left to right."""
    mirrored = (torch.rand(len(maps), 1, 1, 1, 1, generator=generator) < 0.5).to(maps.device)
    return torch.where(mirrored, maps.flip(-1), maps)
