"""What a person sees of a run: a live bar and a table on a terminal, plain lines elsewhere."""

import sys

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from .loop import EpochEnd, Moment
from .models import SpikingNetwork


class Reporter:
    """A context manager whose instances take the events of `Training.run`."""

    def __init__(self, epochs: int, console: Console | None = None):
        self.epochs = epochs
        self.console = console or Console(file=sys.stderr, highlight=False, soft_wrap=True)
        self.progress = Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
                                 TimeRemainingColumn(), console=self.console, auto_refresh=False)
        self.task = self.progress.add_task("", total=None)
        self.live = Live(console=self.console, refresh_per_second=4) if self.console.is_terminal else None

    def __enter__(self) -> "Reporter":
        if self.live:
            self.live.start()
        return self

    def __exit__(self, *_) -> None:
        if self.live:
            self.live.stop()

    def __call__(self, event: Moment | EpochEnd) -> None:
        if isinstance(event, EpochEnd):
            moment = event.moment
            self.line(f"epoch {moment.epoch}/{self.epochs} {moment.phase}: loss {moment.loss:.4f}, "
                      f"accuracy {100 * moment.correct:.2f} %, held out {100 * event.validation:.2f} %; "
                      f"alpha/beta {decays_line(moment.model)}")
        elif self.live:
            self.progress.update(self.task, completed=event.step, total=event.steps, description=(
                f"epoch {event.epoch}/{self.epochs} {event.phase}  loss {event.loss:.4f}  "
                f"accuracy {100 * event.correct:.2f} %"))
            self.live.update(Group(self.progress, decays_table(event.model)))

    def line(self, text: str) -> None:
        """Print a line that stays."""
        self.console.print(text, markup=False)


def decays_line(model: SpikingNetwork) -> str:
    """``name alpha/beta`` of each layer; a value a timestep is separated by commas."""
    return "  ".join(f"{name} {alpha}/{beta}" for name, alpha, beta in _decays(model))


def decays_table(model: SpikingNetwork) -> Table:
    """The same as a table."""
    table = Table("layer", "alpha", "beta", box=None)
    for row in _decays(model):
        table.add_row(*row)
    return table


def _decays(model: SpikingNetwork):
    for layer in model.layers:
        yield (layer.stage.name, *(",".join(f"{entry:.3f}" for entry in values.tolist())
                                   for values in layer.decays.values()))
