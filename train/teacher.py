"""A trained network as a teacher: what it answers to a sample stands beside the sample's label, half and half.

Which classes a sample looks alike to a larger network tells a small one more than the label does (distillation: Hinton
et al., 2015, arXiv 1503.02531). The teacher answers once, in integers, to samples as they are, not augmented, and its
answers are kept (`train.data.cache`): a run with a teacher takes no longer than one without.
"""

import zlib
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F

from hwgen.spec import Network
from hwgen.spec.identity import network_hash

from .data.cache import cached
from .data.split import Split
from .errors import TrainError
from .evaluate import scores
from .restore import model_of

#: What the teacher's scores are divided by before they become probabilities: the runners-up weigh more.
TEMPERATURE = 2.0
#: Samples at a time of which the checksum is taken.
BATCH = 1024


def taught(split: Split, classes: int, teacher: Network, device: str = "cpu", processes: int = 1) -> Split:
    """The same samples with soft labels, float32 [N, ``classes``], rows that sum to 1: half the label, half the
    teacher's probabilities. The label's class keeps the largest share.

    Raises
    ------
    TrainError
        If the teacher takes other samples or has other classes, or is no network of `train`.
    """
    shape = split.samples[:1].shape[1:]
    if teacher.sample_shape != shape or teacher.classes != classes:
        raise TrainError(f"the teacher '{teacher.name}' takes samples of {_sides(teacher.sample_shape)} and has "
                         f"{teacher.classes} classes, these are of {_sides(shape)} and have {classes}",
                         "give a network that was trained on the same data")
    model = model_of(teacher).to(device)
    answers = cached("answers", None, (), (network_hash(teacher).hex(), _checksum(split)),
                     lambda: {"scores": scores(model, split, device, processes)})["scores"]
    probabilities = F.softmax(torch.from_numpy(answers) / TEMPERATURE, dim=1)
    labels = F.one_hot(torch.from_numpy(split.labels), classes)
    return replace(split, labels=((labels + probabilities) / 2).numpy())


def _sides(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def _checksum(split: Split) -> int:
    checksum = 0
    for start in range(0, len(split), BATCH):
        checksum = zlib.crc32(np.ascontiguousarray(split.samples[start:start + BATCH]), checksum)
    return checksum
