"""Losses by name: ``(scores float [T, N, classes], targets int64 [N] or float [N, classes]) -> scalar``."""

import torch
import torch.nn.functional as F


def last(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The cross-entropy of the readout's last membrane potentials."""
    return F.cross_entropy(scores[-1], targets)


def tet(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The mean over the timesteps of the cross-entropy of each."""
    return torch.stack([F.cross_entropy(score, targets) for score in scores]).mean()


#: The losses by name.
LOSSES = {"last": last, "tet": tet}
