"""The log of a run: a folder with what every epoch brought, for programs, for TensorBoard, and as pictures.

``run.json``        what was asked for, and in the end the result
``metrics.jsonl``   a line an epoch
``events.*``        the same for TensorBoard, where it is installed
``float.pt``        the floating-point network, to start another run from or to be a teacher
``*.png``           see `train.plots`
"""

import json
from pathlib import Path

import torch

from .architecture import to_plain
from .errors import TrainError
from .files import append, save, unwritable, write
from .loop import EpochEnd, Moment
from .models import SpikingNetwork
from .state import VERSION


class RunLog:
    """Takes the events of `train.loop.Training.run`, and writes those of epochs.

    Parameters
    ----------
    folder
        Made if it is not there.
    about
        What a run is about, as JSON has it: data set, options, seed, command.
    epochs_done
        Where the run goes on: lines of later epochs, written before a kill, are dropped. 0 starts the log anew.

    Raises
    ------
    TrainError
        If the folder cannot be written.
    """

    def __init__(self, folder: Path, about: dict, epochs_done: int = 0):
        self.folder, self.about, self.last = folder, about, {}             # last: the line of the last epoch
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise unwritable(folder, error) from error
        kept = [line for line in metrics(folder) if line["epoch"] <= epochs_done]
        self.last = kept[-1] if kept else {}
        write("".join(json.dumps(line) + "\n" for line in kept).encode(), folder / "metrics.jsonl")
        if not epochs_done:
            for old in [*folder.glob("events.out.tfevents.*"), *folder.glob("*.png")]:
                old.unlink()
        self._write_about(finished=False)
        self._epochs_done, self._board = epochs_done, None              # it has a thread: not before processes part

    def __call__(self, event: Moment | EpochEnd) -> None:
        if not isinstance(event, EpochEnd):
            return
        self.last = line = metric(event)
        append(json.dumps(line) + "\n", self.folder / "metrics.jsonl")
        self._board = self._board or _tensorboard(self.folder, self._epochs_done)
        if self._board:
            for tag, value in _scalars(line):
                self._board.add_scalar(tag, value, line["epoch"])
            self._board.flush()

    def keep(self, model: SpikingNetwork) -> None:
        """Write ``float.pt``: a network at the end of its floating-point phases, and whether the last of them was of
        graded neurons."""
        save({"version": VERSION, "float_model": model.state_dict(), "architecture": to_plain(model.architecture),
              "graded": model.graded}, self.folder / "float.pt")

    def finish(self, result: dict) -> None:
        """Write the result, which makes the run a finished one."""
        self._write_about(finished=True, result=result)
        if self._board:
            self._board.close()

    def _write_about(self, **more) -> None:
        write(json.dumps({**self.about, **more}, indent=1).encode() + b"\n", self.folder / "run.json")


def metric(end: EpochEnd) -> dict:
    """The line of an epoch. Shares are within 0 to 1; ``alpha`` and ``beta`` hold a value a layer, or a timestep."""
    moment, layers = end.moment, end.moment.model.layers
    decays = {layer.stage.name: layer.decays.values() for layer in layers}
    return {
        "epoch": moment.epoch, "phase": moment.phase, "rate": end.rate, "seconds": round(end.seconds, 3),
        "loss": moment.loss, "accuracy": moment.correct, "held_out": end.validation, "work": end.survey.work,
        "spike_rate": dict(zip(decays, end.survey.rates)),
        "alpha": {name: alpha.tolist() for name, (alpha, _) in decays.items()},
        "beta": {name: beta.tolist() for name, (_, beta) in decays.items()},
    }


def metrics(folder: Path) -> list[dict]:
    """The lines of a log's ``metrics.jsonl``; none if it is not there. Half a line at the end is left out."""
    path = folder / "metrics.jsonl"
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    try:
        return [json.loads(line) for line in lines]
    except json.JSONDecodeError as error:
        raise TrainError(f"'{path}' is damaged", "remove it, or choose another --log") from error


def read(folder: Path) -> dict | None:
    """A log's ``run.json``, None if there is none.

    Raises
    ------
    TrainError
        If it is damaged.
    """
    path = folder / "run.json"
    if not path.is_file():
        return None
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TrainError(f"'{path}' is damaged", "remove its folder and train again") from error


def _tensorboard(folder: Path, epochs_done: int):
    """TensorBoard's writer, or None where it is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder), purge_step=epochs_done + 1 if epochs_done else None)


def _scalars(line: dict):
    for name, value in line.items():
        if isinstance(value, dict):
            for layer, values in value.items():
                values = values if isinstance(values, list) else [values]
                for t, entry in enumerate(values):
                    yield f"{name}/{layer}" + (f"/t{t}" if len(values) > 1 else ""), entry
        elif isinstance(value, int | float) and name != "epoch":
            yield name, value
