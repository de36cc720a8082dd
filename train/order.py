"""Maps as they lie in memory, so that what is done to each element alone is one pass from its start to its end."""

import torch


class Order:
    """The order in memory of the maps ``like``, [T, N, C, H, W]: channels last, or row by row.

    ``flat`` gives maps as [T, A, C, B], a view of theirs if they lie in this order: A are the pixels of all samples and
    B is 1 where channels are last, else A are the samples and B their pixels. ``maps`` is its inverse.
    """

    def __init__(self, like: torch.Tensor):
        self.channels_last = like.flatten(0, 1).is_contiguous(memory_format=torch.channels_last)
        self.size = like.shape[1:]

    def flat(self, maps: torch.Tensor) -> torch.Tensor:
        """[T, N, C, H, W] -> [T, A, C, B]."""
        count, _, channels, height, width = maps.shape
        if self.channels_last:
            lying = maps.flatten(0, 1).contiguous(memory_format=torch.channels_last)
            return lying.permute(0, 2, 3, 1).reshape(count, -1, channels, 1)
        return maps.contiguous().view(count, -1, channels, height * width)

    def maps(self, flat: torch.Tensor) -> torch.Tensor:
        """[T, A, C, B] -> [T, N, C, H, W]."""
        samples, channels, height, width = self.size
        if self.channels_last:
            return flat.reshape(-1, height, width, channels).permute(0, 3, 1, 2).unflatten(0, (-1, samples))
        return flat.reshape(-1, samples, channels, height, width)
