"""From graded neurons to timesteps: how strong the input has to be that neurons spike in time.

A graded neuron (`train.graded`) gets its input at once. In real timesteps the spikes of a layer come late, so the
neurons behind it may have no timestep left for theirs; and the spikes of neurons that are pooled may fall side by
side, which makes more of them. Which of the two weighs more depends on the samples. So the alphas of all firing layers
are multiplied by the one factor that serves best (`docs/decisions/0112-alpha-after-graded-neurons.md`).
"""

from collections.abc import Callable, Iterable

import torch

from .models import SpikingNetwork

#: What is tried; of two that serve as well the one that comes first.
FACTORS = (1.0, 1.1, 0.9, 1.2, 0.8, 1.3, 0.7, 1.4, 0.6)


@torch.no_grad()
def settle(model: SpikingNetwork, batches: Iterable[tuple[torch.Tensor, torch.Tensor]],
           total: Callable[[torch.Tensor], torch.Tensor] = lambda values: values) -> float:
    """Multiply the learned alphas of the firing layers of ``model``, which has real timesteps, by the one of `FACTORS`
    with which most of the samples are right -> that factor.

    ``batches`` of samples and targets, int64 [N] or soft ones, float [N, classes], whose largest share counts. Batch
    norm uses its running statistics. ``total`` adds up what several processes found. Neurons whose alpha is fixed, or
    tied to beta, stay as they are: 1.
    """
    decays = [layer.decays for layer in model.layers[:-1]]
    if not all("alpha" in each.neuron.learned and not each.neuron.tied for each in decays):
        return 1.0
    learned = [each.parameter("alpha").clone() for each in decays]

    def put(factor: float) -> None:
        for each, parameter in zip(decays, learned):
            each.parameter("alpha").copy_(parameter)
            each.strengthen(factor)

    was_training = model.training
    model.eval()
    hits = torch.zeros(len(FACTORS))
    for samples, targets in batches:
        labels = targets if targets.ndim == 1 else targets.argmax(dim=1)
        for index, factor in enumerate(FACTORS):
            put(factor)
            winners = model(samples)[-1].output[-1, :, :, 0, 0].argmax(dim=1)
            hits[index] += int((winners == labels).sum())
    model.train(was_training)
    best = FACTORS[int(total(hits).argmax())]
    put(best)
    return best
