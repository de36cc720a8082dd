"""Augmentation of spike maps."""

import pytest
import torch

from train.data.augment import AUGMENTATIONS
from train.data.augment_events import disturb, flip, shift


def maps(count=200, seed=3):
    return (torch.rand(count, 4, 2, 12, 24, generator=torch.Generator().manual_seed(seed)) < 0.3).to(torch.uint8)


def seeded():
    return torch.Generator().manual_seed(7)


@pytest.mark.parametrize("name", ["events", "events and flip"])
@pytest.mark.parametrize("timesteps", [1, 4])
def test_gives_maps_that_depend_on_the_seed_alone(name, timesteps):
    before = maps()[:, :timesteps]
    kept = before.clone()
    after = AUGMENTATIONS[name](before, seeded())
    assert after.dtype == torch.uint8 and after.shape == before.shape and int(after.max()) == 1
    assert torch.equal(before, kept) and not torch.equal(after, before)
    assert torch.equal(after, AUGMENTATIONS[name](before, seeded()))
    assert not torch.equal(after, AUGMENTATIONS[name](before, torch.Generator().manual_seed(8)))


def test_drops_only_and_each_sample_its_own_share():
    before = maps()
    after = disturb(before, seeded(), drop=0.5, jitter=0)
    assert bool((after <= before).all())
    share = 1 - after.sum(dim=(1, 2, 3, 4)) / before.sum(dim=(1, 2, 3, 4))
    assert 0 <= share.min() < 0.05 and 0.45 < share.max() < 0.6
    assert torch.equal(disturb(before, seeded(), drop=0, jitter=0), before)


def test_jitter_moves_a_spike_by_a_timestep():
    before = torch.zeros(300, 4, 1, 5, 5, dtype=torch.uint8)
    before[:, 1] = 1
    after = disturb(before, seeded(), drop=0, jitter=0.25)
    assert int(after[:, 3].max()) == 0
    assert torch.equal(after.sum(dim=1), before.sum(dim=1))             # none lost, none double
    for t, share in ((0, 0.25), (1, 0.5), (2, 0.25)):
        assert abs(after[:, t].float().mean().item() - share) < 0.02
    edge = torch.zeros(50, 1, 1, 3, 3, dtype=torch.uint8) + 1
    assert torch.equal(disturb(edge, seeded(), drop=0, jitter=0.5), edge)


def test_shifts_by_whole_elements_and_lets_zeros_in():
    before = torch.zeros(400, 2, 1, 12, 24, dtype=torch.uint8)
    before[:, 1, 0, 5, 10] = 1
    after = shift(before, seeded())
    places = {tuple(place.tolist()) for place in after.nonzero()[:, 1:]}
    assert places == {(1, 0, 5 + row, 10 + column) for row in (-1, 0, 1) for column in (-2, -1, 0, 1, 2)}
    assert int(after.sum()) == 400
    full = shift(torch.ones(400, 1, 1, 12, 24, dtype=torch.uint8), seeded())
    assert set(full.sum(dim=(1, 2, 3, 4)).tolist()) == {rows * columns for rows in (11, 12) for columns in (22, 23, 24)}


def test_flips_half():
    before = maps()
    after = flip(before, seeded())
    mirrored = [torch.equal(a, b.flip(-1)) for a, b in zip(after, before)]
    assert 70 < sum(mirrored) < 130
    assert all(m or torch.equal(a, b) for m, a, b in zip(mirrored, after, before))
