"""Losses against their equations, written out."""

import math

import pytest
import torch

from train.losses import LOSSES, TET_POTENTIAL, TET_SHARE


def entropy(scores: list[float], target: list[float]) -> float:
    norm = math.log(sum(math.exp(score) for score in scores))
    return sum(share * (norm - score) for share, score in zip(target, scores))


def by_hand(name: str, scores: torch.Tensor, soft: torch.Tensor) -> float:
    timesteps, count, classes = scores.shape
    each = [[entropy(scores[t, n].tolist(), soft[n].tolist()) for n in range(count)] for t in range(timesteps)]
    if name == "last":
        return sum(each[-1]) / count
    squares = sum((score - TET_POTENTIAL) ** 2 for score in scores.flatten().tolist())
    return (1 - TET_SHARE) * sum(map(sum, each)) / (timesteps * count) + TET_SHARE * squares / scores.numel()


@pytest.fixture
def scores():
    return torch.randn(3, 5, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_its_equation_for_labels_and_soft_targets(name, scores):
    labels = torch.tensor([0, 3, 1, 1, 2])
    one_hot = torch.eye(4, dtype=torch.float64)[labels]
    soft = torch.rand(5, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1)).softmax(dim=1)
    for targets, spelled in ((labels, one_hot), (soft, soft)):
        assert LOSSES[name](scores, targets).item() == pytest.approx(by_hand(name, scores, spelled), rel=1e-12)


def test_only_tet_teaches_the_timesteps_before_the_last(scores):
    for name, taught in (("last", [False, False, True]), ("tet", [True] * 3)):
        leaf = scores.clone().requires_grad_()
        LOSSES[name](leaf, torch.tensor([0, 3, 1, 1, 2])).backward()
        assert [bool(part.any()) for part in leaf.grad] == taught
