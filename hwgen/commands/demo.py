"""``demo`` and ``record``: events from a camera to a board, live."""

from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from ..demo.board import Backend
from ..errors import HwgenError, VerificationFailed
from .common import Json, ModelName, Verbose, errors, output, print_json

#: What a model says nothing about: the length of a bin in milliseconds.
BIN_MS = 50.0
#: What a simulated board does before it is there.
STEPS = {"emit": "emitting the design", "compile": "compiling it with Verilator, a minute or two",
         "start": "starting the simulated board"}

SourceName = Annotated[str, typer.Option("--source", metavar="synthetic|samples|FILE|webcam|camera",
                                         help="Drawn people, the model's shipped inputs, a recording (.aedat, "
                                         ".aedat4, .raw, .npz), a webcam, or an event camera.")]
BackendName = Annotated[Backend, typer.Option("--backend", help="What answers: the golden model, the emitted Verilog "
                                              "in Verilator, or a board on a serial port.")]
Port = Annotated[str | None, typer.Option("--port", metavar="NAME", help="Serial port of the board; default: the one "
                                          "that is there.")]
Board = Annotated[str, typer.Option("--board", "-b", metavar="NAME", help="Which board.")]
BinMs = Annotated[float | None, typer.Option("--bin-ms", min=0.1, help="Milliseconds of a timestep; default: the "
                                             "model's, or 50.")]
Filter = Annotated[bool | None, typer.Option("--filter/--no-filter", help="Leave out events with none beside them in "
                                             "the 10 ms before; default: those of an event camera.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Of the synthetic people.")]


def demo(model: ModelName, source: SourceName = "synthetic", backend: BackendName = Backend.GOLDEN,
         board: Board = "icebreaker", port: Port = None,
         windows: Annotated[int | None, typer.Option("--windows", min=1, help="Run so many windows without a display, "
                                                     "as fast as they go.")] = None,
         json: Json = False,
         terminal: Annotated[bool, typer.Option("--terminal", help="Draw in the terminal, not in a browser.")] = False,
         overlap: Annotated[bool, typer.Option("--overlap/--no-overlap", help="A window every timestep, or one behind "
                                               "the other.")] = True,
         bin_ms: BinMs = None, filter: Filter = None, seed: Seed = 1,
         host: Annotated[str, typer.Option("--host", help="Address that the page is served on; any but this "
                                           "machine's own asks for a token.")] = "127.0.0.1",
         page_port: Annotated[int, typer.Option("--page-port", min=0, max=65535, help="Its port; 0: any.")] = 8765,
         browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")] = True,
         verbose: Verbose = 0) -> None:
    """Show a network at work on events, live, and whether the board's answers are the golden model's."""
    from .. import models

    if json and windows is None:
        raise typer.BadParameter("--json goes with --windows")
    with ExitStack() as stack:
        found = models.find(model)
        make = _prepare(stack, found, source, backend, board, port, bin_ms, filter, seed)
        view = stack.enter_context(_view(windows, terminal, host, page_port, browser))
        session = make(view=view, slide=overlap, paced=windows is None)
        try:
            totals = session.run(windows)
        except KeyboardInterrupt:
            if windows is not None:
                raise
            totals = session.totals                                     # that is how one ends it
    latency = [1e6 * cycles / session.clock_hz for cycles in totals.cycles]
    result = {
        "windows": totals.windows, "equal": totals.equal,
        "accuracy": totals.correct / totals.labelled if totals.labelled else None,
        "latency_us": sum(latency) / len(latency) if latency else None, "refused": totals.refused}
    if json:
        print_json(result)
    else:
        accuracy = "" if result["accuracy"] is None else (
            f", {totals.correct} of {totals.labelled} right" + (" (synthetic)" if source == "synthetic" else ""))
        slowest = f", {max(latency) / 1000:.2f} ms at most in the core" if latency else ""
        output.print(f"{totals.equal} of {totals.compared} windows compared are equal to the golden model{accuracy}"
                     f"{slowest}; {totals.windows} windows in all, {totals.refused} refused words, {totals.lost} "
                     "events left out", highlight=False, soft_wrap=True)
    if totals.equal < totals.compared:
        raise VerificationFailed(f"{totals.compared - totals.equal} of {totals.compared} windows differ from the "
                                 "golden model", "`python -m hwgen verify` finds the first difference")


def record(folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where classes have folders of recordings.")],
           label: Annotated[str, typer.Option("--label", help="The class that is recorded.")],
           source: SourceName = "camera",
           seconds: Annotated[float, typer.Option("--seconds", min=0.1, help="How long.")] = 10.0,
           model: Annotated[str | None, typer.Option("--model", "-m", metavar="FILE|NAME",
                                                     help="Keep its answers too.")] = None,
           backend: BackendName = Backend.GOLDEN, board: Board = "icebreaker", port: Port = None, bin_ms: BinMs = None,
           filter: Filter = None, seed: Seed = 1, verbose: Verbose = 0) -> None:
    """Record events, and a network's answers if there is one, for `python -m train folder`."""
    from rich.progress import Progress

    from .. import models
    from ..demo.recorder import Recorder
    from ..demo.view import Blank

    recorder = Recorder()
    path = _free_name(folder, label)
    with ExitStack() as stack, Progress(console=errors, disable=not errors.is_terminal, transient=True) as bar:
        task = bar.add_task(f"recording '{label}'", total=seconds)
        if model:
            make = _prepare(stack, models.find(model), source, backend, board, port, bin_ms, filter, seed,
                            gesture=label)
            feed = make(view=Blank(), listen=recorder).steps()
        else:
            opened = _source(source, None, None, filter, seed, gesture=label)
            stack.callback(opened.close)
            feed = _listened(opened, recorder)
        for end_us in feed:
            bar.update(task, completed=end_us / 1e6)
            if end_us >= seconds * 1e6:
                break
    if not len(recorder):
        raise HwgenError(f"the source '{source}' sent no events", "is the lens cap off, and does anything move?")
    path.parent.mkdir(parents=True, exist_ok=True)
    recorder.write(path)
    output.print(f"{len(recorder):,} events in {path}", highlight=False, soft_wrap=True)


def _listened(source, listen):
    for chunk in source.chunks():
        listen(chunk)
        yield chunk.end_us


def _free_name(folder: Path, label: str) -> Path:
    """The first free number in the class's folder."""
    if not label or "/" in label or label.startswith("."):
        raise typer.BadParameter(f"'{label}' cannot be the name of a folder")
    number = 1
    while (path := folder / label / f"{number:03}.npz").exists():
        number += 1
    return path


def _view(windows, terminal, host, page_port, browser):
    if windows is not None:
        from ..demo.view import Blank
        return closing(Blank())
    if terminal:
        from ..demo.terminal import Terminal
        return closing(Terminal())
    from ..demo.page import Page

    page = Page(host=host, port=page_port)
    output.print(f"the page is at {page.url}; Ctrl-C ends", highlight=False, soft_wrap=True)
    if browser:
        page.open_browser()
    return closing(page)


def _prepare(stack: ExitStack, model, source: str, backend: Backend, board: str, port: str | None,
             bin_ms: float | None, filter: bool | None, seed: int, gesture: str | None = None):
    """`hwgen.demo.session.Session` of all this, but for the view and how it runs."""
    import boards

    from ..demo.board import reach
    from ..demo.session import Session
    from ..spec import Encoding

    network = model.network
    if network.input.encoding is not Encoding.SPIKES:
        raise HwgenError(f"'{model.path}' takes images, and the demo is of events",
                         "give a network of events, such as gesture")
    window_us = network.metadata.get("window_us")
    bin_us = round(1000 * bin_ms) if bin_ms else round(window_us / network.timesteps) if window_us else \
        round(1000 * BIN_MS)
    opened = _source(source, model, bin_us, filter, seed, gesture)
    stack.callback(opened.close)
    reached = reach(backend, model, boards.find(board), port, stack,
                    lambda step: errors.print(STEPS[step], highlight=False))
    return partial(Session, model, opened, reached.connect, about=reached.about, bin_us=bin_us,
                   timeout=reached.timeout, golden=reached.golden)


def _source(name: str, model, bin_us: int | None, filter: bool | None, seed: int, gesture: str | None = None):
    from ..demo.noise import Filtered

    opened = _opened(name, model, bin_us, seed, gesture)
    return Filtered(opened) if (name == "camera" if filter is None else filter) else opened


def _opened(name: str, model, bin_us: int | None, seed: int, gesture: str | None):
    from ..demo import live, source

    match name:
        case "synthetic":
            from train.data.gestures import CLASSES

            classes = CLASSES if model is None else tuple(model.network.metadata.get("classes", ()))
            return source.Synthetic(classes, seed, only=gesture if gesture in CLASSES else None)
        case "samples":
            if model is None:
                raise typer.BadParameter("--source samples goes with --model")
            return source.Samples(model, bin_us)
        case "webcam":
            return live.Webcam()
        case "camera":
            return live.Camera()
    return source.Recording(Path(name))


COMMANDS = (demo, record)
