"""Augmentation: what each does to pixels, and that a seed gives the same again."""

import numpy as np
import pytest
import torch

from train.data.augment import AUGMENTATIONS, cutout
from train.data.auto import GEOMETRIES, VALUES, moved, recoloured, vary
from train.data.mixup import mixup


def seeded(seed=1):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def pictures():
    """Noise above 0, so that what came in over an edge is seen, uint8 [64, 3, 16, 12]."""
    return torch.from_numpy(np.random.default_rng(0).integers(1, 256, (64, 3, 16, 12), np.uint8))


@pytest.mark.parametrize("name", [name for name in AUGMENTATIONS if "events" not in name])
def test_a_seed_gives_the_same_images_and_another_seed_others(pictures, name):
    augment, before = AUGMENTATIONS[name], pictures.clone()
    first = augment(pictures, seeded())
    assert torch.equal(first, augment(pictures, seeded()))
    assert not torch.equal(first, augment(pictures, seeded(2)))
    assert first.shape == pictures.shape and first.dtype == torch.uint8
    assert torch.equal(pictures, before)                                # its own are left alone


def test_cutout_is_one_black_square_with_its_centre_in_the_image(pictures):
    images = cutout(pictures, seeded())
    whole = 0
    for image, before in zip(images, pictures):
        black = (image == 0).all(dim=0)
        assert torch.equal(image, before * ~black)                      # nothing else is changed
        rows, columns = black.any(dim=1).nonzero(), black.any(dim=0).nonzero()
        height, width = (int(places.max() - places.min()) + 1 for places in (rows, columns))
        assert black.sum() == height * width                            # a rectangle without gaps
        assert height == 3 or {0, 15} & set(rows.flatten().tolist())    # 3 is a quarter of 12; cut off at edges only
        assert width == 3 or {0, 11} & set(columns.flatten().tolist())
        assert 2 <= height <= 3 and 2 <= width <= 3
        whole += height * width == 9
    assert 32 <= whole < 64


def test_no_geometry_and_no_values_change_nothing(pictures):
    assert torch.equal(vary(pictures, seeded(), "none", "none"), pictures)


@pytest.mark.parametrize("geometry", GEOMETRIES[1:])
def test_a_geometry_moves_pixels_and_makes_no_new_ones(pictures, geometry):
    images = moved(pictures, seeded(), geometry)
    colours = pictures.flatten(2).transpose(1, 2)                       # [N, pixels, 3]
    for image, before in zip(images.flatten(2).transpose(1, 2), colours):
        known = set(map(tuple, before.tolist())) | {(0, 0, 0)}
        assert set(map(tuple, image.tolist())) <= known
    assert (images != pictures).flatten(1).any(dim=1).float().mean() > 0.6    # a small strength moves none so small


@pytest.mark.parametrize("geometry, axis", [("shear x", 2), ("shear y", 3)])
def test_a_shear_moves_rows_or_columns_along_themselves(geometry, axis):
    images = torch.full((32, 1, 16, 16), 9, dtype=torch.uint8)
    line = torch.arange(16) == 5
    images *= line.view(1, 1, 16, 1) if axis == 2 else line              # one row, or one column
    got = moved(images, seeded(), geometry)
    assert (got.sum(dim=5 - axis)[:, 0, :5] == 0).all() and (got.sum(dim=5 - axis)[:, 0, 6:] == 0).all()
    assert (got.sum(dim=5 - axis)[:, 0, 5] > 0).all()


def test_values_are_mapped_as_they_are_called(pictures):
    def mapped(values):
        return recoloured(pictures, seeded(), values)

    assert torch.equal(mapped("none"), pictures)
    brighter = (mapped("brightness").int() - pictures.int()).flatten(1)
    assert ((brighter >= 0).all(dim=1) | (brighter <= 0).all(dim=1)).all()
    tint = (mapped("tint").int() - pictures.int()).flatten(2)
    assert ((tint >= 0).all(dim=2) | (tint <= 0).all(dim=2)).all()
    assert not ((tint >= 0).all(dim=2) == (tint >= 0).all(dim=2)[:, :1]).all()      # not all channels the same way
    for image in mapped("posterise"):
        assert ((image % 16) == 0).all() and len(image.unique()) <= 16
    solarised = mapped("solarise")
    assert ((solarised == pictures) | (solarised == 255 - pictures)).all()
    assert (solarised == pictures)[pictures < 128].all() and (solarised != pictures).any()
    contrast, before = (images.float().flatten(1) for images in (mapped("contrast"), pictures))
    mean = before.mean(dim=1, keepdim=True)
    further = (contrast - mean).abs() - (before - mean).abs()
    assert ((further > -1).all(dim=1) | (further < 1).all(dim=1)).all()
    grey = (pictures // 4 + 50)
    stretched = recoloured(grey, seeded(), "stretch").flatten(1)
    assert (stretched.amin(dim=1) == 0).all() and (stretched.amax(dim=1) == 255).all()
    flat = torch.full((2, 1, 4, 4), 7, dtype=torch.uint8)
    assert (recoloured(flat, seeded(), "stretch") == 0).all()           # and no division by nothing
    gamma = mapped("gamma")
    assert (gamma == 255)[pictures == 255].all() and (gamma != pictures).any()


def test_every_value_is_tried():
    images = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16).repeat(200, 1, 1, 1)
    assert len(recoloured(images, seeded()).flatten(1).unique(dim=0)) > 100
    assert len(VALUES) == len(set(VALUES))


def test_mixed_pixels_and_targets_have_the_same_share():
    """Each sample is of one value, so that the share can be read off its pixels."""
    labels = torch.arange(200) % 4
    samples = (labels * 80).to(torch.uint8).view(-1, 1, 1, 1).expand(-1, 3, 5, 5)
    mixed, targets = mixup(samples, labels, 4, seeded())
    again, targets_again = mixup(samples, labels, 4, seeded())
    assert torch.equal(mixed, again) and torch.equal(targets, targets_again)
    assert mixed.shape == samples.shape and mixed.dtype == torch.uint8
    assert targets.shape == (200, 4) and targets.dtype == torch.float32
    assert torch.equal(targets.sum(dim=1), torch.ones(200))
    exact = targets @ torch.tensor([0.0, 80, 160, 240])
    assert torch.equal(mixed, (exact + 0.5).floor().to(torch.uint8).view(-1, 1, 1, 1).expand_as(mixed))
    own = targets[torch.arange(200), labels]
    assert 0.4 < own.mean() < 0.8 and ((targets > 0).sum(dim=1) == 2).any()


def test_mixed_spikes_stay_spikes_each_from_one_of_two():
    samples = torch.zeros(40, 2, 2, 9, 9, dtype=torch.uint8)
    samples[::2] = 1                                                    # class 1 spikes everywhere, class 0 nowhere
    labels = (torch.arange(40) + 1) % 2
    mixed, targets = mixup(samples, labels, 2, seeded())
    assert set(mixed.unique().tolist()) == {0, 1} and mixed.dtype == torch.uint8
    rate = mixed.float().flatten(1).mean(dim=1)
    assert (rate - targets[:, 1]).abs().max() < 0.15 and ((rate > 0.3) & (rate < 0.7)).any()
