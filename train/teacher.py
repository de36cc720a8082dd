"""A trained network as a teacher: what it answers to a sample stands beside the sample's label, half and half.

Which classes a sample looks alike to a larger network tells a small one more than the label does (distillation: Hinton
et al., 2015, arXiv 1503.02531). The teacher answers in floating point, to each sample as its pupil sees it, augmented
(Beyer et al., 2022, arXiv 2106.05237); where its last phase there was of graded neurons, that takes one timestep.
"""

import hashlib
from pathlib import Path

import torch
import torch.nn.functional as F

from hwgen.spec import HwgenError

from . import state
from .architecture import from_plain
from .errors import TrainError
from .models import SpikingNetwork

#: What the teacher's scores are divided by before they become probabilities: the runners-up weigh more.
TEMPERATURE = 2.0


class Teacher:
    """The network in the ``float.pt`` of a run's log.

    Parameters
    ----------
    path
        The file.
    shape, classes
        Of the samples to teach; of their labels.
    device
        Where it answers.

    Members
    -------
    digest
        Of the file.

    Raises
    ------
    TrainError
        If that is no such file, or the network takes other samples or has other classes.
    """

    def __init__(self, path: Path, shape: tuple[int, ...], classes: int, device: str = "cpu"):
        try:
            found = state.read_float(path)
            architecture = from_plain(found["architecture"])
            self.model = SpikingNetwork(architecture)
            self.model.load_state_dict(found["float_model"])
            self.model.graded = bool(found["graded"])
        except (HwgenError, KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
            raise TrainError(f"'{path}' is no network that could teach",
                             "give the float.pt in the log of a run") from error
        takes, has = architecture.sample_shape, architecture.stages[-1].out_channels
        if takes != tuple(shape) or has != classes:
            raise TrainError(f"the teacher '{architecture.name}' takes samples of {_sides(takes)} and has {has} "
                             f"classes, these are of {_sides(shape)} and have {classes}",
                             "give a network that was trained on the same data")
        self.model.eval().requires_grad_(False).to(device)
        self.digest = hashlib.sha256(path.read_bytes()).hexdigest()

    @torch.no_grad()
    def __call__(self, samples: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Soft targets, float32 [N, classes] whose rows sum to 1: half of each ``targets``, int64 [N] or soft, half the
        probabilities that the teacher gives to the ``samples``."""
        scores = self.model(samples)[-1].output[-1, :, :, 0, 0].float()
        each = torch.arange(scores.shape[1], device=scores.device)      # `one_hot` may wait for a GPU
        labels = targets if targets.ndim == 2 else targets[:, None] == each
        return (labels + F.softmax(scores / TEMPERATURE, dim=1)) / 2


def _sides(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
