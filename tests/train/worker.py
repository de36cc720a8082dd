"""A small training run for tests that need processes of their own: ``worker.py OUT STATE``, forked or under torchrun.

Each process writes its weights to ``OUT.RANK``. ``--kill EPOCH STEP`` sends itself SIGKILL there.
"""

import argparse
import os
import signal
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from hwgen.spec import Input
from train.architecture import chain
from train.data.split import Split
from train.data.strokes import drawings
from train.errors import TrainError
from train.loop import Moment, Training
from train.recipe import Recipe
from train.step import Step
from train.team import Team

parser = argparse.ArgumentParser()
parser.add_argument("out")
parser.add_argument("state", type=Path)
parser.add_argument("--processes", type=int, default=1)
parser.add_argument("--kill", type=int, nargs=2)
parser.add_argument("--kill-rank", type=int, default=0)
parser.add_argument("--resume", action="store_true")
parser.add_argument("--join", action="store_true")
arguments = parser.parse_args()

torch.set_num_threads(1)
samples, labels = drawings(140, seed=7)
layers = [dict(out_channels=6, kernel=(7, 7), stride=4), dict(out_channels=8, kernel=(3, 3), stride=2, padding=1)]
if arguments.join:                                          # in colour: maps lie channels last
    samples = samples.repeat(3, axis=1)
    layers.append(dict(out_channels=8, kernel=(1, 1), join={"source": "conv2"}))
digits = Split(samples, labels)
architecture = chain(Input(shape=samples.shape[1:], bits=4), 10, layers, name="tiny", timesteps=2)
training = Training(architecture, Recipe(batch=30, accumulate=2).with_epochs(2), digits[:120], digits[120:],
                    arguments.state, 0.0, Team(arguments.processes))
if arguments.resume:
    training.resume()


def report(event):
    if isinstance(event, Moment) and arguments.kill == [event.epoch, event.step]:
        os.kill(os.getpid(), signal.SIGKILL)


def work():
    if training.team.rank == arguments.kill_rank != 0:
        Step.__call__ = lambda *batch: os.kill(os.getpid(), signal.SIGKILL)
    training.run(report)
    torch.save(training.model.state_dict(), f"{arguments.out}.{training.team.rank}")
    training.team.total(torch.zeros(1))                     # so that the first does not end the others early


try:
    training.team.run(work)
except TrainError as error:
    sys.exit(f"error: {error}")
