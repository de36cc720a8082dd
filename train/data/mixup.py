"""Mixup: two samples and their labels mixed by a random share (Zhang et al., 2018).

In the network pixels stay bytes and spikes stay bits, so mixed pixels are rounded, and of mixed spikes each is taken
from one sample or from the other. The share is uniform (the paper's Beta distribution at alpha = 1) in steps of 1/256.
"""

import torch
import torch.nn.functional as F


def mixup(samples: torch.Tensor, labels: torch.Tensor, classes: int,
          generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Each sample mixed with another one of its batch.

    Parameters
    ----------
    samples
        uint8 pixels [N, C, H, W], or 0/1 spikes [N, T, C, H, W].
    labels
        int64 [N], each less than ``classes``.

    Returns
    -------
    samples, targets
        Like the samples given; and the share of each class in them, float32 [N, classes].
    """
    count = len(samples)
    order = torch.randperm(count, generator=generator)
    weight = torch.randint(0, 257, (count,), generator=generator)       # of the sample itself, in 1/256
    shaped = weight.view(-1, *[1] * (samples.ndim - 1))
    others = samples[order.to(samples.device)]
    if samples.ndim == 5:
        own = torch.randint(0, 256, samples.shape, generator=generator, dtype=torch.uint8) < shaped
        mixed = torch.where(own.to(samples.device), samples, others)
    else:
        shaped = shaped.to(samples.device, torch.int32)
        mixed = ((samples * shaped + others * (256 - shaped) + 128) >> 8).to(torch.uint8)
    share = (weight / 256).to(samples.device)[:, None]
    labels = F.one_hot(labels.to(samples.device), classes).float()
    return mixed, share * labels + (1 - share) * labels[order.to(samples.device)]
