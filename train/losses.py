"""Losses on a readout's membrane potentials, by name.

Each takes ``scores`` float [T, N, classes], the readout's membrane potential at each timestep (it integrates and
never fires), and ``targets``, int64 [N] or soft ones, float [N, classes] whose rows sum to 1; and gives a scalar. The
decision is always the last timestep's.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F

#: Share of the regulariser in `tet`, and the potential that it draws every score to: the threshold.
TET_SHARE, TET_POTENTIAL = 0.05, 1.0


def last(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The cross-entropy of the last timestep's scores."""
    return F.cross_entropy(scores[-1], targets)


def tet(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """``(1 - share) * mean over t of cross_entropy(scores[t]) + share * mean of (scores - potential)**2``: temporal
    efficient training (Deng et al., 2022, arXiv 2202.11946), so that fewer timesteps decide well too.

    Theirs are the readout's currents, ours its potentials, which remember the timesteps before.
    """
    each = targets.repeat(len(scores), *[1] * (targets.ndim - 1))        # [T * N] or [T * N, classes]
    entropy = F.cross_entropy(scores.flatten(0, 1), each)
    return (1 - TET_SHARE) * entropy + TET_SHARE * (scores - TET_POTENTIAL).square().mean()


#: The losses by name.
LOSSES: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {"last": last, "tet": tet}
