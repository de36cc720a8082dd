"""Maps as they lie in memory."""

import pytest
import torch

from train.order import Order

FORMATS = [torch.contiguous_format, torch.channels_last]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("shape", [(3, 2, 5, 4, 6), (1, 2, 1, 4, 4), (4, 3, 7, 1, 1), (2, 1, 1, 1, 1)])
def test_flat_maps_are_the_same_elements_by_channel(form, shape):
    maps = torch.arange(torch.Size(shape).numel()).view(shape)
    maps = maps.flatten(0, 1).contiguous(memory_format=form).view_as(maps)
    order = Order(maps)
    flat = order.flat(maps)
    assert flat.shape[0] == shape[0] and flat.shape[2] == shape[2] and flat.data_ptr() == maps.data_ptr()
    for channel in range(shape[2]):
        assert sorted(flat[:, :, channel].flatten().tolist()) == sorted(maps[:, :, channel].flatten().tolist())
    assert torch.equal(order.maps(flat), maps) and order.maps(flat).data_ptr() == maps.data_ptr()


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("other", FORMATS)
def test_maps_in_another_order_are_brought_into_this_one(form, other):
    like = torch.rand(6, 5, 4, 3).contiguous(memory_format=form).view(2, 3, 5, 4, 3)
    maps = torch.rand(6, 5, 4, 3).contiguous(memory_format=other).view(2, 3, 5, 4, 3)
    order = Order(like)
    back = order.maps(order.flat(maps))
    assert torch.equal(back, maps) and back.stride() == like.stride()


def test_fewer_timesteps_are_flat_likewise():
    like, one = torch.rand(4, 3, 5, 2, 2), torch.rand(1, 3, 5, 2, 2)
    assert torch.equal(Order(like).maps(Order(like).flat(one)), one)
