"""Augmentation of spike maps."""

import pytest
import torch

from train.data.augment import AUGMENTATIONS
from train.data.augment_events import disturb, flip, move


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


def test_moves_by_up_to_the_given_shares_and_lets_zeros_in():
    before = torch.zeros(400, 2, 1, 12, 24, dtype=torch.uint8)
    before[:, 1, 0, 5, 10] = 1
    after = move(before, seeded(), degrees=0, scale=0, bend=0)
    places = {tuple(place.tolist()) for place in after.nonzero()[:, 1:]}
    assert places == {(1, 0, 5 + row, 10 + column) for row in (-1, 0, 1) for column in (-2, -1, 0, 1, 2)}
    assert int(after.sum()) == 400
    full = move(torch.ones(400, 1, 1, 12, 24, dtype=torch.uint8), seeded(), degrees=0, scale=0, bend=0)
    assert set(full.sum(dim=(1, 2, 3, 4)).tolist()) == {rows * columns for rows in (11, 12) for columns in (22, 23, 24)}


def test_turns_the_map_as_a_plane_whatever_its_sides():
    before = torch.zeros(300, 1, 1, 15, 31, dtype=torch.uint8)
    before[..., 7, 5:26] = 1                                            # a bar of 21 through the middle
    after = move(before, seeded(), degrees=90, scale=0, shift=0, bend=0)
    ends = torch.stack([torch.tensor([end.amax(0)[-2] - end.amin(0)[-2], end.amax(0)[-1] - end.amin(0)[-1]])
                        for end in (one.nonzero() for one in after)]).double()
    whole = ends[:, 0] < 13                                             # not cut off above and below
    assert 0.3 < whole.double().mean() < 0.6 and (ends[whole].norm(dim=1) - 20).abs().max() < 2


def test_scales_and_keeps_all_timesteps_together():
    before = torch.zeros(300, 3, 2, 21, 21, dtype=torch.uint8)
    before[..., 5:16, 5:16] = 1
    after = move(before, seeded(), degrees=0, scale=0.3, shift=0, bend=0)
    sides = after[:, 0, 0].amax(2).sum(1)
    assert int(sides.min()) <= 9 and int(sides.max()) >= 15
    assert all(torch.equal(after[:, t, c], after[:, 0, 0]) for t in range(3) for c in range(2))


def test_bends_smoothly_about_where_it_was():
    before = torch.zeros(200, 1, 1, 40, 40, dtype=torch.uint8)
    before[..., 18:23, :] = 1                                           # a straight bar
    after = move(before, seeded(), degrees=0, scale=0, shift=0, bend=0.05)[:, 0, 0].double()
    after = after[:, :, 6:34]                                           # beside them it may be bent over the edge
    offset = (after * torch.arange(40)[:, None]).sum(1) / after.sum(1) - 20             # of the bar in each column
    assert abs(float(offset.mean())) < 0.3 and 0.8 < float(offset.std()) < 2.5
    assert float((offset[:, 1:] - offset[:, :-1]).abs().mean()) < 0.5


def test_flips_half():
    before = maps()
    after = flip(before, seeded())
    mirrored = [torch.equal(a, b.flip(-1)) for a, b in zip(after, before)]
    assert 70 < sum(mirrored) < 130
    assert all(m or torch.equal(a, b) for m, a, b in zip(mirrored, after, before))
